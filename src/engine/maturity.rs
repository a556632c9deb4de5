//! How long before the horizon rates take what began: as the configuration says, else found from the log.
//!
//! A journey that completes is known at once, one that is dropped only a gap later. Of what began lately, then, mostly
//! completions are known, and a rate over it is too low. What began long enough before the horizon, and so is *mature*, has
//! closed nearly whole.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::logical_expr::{Expr, cast, ident, lit};

use crate::config::Config;
use crate::error::Result;

/// Contacts that it is found from, about.
pub(super) const SAMPLE_ROWS: f64 = 100_000.0;
/// Share of the passages that must have had the time to close.
const CLOSED_SHARE: f64 = 0.95;
/// The largest part of the log's span that is left out as too young.
const LARGEST_PART: f64 = 2.0 / 3.0;
/// Share of the passages that may lie before what counts as the beginning of the log: a few rows of 1970 are no span.
const STRAY_SHARE: f64 = 0.001;
/// Share of open ones among the mature beyond which rates are not to be trusted.
const MANY_OPEN: f64 = 0.05;
/// Share of open ones among the mature that are open or dropped, beyond which the same holds.
const MANY_UNDECIDED: f64 = 0.1;
/// Longer than any log, in microseconds: a hundred years.
const LONGEST_US: i64 = 36_525 * 86_400_000_000;

/// What is mature, and how that came about. Spans in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Maturity {
    pub after_us: i64,
    /// Whether the configuration says so.
    pub is_configured: bool,
    /// Of the journeys that are mature, the share that is open: rates leave them out.
    pub open_share: f64,
    /// Whether it is shorter than the gap, so that hardly a drop-off can be known among what is mature.
    pub is_below_the_gap: bool,
    /// Of those that are open or dropped, the share that is open.
    pub undecided_share: f64,
    /// Whether there are mature journeys at all.
    pub has_any: bool,
    /// From the beginning of the log to the horizon.
    pub span_us: i64,
}

/// The columns that [`Maturity::find`] reads of passages: when they began, until when their journey waits or would have waited
/// for the client, whether it is open, whether the passage is its first, whether it was dropped.
pub(super) fn columns() -> Vec<Expr> {
    let number = |name| cast(ident(name), DataType::Int64);
    let is = |status: &str| ident("status").eq(lit(status));
    let is_first = ident("position").eq(lit(1));
    vec![
        number("started_at"),
        number("journey_open_until"),
        is("open").alias("is_open"),
        is_first.alias("is_first"),
        is("dropped").alias("is_dropped"),
    ]
}

impl Maturity {
    /// Found from a sample of passages: the time within which 95% of those that have closed would have been silent for a gap,
    /// at most two thirds of the span of the log. The gap where none has closed.
    pub(super) fn find(config: &Config, horizon_us: i64, sample: &[RecordBatch]) -> Result<Maturity> {
        let (mut starts, mut needed, mut journeys) = (Vec::new(), Vec::new(), Vec::new());
        for batch in sample {
            let number = |place: usize| batch.column(place).as_primitive::<Int64Type>();
            let [is_open, is_first, is_dropped] = [2, 3, 4].map(|place| batch.column(place).as_boolean());
            for row in 0..batch.num_rows() {
                let (start, open_until) = (number(0).value(row), number(1).value(row));
                let is_open = is_open.is_valid(row) && is_open.value(row);
                starts.push(start);
                if is_first.value(row) {
                    journeys.push((start, is_open, is_dropped.is_valid(row) && is_dropped.value(row)));
                }
                if !is_open {
                    needed.push(open_until.saturating_sub(start));
                }
            }
        }
        starts.sort_unstable();
        let begins_us = starts.get((starts.len() as f64 * STRAY_SHARE) as usize).copied().unwrap_or(horizon_us);
        let span_us = horizon_us.saturating_sub(begins_us).max(0);
        let found_us = || {
            let closing_us = quantile(&mut needed, CLOSED_SHARE).unwrap_or(config.rules.gap_us);
            closing_us.min((span_us as f64 * LARGEST_PART) as i64)
        };
        let after_us = config.mature_after_us.unwrap_or_else(found_us).min(LONGEST_US);
        let (mut mature, mut open, mut dropped) = (0_u32, 0_u32, 0_u32);
        for (_, is_open, is_dropped) in
            journeys.iter().filter(|(start, ..)| *start < horizon_us.saturating_sub(after_us))
        {
            mature += 1;
            open += u32::from(*is_open);
            dropped += u32::from(*is_dropped);
        }
        let share = |of: u32| f64::from(open) / f64::from(of.max(1));
        Ok(Maturity {
            after_us,
            is_configured: config.mature_after_us.is_some(),
            is_below_the_gap: after_us < config.rules.gap_us,
            has_any: mature > 0,
            open_share: share(mature),
            undecided_share: share(open + dropped),
            span_us,
        })
    }

    /// The span in days and hours, or hours and minutes where it is short.
    pub fn after(&self) -> String {
        let minutes = self.after_us / 60_000_000;
        let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        if days > 0 { format!("{days}d {hours:02}h") } else { format!("{hours}h {minutes:02}m") }
    }

    /// The share of open ones in per cent; a small share is not nothing.
    pub fn open_percent(&self) -> String {
        let percent = self.open_share * 100.0;
        if percent > 0.0 && percent < 0.05 { "<0.1%".to_owned() } else { format!("{percent:.1}%") }
    }

    /// Whether so many of what is mature are open that rates may be off.
    pub fn has_many_open(&self) -> bool {
        self.open_share > MANY_OPEN || self.undecided_share > MANY_UNDECIDED
    }
}

/// The least value that this share of the values does not exceed; `None` of none.
fn quantile(values: &mut [i64], share: f64) -> Option<i64> {
    values.sort_unstable();
    let place = (values.len() as f64 * share).ceil() as usize;
    values.get(place.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(quantile(&mut values, 0.95), Some(95));
        assert_eq!(quantile(&mut [7], 0.95), Some(7));
        assert_eq!(quantile(&mut [], 0.95), None);
    }
}
