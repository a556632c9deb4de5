//! The pass itself, top to bottom: contacts in, rows of `steps` or `journeys` out, for one demand or for several at once.
//!
//! Memory: one batch, the contacts of one unfinished client, and the distinct words seen.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use async_stream::try_stream;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt};

use super::JourneyPass;
use super::clients::WholeClients;
use super::codes::Codes;
use super::kernel;
use super::rebuilt::Rebuilt;
use super::wanted::{Asked, Grain, Wanted};
use crate::error::{Error, Result};

/// Rows that somebody wants: columns of one of the tables.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub grain: Grain,
    /// The wanted columns.
    pub schema: SchemaRef,
}

impl Demand {
    /// # Errors
    /// Never, unless a column is none of its table.
    pub fn wanted(&self, pass: &JourneyPass) -> Result<Wanted> {
        Wanted::new(self.grain, self.schema.fields().iter().map(|field| field.name().as_str()), pass)
    }
}

/// What several demands take together.
///
/// # Errors
/// Never, unless a column is none of its table.
pub(super) fn wanted(demands: &[Demand], pass: &JourneyPass) -> Result<Wanted> {
    demands.iter().try_fold(Wanted::default(), |all, demand| Ok(all.and(demand.wanted(pass)?)))
}

/// Runs the pass over one partition; yields one batch for each demand, time and again.
pub(super) fn run(
    pass: Arc<JourneyPass>,
    demands: Vec<Demand>,
    mut contacts: SendableRecordBatchStream,
) -> impl Stream<Item = DataFusionResult<Vec<RecordBatch>>> + Send {
    let mut clients = WholeClients::default();
    try_stream! {
        let wanted = wanted(&demands, &pass)?;
        let mut worker = Worker { codes: Codes::new(&pass.rules), pass, demands, wanted };
        while let Some(batch) = contacts.next().await {
            for whole in clients.push(batch?)? {
                yield worker.work(&whole)?;
            }
        }
        if let Some(last) = clients.finish()? {
            yield worker.work(&last)?;
        }
    }
}

struct Worker {
    pass: Arc<JourneyPass>,
    demands: Vec<Demand>,
    wanted: Wanted,
    codes: Codes,
}

impl Worker {
    /// One batch of whole clients → what is demanded.
    fn work(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
        let JourneyPass { rules, end, .. } = self.pass.as_ref();
        let encoded = self.codes.encode(batch, &self.pass, &self.wanted.inputs)?;
        let trace = kernel::trace(&self.codes.contacts(&encoded), rules.by_motive, end.horizon_us);
        let mut rebuilt = Rebuilt::new(batch, &self.codes, &encoded, &trace, &self.pass);
        let Wanted { signals, causes, .. } = self.wanted;
        if signals || causes {
            let tested = if signals { rebuilt.in_a_journey() } else { Some(rebuilt.in_a_last_visit()) };
            rebuilt.signals = fired(&rebuilt, tested)?;
        }
        if causes {
            rebuilt.causes = kernel::causes(&trace, rebuilt.visits(), &rebuilt.signals, signals);
        }
        output(&rebuilt, &self.demands)
    }
}

/// The rows that each demand is about. A column that several ask for is made once.
fn output(rebuilt: &Rebuilt<'_>, demands: &[Demand]) -> Result<Vec<RecordBatch>> {
    let inside = rebuilt.in_a_journey();
    let mut made: HashMap<(Grain, &str), ArrayRef> = HashMap::new();
    let mut batches = Vec::with_capacity(demands.len());
    for Demand { grain, schema } in demands {
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let name = field.name().as_str();
            let column = match made.get(&(*grain, name)) {
                Some(column) => Arc::clone(column),
                None => {
                    let column = Asked::new(*grain, name)?.make(rebuilt)?;
                    let column = match (grain, &inside) {
                        (Grain::Steps, Some(inside)) => arrow::compute::filter(&column, inside)?,
                        (Grain::Steps, None) | (Grain::Journeys, _) => column,
                    };
                    made.insert((*grain, name), Arc::clone(&column));
                    column
                }
            };
            columns.push(column);
        }
        let rows = match (grain, &inside) {
            (Grain::Journeys, _) => rebuilt.trace.journeys.len(),
            (Grain::Steps, None) => rebuilt.batch.num_rows(),
            (Grain::Steps, Some(inside)) => inside.true_count(),
        };
        batches.push(table(schema, columns, rows)?);
    }
    Ok(batches)
}

fn table(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Evaluates every signal on the contacts that are `tested`, or on all: one mask per row.
///
/// A condition is about contacts in journeys; elsewhere its context says nothing, and it might even fail.
fn fired(rebuilt: &Rebuilt<'_>, tested: Option<BooleanArray>) -> Result<Vec<i64>> {
    let rows = rebuilt.batch.num_rows();
    let mut masks = vec![0i64; rows];
    let signals = &rebuilt.pass.signals;
    if signals.list.is_empty() {
        return Ok(masks);
    }
    let names = signals.columns.fields().iter().map(|field| field.name().as_str());
    let columns = names.map(|name| Asked::new(Grain::Steps, name)?.make(rebuilt)).collect::<Result<Vec<_>>>()?;
    let seen = table(&signals.columns, columns, rows)?;
    let (seen, place): (RecordBatch, Vec<usize>) = match &tested {
        None => (seen, Vec::new()),
        Some(tested) => (arrow::compute::filter_record_batch(&seen, tested)?, tested.values().set_indices().collect()),
    };
    for (bit, signal) in signals.list.iter().enumerate() {
        let answer = signal.condition.evaluate(&seen).map_err(|error| condition_failed(signal, &error))?;
        let answer = answer.into_array(seen.num_rows())?;
        let held = answer
            .as_boolean_opt()
            .ok_or_else(|| Error::bug(format!("signal `{}` is not a condition", signal.code)))?;
        let held = match held.nulls() {
            None => held.values().clone(),
            Some(nulls) => held.values() & nulls.inner(),
        };
        let row_of = |row: usize| place.get(row).copied().unwrap_or(row);
        held.set_indices().for_each(|row| masks[row_of(row)] |= 1 << bit);
    }
    Ok(masks)
}

fn condition_failed(signal: &super::pass::Signal, error: &DataFusionError) -> Error {
    Error::user(format!("the rule of cause `{}.{}` fails on the data", signal.family.name(), signal.code))
        .fact("found", error.strip_backtrace())
}
