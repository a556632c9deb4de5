//! The rows of each journey side by side, so that a walk along a journey, forwards or backwards, is a walk along a slice.

use super::Trace;

/// The rows of every journey, in order.
#[derive(Clone, Debug)]
pub struct ByJourney {
    rows: Vec<usize>,
    /// Where each journey ends in `rows`.
    ends: Vec<usize>,
    /// Rows of the batch, those in no journey included.
    in_batch: usize,
}

impl ByJourney {
    /// The rows of the journeys of `trace`.
    pub fn new(trace: &Trace) -> Self {
        let in_batch = trace.journey.len();
        let (mut rows, mut ends) = (Vec::with_capacity(in_batch), Vec::with_capacity(trace.journeys.len()));
        for journey in &trace.journeys {
            rows.extend(trace.rows(journey));
            ends.push(rows.len());
        }
        ByJourney { rows, ends, in_batch }
    }

    /// The rows of each journey, in the order of the journeys.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.rows[start..end])
    }

    /// A column with `value` in every row of the batch: what holds where nothing else is found.
    pub(super) fn column<T: Clone>(&self, value: T) -> Vec<T> {
        vec![value; self.in_batch]
    }
}
