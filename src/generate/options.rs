//! What to generate: how much, from which scenario, written as what.

use super::scenario::Scenario;
use crate::error::{Error, Result};

/// Start of all logs: 2026-01-01T00:00:00Z, in seconds since 1970.
pub(super) const START_S: i64 = 1_767_225_600;
pub(super) const DAY_S: i64 = 86_400;
const FEWEST_DAYS: u64 = 90;
/// A hundred years, which end well before the latest time that an ingest takes.
const MOST_DAYS: u32 = 36_500;
/// Contacts a day by default at most, so that a small machine can hold the journeys under way.
const CONTACTS_A_DAY: u64 = 2_000_000;

/// How the logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormats {
    /// The first channel as CSV, the second as NDJSON, all others as Parquet.
    Mixed,
    Csv,
    Ndjson,
    Parquet,
}

/// What to generate.
#[derive(Clone, Debug)]
pub struct Options {
    /// About how many rows.
    pub contacts: u64,
    pub seed: u64,
    /// Days from the start of the logs to their end; by default 90, and more where a day would have over two million rows.
    pub days: Option<u32>,
    pub formats: LogFormats,
    pub scenario: Scenario,
    /// Rows after which a log file is closed and the next begun.
    pub file_rows: u64,
}

impl Options {
    /// Rows of a log file, unless said otherwise.
    pub const FILE_ROWS: u64 = 2_000_000;

    /// Seconds from the start of the logs to their end.
    pub(super) fn span_s(&self) -> Result<i64> {
        if self.contacts == 0 {
            return Err(Error::user("no contacts to generate"));
        }
        let days = match self.days {
            Some(days) if (1..=MOST_DAYS).contains(&days) => i64::from(days),
            Some(days) => {
                return Err(Error::user("the logs cannot be that long")
                    .fact("found", format!("{days} days"))
                    .fact("expected", format!("1 to {MOST_DAYS} days")));
            }
            None => self.contacts.div_ceil(CONTACTS_A_DAY).clamp(FEWEST_DAYS, u64::from(MOST_DAYS)) as i64,
        };
        Ok(days * DAY_S)
    }
}
