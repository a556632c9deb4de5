//! The active rules as the journey pass evaluates them, and as the table `signals` tells of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};

use super::book::RuleBook;
use super::columns::readable;
use super::rule::ActiveRule;
use crate::error::Result;
use crate::journey::{Signal, Signals};
use crate::schema;

impl RuleBook {
    /// The active rules over these contacts: all columns of that table, measures included.
    ///
    /// # Errors
    /// Where the contacts lack a column that a rule reads.
    pub fn signals(&self, contacts: &Schema) -> Result<Signals> {
        let active = self.active();
        let read: BTreeSet<String> = active.iter().flat_map(|rule| rule.condition.columns()).collect();
        let all = readable(contacts);
        let fields: Vec<FieldRef> = all.fields().iter().filter(|field| read.contains(field.name())).cloned().collect();
        let columns: SchemaRef = Arc::new(Schema::new(fields));
        let list = active.iter().map(|ActiveRule { rule, condition }| {
            Ok(Signal { family: rule.family, code: rule.code.clone(), condition: condition.over(&columns)? })
        });
        Ok(Signals { list: list.collect::<Result<_>>()?, columns, contacts: Arc::new(contacts.clone()) })
    }

    /// The table `signals`.
    pub fn signals_table(&self) -> Result<RecordBatch> {
        let active = self.active();
        let bits = || 0..active.len() as i64;
        let text =
            |value: fn(&ActiveRule<'_>) -> String| Arc::new(StringArray::from_iter_values(active.iter().map(value)));
        Ok(RecordBatch::try_new(
            schema::signals(),
            vec![
                Arc::new(Int64Array::from_iter_values(bits())),
                Arc::new(Int64Array::from_iter_values(bits().map(|bit| 1 << bit))),
                text(|active| active.rule.family.name().to_owned()),
                text(|active| active.rule.code.clone()),
                text(|active| active.rule.when.clone()),
                Arc::new(BooleanArray::from_iter(active.iter().map(|rule| Some(rule.looks_ahead())))),
            ],
        )?)
    }
}
