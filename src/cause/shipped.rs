//! The rules that come with dropoff, and the measures they look for, read from `shipped.toml`.

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;

use super::columns::readable;
use crate::error::{Error, Result};
use crate::journey::Family;
use crate::schema::{self, contact_fields};

/// One shipped rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedRule {
    pub family: Family,
    pub code: String,
    pub when: String,
    /// What must be mapped besides the columns in `when`.
    #[serde(default)]
    pub needs: Vec<String>,
}

/// A measure that shipped rules look for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedMeasure {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ShippedType,
    pub help: String,
}

/// Type of such a measure, under its name in `dropoff.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShippedType {
    Int,
    Float,
    Text,
    Bool,
}

impl ShippedMeasure {
    /// The column that it takes in `contacts`.
    pub fn field(&self) -> Field {
        let data_type = match self.kind {
            ShippedType::Int => DataType::Int64,
            ShippedType::Float => DataType::Float64,
            ShippedType::Text => schema::word(),
            ShippedType::Bool => DataType::Boolean,
        };
        Field::new(&self.name, data_type, true)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedFile {
    measures: Vec<ShippedMeasure>,
    cause: Vec<ShippedRule>,
}

/// The shipped rules, in order of priority.
///
/// # Errors
/// Never, unless the file in this repository is broken.
pub fn shipped_rules() -> Result<Vec<ShippedRule>> {
    Ok(file()?.cause)
}

/// The measures that shipped rules look for.
///
/// # Errors
/// Never, unless the file in this repository is broken.
pub fn shipped_measures() -> Result<Vec<ShippedMeasure>> {
    Ok(file()?.measures)
}

/// Everything that a shipped rule may read: what a condition reads where every column and measure is mapped.
pub(super) fn shipped_columns() -> Result<SchemaRef> {
    let measures: Vec<Field> = shipped_measures()?.iter().map(ShippedMeasure::field).collect();
    Ok(readable(&Schema::new([contact_fields(), measures].concat())))
}

fn file() -> Result<ShippedFile> {
    toml::from_str(include_str!("shipped.toml")).map_err(|error| Error::bug(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::expression::Compiler;

    #[test]
    fn every_family_has_shipped_rules_and_no_rule_comes_twice() {
        let rules = shipped_rules().unwrap();
        for family in Family::ALL {
            assert!(rules.iter().any(|rule| rule.family == family), "{}", family.name());
        }
        let mut names: Vec<_> = rules.iter().map(|rule| (&rule.family, &rule.code)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), rules.len());
    }

    #[test]
    fn rules_read_what_there_is_and_every_measure_is_read() {
        let (compiler, columns) = (Compiler::new(), shipped_columns().unwrap());
        let mut read = BTreeSet::new();
        for rule in shipped_rules().unwrap() {
            let condition = compiler.compile_condition(&rule.when, &columns).unwrap_or_else(|error| panic!("{error}"));
            read.extend(condition.columns());
            read.extend(rule.needs);
        }
        let is_column = |name: &&String| columns.field_with_name(name).is_ok();
        assert_eq!(read.iter().find(|name| !is_column(name)), None, "columns that nothing has");
        let unread = shipped_measures().unwrap().into_iter().find(|measure| !read.contains(&measure.name));
        assert_eq!(unread, None, "measures that no rule reads");
    }
}
