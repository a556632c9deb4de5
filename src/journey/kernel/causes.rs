//! One primary cause per dropped journey (docs/semantics.md: causes): the first rule by priority that fired at its drop-off
//! point, else at its last visit.

use super::{Journey, NONE, Trace, Visits};

/// Signals and causes of the journeys of a batch, one entry per journey.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Every signal that fired on any of its contacts, as bits; empty where not wanted.
    pub signals: Vec<i64>,
    /// `None` where none fired or the journey is not dropped.
    pub primary: Vec<Option<Primary>>,
}

/// The primary cause of a dropped journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Primary {
    pub bit: u32,
    pub fired: CausePlace,
}

/// Where a signal fired that is the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CausePlace {
    DropOffPoint,
    /// Nothing fired at the point itself.
    ItsVisit,
}

/// Picks the primary causes. `signals`: one mask per row, the lowest bit the first in priority; `all`: whether the signals of
/// whole journeys are wanted too.
pub fn causes(trace: &Trace, visits: &Visits, signals: &[i64], all: bool) -> Causes {
    let mut causes = Causes { signals: Vec::new(), primary: Vec::with_capacity(trace.journeys.len()) };
    if all {
        let of_journey = |journey| trace.rows(journey).fold(0, |all, row| all | signals[row]);
        causes.signals = trace.journeys.iter().map(of_journey).collect();
    }
    for (journey, &drop_row) in trace.journeys.iter().zip(&visits.drop_row) {
        causes.primary.push(if drop_row == NONE {
            None
        } else {
            let at_point = first_of(signals[drop_row as usize], CausePlace::DropOffPoint);
            at_point.or_else(|| {
                let of_visit = visit_of(trace, visits, journey, drop_row).fold(0, |all, row| all | signals[row]);
                first_of(of_visit, CausePlace::ItsVisit)
            })
        });
    }
    causes
}

/// The rows of a journey that are in the visit of its drop-off point.
pub fn visit_of<'a>(
    trace: &'a Trace,
    visits: &'a Visits,
    journey: &'a Journey,
    drop_row: u32,
) -> impl Iterator<Item = usize> + 'a {
    let last_visit = visits.visit[drop_row as usize];
    trace.rows(journey).filter(move |&row| last_visit != 0 && visits.visit[row] == last_visit)
}

fn first_of(signals: i64, fired: CausePlace) -> Option<Primary> {
    (signals != 0).then(|| Primary { bit: signals.trailing_zeros(), fired })
}
