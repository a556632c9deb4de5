//! Which journey each contact belongs to, and how each journey ends (docs/semantics.md: key, boundaries, status).
//!
//! One walk over the contacts in order. Per client it holds the journeys that a contact may still join: those that have
//! not ended and whose gap has not run out. A journey with a case id can always be joined by its case.

use std::collections::HashMap;

use super::{Contacts, Journey, NONE};

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
