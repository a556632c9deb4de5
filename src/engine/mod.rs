//! One DataFusion session over a store: the tables by name, the query files, and SQL.
//!
//! In: the configuration and the store. Out: answers. The tables are those of [`crate::schema::table`], and three for
//! reports: `settings` (horizon, what is mature, time zone, gap), `funnel_steps` (the configured funnel) and `candidates`, which is
//! filled for the reports that read it. The queries of the chapter `views` are tables for other queries.
//! Only this stage runs SQL. It fails on SQL that is wrong (the user's), and where the store cannot be read.

mod answers;
mod candidates;
mod grouping;
mod horizon;
mod maturity;
mod plain_words;
mod sample;
mod session;
mod tables;
mod warnings;

pub use horizon::{is_later_than_file, later_than_file};
pub use maturity::Maturity;
pub use session::{Engine, Options};
