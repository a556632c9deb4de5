//! Keeps account of every row of every file that is read.
//!
//! In: the chunks of each file, in order, and how each file ended. Out: contacts and rejects with row numbers from 1 at the start of the
//! file, and per file what became of its rows: read = kept + skipped + rejected + duplicates.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, Int64Builder, RecordBatch, StringBuilder};

use super::cast::CastChunk;
use super::content::{Ending, LastRow};
use super::open_log::OpenLog;
use super::raw::{Fault, Reject};
use super::steps::NamedSteps;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::schema;
use crate::store::{FileContent, FileOutcome, WholeRows, mapping_text};

/// Different values of rejected rows that are shown as examples, per source.
const EXAMPLES: usize = 3;

/// A value that made a row be rejected, as messages may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Column of the contact.
    pub column: String,
    pub value: String,
}

pub(super) struct Ledger {
    outcomes: Vec<FileOutcome>,
    /// The file whose chunks come, and the row numbers that those before have taken up.
    file: usize,
    rows_before: i64,
    /// Of each file, row numbers to its end, a row without an end included.
    rows_of: Vec<i64>,
    keep_rejects: i64,
    /// Of the current file, by what is wrong.
    faults: BTreeMap<Fault, FaultCount>,
    rejects: RejectRows,
    pub steps: NamedSteps,
    /// By source and reason.
    pub rejected: BTreeMap<(String, String), i64>,
    /// Values of the first rejected rows, by source.
    pub examples: BTreeMap<String, Vec<Example>>,
}

/// Rows of a file with the same fault.
#[derive(Default)]
struct FaultCount {
    kept: i64,
    more: i64,
    first_of_more: i64,
}

impl Ledger {
    pub fn new(config: &Config, logs: &[OpenLog], steps: NamedSteps) -> Self {
        let outcomes = logs.iter().map(|log| {
            let (read, source) = (&log.to_read, &config.sources[log.to_read.source]);
            FileOutcome {
                source: source.name.clone(),
                file: read.label.clone(),
                name: read.file.shown.clone(),
                mapping: mapping_text(&source.mapping),
                modified_at: read.file.modified_at,
                reopens: read.reopens,
                ..FileOutcome::default()
            }
        });
        let rows_of: Vec<i64> = logs.iter().map(rows_before).collect();
        Ledger {
            outcomes: outcomes.collect(),
            file: 0,
            rows_before: rows_of.first().copied().unwrap_or(0),
            rows_of,
            keep_rejects: i64::try_from(config.ingest.keep_rejects).unwrap_or(i64::MAX),
            faults: BTreeMap::new(),
            rejects: RejectRows::default(),
            steps,
            rejected: BTreeMap::new(),
            examples: BTreeMap::new(),
        }
    }

    /// Enters the next chunk of a file; returns its contacts.
    pub fn enter(&mut self, number: usize, chunk: CastChunk) -> Result<RecordBatch> {
        if number != self.file {
            self.close_file();
            (self.file, self.rows_before) = (number, self.rows_of[number]);
        }
        let first = self.rows_before + 1;
        self.rows_before += chunk.length;
        self.rows_of[number] = self.rows_before;
        let outcome = &mut self.outcomes[number];
        outcome.counts += chunk.counts;
        outcome.open_row = chunk.open_row.map(|open| first + open);
        outcome.is_waiting = chunk.rejects.is_waiting;
        let span_us = union(outcome.first_at.zip(outcome.latest_at), chunk.span_us);
        (outcome.first_at, outcome.latest_at) = span_us.unzip();
        outcome.whole_span_us = union(outcome.whole_span_us, chunk.whole_span_us);
        for (fault, &count) in &chunk.rejects.counts {
            let by_reason = (outcome.source.clone(), fault.reason.to_owned());
            *self.rejected.entry(by_reason).or_insert(0) += count;
            self.faults.entry(fault.clone()).or_default().more += count;
        }
        for reject in &chunk.rejects.first {
            let examples = self.examples.entry(outcome.source.clone()).or_default();
            if let Some(value) =
                reject.value.as_ref().filter(|value| examples.iter().all(|known| known.value != **value))
                && examples.len() < EXAMPLES
            {
                examples
                    .push(Example { column: reject.fault.column.clone().unwrap_or_default(), value: value.clone() });
            }
            let Some(counted) = self.faults.get_mut(&reject.fault) else { continue };
            if counted.kept < self.keep_rejects {
                counted.kept += 1;
                counted.more -= 1;
                self.rejects.push(outcome, first + reject.number, reject, 1);
            } else if counted.first_of_more == 0 {
                counted.first_of_more = first + reject.number;
            }
        }
        self.steps.look(&chunk.contacts)?;
        let place = chunk.contacts.schema().index_of("row")?;
        let numbers =
            arrow::compute::kernels::numeric::add(chunk.contacts.column(place), &Int64Array::new_scalar(first))?;
        let mut columns: Vec<ArrayRef> = chunk.contacts.columns().to_vec();
        columns[place] = numbers;
        Ok(RecordBatch::try_new(chunk.contacts.schema(), columns)?)
    }

    /// Rejects that are not taken yet, where there are many.
    pub fn take_rejects(&mut self) -> Result<Option<RecordBatch>> {
        const MANY: usize = 8 * 1024;
        if self.rejects.rows.len() < MANY { Ok(None) } else { self.rejects.finish().map(Some) }
    }

    /// What became of the rows of every file, and the last rejects. `endings`: how each file that was read ended, and the bytes that were
    /// taken from the disk for it.
    pub fn finish(
        &mut self,
        logs: &[OpenLog],
        endings: Vec<(usize, Ending, u64)>,
    ) -> Result<(Vec<FileOutcome>, RecordBatch)> {
        self.close_file();
        let mut outcomes = std::mem::take(&mut self.outcomes);
        for (number, ending, bytes) in endings {
            let outcome = &mut outcomes[number];
            outcome.bytes = bytes as i64;
            outcome.is_waiting |= ending.last_row == LastRow::Torn && ending.digest != ending.whole.digest;
            let open = i64::from(ending.last_row == LastRow::Open);
            let whole = WholeRows { rows: self.rows_of[number] - open, ..ending.whole };
            outcome.content = FileContent { digest: ending.digest, whole };
            let span_us = outcome.first_at.zip(outcome.latest_at);
            outcome.replaces = logs[number].to_read.replaces.file(&outcome.file, span_us).map(str::to_owned);
        }
        if outcomes.iter().any(|outcome| outcome.content.digest.is_empty()) {
            return Err(Error::bug("a file was not read to its end"));
        }
        Ok((outcomes, self.rejects.finish()?))
    }

    /// A line for the rejected rows that are only counted.
    fn close_file(&mut self) {
        let Some(outcome) = self.outcomes.get(self.file) else { return };
        for (fault, counted) in std::mem::take(&mut self.faults) {
            if counted.more > 0 {
                let reject = Reject { number: 0, fault, value: None };
                self.rejects.push(outcome, counted.first_of_more, &reject, counted.more);
            }
        }
    }
}

/// From the earlier first to the later latest.
fn union(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let both = [one, other].into_iter().flatten();
    both.reduce(|(first, latest), (other_first, other_latest)| (first.min(other_first), latest.max(other_latest)))
}

fn rows_before(log: &OpenLog) -> i64 {
    log.to_read.after.as_ref().map_or(0, |whole| whole.rows)
}

/// Rows of the table `rejects`.
#[derive(Default)]
struct RejectRows {
    source: StringBuilder,
    file: StringBuilder,
    row: Int64Builder,
    column: StringBuilder,
    value: StringBuilder,
    reason: StringBuilder,
    rows: Vec<i64>,
}

impl RejectRows {
    /// `rows`: how many it stands for.
    fn push(&mut self, outcome: &FileOutcome, row: i64, reject: &Reject, rows: i64) {
        self.source.append_value(&outcome.source);
        self.file.append_value(&outcome.file);
        self.row.append_value(row);
        self.column.append_option(reject.fault.column.as_deref());
        self.value.append_option(reject.value.as_deref());
        self.reason.append_value(reject.fault.reason);
        self.rows.push(rows);
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.source.finish()),
            Arc::new(self.file.finish()),
            Arc::new(self.row.finish()),
            Arc::new(self.column.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.reason.finish()),
            Arc::new(Int64Array::from(std::mem::take(&mut self.rows))),
        ];
        Ok(RecordBatch::try_new(schema::rejects(), columns)?)
    }
}
