//! How far each journey comes along a list of steps, in order: the first, then the second after it, and so on.

use super::{Contacts, Trace};

/// At the contact by which a journey comes to a place, that place, from 1; 0 elsewhere. A contact brings one place at most,
/// and each place comes once, after the one before it.
pub fn funnel_places(contacts: &Contacts<'_>, trace: &Trace) -> Vec<i32> {
    let mut place = vec![0; contacts.rows()];
    for journey in &trace.journeys {
        let mut next = 1;
        for row in trace.rows(journey) {
            if contacts.places_of_point[contacts.point[row] as usize].contains(&next) {
                place[row] = next;
                next += 1;
            }
        }
    }
    place
}
