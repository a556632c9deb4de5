//! Contacts as they come → contacts sorted by (client, time), in bounded memory.
//!
//! ```text
//!  batches ──► memory ──(full)──► SortedRun: sorted, cut into parts of clients, on disk in small blocks
//!                                         │ part 0 of every run, then part 1, …
//!                                         ▼
//!                                     MergedRuns ──► pieces of sorted rows
//! ```
//!
//! Rows come in the order that breaks ties (source, file, row), every sort is stable, and of equal rows those of the earlier
//! run come first: so ties stay in that order. Memory: while reading, what is collected and the run being sorted; while
//! merging, a block of every run and a piece.

mod merge;
mod order;
mod sorted_run;
mod sorter;

pub(super) use merge::MergedRuns;
pub(super) use order::SortKeys;
pub(super) use sorter::{Sorted, Sorter};
