//! `dispersion`: how far rates differ among themselves, beside chance, over rows of one rate each.

use super::collected::{Row, Summary, Value};
use crate::statistics::dispersion::Dispersion;
use crate::statistics::rates::Proportion;

#[derive(Debug)]
pub(super) struct SpreadOfRates;

impl Summary for SpreadOfRates {
    const NAME: &'static str = "dispersion";
    const NUMBERS: usize = 3;

    /// Rows are group, count, of.
    fn of(rows: &[Row]) -> Vec<(&'static str, Value)> {
        let rates: Vec<(u64, Proportion)> =
            rows.iter().map(|&[group, count, of, _]| (group, Proportion { count, of })).collect();
        let found = Dispersion::of(&rates);
        vec![
            ("factor", Value::Number(found.map(|found| found.factor))),
            ("degrees", Value::Count(found.map(|found| found.degrees))),
        ]
    }
}
