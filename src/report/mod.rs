//! Answers of queries, and everything they are shown as.
//!
//! In: a query file ([`header`]) and the record batches that its SQL gave. Out: a table for a terminal, CSV, JSON,
//! Parquet, a chart, or one HTML page. Nothing here computes a figure except the total row.
//!
//! ```text
//! query file ──► Query ─┐                ┌─► text   a terminal
//!                       ├─► Answer ──────┼─► csv, json, parquet   other tools
//! record batches ───────┘      │         │
//!                              └► Table ─┴─► chart ──► page   a meeting
//! ```
//!
//! The same answer gives the same bytes: nothing here reads a clock or the environment.

pub mod answer;
pub mod cell;
pub mod chart;
pub mod csv;
pub mod format;
pub mod header;
pub mod json;
pub mod page;
pub mod parquet;
pub mod plain;
pub mod query;
pub mod text;

pub use self::answer::{Answer, Shown, Table};
pub use self::cell::Cell;
pub use self::header::parse;
pub use self::page::{PageFacts, page};
pub use self::query::{Chart, Column, Format, Param, ParamType, Query, Total};
pub use self::text::{Layout, text};
