//! Grouping by words, for any SQL: rows that are grouped by channel, step or cause are counted by number.
//!
//! ```text
//!  AggregateExec: Partial, group by [dictionary columns, flags, whole numbers]
//!  becomes
//!  NumberedGroupsExec           a group is a cell of a small table: nothing is hashed, no row is copied
//! ```
//!
//! In: a physical plan. Out: the same plan with its partial aggregations replaced where all that they group by is such a
//! column, and what they compute is left to DataFusion's own accumulators. Everything else stays as it was planned.

mod exec;
mod numbers;
mod rule;

pub use rule::GroupByNumber;
