//! One rule: where it comes from, what it needs, whether it is active.

use super::columns::Need;
use crate::expression::Expression;
use crate::journey::{Family, looks_ahead};

/// A rule that may explain a drop-off.
#[derive(Clone, Debug)]
pub struct Rule {
    pub family: Family,
    pub code: String,
    /// The condition as it was written.
    pub when: String,
    pub origin: RuleOrigin,
    /// What has to be mapped by some source; the user's own rules are active without it, and do not hold.
    pub needs: Vec<Need>,
    /// The columns of `needs` that no source fills.
    pub not_mapped: Vec<String>,
    pub state: RuleState,
}

/// Who wrote a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOrigin {
    Shipped,
    /// The user, on this line of the configuration.
    Own {
        line: usize,
    },
}

/// Whether a rule is active, and if not, the first reason why.
#[derive(Clone, Debug)]
pub enum RuleState {
    /// `priority` is its place among the active rules, from 1: the first that holds is the primary cause.
    Active { priority: usize, condition: Expression },
    /// By the user's own rule on this line.
    Replaced { line: usize },
    /// By `causes.off` on this line, or, without a line, by `causes.shipped`.
    Off { line: Option<usize> },
    /// No source fills some column that it needs.
    NotMapped,
    /// The user has measures of these names with other types, and the condition does not fit.
    OtherType { found: Vec<Need> },
    /// There are as many active rules before it as there can be.
    LeftOut,
    /// There is no configuration that would tell.
    Unknown,
}

impl Rule {
    /// As messages have it: `technical.slow_page`.
    pub fn name(&self) -> String {
        full_name(self.family, &self.code)
    }

    /// The place among the active rules, from 1, if it is one.
    pub fn priority(&self) -> Option<usize> {
        match self.state {
            RuleState::Active { priority, .. } => Some(priority),
            _ => None,
        }
    }

    /// The line of the configuration that decides about it.
    pub fn line(&self) -> Option<usize> {
        match (self.origin, &self.state) {
            (RuleOrigin::Own { line }, _) => Some(line),
            (_, RuleState::Replaced { line }) => Some(*line),
            (_, RuleState::Off { line }) => *line,
            _ => None,
        }
    }
}

/// `technical.slow_page`
pub(super) fn full_name(family: Family, code: &str) -> String {
    format!("{}.{code}", family.name())
}

impl RuleOrigin {
    /// The name in the table.
    pub fn name(self) -> &'static str {
        match self {
            RuleOrigin::Shipped => "shipped",
            RuleOrigin::Own { .. } => "own",
        }
    }
}

impl RuleState {
    /// The name in the table; `None` where nothing is known.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            RuleState::Active { .. } => Some("active"),
            RuleState::Replaced { .. } => Some("replaced"),
            RuleState::Off { .. } => Some("off"),
            RuleState::NotMapped => Some("not_mapped"),
            RuleState::OtherType { .. } => Some("other_type"),
            RuleState::LeftOut => Some("left_out"),
            RuleState::Unknown => None,
        }
    }
}

/// A rule that is active: its bit in the `signals` columns is its place among them.
#[derive(Clone, Copy, Debug)]
pub struct ActiveRule<'a> {
    pub rule: &'a Rule,
    pub condition: &'a Expression,
}

impl ActiveRule<'_> {
    /// Whether it depends on what came after the contact. It then depends on how long a journey goes on, and is no
    /// evidence.
    pub fn looks_ahead(&self) -> bool {
        self.condition.columns().iter().any(|column| looks_ahead(column))
    }
}
