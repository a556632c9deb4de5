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
use super::output::Found;
use super::wanted::{Grain, Wanted};
use crate::error::{Error, Result};

/// Rows that somebody wants: columns of one of the tables.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub grain: Grain,
    /// The wanted columns.
    pub schema: SchemaRef,
}

impl Demand {
    pub fn wanted(&self, pass: &JourneyPass) -> Wanted {
        Wanted::new(self.grain, self.schema.fields().iter().map(|field| field.name().as_str()), pass)
    }
}

/// What several demands take together.
pub(super) fn wanted(demands: &[Demand], pass: &JourneyPass) -> Wanted {
    demands.iter().fold(Wanted::default(), |all, demand| all.and(&demand.wanted(pass)))
}

/// Runs the pass over one partition; yields one batch for each demand, time and again.
pub(super) fn run(
    pass: Arc<JourneyPass>,
    demands: Vec<Demand>,
    mut contacts: SendableRecordBatchStream,
) -> impl Stream<Item = DataFusionResult<Vec<RecordBatch>>> + Send {
    let mut clients = WholeClients::default();
    let wanted = wanted(&demands, &pass);
    let mut worker = Worker { codes: Codes::new(&pass.rules), pass, demands, wanted };
    try_stream! {
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
        let pass = Arc::clone(&self.pass);
        let rules = &pass.rules;
        let encoded = self.codes.encode(batch, rules, self.wanted.context)?;
        let contacts = self.codes.contacts(&encoded);
        let trace = kernel::trace(&contacts, rules.by_motive, rules.horizon_us);
        let visits = self.wanted.visits.then(|| kernel::visits(&contacts, &trace, rules.visit_gap_us));
        let context = kernel::context(&contacts, &trace, visits.as_ref(), rules.horizon_us, self.wanted.context);
        let mut found = Found {
            batch,
            encoded: &encoded,
            trace: &trace,
            visits,
            context,
            rules,
            signals: Vec::new(),
            causes: None,
        };
        if self.wanted.signals || self.wanted.causes {
            let tested = if self.wanted.signals { found.in_a_journey() } else { found.in_a_last_visit() };
            found.signals = fired(&self.pass, &found, tested, &mut self.codes)?;
        }
        if let (Some(visits), true) = (&found.visits, self.wanted.causes) {
            found.causes = Some(kernel::causes(&trace, visits, &found.signals, self.wanted.signals));
        }
        self.output(&found)
    }

    fn output(&mut self, found: &Found<'_>) -> Result<Vec<RecordBatch>> {
        let inside = found.in_a_journey();
        // A column that several demand is made once.
        let mut made: HashMap<(Grain, &str), ArrayRef> = HashMap::new();
        let mut batches = Vec::with_capacity(self.demands.len());
        for Demand { grain, schema } in &self.demands {
            let mut columns = Vec::with_capacity(schema.fields().len());
            for field in schema.fields() {
                let name = field.name().as_str();
                let column = match made.get(&(*grain, name)) {
                    Some(column) => Arc::clone(column),
                    None => {
                        let column = match grain {
                            Grain::Journeys => found.journey_column(name, &mut self.codes, &self.pass.signals)?,
                            Grain::Steps => {
                                let column = found.step_column(name, &mut self.codes, &self.pass.signals)?;
                                match &inside {
                                    None => column,
                                    Some(inside) => arrow::compute::filter(&column, inside)?,
                                }
                            }
                        };
                        made.insert((*grain, name), Arc::clone(&column));
                        column
                    }
                };
                columns.push(column);
            }
            let rows = match (grain, &inside) {
                (Grain::Journeys, _) => found.trace.journeys.len(),
                (Grain::Steps, None) => found.batch.num_rows(),
                (Grain::Steps, Some(inside)) => inside.true_count(),
            };
            batches.push(table(schema, columns, rows)?);
        }
        Ok(batches)
    }
}

fn table(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Evaluates every signal on the contacts that are `tested`, or on all: one mask per row.
///
/// A condition is about contacts in journeys; elsewhere its context says nothing, and it might even fail.
fn fired(pass: &JourneyPass, found: &Found<'_>, tested: Option<BooleanArray>, codes: &mut Codes) -> Result<Vec<i64>> {
    let rows = found.batch.num_rows();
    let mut masks = vec![0i64; rows];
    let signals = &pass.signals;
    if signals.list.is_empty() {
        return Ok(masks);
    }
    let names = signals.columns.fields().iter().map(|field| field.name().as_str());
    let columns = names.map(|name| found.step_column(name, codes, signals)).collect::<Result<Vec<_>>>()?;
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
    Error::user(format!("the rule of cause `{}.{}` fails on the data", signal.family, signal.code))
        .fact("found", error.strip_backtrace())
}
