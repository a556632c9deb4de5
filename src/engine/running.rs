//! Plans, made and run side by side.
//!
//! In: frames of DataFusion. Out: their rows. Plans that read all journeys once share a pass over the contacts; those that read
//! something computed besides have one of their own, as it may have to wait for it. Memory: the rows of the answers.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNode;
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::physical_plan::streaming::StreamingTableExec;
use datafusion::physical_plan::{ExecutionPlan, collect};

use crate::journey::{ByClient, share_pass};

/// The schema of an answer, and its plan.
pub(super) type Planned = (SchemaRef, Arc<dyn ExecutionPlan>);

/// Work under way.
pub(super) type UnderWay<T> = SpawnedTask<Result<T>>;

/// Begins to make the plan of a frame.
pub(super) fn planning(frame: DataFrame) -> UnderWay<Planned> {
    SpawnedTask::spawn(planned(frame))
}

/// Makes the plan of a frame.
pub(super) async fn planned(frame: DataFrame) -> Result<Planned> {
    let schema = Arc::new(frame.schema().as_arrow().clone());
    Ok((schema, frame.create_physical_plan().await?))
}

/// Begins to run plans side by side, with one pass for all that can share it.
pub(super) fn together(
    mut plans: Vec<Arc<dyn ExecutionPlan>>,
    contacts: &dyn ByClient,
    state: &SessionState,
) -> crate::error::Result<Vec<UnderWay<Vec<RecordBatch>>>> {
    let mut shared = Vec::with_capacity(plans.len());
    for (place, plan) in plans.iter().enumerate() {
        if !reads_what_is_computed(plan)? {
            shared.push(place);
        }
    }
    let together = shared.iter().map(|&place| Arc::clone(&plans[place])).collect();
    for (place, plan) in shared.iter().zip(share_pass(together, contacts, state)?) {
        plans[*place] = plan;
    }
    Ok(plans.into_iter().map(|plan| SpawnedTask::spawn(collect(plan, state.task_ctx()))).collect())
}

/// What became of work.
pub(super) async fn finished<T: 'static>(work: UnderWay<T>) -> Result<T> {
    work.join().await.unwrap_or_else(|error| Err(DataFusionError::Internal(error.to_string())))
}

fn reads_what_is_computed(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    plan.exists(|node| Ok(node.is::<StreamingTableExec>()))
}
