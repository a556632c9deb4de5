//! `dropoff.toml` as written → a checked configuration.
//!
//! - **In**: the path of a configuration file.
//! - **Out**: a [`Config`]: times in microseconds, names resolved to types, paths joined to the file's folder. Source
//!   files stay patterns, and conditions stay SQL text with their line: both are judged by the stages that use them.
//! - **Fails** with one error that holds every mistake of the file, in the order of its lines: where it is, what was
//!   found, what was expected, and the nearest valid name. A file that is not TOML shows its syntax errors only.
//!
//! One file per section of `dropoff.toml`; `walk` and `document` know TOML and lines, the others know sections.

mod causes;
mod channels;
mod columns;
mod document;
mod encoding;
mod fields;
mod file;
mod form;
mod format;
mod ingest;
mod journey;
mod measures;
mod model;
mod report;
mod source;
mod span;
mod sql;
mod store;
mod timezone;
mod walk;

pub use fields::measure_fields;
pub use file::{Draft, Unsound, draft, load};
pub use format::{CsvSettings, Decimal, LogFormat, NdjsonSettings};
pub use model::{
    CauseConfig, CauseRule, ColumnForm, Config, ContactColumn, Duplicates, IngestConfig, Measure, MeasureType, Origin,
    ReportConfig, RulePattern, SameName, Source, StoreConfig, StratumColumn,
};
pub use span::parse as parse_span;
pub use sql::Sql;
