//! What the company did about a contact: reminders up to it, an answer after it, anything at all in its journey.
//!
//! An answer or a reminder is an outbound contact of the same journey. Each function fills the rows of one journey.

use super::{Contacts, NONE};

/// Notes the latest outbound contact up to each row, itself included.
pub(super) fn find_reminders(contacts: &Contacts<'_>, rows: &[usize], last_reminder: &mut [u32]) {
    let mut last = NONE;
    for &row in rows {
        if contacts.is_outbound(row) {
            last = row as u32;
        }
        last_reminder[row] = last;
    }
}

/// Marks the client's messages that no outbound contact follows.
pub(super) fn find_unanswered(contacts: &Contacts<'_>, rows: &[usize], unanswered: &mut [bool]) {
    for &row in rows.iter().rev() {
        if contacts.is_outbound(row) {
            break;
        }
        unanswered[row] = !contacts.is_company(row) && contacts.is_message_channel[contacts.channel[row] as usize];
    }
}

/// Marks the client contacts of a journey that has no outbound contact.
pub(super) fn find_no_follow_up(contacts: &Contacts<'_>, rows: &[usize], no_follow_up: &mut [bool]) {
    if !rows.iter().any(|&row| contacts.is_outbound(row)) {
        rows.iter().for_each(|&row| no_follow_up[row] = !contacts.is_company(row));
    }
}
