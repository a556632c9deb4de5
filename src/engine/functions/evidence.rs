//! `stratified_evidence`: all that is said about one association, over the strata that are aggregated. Rows are not merged: two
//! rows are two strata. Where there is not enough data there are counts, and no estimates.

use super::collected::{Row, Summary, Value};
use crate::statistics::{Evidence, Stratum};

#[derive(Debug)]
pub(super) struct StratifiedEvidence;

impl Summary for StratifiedEvidence {
    const NAME: &'static str = "stratified_evidence";

    fn of(rows: &[Row]) -> Vec<(&'static str, Value)> {
        let strata: Vec<Stratum> = rows.iter().copied().map(Stratum::from).collect();
        let found = Evidence::of(&strata);
        let estimate = |value: Option<f64>| Value::Number(value.filter(|_| found.is_tested));
        vec![
            ("risk_ratio", estimate(found.risk_ratio)),
            ("low", estimate(found.low)),
            ("high", estimate(found.high)),
            ("p_value", estimate(found.p_value)),
            ("homogeneity_p", estimate(found.homogeneity_p)),
            ("attributable", estimate(found.attributable)),
            ("attributable_low", estimate(found.attributable_low)),
            ("attributable_high", estimate(found.attributable_high)),
            ("is_tested", Value::Flag(found.is_tested)),
            ("strata", Value::Count(Some(found.strata))),
            ("exposed", Value::Count(Some(found.exposed))),
            ("exposed_dropped", Value::Count(Some(found.exposed_dropped))),
            ("unexposed", Value::Count(Some(found.unexposed))),
            ("unexposed_dropped", Value::Count(Some(found.unexposed_dropped))),
        ]
    }
}
