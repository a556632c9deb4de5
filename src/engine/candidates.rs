//! Drivers nobody thought of: the table `candidates`, filled when a report reads it.
//!
//! ```text
//!  a sample of clients ──► cuts: quarters of numbers, the most frequent words
//!                             │
//!  one pass over the contacts ┴──► per candidate: passages and drop-offs by value and point ──► candidates
//! ```
//!
//! A candidate is a column that may go with dropping off: every measure, and the dimensions and context of a contact. What a
//! contact says of its own end is none: `outcome`, `score`, and what depends on the future. Memory: the sample, and one
//! table of counts per candidate.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use datafusion::common::ScalarValue;

use super::Engine;
use super::answers::{Planning, joined};
use super::sample::end_of_sample;
use super::tables::{CANDIDATES, register_rows};
use crate::config::StratumColumn;
use crate::error::{Error, Result};
use crate::journey::step_fields;
use crate::schema;

/// Contacts that the cuts are taken from, about.
const SAMPLE_ROWS: f64 = 200_000.0;
/// Numbers with no more different values in the sample are taken as they are.
const FEW_VALUES: usize = 5;
/// Words that stand for themselves; all rarer ones are taken together.
const WORDS: usize = 10;
/// What rarer words are called.
const OTHERS: &str = "(others)";

/// What passages are compared within.
const STRATUM: [&str; 4] = ["channel", "step", "motive_apart", "segment_apart"];

/// Columns besides the measures.
const DIMENSIONS: [&str; 4] = ["motive", "segment", "site", "agent"];
const CONTEXT: [&str; 7] = [
    "previous_channel",
    "times_at_step",
    "visits_so_far",
    "agents_so_far",
    "transfers_so_far",
    "reminders_so_far",
    "seconds_since_previous",
];

/// A column, and how its values are taken together.
struct Candidate {
    name: String,
    values: Values,
}

enum Values {
    /// The most frequent; the others have no number.
    Words(Vec<String>),
    /// Upper ends of the lower parts, ascending.
    Cuts(Vec<f64>),
}

impl Engine {
    /// Counts the passages of every candidate and makes the table `candidates`. `values`: those of the view `passages`.
    pub(super) async fn fill_candidates(&self, values: Vec<(String, ScalarValue)>) -> Result<()> {
        let candidates = self.candidates().await?;
        let apart = compared_apart(&self.with_view_values(values.clone()));
        let planning: Vec<Planning> =
            candidates.iter().map(|candidate| self.planned(&candidate.sql(&apart), values.clone())).collect();
        let mut plans = Vec::with_capacity(candidates.len());
        for planning in planning {
            plans.push(joined(planning).await?.1);
        }
        let counted = self.run_together(plans).await?;
        let mut rows = Counted::default();
        for (candidate, batches) in candidates.iter().zip(counted) {
            for batch in batches? {
                rows.add(candidate, &batch)?;
            }
        }
        self.context.deregister_table(CANDIDATES)?;
        register_rows(&self.context, CANDIDATES, rows.finish()?)
    }

    /// The columns that have more than one value in the sample.
    async fn candidates(&self) -> Result<Vec<Candidate>> {
        let contacts = self.contacts.schema();
        let known = [schema::contact_fields(), step_fields()].concat();
        let measures: Vec<String> = contacts
            .fields()
            .iter()
            .filter(|field| known.iter().all(|column| column.name() != field.name()))
            .filter(|field| !matches!(field.data_type(), DataType::Timestamp(_, _)))
            .map(|field| field.name().clone())
            .collect();
        let names = DIMENSIONS.iter().chain(&CONTEXT).map(|name| (*name).to_owned()).chain(measures);
        let names: Vec<String> = names.collect();
        let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
        let sample = format!(
            "select {} from steps where client < {} and visit is not null",
            quoted.join(", "),
            end_of_sample(self.contact_rows, SAMPLE_ROWS)
        );
        let (_, batches) = self.sql(&sample).await?;
        let mut candidates = Vec::new();
        for (place, name) in names.into_iter().enumerate() {
            let columns: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(place)).collect();
            let Some(first) = columns.first() else { continue };
            let values = if is_number(first.data_type()) { cuts(&columns)? } else { words(&columns)? };
            candidates.extend(values.map(|values| Candidate { name, values }));
        }
        Ok(candidates)
    }
}

impl Candidate {
    /// Passages and drop-offs by number of the value and stratum; `apart`: of motives and segments those that are compared apart.
    fn sql(&self, apart: &str) -> String {
        let column = quote(&self.name);
        let number = match &self.values {
            Values::Words(words) => {
                let arms = words
                    .iter()
                    .enumerate()
                    .map(|(number, word)| format!("when '{}' then {number}", word.replace('\'', "''")));
                let text = format!("arrow_cast({column}, 'Utf8')");
                format!("case {text} {} else {} end", arms.collect::<Vec<_>>().join(" "), words.len())
            }
            Values::Cuts(cuts) => {
                let value = format!("cast({column} as double)");
                let arms =
                    cuts.iter().enumerate().map(|(number, end)| format!("when {value} <= {end:e} then {number}"));
                format!("case {} else {} end", arms.collect::<Vec<_>>().join(" "), cuts.len())
            }
        };
        // What is not compared apart is null throughout, and not grouped by.
        let [motive, segment] = [StratumColumn::Motive, StratumColumn::Segment].map(|stratum| {
            let name = stratum.name();
            if apart.contains(name) { name } else { "null" }
        });
        let groups: String =
            [motive, segment].iter().filter(|name| **name != "null").map(|name| format!(", {name}")).collect();
        format!(
            "select cast({number} as bigint) as value, channel, step, {motive} as motive_apart, \
             {segment} as segment_apart, count(*) as passages, count(*) filter (where is_drop_off_point) as dropped \
             from passages where {column} is not null \
             group by 1, 2, 3{groups}"
        )
    }

    /// What a reader sees of a value.
    fn label(&self, number: usize) -> String {
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

/// What the view `passages` is asked to compare apart.
fn compared_apart(values: &[(String, ScalarValue)]) -> String {
    let strata = values.iter().find(|(name, _)| name == "strata");
    strata.and_then(|(_, value)| value.try_as_str().flatten()).unwrap_or_default().to_owned()
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
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

/// Rows of the table as they are gathered.
#[derive(Default)]
struct Counted {
    candidate: Vec<String>,
    value: Vec<String>,
    /// Channel, step, and the motive and segment where these are compared apart.
    stratum: [Vec<Option<String>>; STRATUM.len()],
    passages: Vec<i64>,
    dropped: Vec<i64>,
}

impl Counted {
    fn add(&mut self, candidate: &Candidate, batch: &RecordBatch) -> Result<()> {
        let number = |place: usize| batch.column(place).as_primitive::<Int64Type>();
        for (place, column) in (1..).zip(&mut self.stratum) {
            let words = cast(batch.column(place), &DataType::Utf8)?;
            column.extend(words.as_string::<i32>().iter().map(|word| word.map(str::to_owned)));
        }
        self.candidate.extend(std::iter::repeat_n(candidate.name.clone(), batch.num_rows()));
        self.value.extend(number(0).values().iter().map(|&value| candidate.label(value as usize)));
        self.passages.extend(number(1 + STRATUM.len()).values());
        self.dropped.extend(number(2 + STRATUM.len()).values());
        Ok(())
    }

    fn finish(self) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(StringArray::from(self.candidate)), Arc::new(StringArray::from(self.value))];
        columns.extend(self.stratum.into_iter().map(|words| Arc::new(StringArray::from(words)) as ArrayRef));
        columns.push(Arc::new(Int64Array::from(self.passages)));
        columns.push(Arc::new(Int64Array::from(self.dropped)));
        RecordBatch::try_new(candidates_schema(), columns).map_err(Error::from)
    }
}

/// The table `candidates`: one row per candidate, value and stratum.
pub(super) fn candidates_schema() -> SchemaRef {
    let mut fields = vec![Field::new("candidate", DataType::Utf8, false), Field::new("value", DataType::Utf8, false)];
    fields.extend(STRATUM.map(|name| Field::new(name, DataType::Utf8, true)));
    fields.push(Field::new("passages", DataType::Int64, false));
    fields.push(Field::new("dropped", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}
