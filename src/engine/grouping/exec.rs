//! The operator: a partial aggregation over numbered groups.
//!
//! Memory: the accumulators of at most [`MOST_GROUPS`] groups and one batch; beyond that what there is goes on to the final
//! aggregation, which puts groups together anyway.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use async_stream::try_stream;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::StreamExt;

use super::numbers::Groups;

/// Groups after which what was counted is passed on.
const MOST_GROUPS: usize = 64 * 1024;

/// A partial aggregation as DataFusion planned it, over numbered groups.
#[derive(Debug)]
pub struct NumberedGroupsExec {
    planned: AggregateExec,
    metrics: ExecutionPlanMetricsSet,
}

impl NumberedGroupsExec {
    /// `planned`: a partial aggregation by columns that have codes, see [`super::GroupByNumber`].
    pub(super) fn new(planned: AggregateExec) -> Self {
        NumberedGroupsExec { planned, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for NumberedGroupsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<&str> = self.planned.group_expr().expr().iter().map(|(_, name)| name.as_str()).collect();
        let computed: Vec<&str> = self.planned.aggr_expr().iter().map(|aggregate| aggregate.name()).collect();
        write!(f, "NumberedGroupsExec: by=[{}], computed=[{}]", groups.join(", "), computed.join(", "))
    }
}

impl ExecutionPlan for NumberedGroupsExec {
    fn name(&self) -> &str {
        "NumberedGroupsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.planned.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.planned.children()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.planned.input_distribution_requirements()
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let planned = replace_children_if_necessary(Arc::new(self.planned.clone()), children)?;
        let planned = planned
            .downcast_ref::<AggregateExec>()
            .ok_or_else(|| DataFusionError::Internal("an aggregation became something else".to_owned()))?;
        Ok(Arc::new(NumberedGroupsExec::new(planned.clone())))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.planned.apply_expressions(visit)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut input = self.planned.input().execute(partition, context)?;
        let mut counter = Counter::new(&self.planned)?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let counted = try_stream! {
            while let Some(batch) = input.next().await {
                let passed_on = {
                    let _timer = metrics.elapsed_compute().timer();
                    counter.add(&batch?)?
                };
                if let Some(groups) = passed_on {
                    metrics.record_output(groups.num_rows());
                    yield groups;
                }
            }
            let groups = counter.emit()?;
            metrics.record_output(groups.num_rows());
            yield groups;
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// What has been counted so far.
struct Counter {
    schema: SchemaRef,
    by: Vec<Arc<dyn PhysicalExpr>>,
    groups: Groups,
    computed: Vec<Computed>,
    /// Group of each row of a batch: kept, so that it is allocated once.
    numbers: Vec<usize>,
}

/// One aggregate function: what it takes, which rows count, and its state per group.
struct Computed {
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    filter: Option<Arc<dyn PhysicalExpr>>,
    accumulator: Box<dyn GroupsAccumulator>,
}

impl Counter {
    fn new(planned: &AggregateExec) -> Result<Self> {
        let by = planned.group_expr().input_exprs();
        let input = planned.input().schema();
        let types = by.iter().map(|column| column.data_type(&input)).collect::<Result<Vec<_>>>()?;
        let computed = |(function, filter): (&Arc<AggregateFunctionExpr>, &Option<Arc<dyn PhysicalExpr>>)| {
            let (arguments, accumulator) = (function.expressions(), function.create_groups_accumulator()?);
            Ok(Computed { arguments, filter: filter.clone(), accumulator })
        };
        Ok(Counter {
            schema: planned.schema(),
            by,
            groups: Groups::new(types.into_iter()),
            computed: planned.aggr_expr().iter().zip(planned.filter_expr()).map(computed).collect::<Result<_>>()?,
            numbers: Vec::new(),
        })
    }

    /// Counts a batch; returns the groups where they have become too many.
    fn add(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        let by = evaluate(&self.by, batch)?;
        self.groups.number(&by, &mut self.numbers)?;
        for function in &mut self.computed {
            let arguments = evaluate(&function.arguments, batch)?;
            let filter = function.filter.as_ref().map(|filter| rows_that_count(filter, batch)).transpose()?;
            function.accumulator.update_batch(&arguments, &self.numbers, filter.as_ref(), self.groups.count())?;
        }
        if self.groups.count() < MOST_GROUPS { Ok(None) } else { self.emit().map(Some) }
    }

    fn emit(&mut self) -> Result<RecordBatch> {
        let mut columns = self.groups.take()?;
        for function in &mut self.computed {
            columns.extend(function.accumulator.state(EmitTo::All)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

fn evaluate(expressions: &[Arc<dyn PhysicalExpr>], batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    expressions.iter().map(|expression| expression.evaluate(batch)?.into_array(batch.num_rows())).collect()
}

/// Rows for which a condition holds; unknown is not.
fn rows_that_count(condition: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<BooleanArray> {
    let held = condition.evaluate(batch)?.into_array(batch.num_rows())?;
    let held = held
        .as_boolean_opt()
        .ok_or_else(|| DataFusionError::Internal("the filter of an aggregate is not a condition".to_owned()))?;
    Ok(match held.nulls() {
        None => held.clone(),
        Some(nulls) => BooleanArray::new(held.values() & nulls.inner(), None),
    })
}
