//! Drivers nobody thought of: the table `candidates`, counted when it is read.
//!
//! ```text
//!  a sample of clients ──► cuts: quarters of numbers, the most frequent words
//!                             │
//!  one pass over the contacts ┴──► per candidate: passages and drop-offs by value and point ──► candidates
//! ```
//!
//! A candidate is a column that may go with dropping off: every measure, and the dimensions and context of a contact. What a
//! contact says of its own end is none: `outcome`, `score`, and what depends on the future. Memory: the sample, and one
//! table of counts per candidate. It fails where the contacts cannot be read.

mod counting;
mod table;
mod values;

pub(super) use counting::Counting;
pub(super) use table::Candidates;
