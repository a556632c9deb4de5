//! What every log format becomes: rows of text, by the names of the log's own columns.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::shape::{looks_like_an_id, shape};

/// Some consecutive rows of a log.
#[derive(Debug)]
pub(super) struct RawChunk {
    /// Text columns; only those that are needed.
    pub rows: RecordBatch,
    /// Number of each row, from 0 at the start of the chunk.
    pub numbers: Vec<i64>,
    /// Identifies each row by all of its text, columns that are not needed included.
    pub contents: Vec<i64>,
    /// How many row numbers the chunk takes up, rows that are none included.
    pub length: i64,
    /// Rows that could not be taken apart, which are not among `rows`. Casting adds more.
    pub rejects: Rejects,
}

/// Identifies a row by its bytes, without the line end: XXH3, 64 bits.
pub(super) fn row_content(line: &[u8]) -> i64 {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    twox_hash::XxHash3_64::oneshot(&line[..end]).cast_signed()
}

/// A row that is not a contact, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reject {
    /// From 0 at the start of the chunk.
    pub number: i64,
    pub fault: Fault,
    pub value: Option<String>,
}

/// What is wrong with a row: the column of the contact, absent where the whole row is at fault, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    pub column: Option<String>,
    pub reason: &'static str,
}

/// The rejected rows of a chunk: the first of each fault as they are, the others as a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rejects {
    pub first: Vec<Reject>,
    /// All, by fault.
    pub counts: BTreeMap<Fault, i64>,
    keep: i64,
    /// Number of the row whose line has no end yet: where it cannot be read, it waits.
    open: Option<i64>,
    pub is_waiting: bool,
}

impl Rejects {
    /// Those of so many rows of a text; where it `is_open`, the last one has no line end, and waits instead of being rejected. `keep`:
    /// how many of each fault are kept as they are.
    pub fn of_text(keep: usize, rows: i64, is_open: bool) -> Self {
        Rejects { open: is_open.then_some(rows - 1), ..Rejects::of_whole_rows(keep) }
    }

    /// Those of rows that all are whole.
    pub fn of_whole_rows(keep: usize) -> Self {
        Rejects { keep: i64::try_from(keep).unwrap_or(i64::MAX), ..Rejects::default() }
    }

    /// A whole row is at fault. It is not quoted: it may hold the client's id, which the store must not.
    pub fn add_row(&mut self, number: i64, reason: &'static str) {
        self.add(number, Fault { column: None, reason }, None);
    }

    pub fn add_cell(&mut self, number: i64, column: &str, value: Option<&str>, reason: &'static str) {
        self.add(number, Fault { column: Some(column.to_owned()), reason }, value);
    }

    fn add(&mut self, number: i64, fault: Fault, value: Option<&str>) {
        if self.open == Some(number) {
            self.is_waiting = true;
            return;
        }
        let count = self.counts.entry(fault.clone()).or_default();
        *count += 1;
        // One more than are kept: it says where those begin that are only counted.
        if *count <= self.keep.saturating_add(1) {
            self.first.push(Reject { number, fault, value: value.map(shown) });
        }
    }

    /// How many there are.
    pub fn total(&self) -> i64 {
        self.counts.values().sum()
    }

    /// Puts the kept rows in the order of their numbers.
    pub fn sort(&mut self) {
        self.first.sort_by_key(|reject| reject.number);
    }

    /// The row that has no line end, where it is among the chunk's.
    pub fn open(&self) -> Option<i64> {
        self.open
    }
}

/// Characters of a value that are kept for the table of rejects.
const SHOWN: usize = 200;

/// A value as the store and messages may have it: what looks like an id, as where columns are shifted, by its shape alone.
fn shown(value: &str) -> String {
    let value = match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    };
    if looks_like_an_id(&value) { shape(&value) } else { value }
}
