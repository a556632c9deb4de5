//! What clients do, checked: points and the ways between them, causes and their effect, company contacts.

use serde::Deserialize;

use super::random::Random;
use crate::journey::Family;

/// Name of the source of company contacts; a channel of that name would write the same files.
pub(super) const LETTERS: &str = "letters";
/// Measures that one contact can have: causes that can be met at one point.
pub(super) const MOST_MEASURES: usize = 4;

/// A checked scenario. Points, channels and causes are named by their places.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(super) gap: Span,
    pub(super) visit_gap: Span,
    /// Share of journeys after which the client comes back.
    pub(super) returning: f64,
    /// Share of rows that are written twice.
    pub(super) duplicates: f64,
    /// Share of rows that name no client.
    pub(super) without_client: f64,
    /// Chance of a company contact after each contact of the client.
    pub(super) company_contacts: f64,
    pub(super) motives: Vec<String>,
    pub(super) start: Vec<Way>,
    /// Channels that clients use, in the order of their first points.
    pub(super) channels: Vec<Channel>,
    pub(super) points: Vec<Point>,
    /// In order of priority.
    pub(super) causes: Vec<Cause>,
    pub(super) letters: Vec<Letter>,
}

/// A span as it was written, and in seconds.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub text: String,
    pub seconds: i64,
}

/// A point that can come next.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub point: usize,
    pub weight: f64,
    /// A new visit, even on the same channel.
    pub retry: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub name: String,
    pub duration_s: Option<[i32; 2]>,
    /// Number of agents; 0 where nobody serves.
    pub agents: u16,
    pub sites: u16,
}

#[derive(Clone, Debug)]
pub(super) struct Point {
    pub channel: usize,
    pub step: String,
    /// Share of contacts here after which the journey ends in silence, where no cause is met.
    pub drop: f64,
    pub next: Vec<Way>,
    pub end: Option<End>,
    /// Causes that can be met here, at most [`MOST_MEASURES`].
    pub causes: Vec<usize>,
}

/// How a journey ends that gets to a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    Completed,
    Refused,
    Withdrawn,
}

#[derive(Clone, Debug)]
pub(super) struct Cause {
    pub family: Family,
    pub code: String,
    /// Share of contacts that meet it, at its points.
    pub exposure: f64,
    /// What it multiplies the share of drop-offs by.
    pub ratio: f64,
    /// Name of the measure that shows it.
    pub measure: String,
    pub met: [i32; 2],
    /// Where it is not met; no value where absent.
    pub otherwise: Option<[i32; 2]>,
    pub when: String,
}

/// A company contact.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub channel: String,
    pub step: String,
    pub weight: f64,
}

impl Scenario {
    /// The same scenario, in which no cause has an effect. Clients meet them as often.
    #[must_use]
    pub fn without_effects(mut self) -> Scenario {
        self.causes.iter_mut().for_each(|cause| cause.ratio = 1.0);
        self
    }

    /// Causes that can be met on a channel.
    pub(super) fn causes_on(&self, channel: usize) -> Vec<usize> {
        let on_channel =
            |cause: &usize| self.points.iter().any(|point| point.channel == channel && point.causes.contains(cause));
        (0..self.causes.len()).filter(on_channel).collect()
    }
}

/// One of several, by their weights, which are positive.
pub(super) fn pick<'a, T>(random: &mut Random, choices: &'a [T], weight: impl Fn(&T) -> f64) -> Option<(usize, &'a T)> {
    let total: f64 = choices.iter().map(&weight).sum();
    let mut left = random.uniform() * total;
    for (place, choice) in choices.iter().enumerate() {
        left -= weight(choice);
        if left < 0.0 || place + 1 == choices.len() {
            return Some((place, choice));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_by_weight() {
        let mut random = Random::new(1, 1);
        let mut counts = [0; 2];
        for _ in 0..10_000 {
            let (place, _) = pick(&mut random, &[3.0, 1.0], |weight| *weight).unwrap();
            counts[place] += 1;
        }
        assert!((7_300..7_700).contains(&counts[0]), "{counts:?}");
        assert!(pick(&mut random, &[] as &[f64], |weight| *weight).is_none());
    }
}
