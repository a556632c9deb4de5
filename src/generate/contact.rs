//! A contact of a client: which causes it meets, and what its row says.

use super::random::Random;
use super::scenario::{Channel, MOST_MEASURES, Scenario};

/// A measure without value.
pub(super) const NO_VALUE: i32 = i32::MIN;

/// A contact of the client. Times in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub at: i64,
    pub duration_s: i32,
    pub point: usize,
    pub agent: u16,
    pub site: u16,
    /// Causes met, as bits by their priority.
    pub met: u64,
    /// One for each cause of the point; [`NO_VALUE`] where it has no value.
    pub measures: [i32; MOST_MEASURES],
    /// The row is written twice.
    pub is_twice: bool,
    /// Somebody unknown does the same at the same moment.
    pub has_unknown: bool,
}

impl Contact {
    /// Draws the contact at this point and moment.
    pub fn draw(scenario: &Scenario, place: usize, at: i64, random: &mut Random) -> Contact {
        let point = &scenario.points[place];
        let Channel { duration_s, agents, sites, .. } = &scenario.channels[point.channel];
        let mut met = 0;
        let mut measures = [NO_VALUE; MOST_MEASURES];
        for (measure, &number) in measures.iter_mut().zip(&point.causes) {
            let cause = &scenario.causes[number];
            let is_met = random.chance(cause.exposure);
            met |= u64::from(is_met) << number;
            let range = if is_met { Some(cause.met) } else { cause.otherwise };
            *measure = range.map_or(NO_VALUE, |range| random.within(range));
        }
        let mut one_of = |count: u16| if count == 0 { 0 } else { random.below(usize::from(count)) as u16 + 1 };
        let (agent, site) = (one_of(*agents), one_of(*sites));
        // One unknown contact to so many known ones that the share among all rows comes out.
        let unknown = scenario.without_client / (1.0 - scenario.without_client);
        Contact {
            at,
            duration_s: duration_s.map_or(0, |range| random.within(range)),
            point: place,
            agent,
            site,
            met,
            measures,
            is_twice: random.chance(scenario.duplicates),
            has_unknown: random.chance(unknown),
        }
    }

    pub fn end(&self) -> i64 {
        self.at + i64::from(self.duration_s)
    }
}

/// The causes of a mask, in order of priority.
pub(super) fn met(scenario: &Scenario, mask: u64) -> impl Iterator<Item = usize> {
    (0..scenario.causes.len()).filter(move |cause| mask & (1 << cause) != 0)
}
