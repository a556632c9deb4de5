//! Which shipped rules a configuration takes: one decision, for the journey pass and for the list of rules.

use std::collections::BTreeSet;

use arrow::datatypes::SchemaRef;

use super::columns::{Need, mapped, needs};
use super::shipped::{ShippedRule, shipped_columns, shipped_rules};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::expression::{Compiler, Expression};

/// What is decided about a shipped rule.
pub(super) struct Decision {
    pub rule: ShippedRule,
    pub needs: Vec<Need>,
    pub choice: Choice,
}

/// Whether a shipped rule is taken, or the first reason why not.
pub(super) enum Choice {
    Taken(Expression),
    /// By the user's own rule of the same family and code.
    Replaced {
        line: usize,
    },
    /// By `causes.off`, or, where no line is known, by `causes.shipped`.
    Off {
        line: Option<usize>,
    },
    /// No source fills one of its columns.
    NotMapped,
    /// A measure of that name with another type is the user's own: the rule is not about it.
    OtherType,
}

/// Decides about every shipped rule, in order of priority. `columns`: all that a condition may read.
pub(super) fn decide(config: &Config, columns: &SchemaRef, compiler: &Compiler) -> Result<Vec<Decision>> {
    let (shipped, mapped) = (shipped_columns()?, mapped(config));
    let decision = |rule: ShippedRule| {
        let needs = shipped_needs(&rule, &shipped, compiler)?;
        let choice = first_reason(config, &rule, &needs, &mapped).unwrap_or_else(|| {
            compiler.compile_condition(&rule.when, columns).map_or(Choice::OtherType, Choice::Taken)
        });
        Ok(Decision { rule, needs, choice })
    };
    shipped_rules()?.into_iter().map(decision).collect()
}

/// What has to be mapped for a shipped rule. `shipped`: all that shipped rules may read.
pub(super) fn shipped_needs(rule: &ShippedRule, shipped: &SchemaRef, compiler: &Compiler) -> Result<Vec<Need>> {
    needs(&compiler.compile_condition(&rule.when, shipped)?.columns(), &rule.needs, shipped)
}

fn first_reason(config: &Config, rule: &ShippedRule, needs: &[Need], mapped: &BTreeSet<String>) -> Option<Choice> {
    let causes = &config.causes;
    let is_same = |family: &str, code: &str| family == rule.family && code == rule.code;
    if let Some(own) = causes.rules.iter().find(|own| is_same(own.family.name(), &own.code)) {
        return Some(Choice::Replaced { line: own.when.line });
    }
    if !causes.shipped {
        return Some(Choice::Off { line: None });
    }
    if let Some(off) = causes.off.iter().find(|off| off.covers(&rule.family, &rule.code)) {
        return Some(Choice::Off { line: Some(off.line) });
    }
    needs.iter().any(|need| !mapped.contains(&need.column)).then_some(Choice::NotMapped)
}

/// The mistakes in `causes.off`: names that no shipped rule has.
pub(super) fn unknown_names(config: &Config) -> Result<Vec<Error>> {
    if config.causes.off.is_empty() {
        return Ok(Vec::new());
    }
    let rules = shipped_rules()?;
    let names: Vec<String> = rules.iter().map(|rule| format!("{}.{}", rule.family, rule.code)).collect();
    let is_unknown = |family: &str, code: &str| !rules.iter().any(|rule| rule.family == family && rule.code == code);
    let mut mistakes = Vec::new();
    for off in &config.causes.off {
        let family = off.family.name();
        if let Some(code) = off.code.as_ref().filter(|code| is_unknown(family, code)) {
            let name = format!("{family}.{code}");
            let of_family = rules.iter().filter(|rule| rule.family == family).map(|rule| format!("`{}`", rule.code));
            let mistake = Error::user(format!("there is no shipped rule `{name}`"))
                .fact("where", format!("{}:{}", config.path.display(), off.line))
                .fact(format!("{family} rules"), of_family.collect::<Vec<String>>().join(", "));
            mistakes.push(mistake.did_you_mean(&name, names.iter().map(String::as_str)));
        }
    }
    Ok(mistakes)
}
