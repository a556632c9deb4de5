//! What a query is: a file of SQL that says of itself what it asks, takes and shows; the values it is asked with; and its answer.
//!
//! ```text
//!  queries/*.sql ──► header ──► Query ──┬──► QuerySet       those that come with dropoff, and the user's own
//!                                       ├──► parameters     typed values for its $parameters
//!                                       └──► Answer ──► Table     what its SQL gave, decoded
//! ```
//!
//! `engine` runs the SQL, and `report` shows the answer. Fails with every file whose header does not read, and on
//! values that do not fit their parameter.

mod answer;
mod cell;
mod definition;
mod header;
mod links;
pub mod parameters;
pub mod plain;
mod set;

#[cfg(test)]
pub(crate) use answer::tests;
pub use answer::{Answer, Shown, Table};
pub use cell::Cell;
pub use definition::{CHECK_CHAPTER, Chart, Column, Param, ParamType, Query, Total, VIEW_CHAPTER, ValueFormat};
pub use header::parse;
pub use parameters::Params;
pub use set::{QuerySet, views};
