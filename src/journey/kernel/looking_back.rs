//! What a contact looks back on in its journey: one column per function, one entry per row (docs/semantics.md: context).
//!
//! "So far" includes the contact itself. Rows in no journey hold nothing that means anything.

use super::points::Tally;
use super::{ByJourney, Contacts, NONE};

/// The place in the journey, from 1.
pub fn position(journeys: &ByJourney) -> Vec<i32> {
    let mut position = journeys.column(0);
    for rows in journeys.iter() {
        (1..).zip(rows).for_each(|(place, &row)| position[row] = place);
    }
    position
}

/// The row before in the same journey; [`NONE`] at the first.
pub fn previous(journeys: &ByJourney) -> Vec<u32> {
    let mut previous = journeys.column(NONE);
    for rows in journeys.iter() {
        rows.windows(2).for_each(|pair| previous[pair[1]] = pair[0] as u32);
    }
    previous
}

/// Visits begun. `visit`: that of each row, 0 for none.
pub fn visits_so_far(journeys: &ByJourney, visit: &[u32]) -> Vec<i32> {
    let mut visits_so_far = journeys.column(0);
    for rows in journeys.iter() {
        let mut so_far = 0;
        for &row in rows {
            so_far = so_far.max(visit[row] as i32);
            visits_so_far[row] = so_far;
        }
    }
    visits_so_far
}

/// Different agents. `agent`: a code per row, 0 for none.
pub fn agents_so_far(journeys: &ByJourney, agent: &[u32]) -> Vec<i32> {
    let (mut agents_so_far, mut seen) = (journeys.column(0), Tally::default());
    for (journey, rows) in journeys.iter().enumerate() {
        let mut so_far = 0;
        for &row in rows {
            so_far += i32::from(agent[row] != 0 && seen.count(agent[row], journey) == 1);
            agents_so_far[row] = so_far;
        }
    }
    agents_so_far
}

/// Changes of agent from one contact of a visit to the next, over all visits of the journey so far. Contacts without an agent are
/// passed over. `visit` and `agent`: 0 for none.
pub fn transfers_so_far(journeys: &ByJourney, visit: &[u32], agent: &[u32]) -> Vec<i32> {
    let mut transfers_so_far = journeys.column(0);
    for rows in journeys.iter() {
        let (mut so_far, mut last_visit, mut last_agent) = (0, 0, 0);
        for &row in rows {
            if visit[row] != 0 {
                if visit[row] != last_visit {
                    (last_visit, last_agent) = (visit[row], 0);
                }
                if agent[row] != 0 {
                    so_far += i32::from(last_agent != 0 && last_agent != agent[row]);
                    last_agent = agent[row];
                }
            }
            transfers_so_far[row] = so_far;
        }
    }
    transfers_so_far
}

/// Outbound contacts.
pub fn reminders_so_far(contacts: &Contacts<'_>, journeys: &ByJourney) -> Vec<i32> {
    let mut reminders_so_far = journeys.column(0);
    for rows in journeys.iter() {
        let mut so_far = 0;
        for &row in rows {
            so_far += i32::from(contacts.is_outbound(row));
            reminders_so_far[row] = so_far;
        }
    }
    reminders_so_far
}

/// The row of the latest outbound contact; [`NONE`] before the first.
pub fn last_reminder(contacts: &Contacts<'_>, journeys: &ByJourney) -> Vec<u32> {
    let mut last_reminder = journeys.column(NONE);
    for rows in journeys.iter() {
        let mut last = NONE;
        for &row in rows {
            if contacts.is_outbound(row) {
                last = row as u32;
            }
            last_reminder[row] = last;
        }
    }
    last_reminder
}

/// The sum of what was measured; `None` before the first that has a value.
pub fn sum_so_far(journeys: &ByJourney, measured: impl Fn(usize) -> Option<f64>) -> Vec<Option<f64>> {
    let mut sums = journeys.column(None);
    for rows in journeys.iter() {
        let mut so_far: Option<f64> = None;
        for &row in rows {
            if let Some(value) = measured(row) {
                so_far = Some(so_far.map_or(value, |sum| sum + value));
            }
            sums[row] = so_far;
        }
    }
    sums
}
