//! When a journey begins and ends: what `[journey]` of the configuration says, and how far the logs go.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::error::nearest;

/// How contacts are cut into journeys. Spans in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub gap_us: i64,
    pub gap_by_motive_us: BTreeMap<String, i64>,
    pub visit_gap_us: i64,
    pub by_motive: bool,
    pub goals: Vec<StepPattern>,
    pub refusals: Vec<StepPattern>,
    pub withdrawals: Vec<StepPattern>,
    /// Steps of the funnel, in order.
    pub funnel: Vec<StepPattern>,
}

/// What is known when the logs are read: where they end, and what of them cannot be judged. Moments in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The moment up to which the logs are complete. Contacts that started later are in no journey.
    pub horizon_us: i64,
    /// Rates take what began before this moment: so long before the horizon that nearly all of it has closed.
    pub mature_before_us: i64,
    /// Cases whose contacts name several clients: each client has a piece of such a case, and rates leave the pieces out.
    pub split_cases: Arc<HashSet<String>>,
}

/// A step, on any channel or on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepPattern {
    pub step: String,
    pub channel: Option<String>,
    pub line: usize,
}

impl StepPattern {
    /// Whether a contact at this channel and step is meant.
    pub fn matches(&self, channel: Option<&str>, step: Option<&str>) -> bool {
        step == Some(self.step.as_str()) && self.channel.as_deref().is_none_or(|wanted| channel == Some(wanted))
    }

    /// As messages have it.
    pub fn shown(&self) -> String {
        let channel = self.channel.as_ref().map_or(String::new(), |channel| format!(" on channel `{channel}`"));
        format!("`{}`{channel}", self.step)
    }

    /// The message where no contact has it. `what`: its role, such as `goal`; `path`: of the configuration; `steps`:
    /// those that contacts have.
    pub fn absence<'a>(&self, what: &str, path: &Path, steps: impl IntoIterator<Item = &'a str>) -> String {
        let near = nearest(&self.step, steps).filter(|near| *near != self.step);
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        format!("{what} {} occurs in no contact ({}:{}){hint}", self.shown(), path.display(), self.line)
    }
}

impl Rules {
    /// The gap after which a journey about `motive` is over.
    pub fn gap_of(&self, motive: Option<&str>) -> i64 {
        motive.and_then(|motive| self.gap_by_motive_us.get(motive)).copied().unwrap_or(self.gap_us)
    }

    /// The places of the funnel, from 1, that this channel and step is a step of.
    pub fn funnel_places_of(&self, channel: Option<&str>, step: Option<&str>) -> Vec<i32> {
        let places = (1..).zip(&self.funnel);
        places.filter(|(_, rule)| rule.matches(channel, step)).map(|(place, _)| place).collect()
    }

    /// What reaching this channel and step does to a journey.
    pub fn effect_of(&self, channel: Option<&str>, step: Option<&str>) -> super::kernel::Effect {
        use super::kernel::Effect;
        let any = |rules: &[StepPattern]| rules.iter().any(|rule| rule.matches(channel, step));
        if any(&self.goals) {
            Effect::Goal
        } else if any(&self.refusals) {
            Effect::Refusal
        } else if any(&self.withdrawals) {
            Effect::Withdrawal
        } else {
            Effect::None
        }
    }
}
