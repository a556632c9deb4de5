//! The statistics as functions of SQL.
//!
//! | function | what |
//! |---|---|
//! | `stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)` | aggregate over strata: all about one association |
//! | `normal_p_value(z)` | two-sided p value |
//! | `chi_squared_p_value(x, df)` | chance of more than `x` |
//! | `wilson_low(k, n)`, `wilson_high(k, n)` | 95% interval of the share `k` of `n` |
//!
//! Null in, null out; null too where there is no such number. Fails only where a count of journeys is negative.

mod evidence;
mod scalars;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

/// All of them, to be registered with a session.
pub fn functions() -> (Vec<ScalarUDF>, Vec<AggregateUDF>) {
    (scalars::all(), vec![AggregateUDF::from(evidence::StratifiedEvidence::default())])
}
