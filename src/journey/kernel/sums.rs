//! A measure summed up along each journey.

use super::Trace;

/// The sum of what was measured in a journey up to each row, itself included; `None` before the first that has a value.
pub fn sum_so_far(trace: &Trace, measured: impl Fn(usize) -> Option<f64>) -> Vec<Option<f64>> {
    let mut sums = vec![None; trace.journey.len()];
    for journey in &trace.journeys {
        let mut so_far: Option<f64> = None;
        for row in trace.rows(journey) {
            if let Some(value) = measured(row) {
                so_far = Some(so_far.map_or(value, |sum| sum + value));
            }
            sums[row] = so_far;
        }
    }
    sums
}
