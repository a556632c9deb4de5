//! The pass itself, top to bottom: contacts in, rows of `steps` or `journeys` out, for one demand or for several at once.
//!
//! Memory: one batch, the contacts of one unfinished client, and the distinct words seen.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use async_stream::try_stream;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use futures::{Stream, StreamExt};

use super::PassSettings;
use super::clients::WholeClients;
use super::codes::Codes;
use super::kernel;
use super::rebuilt::Rebuilt;
use super::signals::{batch_of, find_causes};
use super::wanted::{AskedColumn, Grain, Wanted};
use crate::error::Result;

/// What one plan asks for: columns of `steps` or of `journeys`.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub grain: Grain,
    /// The wanted columns.
    pub schema: SchemaRef,
}

impl Demand {
    /// # Errors
    /// Never, unless a column is none of its table.
    pub fn wanted(&self, pass: &PassSettings) -> Result<Wanted> {
        Wanted::new(self.grain, self.schema.fields().iter().map(|field| field.name().as_str()), pass)
    }
}

/// What several demands take together.
///
/// # Errors
/// Never, unless a column is none of its table.
pub(super) fn wanted(demands: &[Demand], pass: &PassSettings) -> Result<Wanted> {
    demands.iter().try_fold(Wanted::default(), |all, demand| Ok(all.and(demand.wanted(pass)?)))
}

/// Runs the pass over one partition; yields one batch for each demand, time and again.
pub(super) fn run(
    pass: Arc<PassSettings>,
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
    pass: Arc<PassSettings>,
    demands: Vec<Demand>,
    wanted: Wanted,
    codes: Codes,
}

impl Worker {
    /// One batch of whole clients → what is demanded.
    fn work(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
        let PassSettings { rules, end, .. } = self.pass.as_ref();
        let encoded = self.codes.encode(batch, &self.pass, &self.wanted.inputs)?;
        let trace = kernel::trace(&self.codes.contacts(&encoded), rules.by_motive, end.horizon_us);
        let mut rebuilt = Rebuilt::new(batch, &self.codes, &encoded, &trace, &self.pass);
        find_causes(&mut rebuilt, &self.wanted)?;
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
                    let column = AskedColumn::new(*grain, name)?.make(rebuilt)?;
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
        batches.push(batch_of(schema, columns, rows)?);
    }
    Ok(batches)
}
