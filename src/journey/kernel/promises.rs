//! What became of a promise to be in touch: its moment against the next outbound contact of the journey.

use super::{ByJourney, Contacts};

/// How a promise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The next outbound contact came by the promised moment.
    Kept,
    /// It came after that.
    Late,
    /// None came, and the moment lies before the horizon.
    Broken,
    /// None came, and the moment does not lie before the horizon.
    NotDue,
}

impl Promise {
    pub const ALL: [Promise; 4] = [Promise::Kept, Promise::Late, Promise::Broken, Promise::NotDue];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Promise::Kept => "kept",
            Promise::Late => "late",
            Promise::Broken => "broken",
            Promise::NotDue => "not_due",
        }
    }
}

/// How the promise of each contact stands; `None` where nothing was promised. `promised_by` and `horizon` in microseconds;
/// `i64::MIN` for no promise.
pub fn promise(
    contacts: &Contacts<'_>,
    journeys: &ByJourney,
    promised_by: &[i64],
    horizon: i64,
) -> Vec<Option<Promise>> {
    let mut column = journeys.column(None);
    for rows in journeys.iter() {
        promises_of(contacts, rows, promised_by).for_each(|made| column[made.row] = Some(made.promise(horizon)));
    }
    column
}

/// Whether the moment of a contact's promise has passed, by the horizon, without an outbound contact.
pub fn promise_broken(contacts: &Contacts<'_>, journeys: &ByJourney, promised_by: &[i64], horizon: i64) -> Vec<bool> {
    let mut column = journeys.column(false);
    for rows in journeys.iter() {
        promises_of(contacts, rows, promised_by).for_each(|made| column[made.row] = made.is_broken(horizon));
    }
    column
}

/// A promise, and what followed. Moments in microseconds.
struct MadePromise {
    row: usize,
    due_at: i64,
    /// Start of the first outbound contact that starts after this one; `i64::MAX` where there is none.
    next_outbound_at: i64,
}

impl MadePromise {
    fn promise(&self, horizon: i64) -> Promise {
        match self.next_outbound_at {
            i64::MAX if self.due_at < horizon => Promise::Broken,
            i64::MAX => Promise::NotDue,
            next if next <= self.due_at => Promise::Kept,
            _ => Promise::Late,
        }
    }

    fn is_broken(&self, horizon: i64) -> bool {
        self.due_at < horizon && self.next_outbound_at > self.due_at
    }
}

/// The promises of a journey, the last first.
fn promises_of(contacts: &Contacts<'_>, rows: &[usize], promised_by: &[i64]) -> impl Iterator<Item = MadePromise> {
    // Walking backwards: whether an outbound contact starts at this very moment, and the earliest strictly after it.
    let (mut moment, mut outbound_now, mut next_outbound_at) = (i64::MAX, false, i64::MAX);
    rows.iter().rev().filter_map(move |&row| {
        let started_at = contacts.started_at[row];
        if started_at != moment {
            if outbound_now {
                next_outbound_at = moment;
            }
            (moment, outbound_now) = (started_at, false);
        }
        outbound_now |= contacts.is_outbound(row);
        let due_at = promised_by[row];
        (due_at != i64::MIN).then_some(MadePromise { row, due_at, next_outbound_at })
    })
}
