//! What every log format becomes: rows of text, by the names of the log's own columns.

use arrow::array::RecordBatch;

/// Some consecutive rows of a log.
#[derive(Debug)]
pub(super) struct RawChunk {
    /// Text columns; only those that are needed.
    pub rows: RecordBatch,
    /// Number of each row, from 0 at the start of the chunk.
    pub numbers: Vec<i64>,
    /// How many row numbers the chunk takes up, rows that are none included.
    pub length: i64,
    /// Rows that could not even be taken apart; not among `rows`.
    pub broken: Vec<Reject>,
}

/// A row that is not a contact, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reject {
    /// From 0 at the start of the chunk.
    pub number: i64,
    /// Of the contact; absent where the whole row is at fault.
    pub column: Option<String>,
    pub value: Option<String>,
    pub reason: String,
}

/// Characters of a value that are kept for the table of rejects.
const SHOWN: usize = 200;

impl Reject {
    /// A whole row is at fault. It is not quoted: it may hold the client's id, which the store must not.
    pub fn row(number: i64, reason: &str) -> Self {
        Reject { number, column: None, value: None, reason: reason.to_owned() }
    }

    pub fn cell(number: i64, column: &str, value: &str, reason: &str) -> Self {
        let (column, value) = (Some(column.to_owned()), Some(shortened(value)));
        Reject { number, column, value, reason: reason.to_owned() }
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
