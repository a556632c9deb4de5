//! `candidates` as a table: its rows are counted when they are first asked for, and once for all who ask.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::stream;
use tokio::sync::OnceCell;

use super::counting::{Counting, schema};
use crate::error::Result;

/// The table of what is counted.
pub(in crate::engine) fn table(counting: Counting) -> Result<Arc<dyn TableProvider>> {
    let rows = Rows { schema: schema(), counted: Arc::new(Counted { counting, rows: OnceCell::new() }) };
    Ok(Arc::new(StreamingTable::try_new(schema(), vec![Arc::new(rows)])?))
}

struct Counted {
    counting: Counting,
    rows: OnceCell<RecordBatch>,
}

struct Rows {
    schema: SchemaRef,
    counted: Arc<Counted>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("candidates")
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let counted = Arc::clone(&self.counted);
        let rows = async move {
            let rows = counted.rows.get_or_try_init(|| counted.counting.count()).await;
            rows.cloned().map_err(DataFusionError::from)
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::once(rows)))
    }
}
