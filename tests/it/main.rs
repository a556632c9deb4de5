//! The integration tests: one binary, so that the crate is linked once.
//!
//! ```text
//! the journey rules   semantics (docs/semantics.md, in tiny_clients) ── reference (naive) ── random_logs
//!                     semantics_engine, journeys_property: the engine equals the reference;  explanations agree with it
//!                     reference_page: the columns that docs/reference.md lists;  causes: the list of rules
//! SQL                 slt: tests/slt, a twin for each file of queries/;  queries: what those files promise
//!                     own_queries: queries that read each other
//! whole projects      sample: sample_data/ and its known answers;  real_logs: docs/examples/ and tests/real_logs
//!                     generated: logs with planted drop-offs, and their truth
//!                     evidence, over_time: planted, hand-made and real logs against their truth and other libraries
//!                     log_ends: rates and evidence where a log ends, over many drawn logs
//!                     figures: what holds of every figure of every report
//! the parts           store, plan, bad_input, attacks;  statistics: golden values, and the functions of SQL
//! the code            architecture: who may use what, and no files in a circle
//! ```
//!
//! `DROPOFF_BLESS=1` writes the rows that were found into the files of `tests/slt`, and the columns into
//! docs/reference.md.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails where something is not as it should be")]

mod architecture;
mod attacks;
mod bad_input;
mod causes;
mod engine_under_test;
mod evidence;
mod explanations;
mod figures;
mod generated;
mod journeys_property;
mod known_rows;
mod log_ends;
mod over_time;
mod own_queries;
mod plan;
mod project;
mod queries;
mod random_logs;
mod real_logs;
mod reference;
mod reference_page;
mod reports;
mod sample;
mod semantics;
mod semantics_engine;
mod slt;
mod sql;
mod statistics;
mod store;
mod tiny_clients;
mod tiny_logs;
