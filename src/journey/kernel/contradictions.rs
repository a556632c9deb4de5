//! Channels that say different things: the outcome of a step against what another channel last said of that step.
//!
//! Contacts without step, channel or outcome say nothing, and are passed over.

use super::Contacts;

/// What was last said of each step in the journey under way; starts over by itself at the next journey.
#[derive(Default)]
pub(super) struct Contradictions {
    by_step: Vec<Said>,
}

#[derive(Clone, Copy)]
struct Said {
    journey: usize,
    latest: Word,
    /// The latest on any channel but that of `latest`.
    elsewhere: Word,
}

/// Codes; 0 where nothing has been said.
#[derive(Clone, Copy, Default)]
struct Word {
    channel: u32,
    outcome: u32,
}

impl Said {
    fn nothing(journey: usize) -> Self {
        Said { journey, latest: Word::default(), elsewhere: Word::default() }
    }

    /// Takes in what is said now; returns what another channel said last.
    #[inline]
    fn hear(&mut self, now: Word) -> Word {
        if self.latest.channel != now.channel {
            self.elsewhere = self.latest;
        }
        self.latest = now;
        self.elsewhere
    }
}

impl Contradictions {
    /// Marks the contacts of a journey that another channel's last word contradicts.
    pub(super) fn find(
        &mut self,
        contacts: &Contacts<'_>,
        outcome: &[u32],
        journey: usize,
        rows: &[usize],
        contradicts: &mut [bool],
    ) {
        for &row in rows {
            let step = contacts.step[row] as usize;
            let now = Word { channel: contacts.channel[row], outcome: outcome[row] };
            if step == 0 || now.channel == 0 || now.outcome == 0 {
                continue;
            }
            if step >= self.by_step.len() {
                self.by_step.resize(step + 1, Said::nothing(usize::MAX));
            }
            let said = &mut self.by_step[step];
            if said.journey != journey {
                *said = Said::nothing(journey);
            }
            let other = said.hear(now);
            contradicts[row] = other.outcome != 0 && other.outcome != now.outcome;
        }
    }
}
