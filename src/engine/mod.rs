//! One DataFusion session over a store: the tables by name, the query files, and SQL.
//!
//! In: the configuration and the store. Out: answers. The tables are those of [`crate::schema::table`], and three for
//! reports: `settings` (horizon, what is mature, time zone, gap), `funnel_steps` (the configured funnel) and `candidates`, which is
//! counted when it is read. A query can read any other one; those of the chapter `views` are there for that alone.
//! Only this stage runs SQL. It fails on SQL that is wrong (the user's), and where the store cannot be read.

mod answers;
mod candidates;
mod days;
pub mod functions;
mod grouping;
mod horizon;
mod kept;
mod maturity;
mod plain_words;
mod running;
mod sample;
mod scope;
mod session;
mod tables;
mod warnings;

pub use horizon::{is_later_than_file, later_than_file};
pub use maturity::Maturity;
pub use session::{Engine, Options};
