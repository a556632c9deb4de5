//! One journey: what its contacts bring to it, and how it ends (docs/semantics.md: status).

use super::{Contacts, Effect, NONE};

/// How a journey stands, first rule that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Completed,
    Refused,
    Dropped,
    Open,
}

impl Status {
    pub const ALL: [Status; 4] = [Status::Completed, Status::Refused, Status::Dropped, Status::Open];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Refused => "refused",
            Status::Dropped => "dropped",
            Status::Open => "open",
        }
    }
}

/// What decides about the status of a journey: the first of these that holds. Contacts are rows of the batch; moments and spans in
/// microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A contact reached a goal; the first that did.
    Goal { contact: u32 },
    /// A contact was a refusal; the first.
    Refusal { contact: u32 },
    /// A contact was a withdrawal; the first.
    Withdrawal { contact: u32 },
    /// The gap after the last client contact passed in silence, before the horizon.
    Silence { last_contact: u32, gap: i64, over_at: i64 },
    /// It has not passed by the horizon.
    Waiting { last_contact: u32, gap: i64, over_at: i64 },
}

impl Ending {
    /// The status that follows from it.
    pub fn status(self) -> Status {
        match self {
            Ending::Goal { .. } => Status::Completed,
            Ending::Refusal { .. } => Status::Refused,
            Ending::Withdrawal { .. } | Ending::Silence { .. } => Status::Dropped,
            Ending::Waiting { .. } => Status::Open,
        }
    }

    /// The same, with another name for each contact.
    pub fn with_contacts(mut self, name: impl Fn(u32) -> u32) -> Ending {
        match &mut self {
            Ending::Goal { contact } | Ending::Refusal { contact } | Ending::Withdrawal { contact } => {
                *contact = name(*contact);
            }
            Ending::Silence { last_contact, .. } | Ending::Waiting { last_contact, .. } => {
                *last_contact = name(*last_contact);
            }
        }
        self
    }
}

/// One journey of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// From 1 at the client's first.
    pub number: u32,
    pub first_row: u32,
    /// Last contact of any direction.
    pub last_row: u32,
    /// Last client contact.
    pub last_client_row: u32,
    /// Contacts of any direction.
    pub contacts: u32,
    /// First motive a client contact brought; 0 for none.
    pub motive: u32,
    /// Code of the case id; 0 for none.
    pub case: u32,
    /// First withdrawal step; [`NONE`] where there is none, and so below.
    pub withdrawal_row: u32,
    goal_row: u32,
    refusal_row: u32,
    /// End of the last client contact: gaps are counted from here.
    client_end: i64,
    /// End of the journey, see [`Trace`](super::Trace).
    pub ended_at: i64,
    pub status: Status,
}

impl Journey {
    #[inline]
    pub(super) fn new(number: usize, row: usize, contacts: &Contacts<'_>) -> Self {
        Journey {
            number: number as u32,
            first_row: row as u32,
            last_row: row as u32,
            last_client_row: row as u32,
            contacts: 0,
            motive: 0,
            case: contacts.case(row),
            withdrawal_row: NONE,
            goal_row: NONE,
            refusal_row: NONE,
            client_end: 0,
            ended_at: 0,
            status: Status::Open,
        }
    }

    #[inline]
    fn has_ended(&self) -> bool {
        self.goal_row != NONE || self.refusal_row != NONE || self.withdrawal_row != NONE
    }

    #[inline]
    pub(super) fn is_open_at(&self, moment: i64, contacts: &Contacts<'_>) -> bool {
        !self.has_ended() && moment.saturating_sub(self.client_end) <= contacts.gap_of_motive[self.motive as usize]
    }

    #[inline]
    pub(super) fn join(&mut self, row: usize, contacts: &Contacts<'_>) {
        self.last_row = row as u32;
        self.contacts += 1;
        let effect = contacts.effect(row);
        if !contacts.is_company(row) {
            self.last_client_row = row as u32;
            self.client_end = contacts.ended_at[row];
            self.ended_at = self.client_end;
            if self.motive == 0 {
                self.motive = contacts.motive(row);
            }
        } else if effect != Effect::None {
            self.ended_at = contacts.ended_at[row];
        }
        let first_row = match effect {
            Effect::None => return,
            Effect::Goal => &mut self.goal_row,
            Effect::Refusal => &mut self.refusal_row,
            Effect::Withdrawal => &mut self.withdrawal_row,
        };
        if *first_row == NONE {
            *first_row = row as u32;
        }
    }

    /// Until when it waits for the client, or would have waited: the end of the last client contact, and the gap.
    pub fn open_until(&self, gap_of_motive: &[i64]) -> i64 {
        self.client_end.saturating_add(gap_of_motive[self.motive as usize])
    }

    /// When it was over: at the contact that ended it, else when its gap had passed in silence; `None` while it is open.
    pub fn closed_at(&self, gap_of_motive: &[i64]) -> Option<i64> {
        match self.status {
            Status::Open => None,
            Status::Dropped if self.withdrawal_row == NONE => Some(self.open_until(gap_of_motive)),
            Status::Completed | Status::Refused | Status::Dropped => Some(self.ended_at),
        }
    }

    /// Whether it is what one of several clients has of a case.
    #[inline]
    pub fn is_piece_of_a_case(&self, contacts: &Contacts<'_>) -> bool {
        contacts.is_split_case.get(self.case as usize) == Some(&true)
    }

    /// What decides about its status.
    pub fn ending(&self, horizon: i64, gap_of_motive: &[i64]) -> Ending {
        let (last_contact, gap) = (self.last_client_row, gap_of_motive[self.motive as usize]);
        let over_at = self.open_until(gap_of_motive);
        if self.goal_row != NONE {
            Ending::Goal { contact: self.goal_row }
        } else if self.refusal_row != NONE {
            Ending::Refusal { contact: self.refusal_row }
        } else if self.withdrawal_row != NONE {
            Ending::Withdrawal { contact: self.withdrawal_row }
        } else if over_at < horizon {
            Ending::Silence { last_contact, gap, over_at }
        } else {
            Ending::Waiting { last_contact, gap, over_at }
        }
    }
}
