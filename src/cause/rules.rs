//! The active rules of a configuration: the user's own, then the shipped ones whose columns are mapped.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::choice::{Choice, Decision, decide, unknown_names};
use super::columns::readable;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::expression::{Compiler, Expression};
use crate::journey::{Signal, Signals};
use crate::schema;

/// Rules that fit into the 63 positive bits of the `signals` columns.
const MOST_RULES: usize = 63;

/// One active rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub family: String,
    pub code: String,
    /// The condition as it was written.
    pub when: String,
    condition: Expression,
}

impl Rule {
    /// Names of the contact and context columns that the condition reads.
    pub fn columns(&self) -> Vec<String> {
        self.condition.columns()
    }

    /// Whether it depends on what came after the contact: then it goes with how long a journey goes on, and is no evidence.
    pub fn looks_ahead(&self) -> bool {
        self.columns().iter().any(|column| schema::LOOKING_AHEAD.contains(&column.as_str()))
    }
}

/// The active rules, in order of priority: the place of a rule is its bit.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    pub rules: Vec<Rule>,
}

impl RuleSet {
    /// Compiles the rules of a configuration. `contacts`: all columns of that table, measures included.
    ///
    /// # Errors
    /// With every rule that does not compile, every name in `causes.off` that no shipped rule has, and their lines.
    pub fn new(config: &Config, contacts: &Schema) -> Result<RuleSet> {
        let compiler = Compiler::new();
        let columns = readable(contacts);
        let (mut rules, mut mistakes) = (Vec::new(), unknown_names(config)?);
        for rule in &config.causes.rules {
            match compiler.compile_condition(&rule.when.text, &columns) {
                Ok(condition) => rules.push(Rule {
                    family: rule.family.name().to_owned(),
                    code: rule.code.clone(),
                    when: rule.when.text.clone(),
                    condition,
                }),
                Err(error) => {
                    let place = format!("{}:{}", config.path.display(), rule.when.line);
                    let wanted = format!("cause `{}.{}` ({place})", rule.family.name(), rule.code);
                    mistakes.push(error.fact("wanted by", wanted));
                }
            }
        }
        if let Some(error) = Error::all(mistakes) {
            return Err(error);
        }
        if config.causes.shipped {
            for Decision { rule, choice, .. } in decide(config, &columns, &compiler)? {
                if let Choice::Taken(condition) = choice {
                    rules.push(Rule { family: rule.family, code: rule.code, when: rule.when, condition });
                }
            }
            rules.truncate(MOST_RULES);
        }
        Ok(RuleSet { rules })
    }

    /// The rules as the journey pass evaluates them.
    pub fn signals(&self, contacts: &Schema) -> Result<Signals> {
        let read: BTreeSet<String> = self.rules.iter().flat_map(Rule::columns).collect();
        let all = readable(contacts);
        let fields: Vec<Field> = all
            .fields()
            .iter()
            .filter(|field| read.contains(field.name()))
            .map(|field| field.as_ref().clone())
            .collect();
        let columns: SchemaRef = Arc::new(Schema::new(fields));
        let list = self.rules.iter().map(|rule| {
            let condition = rule.condition.over(&columns)?;
            Ok(Signal { family: rule.family.clone(), code: rule.code.clone(), condition })
        });
        Ok(Signals { list: list.collect::<Result<_>>()?, columns, contacts: Arc::new(contacts.clone()) })
    }

    /// The table `signals`.
    pub fn table(&self) -> Result<RecordBatch> {
        let bits = || 0..self.rules.len() as i64;
        let text = |value: fn(&Rule) -> &str| Arc::new(StringArray::from_iter_values(self.rules.iter().map(value)));
        Ok(RecordBatch::try_new(
            schema::signals(),
            vec![
                Arc::new(Int64Array::from_iter_values(bits())),
                Arc::new(Int64Array::from_iter_values(bits().map(|bit| 1 << bit))),
                text(|rule| &rule.family),
                text(|rule| &rule.code),
                text(|rule| &rule.when),
                Arc::new(BooleanArray::from_iter(self.rules.iter().map(|rule| Some(rule.looks_ahead())))),
            ],
        )?)
    }
}
