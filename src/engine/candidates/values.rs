//! How the values of a candidate are taken together: cuts of numbers, the most frequent words.
//!
//! In: the column in a sample. Out: a number for each value, as an expression, and what a reader sees of it. A column with but one
//! value is no candidate.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, cast as cast_to, ident, lit};

use crate::error::Result;

/// Numbers with no more different values in the sample are taken as they are.
const FEW_VALUES: usize = 5;
/// Words that stand for themselves; all rarer ones are taken together.
const WORDS: usize = 10;
/// What rarer words are called.
const OTHERS: &str = "(others)";

/// A column, and how its values are taken together.
pub(super) struct Candidate {
    pub name: String,
    values: Values,
}

enum Values {
    /// The most frequent; the others have no number.
    Words(Vec<String>),
    /// Upper ends of the lower parts, ascending.
    Cuts(Vec<f64>),
}

impl Candidate {
    /// The candidate that a column of a sample is; `None` where it has but one value.
    pub fn of(name: String, sample: &[&ArrayRef]) -> Result<Option<Candidate>> {
        let Some(first) = sample.first() else { return Ok(None) };
        let values = if is_number(first.data_type()) { cuts(sample)? } else { words(sample)? };
        Ok(values.map(|values| Candidate { name, values }))
    }

    /// The number of a row's value.
    pub fn number(&self) -> Expr {
        let column = |kind| Box::new(cast_to(ident(&self.name), kind));
        let (of, conditions): (_, Vec<Expr>) = match &self.values {
            Values::Words(words) => {
                (Some(column(DataType::Utf8)), words.iter().map(|word| lit(word.as_str())).collect())
            }
            Values::Cuts(cuts) => (None, cuts.iter().map(|end| column(DataType::Float64).lt_eq(lit(*end))).collect()),
        };
        let others = lit(conditions.len() as i64);
        let arms = conditions.into_iter().zip(0i64..).map(|(condition, number)| (condition.into(), lit(number).into()));
        Expr::Case(Case::new(of, arms.collect(), Some(others.into())))
    }

    /// What a reader sees of a value.
    pub fn label(&self, number: usize) -> String {
        match &self.values {
            Values::Words(words) => words.get(number).map_or_else(|| OTHERS.to_owned(), Clone::clone),
            Values::Cuts(cuts) => match (number.checked_sub(1).map(|below| cuts[below]), cuts.get(number)) {
                (None, Some(end)) => format!("up to {end}"),
                (Some(start), Some(end)) => format!("over {start}, up to {end}"),
                (Some(start), None) => format!("over {start}"),
                (None, None) => "any".to_owned(),
            },
        }
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Boolean
}

/// Quarters of the values, or the values themselves where they are few; `None` where there is but one.
fn cuts(columns: &[&ArrayRef]) -> Result<Option<Values>> {
    let mut values = Vec::new();
    for column in columns {
        let column = cast(&cast(column, &integers_as_they_are(column.data_type()))?, &DataType::Float64)?;
        values.extend(column.as_primitive::<Float64Type>().iter().flatten().filter(|value| value.is_finite()));
    }
    values.sort_by(f64::total_cmp);
    let mut different = values.clone();
    different.dedup();
    if different.len() > FEW_VALUES {
        different = [1, 2, 3].iter().map(|quarter| values[values.len() * quarter / 4]).collect();
        different.dedup();
        // The last part must not be empty.
        different.retain(|end| values.last().is_some_and(|last| end < last));
    } else {
        different.pop();
    }
    Ok((!different.is_empty()).then_some(Values::Cuts(different)))
}

/// Flags have no way to a fraction but over whole numbers.
fn integers_as_they_are(data_type: &DataType) -> DataType {
    if *data_type == DataType::Boolean { DataType::Int64 } else { data_type.clone() }
}

/// The most frequent words; `None` where there is but one.
fn words(columns: &[&ArrayRef]) -> Result<Option<Values>> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for column in columns {
        let column = cast(column, &DataType::Utf8)?;
        for word in column.as_string::<i32>().iter().flatten() {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(counts.insert(word.to_owned(), 1)),
            }
        }
    }
    let mut words: Vec<(String, usize)> = counts.into_iter().collect();
    words.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    words.truncate(WORDS);
    let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    Ok((words.len() > 1).then_some(Values::Words(words)))
}
