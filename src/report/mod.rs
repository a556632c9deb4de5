//! Answers of queries, and everything they are shown as.
//!
//! In: an [`Answer`](crate::query::Answer). Out: a table for a terminal, CSV, JSON, Parquet, an Arrow stream, a chart, or one HTML page. Nothing
//! here computes a figure.
//!
//! ```text
//!  Answer ──┬─► text                  a terminal
//!     │     └─► csv, json, parquet, arrow_stream    other tools
//!     └► Table ──► chart ──► page     a meeting
//! ```
//!
//! The same answer gives the same bytes: nothing here reads a clock or the environment.

pub mod arrow_stream;
pub mod chart;
pub mod csv;
pub mod format;
pub mod json;
pub mod page;
pub mod parquet;
pub mod text;

pub use self::page::{PageFacts, page};
pub use self::text::{Layout, text};
