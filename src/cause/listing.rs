//! All rules as a table, active or not: what each needs, and why it is not active.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::book::RuleBook;
use super::columns::Need;
use super::rule::Rule;
use crate::error::Result;

impl RuleBook {
    /// One row per rule.
    pub fn table(&self) -> Result<RecordBatch> {
        let text = |value: fn(&Rule) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.rules.iter().map(value)))
        };
        let names = |value: fn(&Rule) -> Vec<String>| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.rules.iter().map(|rule| value(rule).join(", "))))
        };
        let number = |value: fn(&Rule) -> Option<usize>| -> ArrayRef {
            Arc::new(Int64Array::from_iter(self.rules.iter().map(|rule| value(rule).map(|number| number as i64))))
        };
        let states: StringArray = self.rules.iter().map(|rule| rule.state.name()).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("priority", number(Rule::priority)),
            ("family", text(|rule| rule.family.name())),
            ("cause", text(|rule| &rule.code)),
            ("rule", text(|rule| &rule.when)),
            ("origin", text(|rule| rule.origin.name())),
            ("line", number(Rule::line)),
            ("state", Arc::new(states)),
            ("needs", names(|rule| rule.needs.iter().map(Need::to_string).collect())),
            ("not_mapped", names(|rule| rule.not_mapped.clone())),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}
