//! What rates may count: what began before a moment, so long before the horizon that nearly all of it has closed.
//!
//! A completion is known at once, a drop-off only a gap later; of what is younger than that, mostly completions are known.
//! A piece of a case that names several clients is never mature: where it ends says nothing of where the case does.

use super::{Contacts, Journey, NONE, Trace};

/// Whether each journey began before the moment.
pub fn mature_journeys(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let began_at = |journey: &Journey| contacts.started_at[journey.first_row as usize];
    trace.journeys.iter().map(|journey| !journey.is_piece_of_a_case(contacts) && began_at(journey) < before).collect()
}

/// Whether each contact started before the moment; false outside journeys.
pub fn mature_contacts(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let is_mature = |(&journey, &started_at): (&u32, &i64)| {
        started_at < before && journey != NONE && !trace.journeys[journey as usize].is_piece_of_a_case(contacts)
    };
    trace.journey.iter().zip(contacts.started_at).map(is_mature).collect()
}

/// Whether each contact's journey came to the contact's point before the moment, by a contact of any direction.
pub fn mature_points(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let mut is_mature = vec![false; contacts.rows()];
    // The journey that came last to each point before the moment.
    let mut reached_by: Vec<usize> = Vec::new();
    for (number, journey) in trace.journeys.iter().enumerate() {
        if journey.is_piece_of_a_case(contacts) {
            continue;
        }
        for row in trace.rows(journey) {
            let point = contacts.point[row] as usize;
            if contacts.started_at[row] < before {
                if point >= reached_by.len() {
                    reached_by.resize(point + 1, usize::MAX);
                }
                reached_by[point] = number;
                is_mature[row] = true;
            } else {
                is_mature[row] = reached_by.get(point) == Some(&number);
            }
        }
    }
    is_mature
}
