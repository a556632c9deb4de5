//! What a contact looks like within its journey: counts so far, and what the company did about it (docs/semantics.md: context).

use super::answers::{find_no_follow_up, find_reminders, find_unanswered};
use super::contradictions::Contradictions;
use super::promises::{Promise, promises};
use super::{Contacts, NONE, Trace, Visits};

/// Which columns to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextParts {
    pub position: bool,
    /// `first_at_point`, `times_at_step`
    pub times_at_step: bool,
    pub last_at_point: bool,
    pub point_reached_at: bool,
    pub previous: bool,
    pub visits_so_far: bool,
    pub agents_so_far: bool,
    pub transfers_so_far: bool,
    pub reminders_so_far: bool,
    pub last_reminder: bool,
    pub unanswered: bool,
    pub no_follow_up: bool,
    pub promise: bool,
    pub promise_broken: bool,
    pub contradicts: bool,
}

impl ContextParts {
    /// The columns of both.
    pub fn and(self, other: ContextParts) -> ContextParts {
        ContextParts {
            position: self.position | other.position,
            times_at_step: self.times_at_step | other.times_at_step,
            last_at_point: self.last_at_point | other.last_at_point,
            point_reached_at: self.point_reached_at | other.point_reached_at,
            previous: self.previous | other.previous,
            visits_so_far: self.visits_so_far | other.visits_so_far,
            agents_so_far: self.agents_so_far | other.agents_so_far,
            transfers_so_far: self.transfers_so_far | other.transfers_so_far,
            reminders_so_far: self.reminders_so_far | other.reminders_so_far,
            last_reminder: self.last_reminder | other.last_reminder,
            unanswered: self.unanswered | other.unanswered,
            no_follow_up: self.no_follow_up | other.no_follow_up,
            promise: self.promise | other.promise,
            promise_broken: self.promise_broken | other.promise_broken,
            contradicts: self.contradicts | other.contradicts,
        }
    }
}

/// Columns with one entry per row; empty where not wanted.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// From 1.
    pub position: Vec<i32>,
    /// The row before in the same journey; [`NONE`] at the first.
    pub previous: Vec<u32>,
    /// This contact included; 1 is the first at its point.
    pub times_at_step: Vec<i32>,
    /// Of the contacts in a visit, the last at its point.
    pub last_at_point: Vec<bool>,
    /// Of the contacts in a visit, the start of the journey's first of them at this point; `i64::MIN` for the others.
    pub point_reached_at: Vec<i64>,
    pub visits_so_far: Vec<i32>,
    /// Distinct, this contact included.
    pub agents_so_far: Vec<i32>,
    /// Changes of agent within a visit, over all visits of the journey so far, this contact included.
    pub transfers_so_far: Vec<i32>,
    /// Outbound contacts, this one included.
    pub reminders_so_far: Vec<i32>,
    /// Row of the latest outbound contact, this one included; [`NONE`] before the first.
    pub last_reminder: Vec<u32>,
    /// A message by the client that no outbound contact follows.
    pub unanswered: Vec<bool>,
    /// A client contact of a journey without any outbound contact.
    pub no_follow_up: Vec<bool>,
    /// `None` where nothing was promised.
    pub promise: Vec<Option<Promise>>,
    /// A promise whose time has passed without an outbound contact.
    pub promise_broken: Vec<bool>,
    /// Another channel has last said something else of the same step.
    pub contradicts: Vec<bool>,
}

impl Context {
    /// Room for the wanted columns, with what holds where nothing is found.
    fn with_room(rows: usize, has_visits: bool, parts: ContextParts) -> Self {
        let counts = |wanted: bool| if wanted { vec![0; rows] } else { Vec::new() };
        let flags = |wanted: bool| if wanted { vec![false; rows] } else { Vec::new() };
        let places = |wanted: bool| if wanted { vec![NONE; rows] } else { Vec::new() };
        Context {
            position: counts(parts.position),
            previous: places(parts.previous),
            times_at_step: counts(parts.times_at_step),
            last_at_point: flags(parts.last_at_point && has_visits),
            point_reached_at: if parts.point_reached_at && has_visits { vec![i64::MIN; rows] } else { Vec::new() },
            visits_so_far: counts(parts.visits_so_far && has_visits),
            agents_so_far: counts(parts.agents_so_far),
            transfers_so_far: counts(parts.transfers_so_far && has_visits),
            reminders_so_far: counts(parts.reminders_so_far),
            last_reminder: places(parts.last_reminder),
            unanswered: flags(parts.unanswered),
            no_follow_up: flags(parts.no_follow_up),
            promise: if parts.promise { vec![None; rows] } else { Vec::new() },
            promise_broken: flags(parts.promise_broken),
            contradicts: flags(parts.contradicts),
        }
    }
}

/// Computes the wanted columns. `visits` is read only for `last_at_point`, `point_reached_at`, `visits_so_far` and
/// `transfers_so_far`.
pub fn context(
    contacts: &Contacts<'_>,
    trace: &Trace,
    visits: Option<&Visits>,
    horizon: i64,
    parts: ContextParts,
) -> Context {
    let mut made = Context::with_room(contacts.rows(), visits.is_some(), parts);
    let (mut points, mut points_left, mut reached) = (Tally::default(), Tally::default(), Reached::default());
    let (mut agents, mut said) = (Tally::default(), Contradictions::default());
    let mut of_journey = Vec::new();
    for (number, journey) in trace.journeys.iter().enumerate() {
        of_journey.clear();
        of_journey.extend(trace.rows(journey));
        if parts.position {
            (1..).zip(&of_journey).for_each(|(position, &row)| made.position[row] = position);
        }
        if parts.previous {
            of_journey.windows(2).for_each(|pair| made.previous[pair[1]] = pair[0] as u32);
        }
        if parts.times_at_step {
            for &row in &of_journey {
                made.times_at_step[row] = points.count(contacts.point[row], number);
            }
        }
        if let (Some(agent), true) = (contacts.agent, parts.agents_so_far) {
            let mut distinct = 0;
            for &row in &of_journey {
                distinct += i32::from(agent[row] != 0 && agents.count(agent[row], number) == 1);
                made.agents_so_far[row] = distinct;
            }
        }
        if let Some(visits) = visits {
            if parts.last_at_point {
                for &row in of_journey.iter().rev().filter(|&&row| visits.visit[row] != 0) {
                    made.last_at_point[row] = points_left.count(contacts.point[row], number) == 1;
                }
            }
            if parts.point_reached_at {
                for &row in of_journey.iter().filter(|&&row| visits.visit[row] != 0) {
                    made.point_reached_at[row] = reached.at(contacts.point[row], number, contacts.started_at[row]);
                }
            }
            if parts.visits_so_far {
                let mut so_far = 0;
                for &row in &of_journey {
                    so_far = so_far.max(visits.visit[row] as i32);
                    made.visits_so_far[row] = so_far;
                }
            }
            if let (Some(agent), true) = (contacts.agent, parts.transfers_so_far) {
                count_transfers(&of_journey, agent, &visits.visit, &mut made.transfers_so_far);
            }
        }
        if parts.reminders_so_far {
            let mut so_far = 0;
            for &row in &of_journey {
                so_far += i32::from(contacts.is_outbound(row));
                made.reminders_so_far[row] = so_far;
            }
        }
        if parts.last_reminder {
            find_reminders(contacts, &of_journey, &mut made.last_reminder);
        }
        if parts.unanswered {
            find_unanswered(contacts, &of_journey, &mut made.unanswered);
        }
        if parts.no_follow_up {
            find_no_follow_up(contacts, &of_journey, &mut made.no_follow_up);
        }
        if let (Some(promised_by), true) = (contacts.promised_by, parts.promise || parts.promise_broken) {
            for given in promises(contacts, &of_journey, promised_by) {
                if parts.promise {
                    made.promise[given.row] = Some(given.promise(horizon));
                }
                if parts.promise_broken {
                    made.promise_broken[given.row] = given.is_broken(horizon);
                }
            }
        }
        if let (Some(outcome), true) = (contacts.outcome, parts.contradicts) {
            said.find(contacts, outcome, number, &of_journey, &mut made.contradicts);
        }
    }
    made
}

/// When a journey came to each point; starts over by itself at the next journey.
#[derive(Default)]
struct Reached {
    /// Journey and moment, by point.
    entries: Vec<(usize, i64)>,
}

impl Reached {
    /// When `journey` came to `point`: `now`, unless it was there before.
    #[inline]
    fn at(&mut self, point: u32, journey: usize, now: i64) -> i64 {
        let point = point as usize;
        if point >= self.entries.len() {
            self.entries.resize(point + 1, (usize::MAX, 0));
        }
        let (owner, moment) = &mut self.entries[point];
        if *owner != journey {
            (*owner, *moment) = (journey, now);
        }
        *moment
    }
}

/// Counts per code within one journey; starts over by itself at the next journey.
#[derive(Default)]
struct Tally {
    entries: Vec<(usize, i32)>,
}

impl Tally {
    /// How often `code` has been counted in `journey`, this time included.
    #[inline]
    fn count(&mut self, code: u32, journey: usize) -> i32 {
        let code = code as usize;
        if code >= self.entries.len() {
            self.entries.resize(code + 1, (usize::MAX, 0));
        }
        let (owner, count) = &mut self.entries[code];
        if *owner != journey {
            (*owner, *count) = (journey, 0);
        }
        *count += 1;
        *count
    }
}

fn count_transfers(rows: &[usize], agent: &[u32], visit: &[u32], transfers_so_far: &mut [i32]) {
    let (mut so_far, mut last_visit, mut last_agent) = (0, 0, 0);
    for &row in rows {
        if visit[row] != 0 {
            if visit[row] != last_visit {
                (last_visit, last_agent) = (visit[row], 0);
            }
            if agent[row] != 0 {
                so_far += i32::from(last_agent != 0 && last_agent != agent[row]);
                last_agent = agent[row];
            }
        }
        transfers_so_far[row] = so_far;
    }
}
