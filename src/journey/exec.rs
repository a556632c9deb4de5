//! The physical operator of the journey pass.
//!
//! ```text
//!  JourneyExec             steps or journeys, the columns asked for
//!    contacts              one client in one partition, sorted by (client, started_at): declared, so that a plan over the
//!                          store needs neither a sort nor a repartition, and a plan over anything else gets them
//! ```
//!
//! Memory of a partition: a batch, the contacts of one unfinished client, and the distinct words seen. Partitions are
//! independent of each other.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning, PhysicalExpr,
    PhysicalSortExpr, RangePartitioning,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements, PlanProperties,
};
use futures::StreamExt;

use super::PassSettings;
use super::stream::{self, Demand};
use crate::error::Error;

/// Rebuilds journeys from contacts partitioned by client and sorted by (client, started_at).
#[derive(Clone, Debug)]
pub struct JourneyExec {
    contacts: Arc<dyn ExecutionPlan>,
    pass: Arc<PassSettings>,
    demand: Demand,
    /// Whether it reads all clients, and not only those that a filter names.
    reads_all: bool,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl JourneyExec {
    /// `contacts` must have the columns that the pass needs for those demanded.
    pub(super) fn new(
        contacts: Arc<dyn ExecutionPlan>,
        pass: Arc<PassSettings>,
        demand: Demand,
        reads_all: bool,
    ) -> Self {
        let (equivalences, partitioning) = by_client(&demand.schema, contacts.output_partitioning());
        let properties =
            PlanProperties::new(equivalences, partitioning, EmissionType::Incremental, Boundedness::Bounded);
        JourneyExec {
            contacts,
            pass,
            demand,
            reads_all,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    pub(super) fn pass(&self) -> &Arc<PassSettings> {
        &self.pass
    }

    pub(super) fn demand(&self) -> &Demand {
        &self.demand
    }

    pub(super) fn reads_all(&self) -> bool {
        self.reads_all
    }

    fn key(&self) -> Option<LexOrdering> {
        let schema = self.contacts.schema();
        let ascending = |name: &str| Some(PhysicalSortExpr::new_default(col(name, &schema).ok()?));
        LexOrdering::new([ascending("client")?, ascending("started_at")?])
    }
}

/// Rows come client by client, in the partitions of the contacts: grouping by client needs neither memory nor a shuffle.
fn by_client(schema: &SchemaRef, contacts: &Partitioning) -> (EquivalenceProperties, Partitioning) {
    let unknown = Partitioning::UnknownPartitioning(contacts.partition_count());
    let client =
        col("client", schema).ok().and_then(|client| LexOrdering::new([PhysicalSortExpr::new_default(client)]));
    let Some(client) = client else { return (EquivalenceProperties::new(Arc::clone(schema)), unknown) };
    let partitioning = match contacts {
        Partitioning::Range(range) => {
            Partitioning::Range(RangePartitioning::new(client.clone(), range.split_points().to_vec()))
        }
        _ => unknown,
    };
    (EquivalenceProperties::new_with_orderings(Arc::clone(schema), [client]), partitioning)
}

impl DisplayAs for JourneyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "JourneyExec: table={}, columns=[{}]", self.demand.grain.table(), columns.join(", "))
    }
}

impl ExecutionPlan for JourneyExec {
    fn name(&self) -> &str {
        "JourneyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.contacts]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let client = self.key().map(|key| vec![Arc::clone(&key.first().expr)]);
        InputDistributionRequirements::new(vec![
            client.map_or(Distribution::SinglePartition, Distribution::KeyPartitioned),
        ])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.key().map(OrderingRequirements::from)]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let contacts = children.pop().ok_or_else(|| DataFusionError::Internal("no contacts".to_owned()))?;
        Ok(Arc::new(JourneyExec::new(contacts, Arc::clone(&self.pass), self.demand.clone(), self.reads_all)))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for signal in &self.pass.signals.list {
            if visit(&signal.condition)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let contacts = self.contacts.execute(partition, context)?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let rows = stream::run(Arc::clone(&self.pass), vec![self.demand.clone()], contacts);
        let counted = rows.map(move |batches| {
            let batch = batches?.pop().ok_or_else(|| Error::bug("one demand, and no batch"))?;
            metrics.record_output(batch.num_rows());
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
