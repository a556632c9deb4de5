//! Channels that say different things: the outcome of a step against what another channel last said of that step.
//!
//! Contacts without step, channel or outcome say nothing, and are passed over.

use super::{ByJourney, Contacts};

/// Whether the last outcome of each contact's step on any other channel differs from its own. `outcome`: a code per
/// row, 0 for none.
pub fn contradicts(contacts: &Contacts<'_>, journeys: &ByJourney, outcome: &[u32]) -> Vec<bool> {
    let mut contradicts = journeys.column(false);
    // What was last said of each step in the journey under way.
    let mut by_step: Vec<LastSaid> = Vec::new();
    for (journey, rows) in journeys.iter().enumerate() {
        for &row in rows {
            let step = contacts.step[row] as usize;
            let now = Statement { channel: contacts.channel[row], outcome: outcome[row] };
            if step == 0 || now.channel == 0 || now.outcome == 0 {
                continue;
            }
            if step >= by_step.len() {
                by_step.resize(step + 1, LastSaid::nothing(usize::MAX));
            }
            let said = &mut by_step[step];
            if said.journey != journey {
                *said = LastSaid::nothing(journey);
            }
            let other = said.hear(now);
            contradicts[row] = other.outcome != 0 && other.outcome != now.outcome;
        }
    }
    contradicts
}

/// What was said of a step, and in which journey.
#[derive(Clone, Copy)]
struct LastSaid {
    journey: usize,
    latest: Statement,
    /// The latest on any channel but that of `latest`.
    elsewhere: Statement,
}

/// Codes; 0 where nothing has been said.
#[derive(Clone, Copy, Default)]
struct Statement {
    channel: u32,
    outcome: u32,
}

impl LastSaid {
    fn nothing(journey: usize) -> Self {
        LastSaid { journey, latest: Statement::default(), elsewhere: Statement::default() }
    }

    /// Takes in what is said now; returns what another channel said last.
    #[inline]
    fn hear(&mut self, now: Statement) -> Statement {
        if self.latest.channel != now.channel {
            self.elsewhere = self.latest;
        }
        self.latest = now;
        self.elsewhere
    }
}
