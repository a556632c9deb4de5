//! One journey, drawn as a whole: the client's contacts, the company's, and when the client comes back.
//!
//! Pauses stand well clear of both gaps, so that the rules cut the log where the scenario does: within a visit they are at
//! most a third of `visit_gap`; between visits at most half of `gap`, and on the same channel over `visit_gap`; the next
//! journey starts more than `gap` later.
//!
//! Company contacts are drawn forward in time, as a company would send them: after a contact of the client, and at a moment
//! that knows nothing of what follows. So whether one came before a contact says nothing about how that contact ends. Those
//! for which no journey is open at their moment are not sent.

use super::contact::Contact;
use super::fate::{Loss, silence};
use super::random::Random;
use super::scenario::{Scenario, pick};

/// After so many contacts of the client a journey falls silent.
pub(super) const MOST_CONTACTS: usize = 40;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;
const DAY_S: i64 = 86_400;

/// A contact of the company.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentLetter {
    pub at: i64,
    pub letter: usize,
    pub is_twice: bool,
}

/// A journey. The space is used again for the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct DrawnJourney {
    /// In order of time, as company contacts are.
    pub contacts: Vec<Contact>,
    pub letters: Vec<SentLetter>,
    pub motive: usize,
    /// Nothing, unless it ended in silence.
    pub loss: Loss,
    /// Start of the client's next journey.
    pub next_start: Option<i64>,
}

impl DrawnJourney {
    /// Draws the journey that starts at this moment.
    pub fn draw(&mut self, scenario: &Scenario, start: i64, random: &mut Random) {
        self.contacts.clear();
        self.letters.clear();
        self.loss = Loss::default();
        self.next_start = None;
        self.motive = random.below(scenario.motives.len());
        self.draw_contacts(scenario, start, random);
        self.keep_letters(scenario);
        if let Some(last) = self.contacts.last().filter(|_| random.chance(scenario.returning)) {
            let pause = random.pause(14.0 * DAY_S as f64, [0, 120 * DAY_S]);
            self.next_start = Some(last.end() + scenario.gap.seconds + 2 * HOUR_S + pause);
        }
    }

    /// Leaves out what comes at the end of the logs or later.
    pub fn cut(&mut self, log_end: i64) {
        self.contacts.retain(|contact| contact.at < log_end);
        self.letters.retain(|letter| letter.at < log_end);
        self.next_start = self.next_start.filter(|at| *at < log_end);
    }

    fn draw_contacts(&mut self, scenario: &Scenario, start: i64, random: &mut Random) {
        let Some((_, way)) = pick(random, &scenario.start, |way| way.weight) else { return };
        let (mut place, mut at) = (way.point, start);
        loop {
            let contact = Contact::draw(scenario, place, at, random);
            self.contacts.push(contact);
            let point = &scenario.points[place];
            if point.end.is_some() {
                return;
            }
            self.draw_letter(scenario, &contact, random);
            let fate = random.uniform();
            // Drawn even if the journey falls silent: this is how it would have gone on.
            let Some((_, way)) = pick(random, &point.next, |way| way.weight) else { return };
            if self.contacts.len() == MOST_CONTACTS {
                return;
            }
            if fate < silence(scenario, place, contact.met) {
                self.loss = Loss::of(scenario, &contact, fate, way);
                return;
            }
            let is_move = scenario.points[way.point].channel != point.channel;
            at = contact.end() + pause(scenario, is_move, way.retry, random);
            place = way.point;
        }
    }

    /// What the company sends after a contact of the client, if anything.
    fn draw_letter(&mut self, scenario: &Scenario, contact: &Contact, random: &mut Random) {
        if !random.chance(scenario.company_contacts) {
            return;
        }
        let Some((letter, _)) = pick(random, &scenario.letters, |letter| letter.weight) else { return };
        let at = contact.end() + random.pause(1.5 * DAY_S as f64, [MINUTE_S, 30 * DAY_S]);
        self.letters.push(SentLetter { at, letter, is_twice: random.chance(scenario.duplicates) });
    }

    /// Leaves out company contacts for which the journey is no longer open, and those at the moment of another contact.
    fn keep_letters(&mut self, scenario: &Scenario) {
        let Some(last) = self.contacts.last() else { return };
        // What ends a journey ends it for company contacts too.
        let has_ended = scenario.points[last.point].end.is_some();
        let limit = if has_ended { last.at } else { last.end() + scenario.gap.seconds - HOUR_S };
        let contacts = &self.contacts;
        self.letters.retain(|letter| letter.at < limit && contacts.iter().all(|contact| contact.at != letter.at));
        self.letters.sort_by_key(|letter| letter.at);
        self.letters.dedup_by_key(|letter| letter.at);
    }
}

/// Seconds from the end of a contact to the start of the next one.
fn pause(scenario: &Scenario, is_move: bool, is_retry: bool, random: &mut Random) -> i64 {
    let visit_gap = scenario.visit_gap.seconds;
    let longest = (3 * DAY_S).min(scenario.gap.seconds / 2).max(visit_gap + MINUTE_S);
    if is_move {
        random.pause(20.0 * HOUR_S as f64, [MINUTE_S, longest])
    } else if is_retry {
        random.pause(20.0 * HOUR_S as f64, [visit_gap + MINUTE_S, longest])
    } else {
        random.pause(60.0, [2, (10 * MINUTE_S).min(visit_gap / 3)])
    }
}
