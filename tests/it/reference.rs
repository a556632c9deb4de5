//! The naive reference of the journey rules: obviously right, slow, and without any of the engine's code.
//!
//! In: contacts in any order, and the rules. Out: every column of `steps` and `journeys`. The engine must give the same
//! on random logs. Each column is derived on its own from the list of a journey's contacts, with no running state, so
//! that it can be checked by eye against `docs/semantics.md`. It does not fail; an empty log has no journeys.

use std::collections::{BTreeMap, BTreeSet};

/// A contact, with the columns that the journey rules look at. Times are microseconds since 1970 in UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub client: Option<u32>,
    /// The source's place in the configuration, from 0.
    pub source: usize,
    pub file: String,
    pub row: i64,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    pub channel: Option<String>,
    pub step: Option<String>,
    pub motive: Option<String>,
    pub case_id: Option<String>,
    pub direction: Option<String>,
    pub outcome: Option<String>,
    pub agent: Option<String>,
    pub promised_by: Option<i64>,
    /// A measure of the user's own, for the signal `technical.error`.
    pub error: bool,
    /// Two of the three measures that are summed up along a journey; the third, `menus`, no log of the tests has.
    pub wait_seconds: Option<f64>,
    pub questions: Option<i64>,
}

/// A step, on any channel or on one.
pub type StepPattern = (String, Option<String>);

/// The rules of the configuration. Spans are microseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub gap: i64,
    pub visit_gap: i64,
    pub gap_by_motive: BTreeMap<String, i64>,
    pub goals: Vec<StepPattern>,
    pub refusals: Vec<StepPattern>,
    pub withdrawals: Vec<StepPattern>,
    pub by_motive: bool,
    pub funnel: Vec<StepPattern>,
    /// What began this long before the horizon, or longer ago, is mature; a span of nothing leaves out the horizon itself.
    pub mature_after: i64,
    /// Cases whose contacts name several clients.
    pub split_cases: BTreeSet<String>,
    pub as_of: Option<i64>,
    /// How many sources the configuration has.
    pub sources: usize,
}

/// A row of `journeys`. `client` and `first_contact` stand for the ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    pub client: u32,
    /// Index of the contact that started the journey; it belongs to no other.
    pub first_contact: usize,
    /// Which of the client's journeys it is, in the order in which they start, from 1.
    pub number: usize,
    pub motive: Option<String>,
    pub case_id: Option<String>,
    pub started_at: i64,
    pub ended_at: i64,
    pub status: String,
    pub is_mature: bool,
    pub contacts: usize,
    pub visits: usize,
    pub channels: Vec<String>,
    pub first_channel: Option<String>,
    pub first_step: Option<String>,
    pub last_channel: Option<String>,
    pub last_step: Option<String>,
    pub drop_channel: Option<String>,
    pub drop_step: Option<String>,
    pub family: Option<String>,
    pub cause: Option<String>,
    pub signals: i64,
    pub duration_seconds: f64,
}

/// A row of `steps`, without the columns of the contact itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Index of the contact in the log.
    pub contact: usize,
    /// Index of the journey in the answer.
    pub journey: usize,
    pub position: usize,
    pub visit: Option<usize>,
    pub first_at_point: bool,
    pub last_at_point: bool,
    pub point_reached_at: Option<i64>,
    pub is_mature: bool,
    pub point_is_mature: bool,
    pub funnel_place: Option<usize>,
    pub is_exit: bool,
    pub journey_number: usize,
    pub journey_started_at: i64,
    pub journey_closed_at: Option<i64>,
    pub journey_open_until: i64,
    pub journey_is_mature: bool,
    pub journey_is_piece: bool,
    pub exit: Option<String>,
    pub next_visit_channel: Option<String>,
    pub is_drop_off_point: bool,
    pub previous_channel: Option<String>,
    pub previous_step: Option<String>,
    pub next_channel: Option<String>,
    pub next_step: Option<String>,
    pub seconds_since_previous: Option<f64>,
    pub visits_so_far: usize,
    pub times_at_step: usize,
    pub agents_so_far: usize,
    pub transfers_so_far: usize,
    pub reminders_so_far: usize,
    pub days_since_reminder: Option<f64>,
    pub unanswered: bool,
    pub unanswered_days: Option<f64>,
    pub no_follow_up: bool,
    pub promise: Option<String>,
    pub promise_broken: bool,
    pub contradicts: bool,
    pub wait_so_far: Option<f64>,
    pub questions_so_far: Option<f64>,
    pub menus_so_far: Option<f64>,
    pub signals: i64,
    pub journey_signals: i64,
    pub status: String,
    pub family: Option<String>,
    pub cause: Option<String>,
}

/// What the rules make of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// By client, then in the order in which they start.
    pub journeys: Vec<Journey>,
    /// By journey, then by position.
    pub steps: Vec<Step>,
    /// `None` where the log is empty and no moment was given.
    pub horizon: Option<i64>,
}

/// The signals of the tests: family and code, by bit. Their conditions stand in [`Course::signals`].
pub const SIGNALS: [(&str, &str); 4] =
    [("technical", "error"), ("ergonomic", "circles"), ("relational", "retold"), ("organisational", "promise_broken")];

/// Rebuilds the journeys of all clients.
pub fn rebuild(contacts: &[Contact], rules: &Rules) -> Answer {
    let mut answer = Answer { journeys: Vec::new(), steps: Vec::new(), horizon: horizon(contacts, rules) };
    if let Some(horizon) = answer.horizon {
        for course in gather(contacts, rules, horizon) {
            let place = answer.journeys.len();
            let client = course.contacts[0].client;
            let number = 1 + answer.journeys.iter().filter(|journey| Some(journey.client) == client).count();
            answer.journeys.push(course.journey(number));
            answer.steps.extend((0..course.contacts.len()).map(|i| course.step(i, place, number)));
        }
    }
    answer
}

/// Horizon: the earliest, over the sources, of the latest contact; or the moment given.
/// A source without contacts says nothing; a contact without client counts.
fn horizon(contacts: &[Contact], rules: &Rules) -> Option<i64> {
    let latest_of = |source: usize| contacts.iter().filter(|c| c.source == source).map(|c| c.started_at).max();
    rules.as_of.or_else(|| (0..rules.sources).filter_map(latest_of).min())
}

// ---- words about one contact ----------------------------------------------------------------------------------------

impl Contact {
    /// Order: by start, source's place in the configuration, file name, row number.
    pub fn order(&self) -> (i64, usize, &str, i64) {
        (self.started_at, self.source, &self.file, self.row)
    }

    /// A client contact is inbound or without direction; any other is a company contact.
    pub fn is_by_client(&self) -> bool {
        matches!(self.direction.as_deref(), None | Some("inbound"))
    }

    pub fn is_outbound(&self) -> bool {
        self.direction.as_deref() == Some("outbound")
    }

    /// The end of a contact: its start, where there is no end.
    pub fn end(&self) -> i64 {
        self.ended_at.unwrap_or(self.started_at)
    }

    /// Step, channel and outcome, where all three are known.
    pub fn says(&self) -> Option<(&str, &str, &str)> {
        Some((self.step.as_deref()?, self.channel.as_deref()?, self.outcome.as_deref()?))
    }

    /// A point is a channel and a step. Two that are missing are the same.
    pub fn point(&self) -> (Option<&str>, Option<&str>) {
        (self.channel.as_deref(), self.step.as_deref())
    }
}

impl Rules {
    pub fn is_goal(&self, contact: &Contact) -> bool {
        is_any_of(&self.goals, contact)
    }

    pub fn is_refusal(&self, contact: &Contact) -> bool {
        is_any_of(&self.refusals, contact)
    }

    pub fn is_withdrawal(&self, contact: &Contact) -> bool {
        is_any_of(&self.withdrawals, contact)
    }

    /// A goal, a refusal or a withdrawal, by the client or by the company.
    pub fn ends_a_journey(&self, contact: &Contact) -> bool {
        self.is_goal(contact) || self.is_refusal(contact) || self.is_withdrawal(contact)
    }
}

fn is_any_of(patterns: &[StepPattern], contact: &Contact) -> bool {
    patterns.iter().any(|(step, channel)| {
        contact.step.as_ref() == Some(step) && (channel.is_none() || contact.channel == *channel)
    })
}

// ---- 1 key, 2 order, 3 boundaries, 5 company contacts: which contact belongs to which journey -----------------------

/// The contacts of one journey, in order. While journeys are being gathered: those so far.
struct Course<'a> {
    contacts: Vec<&'a Contact>,
    /// Where the contacts stand in the log.
    indexes: Vec<usize>,
    rules: &'a Rules,
    horizon: i64,
}

/// Takes every client's contacts in order and puts each into its journey.
fn gather<'a>(contacts: &'a [Contact], rules: &'a Rules, horizon: i64) -> Vec<Course<'a>> {
    // Contacts that started after the horizon are in no journey yet.
    let mut indexes: Vec<usize> = (0..contacts.len()).filter(|&i| contacts[i].started_at <= horizon).collect();
    indexes.sort_by_key(|&i| contacts[i].order());

    // Contacts without client are in no journey.
    let clients: BTreeSet<u32> = indexes.iter().filter_map(|&i| contacts[i].client).collect();
    let mut all = Vec::new();
    for client in clients {
        let mut journeys: Vec<Course<'a>> = Vec::new();
        for &index in indexes.iter().filter(|&&i| contacts[i].client == Some(client)) {
            let contact = &contacts[index];
            match find_journey(contact, &journeys, rules) {
                Some(found) => {
                    journeys[found].contacts.push(contact);
                    journeys[found].indexes.push(index);
                }
                None if contact.is_by_client() => {
                    journeys.push(Course { contacts: vec![contact], indexes: vec![index], rules, horizon });
                }
                None => (), // a company contact starts no journey
            }
        }
        all.extend(journeys);
    }
    all
}

/// The journey that a contact joins, by the client or by the company, among those that the client has so far.
fn find_journey(contact: &Contact, journeys: &[Course<'_>], rules: &Rules) -> Option<usize> {
    let now = contact.started_at;
    if let Some(case_id) = contact.case_id.as_deref() {
        return latest(journeys, |journey| journey.case_id() == Some(case_id)); // open or not
    }
    if let (true, Some(motive)) = (rules.by_motive, contact.motive.as_deref()) {
        return latest(journeys, |journey| journey.is_open_at(now) && journey.motive() == Some(motive))
            .or_else(|| latest(journeys, |journey| journey.is_open_at(now) && journey.motive().is_none()));
    }
    latest(journeys, |journey| journey.is_open_at(now))
}

/// Of the journeys wanted, the one with the latest client contact.
fn latest(journeys: &[Course<'_>], wanted: impl Fn(&Course<'_>) -> bool) -> Option<usize> {
    (0..journeys.len()).filter(|&j| wanted(&journeys[j])).max_by_key(|&j| journeys[j].last_client_contact().order())
}

impl<'a> Course<'a> {
    fn client_contacts(&self) -> Vec<&'a Contact> {
        self.contacts.iter().copied().filter(|c| c.is_by_client()).collect()
    }

    fn first_client_contact(&self) -> &'a Contact {
        self.client_contacts().first().copied().expect("a client contact starts a journey")
    }

    fn last_client_contact(&self) -> &'a Contact {
        self.client_contacts().last().copied().expect("a client contact starts a journey")
    }

    /// A contact with a case id is never in a journey without that case id: the first contact's is the journey's.
    fn case_id(&self) -> Option<&'a str> {
        self.contacts[0].case_id.as_deref()
    }

    /// The first motive brought by a client contact.
    fn motive(&self) -> Option<&'a str> {
        self.client_contacts().into_iter().find_map(|c| c.motive.as_deref())
    }

    /// The gap of the journey's motive, else the general one.
    fn gap(&self) -> i64 {
        self.motive().and_then(|motive| self.rules.gap_by_motive.get(motive)).copied().unwrap_or(self.rules.gap)
    }

    fn has_ended(&self) -> bool {
        self.contacts.iter().any(|c| self.rules.ends_a_journey(c))
    }

    /// Open for joining: not ended, and no more than the gap since the end of its last client contact.
    fn is_open_at(&self, moment: i64) -> bool {
        !self.has_ended() && moment - self.last_client_contact().end() <= self.gap()
    }
}

// ---- 4 status -------------------------------------------------------------------------------------------------------

impl Course<'_> {
    /// The first rule that holds.
    fn status(&self) -> &'static str {
        if self.contacts.iter().any(|c| self.rules.is_goal(c)) {
            "completed"
        } else if self.contacts.iter().any(|c| self.rules.is_refusal(c)) {
            "refused"
        } else if self.contacts.iter().any(|c| self.rules.is_withdrawal(c)) {
            "dropped"
        } else if self.last_client_contact().end() + self.gap() >= self.horizon {
            "open"
        } else {
            "dropped"
        }
    }
}

// ---- visits, the withdrawal mark, the drop-off point, 6 exits -------------------------------------------------------
// From here on, `i` is the place of a contact in the journey, from 0.

impl Course<'_> {
    /// The first withdrawal of a dropped journey.
    fn mark(&self) -> Option<usize> {
        if self.status() != "dropped" {
            return None;
        }
        self.contacts.iter().position(|c| self.rules.is_withdrawal(c))
    }

    /// The contacts that visits are made of: those by the client, before the mark if there is one.
    /// Where nothing came before the mark, the mark alone.
    fn visiting(&self) -> Vec<usize> {
        let by_client = (0..self.contacts.len()).filter(|&i| self.contacts[i].is_by_client());
        match self.mark() {
            None => by_client.collect(),
            Some(0) => vec![0],
            Some(mark) => by_client.filter(|&i| i < mark).collect(),
        }
    }

    /// A new visit starts where the channel differs, or `visit_gap` or more has passed since the previous one's end.
    fn visits(&self) -> Vec<Vec<usize>> {
        let same_visit = |&previous: &usize, &this: &usize| {
            let (previous, this) = (self.contacts[previous], self.contacts[this]);
            this.channel == previous.channel && this.started_at - previous.end() < self.rules.visit_gap
        };
        self.visiting().chunk_by(same_visit).map(<[usize]>::to_vec).collect()
    }

    /// The visit that a contact belongs to, from 1.
    fn visit(&self, i: usize) -> Option<usize> {
        self.visits().iter().position(|visit| visit.contains(&i)).map(|v| v + 1)
    }

    /// The last contact of the last visit of a dropped journey.
    fn drop_off_point(&self) -> Option<usize> {
        if self.status() == "dropped" { self.visiting().last().copied() } else { None }
    }

    /// How a visit ended, at its last contact.
    fn exit(&self, i: usize) -> Option<&'static str> {
        let visits = self.visits();
        let v = visits.iter().position(|visit| visit.last() == Some(&i))?;
        match visits.get(v + 1) {
            None if self.status() == "dropped" => Some("silent"),
            None => None,
            Some(_) if visits[v].iter().any(|&j| self.rules.is_goal(self.contacts[j])) => None,
            Some(next) if self.contacts[next[0]].channel != self.contacts[i].channel => Some("moved"),
            Some(_) => Some("retried"),
        }
    }

    /// Where the client went after a visit that was moved or retried.
    fn next_visit_channel(&self, i: usize) -> Option<String> {
        let goes_on = matches!(self.exit(i), Some("moved" | "retried"));
        let next = self.visits().into_iter().find(|visit| visit[0] > i)?;
        if goes_on { self.contacts[next[0]].channel.clone() } else { None }
    }
}

// ---- 7 reach, and the context columns -------------------------------------------------------------------------------

impl Course<'_> {
    /// The first contact of the journey at this channel and step, of any direction.
    fn first_at_point(&self, i: usize) -> bool {
        self.contacts[..i].iter().all(|c| c.point() != self.contacts[i].point())
    }

    /// Of the contacts that belong to a visit, the last at this channel and step.
    fn last_at_point(&self, i: usize) -> bool {
        let here = |&j: &usize| self.visit(j).is_some() && self.contacts[j].point() == self.contacts[i].point();
        (0..self.contacts.len()).rfind(here) == Some(i)
    }

    /// The start of the first contact that belongs to a visit at this channel and step.
    fn point_reached_at(&self, i: usize) -> Option<i64> {
        let here = |&j: &usize| self.visit(j).is_some() && self.contacts[j].point() == self.contacts[i].point();
        self.visit(i)?;
        (0..self.contacts.len()).find(here).map(|j| self.contacts[j].started_at)
    }

    /// The first contact of the journey at this channel and step, of any direction, is mature.
    fn point_is_mature(&self, i: usize) -> bool {
        let first =
            self.contacts.iter().position(|c| c.point() == self.contacts[i].point()).expect("itself, at the latest");
        self.is_mature(first)
    }

    /// Began long enough before the horizon, and not in a piece of a case.
    fn is_mature(&self, i: usize) -> bool {
        !self.is_piece() && self.contacts[i].started_at < self.horizon - self.rules.mature_after
    }

    /// What one of several clients has of a case.
    fn is_piece(&self) -> bool {
        self.case_id().is_some_and(|case| self.rules.split_cases.contains(case))
    }

    /// The contacts by which the journey comes to the places of the funnel: each the first after the one before it.
    fn funnel(&self) -> Vec<usize> {
        let mut reached: Vec<usize> = Vec::new();
        for place in &self.rules.funnel {
            let after = reached.last().map_or(0, |last| last + 1);
            match (after..self.contacts.len()).find(|&i| is_any_of(std::slice::from_ref(place), self.contacts[i])) {
                Some(i) => reached.push(i),
                None => break,
            }
        }
        reached
    }

    fn funnel_place(&self, i: usize) -> Option<usize> {
        self.funnel().iter().position(|&reached| reached == i).map(|place| place + 1)
    }

    fn previous(&self, i: usize) -> Option<&Contact> {
        i.checked_sub(1).map(|before| self.contacts[before])
    }

    fn next(&self, i: usize) -> Option<&Contact> {
        self.contacts.get(i + 1).copied()
    }

    /// From start to start.
    fn seconds_since_previous(&self, i: usize) -> Option<f64> {
        self.previous(i).map(|previous| seconds(self.contacts[i].started_at - previous.started_at))
    }

    /// Visits begun up to and including this contact.
    fn visits_so_far(&self, i: usize) -> usize {
        self.visits().iter().filter(|visit| visit[0] <= i).count()
    }

    /// How often the journey has been at this channel and step, this contact included.
    fn times_at_step(&self, i: usize) -> usize {
        self.contacts[..=i].iter().filter(|c| c.point() == self.contacts[i].point()).count()
    }

    /// Different agents up to and including this contact.
    fn agents_so_far(&self, i: usize) -> usize {
        self.contacts[..=i].iter().filter_map(|c| c.agent.as_ref()).collect::<BTreeSet<_>>().len()
    }

    /// Changes from one agent to the next within one visit, contacts without agent left out.
    fn transfers_so_far(&self, i: usize) -> usize {
        let within = |visit: &Vec<usize>| {
            let so_far = visit.iter().filter(|&&j| j <= i);
            let agents: Vec<&String> = so_far.filter_map(|&j| self.contacts[j].agent.as_ref()).collect();
            agents.windows(2).filter(|pair| pair[0] != pair[1]).count()
        };
        self.visits().iter().map(within).sum()
    }

    /// Outbound contacts up to and including this one.
    fn reminders_so_far(&self, i: usize) -> usize {
        self.contacts[..=i].iter().filter(|c| c.is_outbound()).count()
    }

    /// From the start of the latest outbound contact up to this one, which may be it.
    fn days_since_reminder(&self, i: usize) -> Option<f64> {
        let latest = self.contacts[..=i].iter().rev().find(|c| c.is_outbound())?;
        Some(days(self.contacts[i].started_at - latest.started_at))
    }

    /// A written message by the client with no later outbound contact in the journey.
    fn unanswered(&self, i: usize) -> bool {
        self.contacts[i].is_by_client()
            && matches!(self.contacts[i].channel.as_deref(), Some("email" | "letter" | "chat" | "sms"))
            && !self.contacts[i + 1..].iter().any(|c| c.is_outbound())
    }

    /// From the start of an unanswered message to the horizon; nothing where it starts after that.
    fn unanswered_days(&self, i: usize) -> Option<f64> {
        self.unanswered(i).then(|| days((self.horizon - self.contacts[i].started_at).max(0)))
    }

    /// A client contact of a journey in which the company was never in touch.
    fn no_follow_up(&self, i: usize) -> bool {
        self.contacts[i].is_by_client() && !self.contacts.iter().any(|c| c.is_outbound())
    }

    /// The promised moment against the first outbound contact after this contact.
    fn promise(&self, i: usize) -> Option<&'static str> {
        let promised_at = self.contacts[i].started_at;
        let promised_by = self.contacts[i].promised_by?;
        Some(match self.contacts.iter().find(|c| c.is_outbound() && c.started_at > promised_at) {
            Some(next) if next.started_at <= promised_by => "kept",
            Some(_) => "late",
            None if promised_by < self.horizon => "broken",
            None => "not_due",
        })
    }

    /// The promised moment has passed, and the company was not in touch after this contact and by that moment.
    fn promise_broken(&self, i: usize) -> bool {
        let promised_at = self.contacts[i].started_at;
        self.contacts[i].promised_by.is_some_and(|promised_by| {
            let kept = |c: &&Contact| c.is_outbound() && c.started_at > promised_at && c.started_at <= promised_by;
            promised_by < self.horizon && !self.contacts.iter().any(kept)
        })
    }

    /// The last outcome of the same step on another channel is not that of this contact.
    fn contradicts(&self, i: usize) -> bool {
        let before = self.contacts[..i].iter().rev().filter_map(|c| c.says());
        self.contacts[i].says().is_some_and(|(step, channel, outcome)| {
            let mut elsewhere = before.filter(|other| other.0 == step && other.1 != channel);
            elsewhere.next().is_some_and(|other| other.2 != outcome)
        })
    }

    /// Seconds waited, up to and including this contact.
    fn wait_so_far(&self, i: usize) -> Option<f64> {
        sum(self.contacts[..=i].iter().filter_map(|c| c.wait_seconds))
    }

    /// Questions asked, up to and including this contact.
    fn questions_so_far(&self, i: usize) -> Option<f64> {
        sum(self.contacts[..=i].iter().filter_map(|c| c.questions).map(|questions| questions as f64))
    }
}

/// Nothing where there is nothing to sum up.
fn sum(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(|sum, value| sum + value)
}

/// Microseconds as seconds.
fn seconds(span: i64) -> f64 {
    span as f64 / 1e6
}

/// Microseconds as days.
fn days(span: i64) -> f64 {
    span as f64 / 86_400e6
}

// ---- signals and the primary cause ----------------------------------------------------------------------------------

impl Course<'_> {
    /// One bit per signal, in the order of [`SIGNALS`].
    fn signals(&self, i: usize) -> i64 {
        let error = self.contacts[i].error;
        let circles = self.times_at_step(i) >= 3;
        let retold = self.agents_so_far(i) >= 3;
        let promise_broken = self.promise_broken(i);
        i64::from(error) | i64::from(circles) << 1 | i64::from(retold) << 2 | i64::from(promise_broken) << 3
    }

    /// The signals of several contacts together.
    fn signals_of(&self, places: impl IntoIterator<Item = usize>) -> i64 {
        places.into_iter().fold(0, |all, i| all | self.signals(i))
    }

    /// Of a dropped journey: the first signal by priority at its drop-off point; else in that point's visit; else none.
    fn primary_cause(&self) -> Option<(&'static str, &'static str)> {
        let point = self.drop_off_point()?;
        let at_point = self.signals(point);
        let in_visit = self.signals_of(self.visits().into_iter().filter(|visit| visit.contains(&point)).flatten());
        let first_of = |signals: i64| (0..SIGNALS.len()).find(|&bit| (signals >> bit) & 1 == 1).map(|bit| SIGNALS[bit]);
        Some(first_of(at_point).or_else(|| first_of(in_visit)).unwrap_or(("unexplained", "unexplained")))
    }
}

// ---- the rows -------------------------------------------------------------------------------------------------------

impl Course<'_> {
    fn journey(&self, number: usize) -> Journey {
        let first = self.first_client_contact();
        let last = self.last_client_contact();
        let drop_off_point = self.drop_off_point().map(|i| self.contacts[i]);
        let started_at = self.contacts[0].started_at;
        Journey {
            client: first.client.expect("contacts without client are in no journey"),
            first_contact: self.indexes[0],
            number,
            motive: self.motive().map(str::to_owned),
            case_id: self.case_id().map(str::to_owned),
            started_at,
            ended_at: self.ended_at(),
            status: self.status().to_owned(),
            is_mature: self.is_mature(0),
            contacts: self.contacts.len(),
            visits: self.visits().len(),
            channels: self.channels(),
            first_channel: first.channel.clone(),
            first_step: first.step.clone(),
            last_channel: last.channel.clone(),
            last_step: last.step.clone(),
            drop_channel: drop_off_point.and_then(|c| c.channel.clone()),
            drop_step: drop_off_point.and_then(|c| c.step.clone()),
            family: self.primary_cause().map(|(family, _)| family.to_owned()),
            cause: self.primary_cause().map(|(_, cause)| cause.to_owned()),
            signals: self.signals_of(0..self.contacts.len()),
            duration_seconds: seconds(self.ended_at() - started_at),
        }
    }

    /// The end of the last client contact, or of the last company contact after it that ended the journey.
    fn ended_at(&self) -> i64 {
        let counts = |c: &&&Contact| c.is_by_client() || self.rules.ends_a_journey(c);
        self.contacts.iter().rev().find(counts).expect("a client contact starts a journey").end()
    }

    /// When it was over: at its end, or when the gap had passed since its last client contact; never while it is open.
    fn closed_at(&self) -> Option<i64> {
        match self.status() {
            "open" => None,
            "dropped" if self.mark().is_none() => Some(self.open_until()),
            _ => Some(self.ended_at()),
        }
    }

    /// Until when it waits for the client.
    fn open_until(&self) -> i64 {
        self.last_client_contact().end() + self.gap()
    }

    /// The channels of the client contacts, in order of first use.
    fn channels(&self) -> Vec<String> {
        let mut channels = Vec::new();
        for channel in self.client_contacts().into_iter().filter_map(|c| c.channel.clone()) {
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        channels
    }

    fn step(&self, i: usize, journey: usize, journey_number: usize) -> Step {
        Step {
            contact: self.indexes[i],
            journey,
            position: i + 1,
            visit: self.visit(i),
            first_at_point: self.first_at_point(i),
            last_at_point: self.last_at_point(i),
            point_reached_at: self.point_reached_at(i),
            is_mature: self.is_mature(i),
            point_is_mature: self.point_is_mature(i),
            funnel_place: self.funnel_place(i),
            is_exit: self.exit(i).is_some(),
            journey_number,
            journey_closed_at: self.closed_at(),
            journey_open_until: self.open_until(),
            journey_is_mature: self.is_mature(0),
            journey_is_piece: self.is_piece(),
            journey_started_at: self.contacts[0].started_at,
            exit: self.exit(i).map(str::to_owned),
            next_visit_channel: self.next_visit_channel(i),
            is_drop_off_point: self.drop_off_point() == Some(i),
            previous_channel: self.previous(i).and_then(|c| c.channel.clone()),
            previous_step: self.previous(i).and_then(|c| c.step.clone()),
            next_channel: self.next(i).and_then(|c| c.channel.clone()),
            next_step: self.next(i).and_then(|c| c.step.clone()),
            seconds_since_previous: self.seconds_since_previous(i),
            visits_so_far: self.visits_so_far(i),
            times_at_step: self.times_at_step(i),
            agents_so_far: self.agents_so_far(i),
            transfers_so_far: self.transfers_so_far(i),
            reminders_so_far: self.reminders_so_far(i),
            days_since_reminder: self.days_since_reminder(i),
            unanswered: self.unanswered(i),
            unanswered_days: self.unanswered_days(i),
            no_follow_up: self.no_follow_up(i),
            promise: self.promise(i).map(str::to_owned),
            promise_broken: self.promise_broken(i),
            contradicts: self.contradicts(i),
            wait_so_far: self.wait_so_far(i),
            questions_so_far: self.questions_so_far(i),
            menus_so_far: None,
            signals: self.signals(i),
            journey_signals: self.signals_of(0..self.contacts.len()),
            status: self.status().to_owned(),
            family: self.primary_cause().map(|(family, _)| family.to_owned()),
            cause: self.primary_cause().map(|(_, cause)| cause.to_owned()),
        }
    }
}
