//! All rules there are, active or not: what each needs, and what stands in its way.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Schema;

use super::choice::{Choice, Decision, decide, shipped_needs};
use super::columns::{Need, mapped, needs, readable};
use super::rules::RuleSet;
use super::shipped::{ShippedRule, shipped_columns, shipped_rules};
use crate::config::{Config, measure_fields};
use crate::error::Result;
use crate::expression::Compiler;
use crate::schema::{contact_fields, plain_type};

/// One rule of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRule {
    pub family: String,
    pub code: String,
    /// The condition as it was written.
    pub when: String,
    pub origin: RuleOrigin,
    /// What has to be mapped by some source; the user's own rules are active without it, and do not hold.
    pub needs: Vec<Need>,
    /// The columns of `needs` that no source fills.
    pub not_mapped: Vec<String>,
    /// `None` without a configuration.
    pub state: Option<RuleState>,
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

/// Whether a rule is active, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// Its place among the active rules, from 1: the first that holds is the primary cause.
    Active { priority: usize },
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
}

impl RuleState {
    /// The name in the table.
    pub fn name(&self) -> &'static str {
        match self {
            RuleState::Active { .. } => "active",
            RuleState::Replaced { .. } => "replaced",
            RuleState::Off { .. } => "off",
            RuleState::NotMapped => "not_mapped",
            RuleState::OtherType { .. } => "other_type",
            RuleState::LeftOut => "left_out",
        }
    }
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

impl ListedRule {
    fn shipped(rule: ShippedRule, needs: Vec<Need>) -> ListedRule {
        let ShippedRule { family, code, when, needs: _ } = rule;
        ListedRule { family, code, when, origin: RuleOrigin::Shipped, needs, not_mapped: Vec::new(), state: None }
    }

    /// The place among the active rules, from 1, if it is one.
    pub fn priority(&self) -> Option<usize> {
        match self.state {
            Some(RuleState::Active { priority }) => Some(priority),
            _ => None,
        }
    }

    /// The line of the configuration that decides about it.
    pub fn line(&self) -> Option<usize> {
        match (self.origin, &self.state) {
            (RuleOrigin::Own { line }, _) => Some(line),
            (_, Some(RuleState::Replaced { line })) => Some(*line),
            (_, Some(RuleState::Off { line })) => *line,
            _ => None,
        }
    }
}

/// All rules, the user's own in order of priority, then the shipped ones in theirs.
#[derive(Clone, Debug, Default)]
pub struct RuleList {
    pub rules: Vec<ListedRule>,
}

impl RuleList {
    /// The rules of a configuration. No store is needed.
    ///
    /// # Errors
    /// With every rule of the user that does not compile, and its line.
    pub fn of(config: &Config) -> Result<RuleList> {
        let contacts = Schema::new([contact_fields(), measure_fields(&config.sources)].concat());
        let active = RuleSet::new(config, &contacts)?;
        let columns = readable(&contacts);
        let mapped = mapped(config);
        let not_mapped = |needs: &[Need]| -> Vec<String> {
            needs.iter().map(|need| need.column.clone()).filter(|column| !mapped.contains(column)).collect()
        };
        let mut rules = Vec::new();
        // The user's own rules are all active: where one does not compile, there is no list.
        for (priority, (written, rule)) in (1..).zip(config.causes.rules.iter().zip(&active.rules)) {
            let needs = needs(&rule.columns(), &[], &columns)?;
            rules.push(ListedRule {
                family: rule.family.clone(),
                code: rule.code.clone(),
                when: rule.when.clone(),
                origin: RuleOrigin::Own { line: written.when.line },
                not_mapped: not_mapped(&needs),
                needs,
                state: Some(RuleState::Active { priority }),
            });
        }
        for Decision { rule, needs, choice } in decide(config, &columns, &Compiler::new())? {
            let place = active.rules.iter().position(|other| other.family == rule.family && other.code == rule.code);
            let state = match choice {
                Choice::Taken(_) => place.map_or(RuleState::LeftOut, |place| RuleState::Active { priority: place + 1 }),
                Choice::Replaced { line } => RuleState::Replaced { line },
                Choice::Off { line } => RuleState::Off { line },
                Choice::NotMapped => RuleState::NotMapped,
                Choice::OtherType => RuleState::OtherType { found: other_types(&needs, &columns) },
            };
            let not_mapped = not_mapped(&needs);
            rules.push(ListedRule { not_mapped, state: Some(state), ..ListedRule::shipped(rule, needs) });
        }
        Ok(RuleList { rules })
    }

    /// The shipped rules, where there is no configuration.
    ///
    /// # Errors
    /// Never, unless a file in this repository is broken.
    pub fn shipped() -> Result<RuleList> {
        let (compiler, columns) = (Compiler::new(), shipped_columns()?);
        let mut rules = Vec::new();
        for rule in shipped_rules()? {
            let needs = shipped_needs(&rule, &columns, &compiler)?;
            rules.push(ListedRule::shipped(rule, needs));
        }
        Ok(RuleList { rules })
    }

    /// The list as a table: one row per rule.
    pub fn table(&self) -> Result<RecordBatch> {
        let text = |value: fn(&ListedRule) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.rules.iter().map(value)))
        };
        let names = |value: fn(&ListedRule) -> Vec<String>| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.rules.iter().map(|rule| value(rule).join(", "))))
        };
        let number = |value: fn(&ListedRule) -> Option<usize>| -> ArrayRef {
            Arc::new(Int64Array::from_iter(self.rules.iter().map(|rule| value(rule).map(|number| number as i64))))
        };
        let states: StringArray = self.rules.iter().map(|rule| rule.state.as_ref().map(RuleState::name)).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("priority", number(ListedRule::priority)),
            ("family", text(|rule| &rule.family)),
            ("cause", text(|rule| &rule.code)),
            ("rule", text(|rule| &rule.when)),
            ("origin", text(|rule| rule.origin.name())),
            ("line", number(ListedRule::line)),
            ("state", Arc::new(states)),
            ("needs", names(|rule| rule.needs.iter().map(Need::to_string).collect())),
            ("not_mapped", names(|rule| rule.not_mapped.clone())),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// Of these needs, those that the user's columns meet with another type.
fn other_types(needs: &[Need], columns: &Schema) -> Vec<Need> {
    let found = needs.iter().filter_map(|need| {
        let kind = plain_type(columns.field_with_name(&need.column).ok()?.data_type());
        (kind != need.kind).then(|| Need { column: need.column.clone(), kind })
    });
    found.collect()
}
