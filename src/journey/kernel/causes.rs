//! One primary cause per dropped journey (docs/semantics.md: causes): the first rule by priority that fired at its drop-off
//! point, else at its last visit.

use super::{NONE, Trace, Visits};

/// Signals and causes of the journeys of a batch, one entry per journey.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Every signal that fired on any of its contacts, as bits; empty where not wanted.
    pub signals: Vec<i64>,
    /// Bit of the primary cause; `None` where none fired or the journey is not dropped.
    pub primary: Vec<Option<u32>>,
}

/// Picks the primary causes. `signals`: one mask per row, the lowest bit the first in priority; `all`: whether the signals of
/// whole journeys are wanted too.
pub fn causes(trace: &Trace, visits: &Visits, signals: &[i64], all: bool) -> Causes {
    let mut found = Causes { signals: Vec::new(), primary: Vec::with_capacity(trace.journeys.len()) };
    if all {
        let of_journey = |journey| trace.rows(journey).fold(0, |all, row| all | signals[row]);
        found.signals = trace.journeys.iter().map(of_journey).collect();
    }
    for (journey, &drop_row) in trace.journeys.iter().zip(&visits.drop_row) {
        found.primary.push(if drop_row == NONE {
            None
        } else {
            let drop_row = drop_row as usize;
            let last_visit = visits.visit[drop_row];
            first_of(signals[drop_row]).or_else(|| {
                first_of(
                    trace
                        .rows(journey)
                        .filter(|&row| last_visit != 0 && visits.visit[row] == last_visit)
                        .fold(0, |all, row| all | signals[row]),
                )
            })
        });
    }
    found
}

fn first_of(signals: i64) -> Option<u32> {
    (signals != 0).then(|| signals.trailing_zeros())
}
