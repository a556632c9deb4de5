//! Which journey each contact belongs to, and how each journey ends (docs/semantics.md: key, boundaries, status).
//!
//! One walk over the contacts in order. Per client it holds the journeys that a contact may still join: those that have
//! not ended and whose gap has not run out. A journey with a case id can always be joined by its case.

use std::collections::HashMap;

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
    /// End of the journey, see [`Trace`].
    pub ended_at: i64,
    pub status: Status,
}

impl Journey {
    fn new(number: usize, row: usize, contacts: &Contacts<'_>) -> Self {
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

    fn has_ended(&self) -> bool {
        self.goal_row != NONE || self.refusal_row != NONE || self.withdrawal_row != NONE
    }

    fn is_open_at(&self, moment: i64, contacts: &Contacts<'_>) -> bool {
        !self.has_ended() && moment.saturating_sub(self.client_end) <= contacts.gap_of_motive[self.motive as usize]
    }

    fn join(&mut self, row: usize, contacts: &Contacts<'_>) {
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

/// The journeys of a batch and the contacts of each, in order.
///
/// A journey ends with its last client contact, or with the company contact that ended it after that.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Journey of each row; [`NONE`] for company contacts outside any journey, and contacts after the horizon.
    pub journey: Vec<u32>,
    /// The next row of the same journey; [`NONE`] at its end.
    pub next: Vec<u32>,
    /// In order of their first contact.
    pub journeys: Vec<Journey>,
}

impl Trace {
    /// The rows of a journey, in order.
    pub fn rows(&self, journey: &Journey) -> impl Iterator<Item = usize> + '_ {
        let mut row = journey.first_row;
        std::iter::from_fn(move || {
            let this = row;
            (this != NONE).then(|| {
                row = self.next[this as usize];
                this as usize
            })
        })
    }
}

/// Assigns every contact to its journey. `by_motive`: whether the motive is part of the key of a journey.
pub fn trace(contacts: &Contacts<'_>, by_motive: bool, horizon: i64) -> Trace {
    let rows = contacts.rows();
    let mut found =
        Trace { journey: vec![NONE; rows], next: vec![NONE; rows], journeys: Vec::with_capacity(rows / 4 + 1) };
    let mut client = OpenJourneys::new(contacts, by_motive);
    for bounds in contacts.clients.windows(2) {
        client.forget(found.journeys.len());
        for row in bounds[0] as usize..bounds[1] as usize {
            if contacts.started_at[row] > horizon {
                break;
            }
            if let Some(journey) = client.place(row, &mut found.journeys) {
                let joined = &mut found.journeys[journey as usize];
                if joined.contacts > 0 {
                    found.next[joined.last_row as usize] = row as u32;
                }
                joined.join(row, contacts);
                found.journey[row] = journey;
            }
        }
    }
    for journey in &mut found.journeys {
        journey.status = journey.ending(horizon, contacts.gap_of_motive).status();
    }
    found
}

/// A journey, and its last client contact when it was noted. If that is another one now, the journey has gone on.
#[derive(Clone, Copy, Debug)]
struct RecentJourney {
    journey: u32,
    row: u32,
}

/// Journeys in the order of their last client contact.
type Recent = Vec<RecentJourney>;

/// The journeys of one client that a contact may join.
///
/// A search forgets the closed journeys that it comes by, so that all searches together cost no more than noting did,
/// however many journeys a client has.
struct OpenJourneys<'a, 'b> {
    contacts: &'a Contacts<'b>,
    by_motive: bool,
    recent: Recent,
    /// Where motives are part of the key: place in `about` of each motive seen, 0 for none among them.
    places: HashMap<u32, usize>,
    about: Vec<Recent>,
    cases: HashMap<u32, u32>,
    /// How many journeys the clients before have.
    journeys_before: usize,
}

impl<'a, 'b> OpenJourneys<'a, 'b> {
    fn new(contacts: &'a Contacts<'b>, by_motive: bool) -> Self {
        let (places, about, cases) = (HashMap::new(), Vec::new(), HashMap::new());
        OpenJourneys { contacts, by_motive, recent: Vec::new(), places, about, cases, journeys_before: 0 }
    }

    /// Forgets the client before. `journeys`: how many all clients before have.
    fn forget(&mut self, journeys: usize) {
        self.journeys_before = journeys;
        self.recent.clear();
        self.cases.clear();
        self.about.iter_mut().take(self.places.len()).for_each(Vec::clear);
        self.places.clear();
    }

    /// The journey of this contact; `None` for a company contact that finds none open.
    #[inline]
    fn place(&mut self, row: usize, journeys: &mut Vec<Journey>) -> Option<u32> {
        let case = self.contacts.case(row);
        let found = if case != 0 { self.cases.get(&case).copied() } else { self.find_open(row, journeys) };
        if self.contacts.is_company(row) {
            return found;
        }
        let journey = found.unwrap_or_else(|| {
            let journey = journeys.len() as u32;
            journeys.push(Journey::new(journeys.len() + 1 - self.journeys_before, row, self.contacts));
            if case != 0 {
                self.cases.insert(case, journey);
            }
            journey
        });
        self.note(RecentJourney { journey, row: row as u32 }, &journeys[journey as usize]);
        Some(journey)
    }

    /// Notes that `journey` goes on with this contact, which it has not joined yet.
    fn note(&mut self, noted: RecentJourney, journey: &Journey) {
        put(&mut self.recent, noted);
        if self.by_motive {
            let brought = self.contacts.motive(noted.row as usize);
            let motive = if journey.motive == 0 { brought } else { journey.motive };
            put(self.about(motive), noted);
        }
    }

    fn about(&mut self, motive: u32) -> &mut Recent {
        let next = self.places.len();
        let place = *self.places.entry(motive).or_insert(next);
        if place == self.about.len() {
            self.about.push(Vec::new());
        }
        &mut self.about[place]
    }

    /// Of the journeys open now: that of the contact's motive, else one without a motive, else (no motive) the latest.
    fn find_open(&mut self, row: usize, journeys: &[Journey]) -> Option<u32> {
        let (contacts, moment) = (self.contacts, self.contacts.started_at[row]);
        let motive = if self.by_motive { contacts.motive(row) } else { 0 };
        if motive == 0 {
            return latest_open(&mut self.recent, moment, journeys, contacts);
        }
        latest_open(self.about(motive), moment, journeys, contacts)
            .or_else(|| latest_open(self.about(0), moment, journeys, contacts))
    }
}

fn put(recent: &mut Recent, noted: RecentJourney) {
    match recent.last_mut() {
        Some(last) if last.journey == noted.journey => *last = noted,
        _ => recent.push(noted),
    }
}

fn latest_open(recent: &mut Recent, moment: i64, journeys: &[Journey], contacts: &Contacts<'_>) -> Option<u32> {
    while let Some(last) = recent.last() {
        let journey = &journeys[last.journey as usize];
        if journey.last_client_row == last.row && journey.is_open_at(moment, contacts) {
            return Some(last.journey);
        }
        // It has gone on and is noted further up, or it is over; where its case brings it back, it is noted again.
        recent.pop();
    }
    None
}
