//! What clients do, checked: points and the ways between them, causes and their effect, company contacts.

use std::path::Path;

use super::check::check;
use super::random::Random;
pub(super) use super::sheet::End;
use super::sheet::Sheet;
use crate::error::{Error, Result};
use crate::journey::Family;

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
    /// The scenario that comes with dropoff.
    ///
    /// # Errors
    /// Never, unless the file in this repository is broken.
    pub fn shipped() -> Result<Scenario> {
        parse(include_str!("scenario.toml"), "scenario.toml")
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// With everything in it that contradicts itself.
    pub fn load(path: &Path) -> Result<Scenario> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::user(format!("cannot read the scenario `{shown}`")).fact("found", error.to_string())
        })?;
        parse(&text, &shown)
    }

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

fn parse(text: &str, shown: &str) -> Result<Scenario> {
    let sheet: Sheet = toml::from_str(text).map_err(|error| {
        Error::user(format!("`{shown}` is not a scenario")).fact("problem", error.to_string().trim_end())
    })?;
    check(sheet, shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scenario_uses_every_family_and_every_end() {
        let scenario = Scenario::shipped().unwrap();
        for family in Family::ALL {
            assert!(scenario.causes.iter().any(|cause| cause.family == family), "{}", family.name());
        }
        for end in [End::Completed, End::Refused, End::Withdrawn] {
            assert!(scenario.points.iter().any(|point| point.end == Some(end)), "{end:?}");
        }
        assert!(scenario.without_effects().causes.iter().all(|cause| cause.ratio == 1.0));
    }

    /// The mistakes of the shipped scenario after a change.
    fn mistakes(from: &str, to: &str) -> Vec<String> {
        let shipped = include_str!("scenario.toml");
        assert!(shipped.contains(from), "{from}");
        let error = parse(&shipped.replacen(from, to, 1), "x.toml").unwrap_err();
        error.mistakes().iter().map(|mistake| mistake.message.clone()).collect()
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(mistakes("weight = 6", "weight = 0"), ["a weight is not above 0"]);
        assert_eq!(mistakes("point = \"web.home\"", "point = \"web.hom\""), ["there is no point `web.hom`"]);
        assert_eq!(mistakes("duplicates       = 0.002", "duplicates = 1.5"), ["`duplicates` is no share"]);
        assert_eq!(mistakes("step    = \"home\"", "step = \"ho me\"")[0], "`ho me` is no plain name");
        assert_eq!(mistakes("end     = \"refused\"", "drop = 0.1"), ["point `agency.credit_refused` leads nowhere"]);
        assert_eq!(mistakes("ratio    = 4.0", "ratio = 0.0"), ["the ratio of `technical.error_shown` is not above 0"]);
        assert_eq!(mistakes("gap              = \"7d\"", "gap = \"7 days\""), ["`gap` is no span"]);
        assert_eq!(mistakes("family   = \"technical\"", "family = \"tecnical\""), ["unknown family `tecnical`"]);
        assert_eq!(mistakes("returning ", "retruning "), ["`x.toml` is not a scenario"]);
    }

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
