//! Contacts by client: buckets side by side, the files of a bucket merged.
//!
//! ```text
//!  ByClientExec: partitions=2, files per bucket ≤ 3
//!    DataSourceExec     one group of files per (partition, ingest), each sorted by client and time
//! ```
//!
//! A bucket is a range of clients and files of a bucket follow each other in client order, so a partition reads its files
//! one after the other. Only where several ingests wrote to the same buckets are rows compared: one stream per ingest,
//! merged by (client, time, place of the source, file, row). Memory: a batch per stream merged.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};

/// Merges the files of several ingests into one stream per partition, in the order (client, start) and then of ties.
#[derive(Debug)]
pub struct ByClientExec {
    /// Partition `p * streams + s` is stream `s` of our partition `p`.
    files: Arc<dyn ExecutionPlan>,
    streams: usize,
    /// Declares the order of a partition's rows: (client, started_at).
    properties: Arc<PlanProperties>,
    /// What streams are merged by.
    merge_by: LexOrdering,
    metrics: ExecutionPlanMetricsSet,
}

impl ByClientExec {
    /// `files` has `streams` partitions for each partition of `partitioning`, all in the order of `merge_by`.
    pub(super) fn new(
        files: Arc<dyn ExecutionPlan>,
        streams: usize,
        partitioning: Partitioning,
        order: LexOrdering,
        merge_by: LexOrdering,
    ) -> Self {
        let equivalences = EquivalenceProperties::new_with_orderings(files.schema(), [order]);
        let properties =
            PlanProperties::new(equivalences, partitioning, EmissionType::Incremental, Boundedness::Bounded);
        ByClientExec {
            files,
            streams,
            properties: Arc::new(properties),
            merge_by,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl DisplayAs for ByClientExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partitions = self.properties.partitioning.partition_count();
        write!(f, "ByClientExec: partitions={partitions}, merged={}", self.streams)
    }
}

impl ExecutionPlan for ByClientExec {
    fn name(&self) -> &str {
        "ByClientExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.files]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::UnspecifiedDistribution])
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let files = children.pop().ok_or_else(|| DataFusionError::Internal("no files".to_owned()))?;
        Ok(Arc::new(ByClientExec {
            files,
            streams: self.streams,
            properties: Arc::clone(&self.properties),
            merge_by: self.merge_by.clone(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for sort in &self.merge_by {
            if visit(&sort.expr)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let first = partition * self.streams;
        let mut streams = (first..first + self.streams)
            .map(|stream| self.files.execute(stream, Arc::clone(&context)))
            .collect::<Result<Vec<_>>>()?;
        if streams.len() == 1
            && let Some(only) = streams.pop()
        {
            return Ok(only);
        }
        let reservation = MemoryConsumer::new(format!("ByClientExec[{partition}]")).register(context.memory_pool());
        StreamingMergeBuilder::new()
            .with_streams(streams)
            .with_schema(self.schema())
            .with_expressions(&self.merge_by)
            .with_metrics(BaselineMetrics::new(&self.metrics, partition))
            .with_batch_size(context.session_config().batch_size())
            .with_reservation(reservation)
            .build()
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
