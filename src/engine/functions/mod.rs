//! The statistics as functions of SQL.
//!
//! | function | what |
//! |---|---|
//! | `stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)` | aggregate over strata: all about one association |
//! | `kaplan_meier(time, events, others, at_risk)` | aggregate over times: the share that will have been dropped |
//! | `dispersion(group, count, of)` | aggregate over rates: how far they differ within their group, beside chance |
//! | `benjamini_hochberg(p) over (…)` | p values adjusted for all of a window's partition |
//! | `is_compared(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)` | whether a stratum tells something of a signal |
//! | `evidence_verdict(is_tested, low, attributable_low, adjusted_p)` | supported, not supported, not enough data |
//! | `normal_p_value(z)`, `t_p_value(t, df)` | two-sided p value |
//! | `t_quantile(share, df)` | the value that a share of Student's t stays below |
//! | `t_quantile_95(df)` | how many standard errors a 95% interval reaches, by Student's t |
//! | `largest_p()`, `least_expected()` | what a p value may be at most, and how many drop-offs must be expected at least, where something is said |
//! | `chi_squared_p_value(x, df)` | chance of more than `x` |
//! | `wilson_low(k, n)`, `wilson_high(k, n)` | 95% interval of the share `k` of `n` |
//!
//! Null in, null out; null too where there is no such number. Fails only where a count of journeys is negative.

mod collected;
mod dispersion;
mod evidence;
mod multiple;
mod scalars;
mod survival;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use collected::Collected;

/// Functions of SQL, by kind.
#[derive(Debug)]
pub struct Functions {
    pub scalars: Vec<ScalarUDF>,
    pub aggregates: Vec<AggregateUDF>,
    pub windows: Vec<WindowUDF>,
}

/// All of them, to be registered with a session.
pub fn functions() -> Functions {
    Functions {
        scalars: scalars::all(),
        aggregates: vec![
            AggregateUDF::from(Collected::<evidence::StratifiedEvidence>::default()),
            AggregateUDF::from(Collected::<survival::KaplanMeier>::default()),
            AggregateUDF::from(Collected::<dispersion::SpreadOfRates>::default()),
        ],
        windows: vec![WindowUDF::from(multiple::BenjaminiHochberg::default())],
    }
}
