//! The book of rules: the user's own and the shipped ones, and which of them are active, which is decided here alone.

use std::collections::BTreeSet;

use arrow::datatypes::{Schema, SchemaRef};

use super::columns::{Need, mapped, needs, other_types, readable};
use super::rule::{ActiveRule, Rule, RuleOrigin, RuleState, full_name};
use super::shipped::{ShippedRule, shipped_columns, shipped_rules};
use crate::config::{Config, measure_fields};
use crate::error::{Error, Result};
use crate::expression::Compiler;
use crate::journey::Family;
use crate::schema::contact_fields;

/// Rules that fit into the 63 positive bits of the `signals` columns.
const MOST_RULES: usize = 63;

/// All rules: the user's own in order of priority, then the shipped ones in theirs.
#[derive(Clone, Debug)]
pub struct RuleBook {
    pub rules: Vec<Rule>,
}

impl RuleBook {
    /// The rules of a configuration, compiled. No store is needed.
    ///
    /// # Errors
    /// With every rule of the user that does not compile, every name in `causes.off` that no shipped rule has, and their lines.
    pub fn of(config: &Config) -> Result<RuleBook> {
        let contacts = Schema::new([contact_fields(), measure_fields(&config.sources)].concat());
        let columns = readable(&contacts);
        let judge = Judge { config, columns: &columns, mapped: mapped(config), compiler: Compiler::new() };
        let (mut rules, do_not_compile) = judge.own_rules()?;
        let mut mistakes = unknown_names(config)?;
        mistakes.extend(do_not_compile);
        if let Some(error) = Error::all(mistakes) {
            return Err(error);
        }
        let shipped = shipped_columns()?;
        for rule in shipped_rules()? {
            // The user's own are all active.
            let priority = 1 + rules.iter().filter_map(Rule::priority).count();
            rules.push(judge.shipped_rule(rule, &shipped, priority)?);
        }
        Ok(RuleBook { rules })
    }

    /// The shipped rules, where there is no configuration.
    ///
    /// # Errors
    /// Never, unless a file in this repository is broken.
    pub fn shipped() -> Result<RuleBook> {
        let (compiler, columns) = (Compiler::new(), shipped_columns()?);
        let mut rules = Vec::new();
        for ShippedRule { family, code, when, needs: also } in shipped_rules()? {
            let needs = needs(&compiler.compile_condition(&when, &columns)?.columns(), &also, &columns)?;
            let (origin, not_mapped, state) = (RuleOrigin::Shipped, Vec::new(), RuleState::Unknown);
            rules.push(Rule { family, code, when, origin, needs, not_mapped, state });
        }
        Ok(RuleBook { rules })
    }

    /// The active rules, in order of priority.
    pub fn active(&self) -> Vec<ActiveRule<'_>> {
        let active = self.rules.iter().filter_map(|rule| match &rule.state {
            RuleState::Active { condition, .. } => Some(ActiveRule { rule, condition }),
            _ => None,
        });
        active.collect()
    }
}

/// Decides about rules, one by one.
struct Judge<'a> {
    config: &'a Config,
    /// All that a condition may read.
    columns: &'a SchemaRef,
    /// Columns that some source fills.
    mapped: BTreeSet<String>,
    compiler: Compiler,
}

impl Judge<'_> {
    /// The user's own rules that compile, and the errors of the others.
    fn own_rules(&self) -> Result<(Vec<Rule>, Vec<Error>)> {
        let (mut rules, mut mistakes) = (Vec::new(), Vec::new());
        for (priority, rule) in (1..).zip(&self.config.causes.rules) {
            match self.compiler.compile_condition(&rule.when.text, self.columns) {
                Ok(condition) => {
                    let needs = needs(&condition.columns(), &[], self.columns)?;
                    rules.push(Rule {
                        family: rule.family,
                        code: rule.code.clone(),
                        when: rule.when.text.clone(),
                        origin: RuleOrigin::Own { line: rule.when.line },
                        not_mapped: self.not_mapped(&needs),
                        needs,
                        state: RuleState::Active { priority, condition },
                    });
                }
                Err(error) => {
                    let place = format!("{}:{}", self.config.path.display(), rule.when.line);
                    mistakes.push(
                        error.fact("wanted by", format!("cause `{}` ({place})", full_name(rule.family, &rule.code))),
                    );
                }
            }
        }
        Ok((rules, mistakes))
    }

    /// A shipped rule, with this priority if it is active. `shipped`: all that shipped rules may read.
    fn shipped_rule(&self, rule: ShippedRule, shipped: &SchemaRef, priority: usize) -> Result<Rule> {
        let ShippedRule { family, code, when, needs: also } = rule;
        let needs = needs(&self.compiler.compile_condition(&when, shipped)?.columns(), &also, shipped)?;
        let not_mapped = self.not_mapped(&needs);
        let state = match self.obstacle(family, &code, &not_mapped) {
            Some(obstacle) => obstacle,
            None => match self.compiler.compile_condition(&when, self.columns) {
                Err(_) => RuleState::OtherType { found: other_types(&needs, self.columns) },
                Ok(_) if priority > MOST_RULES => RuleState::LeftOut,
                Ok(condition) => RuleState::Active { priority, condition },
            },
        };
        Ok(Rule { family, code, when, origin: RuleOrigin::Shipped, needs, not_mapped, state })
    }

    /// The first reason why a shipped rule is not even compiled.
    fn obstacle(&self, family: Family, code: &str, not_mapped: &[String]) -> Option<RuleState> {
        let causes = &self.config.causes;
        if let Some(own) = causes.rules.iter().find(|own| own.family == family && own.code == code) {
            return Some(RuleState::Replaced { line: own.when.line });
        }
        if !causes.shipped {
            return Some(RuleState::Off { line: None });
        }
        if let Some(off) = causes.off.iter().find(|off| off.covers(family, code)) {
            return Some(RuleState::Off { line: Some(off.line) });
        }
        (!not_mapped.is_empty()).then_some(RuleState::NotMapped)
    }

    fn not_mapped(&self, needs: &[Need]) -> Vec<String> {
        needs.iter().map(|need| need.column.clone()).filter(|column| !self.mapped.contains(column)).collect()
    }
}

/// The mistakes in `causes.off`: names that no shipped rule has.
fn unknown_names(config: &Config) -> Result<Vec<Error>> {
    if config.causes.off.is_empty() {
        return Ok(Vec::new());
    }
    let rules = shipped_rules()?;
    let names: Vec<String> = rules.iter().map(|rule| full_name(rule.family, &rule.code)).collect();
    let mut mistakes = Vec::new();
    for off in &config.causes.off {
        let of_family = || rules.iter().filter(|rule| rule.family == off.family);
        if let Some(code) = off.code.as_ref().filter(|code| of_family().all(|rule| rule.code != **code)) {
            let name = full_name(off.family, code);
            let known: Vec<String> = of_family().map(|rule| format!("`{}`", rule.code)).collect();
            let mistake = Error::user(format!("there is no shipped rule `{name}`"))
                .fact("where", format!("{}:{}", config.path.display(), off.line))
                .fact(format!("{} rules", off.family.name()), known.join(", "));
            mistakes.push(mistake.did_you_mean(&name, names.iter().map(String::as_str)));
        }
    }
    Ok(mistakes)
}
