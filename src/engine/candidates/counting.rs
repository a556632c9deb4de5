//! The rows of `candidates`, counted.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionState;
use datafusion::functions_aggregate::count::count;
use datafusion::logical_expr::{ExprFunctionExt, LogicalPlan, ident, lit};
use datafusion::prelude::SessionContext;

use super::values::Candidate;
use crate::config::StratumColumn;
use crate::engine::running::{finished, planning, together};
use crate::engine::sample::is_in_sample;
use crate::error::{Error, Result};
use crate::journey::ByClient;
use crate::journey::step_fields;
use crate::schema::{self, table};

/// Contacts that the cuts are taken from, about.
const SAMPLE_ROWS: f64 = 200_000.0;

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

/// What the table is counted from.
pub(in crate::engine) struct Counting {
    /// Has `steps`.
    pub state: SessionState,
    pub contacts: Arc<dyn ByClient>,
    /// How many contacts there are.
    pub contact_rows: usize,
    /// The view `passages`, with its values.
    pub passages: LogicalPlan,
    /// Of motives and segments those that the view compares apart.
    pub apart: String,
}

impl Counting {
    /// The passages of every candidate: all of them from one pass over the contacts.
    pub async fn count(&self) -> Result<RecordBatch> {
        let candidates = self.candidates().await?;
        let plannings = candidates.iter().map(|candidate| Ok(planning(self.counts_of(candidate)?)));
        let plannings = plannings.collect::<Result<Vec<_>>>()?;
        let mut plans = Vec::with_capacity(candidates.len());
        for planning in plannings {
            plans.push(finished(planning).await?.1);
        }
        let running = together(plans, self.contacts.as_ref(), &self.state)?;
        let mut rows = Counted::default();
        for (candidate, running) in candidates.iter().zip(running) {
            for batch in finished(running).await? {
                rows.add(candidate, &batch)?;
            }
        }
        rows.finish()
    }

    /// The columns that have more than one value in the sample.
    async fn candidates(&self) -> Result<Vec<Candidate>> {
        let contacts = self.contacts.schema();
        let known = [schema::contact_fields(), step_fields()].concat();
        let measures = contacts
            .fields()
            .iter()
            .filter(|field| known.iter().all(|column| column.name() != field.name()))
            .filter(|field| !matches!(field.data_type(), DataType::Timestamp(_, _)))
            .map(|field| field.name().clone());
        let names = DIMENSIONS.iter().chain(&CONTEXT).map(|name| (*name).to_owned());
        let names: Vec<String> = names.chain(measures).collect();
        let steps = SessionContext::new_with_state(self.state.clone()).table(table::STEPS).await?;
        let sample = steps
            .filter(is_in_sample(self.contact_rows, SAMPLE_ROWS).and(ident("visit").is_not_null()))?
            .select(names.iter().map(ident).collect::<Vec<_>>())?
            .collect()
            .await?;
        let mut candidates = Vec::new();
        for (place, name) in names.into_iter().enumerate() {
            let columns: Vec<&ArrayRef> = sample.iter().map(|batch| batch.column(place)).collect();
            candidates.extend(Candidate::of(name, &columns)?);
        }
        Ok(candidates)
    }

    /// Passages and drop-offs by number of the value and stratum.
    fn counts_of(&self, candidate: &Candidate) -> Result<DataFrame> {
        // What is not compared apart is null throughout, and not grouped by.
        let apart = [StratumColumn::Motive, StratumColumn::Segment].map(|stratum| self.apart.contains(stratum.name()));
        let is_grouped_by = |name: &str| match name {
            "motive_apart" => apart[0],
            "segment_apart" => apart[1],
            _ => true,
        };
        let groups = STRATUM.iter().filter(|name| is_grouped_by(name)).map(|name| ident(*name));
        let groups: Vec<_> = std::iter::once(candidate.number().alias("value")).chain(groups).collect();
        let passages = || count(lit(1i64));
        let dropped = passages().filter(ident("is_drop_off_point")).build()?;
        let stratum = STRATUM
            .map(|name| if is_grouped_by(name) { ident(name) } else { lit(ScalarValue::Utf8(None)).alias(name) });
        let counts = [ident("passages"), ident("dropped")];
        let columns: Vec<_> = std::iter::once(ident("value")).chain(stratum).chain(counts).collect();
        let counted = DataFrame::new(self.state.clone(), self.passages.clone())
            .filter(ident(&candidate.name).is_not_null())?
            .aggregate(groups, vec![passages().alias("passages"), dropped.alias("dropped")])?;
        counted.select(columns).map_err(Error::from)
    }
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
        RecordBatch::try_new(schema(), columns).map_err(Error::from)
    }
}

/// The table `candidates`: one row per candidate, value and stratum.
pub(super) fn schema() -> SchemaRef {
    let mut fields = vec![Field::new("candidate", DataType::Utf8, false), Field::new("value", DataType::Utf8, false)];
    fields.extend(STRATUM.map(|name| Field::new(name, DataType::Utf8, true)));
    fields.push(Field::new("passages", DataType::Int64, false));
    fields.push(Field::new("dropped", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}
