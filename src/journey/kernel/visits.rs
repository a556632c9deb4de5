//! Visits, exits and the drop-off point of each journey (docs/semantics.md: visits).
//!
//! A visit is a run of client contacts on one channel with less than `visit_gap` between them. Company contacts belong to
//! no visit; nor does a withdrawal that ends a dropped journey, or what follows it: it marks the end.

use super::{Contacts, Effect, Journey, NONE, Status, Trace};

/// What a client does after a visit that did not reach a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Not the end of such a visit.
    None,
    /// The next visit is on another channel.
    Moved,
    /// The next visit is on the same channel.
    Retried,
    /// The journey ended there.
    Silent,
}

impl Exit {
    pub const ALL: [Exit; 4] = [Exit::None, Exit::Moved, Exit::Retried, Exit::Silent];

    /// The name in tables; `None` where there is no exit.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Exit::None => None,
            Exit::Moved => Some("moved"),
            Exit::Retried => Some("retried"),
            Exit::Silent => Some("silent"),
        }
    }
}

/// Visits and exits of a batch.
#[derive(Clone, Debug)]
pub struct Visits {
    /// Visit of each row, from 1; 0 for none.
    pub visit: Vec<u32>,
    pub exit: Vec<Exit>,
    /// Where a visit was moved or retried: the first row of the next visit; [`NONE`] elsewhere.
    pub next_visit: Vec<u32>,
    /// Number of visits of each journey.
    pub visits: Vec<u32>,
    /// The drop-off point's row of each journey; [`NONE`] unless dropped.
    pub drop_row: Vec<u32>,
}

/// Cuts the journeys of `trace` into visits.
pub fn visits(contacts: &Contacts<'_>, trace: &Trace, visit_gap: i64) -> Visits {
    let rows = contacts.rows();
    let mut found = Visits {
        visit: vec![0; rows],
        exit: vec![Exit::None; rows],
        next_visit: vec![NONE; rows],
        visits: Vec::with_capacity(trace.journeys.len()),
        drop_row: Vec::with_capacity(trace.journeys.len()),
    };
    for journey in &trace.journeys {
        let mark = mark_of(journey);
        let mut visit: Option<Visit> = None;
        for row in trace.rows(journey) {
            let marks_the_end = row as u32 >= mark && visit.is_some();
            if marks_the_end {
                break;
            }
            if contacts.is_company(row) {
                continue;
            }
            visit = Some(match visit {
                Some(current) if current.continues(row, contacts, visit_gap) => current,
                Some(current) => {
                    if !current.has_goal {
                        let stays = contacts.channel[current.last_row] == contacts.channel[row];
                        found.exit[current.last_row] = if stays { Exit::Retried } else { Exit::Moved };
                        found.next_visit[current.last_row] = row as u32;
                    }
                    Visit { number: current.number + 1, last_row: row, has_goal: false }
                }
                None => Visit { number: 1, last_row: row, has_goal: false },
            });
            if let Some(current) = &mut visit {
                current.last_row = row;
                current.has_goal |= contacts.effect(row) == Effect::Goal;
                found.visit[row] = current.number;
            }
            if row as u32 == mark {
                break;
            }
        }
        let last_row = visit.as_ref().map_or(NONE, |visit| visit.last_row as u32);
        let drop_row = if journey.status == Status::Dropped { last_row } else { NONE };
        if drop_row != NONE {
            found.exit[drop_row as usize] = Exit::Silent;
        }
        found.drop_row.push(drop_row);
        found.visits.push(visit.map_or(0, |visit| visit.number));
    }
    found
}

/// The row of the withdrawal that ends a dropped journey; [`NONE`] where there is none.
fn mark_of(journey: &Journey) -> u32 {
    if journey.status == Status::Dropped { journey.withdrawal_row } else { NONE }
}

/// The visit being walked through.
struct Visit {
    number: u32,
    last_row: usize,
    has_goal: bool,
}

impl Visit {
    #[inline]
    fn continues(&self, row: usize, contacts: &Contacts<'_>, visit_gap: i64) -> bool {
        contacts.channel[row] == contacts.channel[self.last_row]
            && contacts.started_at[row].saturating_sub(contacts.ended_at[self.last_row]) < visit_gap
    }
}
