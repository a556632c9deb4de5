//! Whether the company answered: an outbound contact after a message, or anywhere in the journey. Both look ahead.

use super::{ByJourney, Contacts};

/// Whether each contact is a message by the client that no outbound contact of the journey follows.
pub fn unanswered(contacts: &Contacts<'_>, journeys: &ByJourney) -> Vec<bool> {
    let mut unanswered = journeys.column(false);
    for rows in journeys.iter() {
        for &row in rows.iter().rev() {
            if contacts.is_outbound(row) {
                break;
            }
            unanswered[row] = !contacts.is_company(row) && contacts.is_message_channel[contacts.channel[row] as usize];
        }
    }
    unanswered
}

/// Whether each contact is one by the client in a journey that has no outbound contact, earlier or later.
pub fn no_follow_up(contacts: &Contacts<'_>, journeys: &ByJourney) -> Vec<bool> {
    let mut no_follow_up = journeys.column(false);
    for rows in journeys.iter() {
        if !rows.iter().any(|&row| contacts.is_outbound(row)) {
            rows.iter().for_each(|&row| no_follow_up[row] = !contacts.is_company(row));
        }
    }
    no_follow_up
}
