//! `kaplan_meier`: the share that will have been dropped, over rows of journeys that were followed for the same time.

use super::collected::{Row, Summary, Value};
use crate::statistics::survival::{Followed, dropped_share};

#[derive(Debug)]
pub(super) struct KaplanMeier;

impl Summary for KaplanMeier {
    const NAME: &'static str = "kaplan_meier";

    /// Rows are time, events, others, and how many journeys must have been followed for a time to count: the most that a row
    /// asks for.
    fn of(rows: &[Row]) -> Vec<(&'static str, Value)> {
        let at_risk = rows.iter().map(|row| row[3]).max().unwrap_or(0);
        let followed: Vec<Followed> = rows
            .iter()
            .map(|&[time, events, others, _]| Followed {
                time: i64::try_from(time).unwrap_or(i64::MAX),
                events,
                others,
            })
            .collect();
        let found = dropped_share(&followed, at_risk);
        let interval = found.and_then(|found| found.interval);
        vec![
            ("share", Value::Number(found.map(|found| found.share))),
            ("low", Value::Number(interval.map(|interval| interval.low))),
            ("high", Value::Number(interval.map(|interval| interval.high))),
            ("within", Value::Count(found.map(|found| found.within.unsigned_abs()))),
        ]
    }
}
