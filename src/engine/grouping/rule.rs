//! Where the operator takes the place of DataFusion's.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};

use super::exec::NumberedGroupsExec;
use super::numbers::{MOST_COLUMNS, can_be_numbered};

/// Replaces partial aggregations whose groups can be numbered.
#[derive(Debug)]
pub struct GroupByNumber;

impl PhysicalOptimizerRule for GroupByNumber {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| match node.downcast_ref::<AggregateExec>() {
            Some(aggregate) if applies_to(aggregate)? => {
                Ok(Transformed::yes(Arc::new(NumberedGroupsExec::new(aggregate.clone()))))
            }
            _ => Ok(Transformed::no(node)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "group_by_number"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn applies_to(aggregate: &AggregateExec) -> Result<bool> {
    let groups = aggregate.group_expr();
    if *aggregate.mode() != AggregateMode::Partial
        || *aggregate.input_order_mode() != InputOrderMode::Linear
        || aggregate.limit_options().is_some()
        || !groups.is_single()
        || groups.expr().is_empty()
        || groups.expr().len() > MOST_COLUMNS
    {
        return Ok(false);
    }
    let schema = aggregate.input().schema();
    for (column, _) in groups.expr() {
        if !can_be_numbered(&column.data_type(&schema)?) {
            return Ok(false);
        }
    }
    let is_plain = |aggregate: &Arc<datafusion::physical_expr::aggregate::AggregateFunctionExpr>| {
        aggregate.groups_accumulator_supported() && aggregate.order_bys().is_empty()
    };
    Ok(aggregate.aggr_expr().iter().all(is_plain))
}
