//! The rules of a journey, ready to be applied: what `[journey]` says, and the moment the logs end.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Everything the pass must know to cut contacts into journeys. Spans and moments in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub gap_us: i64,
    pub gap_by_motive_us: BTreeMap<String, i64>,
    pub visit_gap_us: i64,
    pub by_motive: bool,
    pub goals: Vec<StepRule>,
    pub refusals: Vec<StepRule>,
    pub withdrawals: Vec<StepRule>,
    /// The moment up to which the logs are complete. Contacts that started later are in no journey.
    pub horizon_us: i64,
    /// Rates take what began before this moment: so long before the horizon that nearly all of it has closed.
    pub mature_before_us: i64,
    /// Steps of the funnel, in order.
    pub funnel: Vec<StepRule>,
    /// Cases whose contacts name several clients: each client has a piece of such a case, and rates leave the pieces out.
    pub split_cases: Arc<HashSet<String>>,
}

/// A step on any channel, or on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRule {
    pub step: String,
    pub channel: Option<String>,
}

impl StepRule {
    /// Whether a contact at this channel and step is meant.
    pub fn matches(&self, channel: Option<&str>, step: Option<&str>) -> bool {
        step == Some(self.step.as_str()) && self.channel.as_deref().is_none_or(|wanted| channel == Some(wanted))
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
        let any = |rules: &[StepRule]| rules.iter().any(|rule| rule.matches(channel, step));
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
