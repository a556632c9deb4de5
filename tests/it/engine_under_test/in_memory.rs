//! Contacts in memory, as the journey pass asks for them: by client, in order, a client in one partition.
//!
//! In: batches per partition, and the lowest client of each partition. Out: a plan that reads the columns asked for, and
//! declares order and partitioning as a store does, so that a plan over it needs no sort. It fails on an unknown column.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ScalarValue, SplitPoint};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr, RangePartitioning,
};
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use dropoff::journey::ByClient;

type Projected<T> = std::result::Result<Vec<T>, ArrowError>;

/// Contacts that have a client.
#[derive(Debug)]
pub struct InMemoryContacts {
    pub schema: SchemaRef,
    /// Sorted by client and in the order of the rules.
    pub partitions: Vec<Vec<RecordBatch>>,
    /// The lowest id that belongs to each partition.
    pub starts: Vec<u128>,
}

impl ByClient for InMemoryContacts {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn scan_by_client(&self, _: &dyn Session, columns: &[&str], _: &[Expr]) -> Result<Arc<dyn ExecutionPlan>> {
        let places = columns.iter().map(|name| self.schema.index_of(name)).collect::<Projected<_>>()?;
        let schema: SchemaRef = Arc::new(self.schema.project(&places)?);
        let partitions = self
            .partitions
            .iter()
            .map(|batches| batches.iter().map(|batch| batch.project(&places)).collect::<Projected<_>>())
            .collect::<Projected<_>>()?;
        let sorted = |name: &str| -> Result<_> { Ok(PhysicalSortExpr::new_default(col(name, &schema)?)) };
        let partitioning = if partitions.len() == 1 {
            Partitioning::UnknownPartitioning(1)
        } else {
            let starts = self.starts.iter().skip(1).map(|start| start.to_be_bytes().to_vec());
            let splits = starts.map(|start| SplitPoint::new(vec![ScalarValue::FixedSizeBinary(16, Some(start))]));
            Partitioning::Range(RangePartitioning::try_new(LexOrdering::from([sorted("client")?]), splits.collect())?)
        };
        let order = LexOrdering::from([sorted("client")?, sorted("started_at")?]);
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(schema, [order]),
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        Ok(Arc::new(InMemoryExec { partitions, properties: Arc::new(properties) }))
    }
}

/// Reads them.
#[derive(Debug)]
struct InMemoryExec {
    partitions: Vec<Vec<RecordBatch>>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for InMemoryExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "InMemoryExec: partitions={}, columns=[{}]", self.partitions.len(), columns.join(", "))
    }
}

impl ExecutionPlan for InMemoryExec {
    fn name(&self) -> &str {
        "InMemoryExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = self.partitions[partition].clone();
        Ok(Box::pin(cooperative(MemoryStream::try_new(batches, self.schema(), None)?)))
    }
}
