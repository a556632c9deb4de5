//! Raw logs → contacts.
//!
//! ```text
//!  files ──► bytes ──► chunks of whole lines ──► Polars ──► bridge ──► cast ──► store
//!  (which    (gz, zst,  (bounded, quote-aware)   (raw text   (Arrow,    (contact columns,
//!   are new)  charset)                            columns)    no copy)   or a reject)
//! ```
//!
//! In: the checked configuration. Out: contacts in the store, rejects with file, row, column, value and reason, and per file
//! what became of its rows: read = kept + skipped + rejected + duplicates. Reading, casting and storing go on side by side,
//! in the order of the files; memory holds a few chunks.
//!
//! It fails, and leaves the store as it was, where a file cannot be read or decoded, lacks a column, or is no log at all. A row
//! that cannot be cast is not a failure. Only this stage uses Polars.

mod cast;
mod cells;
mod changed_sources;
mod content;
mod files;
mod formats;
mod ingestion;
mod inspection;
mod ledger;
mod loss;
mod matched_files;
mod mode;
mod numbers;
mod open_log;
mod outcome;
mod pipeline;
mod plan;
mod raw;
mod steps;
mod time;
mod time_formats;

pub use changed_sources::ChangedSource;
pub use files::{LogFile, find_files};
pub use ingestion::ingest;
pub use inspection::mistakes;
pub use ledger::Example;
pub use loss::{Loss, loss};
pub use mode::IngestMode;
pub use outcome::{Outcome, Progress};
pub use time_formats::{fitting_formats, misfit};
