//! What rates may count: what began before a moment, so long before the horizon that nearly all of it has closed.
//!
//! A completion is known at once, a drop-off only a gap later; of what is younger than that, mostly completions are known.
//! A piece of a case that names several clients is never mature: where it ends says nothing of where the case does.

use super::{Contacts, Journey, Trace};

/// Whether each journey began before the moment.
pub fn mature_journeys(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let began_at = |journey: &Journey| contacts.started_at[journey.first_row as usize];
    trace.journeys.iter().map(|journey| !journey.is_piece_of_a_case(contacts) && began_at(journey) < before).collect()
}

/// Whether each contact started before the moment; outside journeys it says nothing.
pub fn mature_contacts(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let mut is_mature: Vec<bool> = contacts.started_at.iter().map(|&started_at| started_at < before).collect();
    leave_out_pieces(contacts, trace, &mut is_mature);
    is_mature
}

/// Whether each contact's journey came to the contact's point before the moment, by a contact of any direction; outside journeys it
/// says nothing.
pub fn mature_points(contacts: &Contacts<'_>, trace: &Trace, before: i64) -> Vec<bool> {
    let mut is_mature = mature_contacts(contacts, trace, before);
    // The journey that came last to each point before the moment. Only journeys that go on over the moment have to look.
    let mut reached_by: Vec<usize> = Vec::new();
    let started_at = |row: u32| contacts.started_at[row as usize];
    for (number, journey) in trace.journeys.iter().enumerate() {
        let goes_over = started_at(journey.first_row) < before && started_at(journey.last_row) >= before;
        if !goes_over || journey.is_piece_of_a_case(contacts) {
            continue;
        }
        for row in trace.rows(journey) {
            let point = contacts.point[row] as usize;
            if is_mature[row] {
                if point >= reached_by.len() {
                    reached_by.resize(point + 1, usize::MAX);
                }
                reached_by[point] = number;
            } else {
                is_mature[row] = reached_by.get(point) == Some(&number);
            }
        }
    }
    is_mature
}

fn leave_out_pieces(contacts: &Contacts<'_>, trace: &Trace, is_mature: &mut [bool]) {
    if contacts.is_split_case.is_empty() {
        return;
    }
    for journey in trace.journeys.iter().filter(|journey| journey.is_piece_of_a_case(contacts)) {
        trace.rows(journey).for_each(|row| is_mature[row] = false);
    }
}
