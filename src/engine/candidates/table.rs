//! `candidates` as a table: its rows are counted when they are first asked for, and once for all who ask.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::stream;
use tokio::sync::OnceCell;

use super::counting::{Counting, schema};
use crate::error::Result;

/// What is counted, and its rows once they are there.
struct Counted {
    counting: Counting,
    rows: OnceCell<RecordBatch>,
}

/// The table.
#[derive(Clone)]
pub(in crate::engine) struct Candidates {
    schema: SchemaRef,
    counted: Arc<Counted>,
}

impl Candidates {
    pub fn new(counting: Counting) -> Candidates {
        Candidates { schema: schema(), counted: Arc::new(Counted { counting, rows: OnceCell::new() }) }
    }

    /// The table as SQL reads it.
    pub fn table(&self) -> Result<Arc<dyn TableProvider>> {
        Ok(Arc::new(StreamingTable::try_new(schema(), vec![Arc::new(self.clone())])?))
    }

    /// Counts before anyone asks, until the task is dropped. What goes wrong is said to those who ask.
    pub fn begin(&self) -> SpawnedTask<()> {
        let candidates = self.clone();
        SpawnedTask::spawn(async move { drop(candidates.rows().await) })
    }

    async fn rows(&self) -> Result<RecordBatch> {
        self.counted.rows.get_or_try_init(|| self.counted.counting.count()).await.cloned()
    }
}

impl fmt::Debug for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("candidates")
    }
}

impl PartitionStream for Candidates {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let candidates = self.clone();
        let rows = async move { candidates.rows().await.map_err(DataFusionError::from) };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::once(rows)))
    }
}
