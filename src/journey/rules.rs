//! The rules of a journey, ready to be applied: what `[journey]` says, and the moment the logs end.

use std::collections::BTreeMap;

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
    /// The moment up to which the logs are complete.
    pub horizon_us: i64,
    /// Contacts that started later are ignored.
    pub as_of_us: Option<i64>,
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
