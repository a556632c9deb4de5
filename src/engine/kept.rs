//! Queries that are read in a run: computed once and kept, where their rows are few.
//!
//! ```text
//!                                ┌──► a report that reads it
//!  its plan, run with all others ┼──► a report that reads it
//!                                └──► its own answer, where it is asked for
//! ```
//!
//! What groups is kept where several read it, or where its reader would come to the contacts twice: its rows are fewer than those it
//! reads, and its readers take them from memory when they are there. What only
//! picks rows, as `passages` does, is no less work to keep than to do: it becomes a part of each plan that reads it, and the plans
//! share their pass over the contacts. Memory: the rows that are kept, until the run is over.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_stream::try_stream;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use tokio::sync::watch;

use super::running::{UnderWay, finished};
use crate::query::Query;
use crate::schema::table;

/// The tables that are contacts, or made of them.
const FROM_CONTACTS: [&str; 3] = [table::CONTACTS, table::STEPS, table::JOURNEYS];

type Rows = std::result::Result<Vec<RecordBatch>, Arc<DataFusionError>>;

/// A query whose rows are kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub query: Arc<Query>,
    schema: SchemaRef,
    rows: watch::Receiver<Option<Rows>>,
}

/// The end at which the rows of a [`Kept`] come in.
pub(super) struct Source(watch::Sender<Option<Rows>>);

impl Kept {
    pub fn new(query: Arc<Query>, schema: SchemaRef) -> (Kept, Source) {
        let (sender, rows) = watch::channel(None);
        (Kept { query, schema, rows }, Source(sender))
    }

    /// The schema of its rows, as it was planned.
    pub fn planned(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The rows, once they are there.
    pub async fn rows(&self) -> Result<Vec<RecordBatch>> {
        let mut rows = self.rows.clone();
        let broken_off = |_| DataFusionError::Internal(format!("`{}` broke off", self.query.name));
        let rows = rows.wait_for(Option::is_some).await.map_err(broken_off)?.clone();
        rows.unwrap_or_else(|| Ok(Vec::new())).map_err(DataFusionError::Shared)
    }

    /// The rows as a table.
    pub fn table(&self) -> Result<Arc<dyn TableProvider>> {
        Ok(Arc::new(StreamingTable::try_new(Arc::clone(&self.schema), vec![Arc::new(self.clone())])?))
    }
}

impl Source {
    /// Passes rows on when they are there.
    pub fn fill(self, work: UnderWay<Vec<RecordBatch>>) -> SpawnedTask<()> {
        SpawnedTask::spawn(async move {
            // Whoever does not wait any more need not know.
            let _ = self.0.send(Some(finished(work).await.map_err(Arc::new)));
        })
    }
}

impl PartitionStream for Kept {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let kept = self.clone();
        let rows = try_stream! {
            for batch in kept.rows().await? {
                yield batch;
            }
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}

/// The queries that may be worth keeping, each after what it reads itself: those that more than one of these, or of what they read,
/// reads, where one that is asked for is read by the answer; and those whose reader comes to the contacts by another way as well.
pub(super) fn read_by_several(queries: &[Arc<Query>]) -> Vec<Arc<Query>> {
    let mut found: Vec<(Arc<Query>, usize)> = Vec::new();
    queries.iter().for_each(|query| count(query, 1, &mut found));
    found.into_iter().filter(|(_, readers)| *readers > 1).map(|(query, _)| query).collect()
}

fn count(query: &Arc<Query>, ways: usize, found: &mut Vec<(Arc<Query>, usize)>) {
    if let Some((_, readers)) = found.iter_mut().find(|(known, _)| known == query) {
        *readers += ways;
        return;
    }
    let ways_on = ways_to_contacts(query).max(1);
    query.views.iter().for_each(|view| count(view, ways_on, found));
    found.push((Arc::clone(query), ways));
}

/// How often the plan of a query would read contacts, or journeys made of them.
fn ways_to_contacts(query: &Query) -> usize {
    let tables = query.reads.iter().filter(|name| FROM_CONTACTS.contains(&name.as_str())).count();
    tables + query.views.iter().map(|view| ways_to_contacts(view)).sum::<usize>()
}

/// Whether a query, or one that it reads, reads another one.
pub(super) fn reads(query: &Query, other: &Arc<Query>) -> bool {
    query.views.iter().any(|view| view == other || reads(view, other))
}

/// Whether all that a plan takes from contacts, steps and journeys is grouped.
pub(super) fn groups(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_) => true,
        LogicalPlan::TableScan(scan) => !FROM_CONTACTS.contains(&scan.table_name.table()),
        other => other.inputs().into_iter().all(groups),
    }
}
