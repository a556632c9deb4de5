//! A contact among those of its journey at the same point: which it is, and when the journey came there.

use super::{ByJourney, Contacts};

/// How many contacts the journey has had at the contact's point, itself included; 1 is the first.
pub fn times_at_step(contacts: &Contacts<'_>, journeys: &ByJourney) -> Vec<i32> {
    let (mut times_at_step, mut times) = (journeys.column(0), Tally::default());
    for (journey, rows) in journeys.iter().enumerate() {
        for &row in rows {
            times_at_step[row] = times.count(contacts.point[row], journey);
        }
    }
    times_at_step
}

/// Of the contacts in a visit, whether it is the journey's last one at its point. `visit`: that of each row, 0 for none.
pub fn last_at_point(contacts: &Contacts<'_>, journeys: &ByJourney, visit: &[u32]) -> Vec<bool> {
    let (mut last_at_point, mut times) = (journeys.column(false), Tally::default());
    for (journey, rows) in journeys.iter().enumerate() {
        for &row in rows.iter().rev().filter(|&&row| visit[row] != 0) {
            last_at_point[row] = times.count(contacts.point[row], journey) == 1;
        }
    }
    last_at_point
}

/// Of the contacts in a visit, the start of the journey's first one at its point; `i64::MIN` for the others.
pub fn point_reached_at(contacts: &Contacts<'_>, journeys: &ByJourney, visit: &[u32]) -> Vec<i64> {
    let (mut point_reached_at, mut reached) = (journeys.column(i64::MIN), Reached::default());
    for (journey, rows) in journeys.iter().enumerate() {
        for &row in rows.iter().filter(|&&row| visit[row] != 0) {
            point_reached_at[row] = reached.at(contacts.point[row], journey, contacts.started_at[row]);
        }
    }
    point_reached_at
}

/// When a journey came to each point; starts over by itself at the next journey.
#[derive(Default)]
struct Reached {
    /// Journey and moment, by point.
    entries: Vec<(usize, i64)>,
}

impl Reached {
    /// When `journey` came to `point`: `now`, unless it was there before.
    #[inline]
    fn at(&mut self, point: u32, journey: usize, now: i64) -> i64 {
        let point = point as usize;
        if point >= self.entries.len() {
            self.entries.resize(point + 1, (usize::MAX, 0));
        }
        let (owner, moment) = &mut self.entries[point];
        if *owner != journey {
            (*owner, *moment) = (journey, now);
        }
        *moment
    }
}

/// Counts per code within one journey; starts over by itself at the next journey.
#[derive(Default)]
pub(super) struct Tally {
    entries: Vec<(usize, i32)>,
}

impl Tally {
    /// How often `code` has been counted in `journey`, this time included.
    #[inline]
    pub(super) fn count(&mut self, code: u32, journey: usize) -> i32 {
        let code = code as usize;
        if code >= self.entries.len() {
            self.entries.resize(code + 1, (usize::MAX, 0));
        }
        let (owner, count) = &mut self.entries[code];
        if *owner != journey {
            (*owner, *count) = (journey, 0);
        }
        *count += 1;
        *count
    }
}
