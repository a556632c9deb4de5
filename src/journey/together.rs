//! Several plans, one pass: what a run of reports asks of `steps` and `journeys` is made together, and the contacts are read once.
//!
//! ```text
//!  plan of a report ──► JourneyExec ┐                    ┌ SharedJourneyExec ──► plan of a report
//!  plan of a report ──► JourneyExec ┼──► SharedPass ──►  ┼ SharedJourneyExec ──► plan of a report
//!  plan of a report ──► JourneyExec ┘   (one per run)    └ SharedJourneyExec ──► plan of a report
//! ```
//!
//! The plans must be run side by side: a partition of the pass starts once every plan has asked for it, or has been dropped, and it
//! goes at the pace of the slowest. Only a plan that reads journeys once is taken in: one that reads them twice might wait for
//! its first reading to end before it begins the second, and neither ever would.
//!
//! Memory: as one pass, and [`AHEAD`] batches for each plan.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use async_stream::try_stream;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::PassSettings;
use super::exec::JourneyExec;
use super::node::ByClient;
use super::stream::{self, Demand};

/// Batches that may wait for a plan.
const AHEAD: usize = 2;

/// A batch, the end, or what went wrong.
type Rows = Result<Option<RecordBatch>>;

/// Gives the plans that can share a pass one together; the others stay as they are.
///
/// # Errors
/// Where the contacts cannot be scanned.
pub fn share_pass(
    plans: Vec<Arc<dyn ExecutionPlan>>,
    contacts: &dyn ByClient,
    session: &dyn datafusion::catalog::Session,
) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
    let readings = plans.iter().map(only_journeys_of).collect::<Result<Vec<_>>>()?;
    let demands: Vec<Demand> = readings.iter().flatten().map(|journeys| journeys.demand().clone()).collect();
    let Some(pass) = readings.iter().flatten().next().map(|journeys| Arc::clone(journeys.pass())) else {
        return Ok(plans);
    };
    if demands.len() < 2 {
        return Ok(plans);
    }
    let wanted = stream::wanted(&demands, &pass)?;
    let columns: Vec<&str> = wanted.contact_columns.iter().map(String::as_str).collect();
    let contacts = contacts.scan_by_client(session, &columns, &[])?;
    let shared = Arc::new(SharedPass::new(contacts, pass, demands));
    let mut number = 0;
    let mut shared_plans = Vec::with_capacity(plans.len());
    for (plan, reading) in plans.into_iter().zip(readings) {
        let Some(journeys) = reading else {
            shared_plans.push(plan);
            continue;
        };
        let properties = Arc::clone(journeys.properties());
        let part: Arc<dyn ExecutionPlan> =
            Arc::new(SharedJourneyExec { shared: Arc::clone(&shared), plan: number, properties });
        let replaced = plan.transform_up(|node| {
            Ok(if node.is::<JourneyExec>() { Transformed::yes(Arc::clone(&part)) } else { Transformed::no(node) })
        });
        shared_plans.push(replaced.data()?);
        number += 1;
    }
    Ok(shared_plans)
}

/// The `JourneyExec` of a plan, if it has only one, and that reads all journeys.
fn only_journeys_of(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<JourneyExec>> {
    let mut found = Vec::new();
    plan.apply(|node| {
        found.extend(node.downcast_ref::<JourneyExec>().cloned());
        Ok(TreeNodeRecursion::Continue)
    })?;
    let only = if found.len() == 1 { found.pop() } else { None };
    Ok(only.filter(JourneyExec::reads_all))
}

/// One pass for several plans.
#[derive(Debug)]
struct SharedPass {
    contacts: Arc<dyn ExecutionPlan>,
    pass: Arc<PassSettings>,
    /// Of each plan.
    demands: Vec<Demand>,
    partitions: Vec<Mutex<Partition>>,
}

#[derive(Debug)]
struct Partition {
    /// Of each plan.
    seats: Vec<Seat>,
    /// The context of the first plan that asked, in which the partition runs.
    context: Option<(Arc<TaskContext>, Handle)>,
}

/// What a plan has asked of a partition.
#[derive(Debug)]
enum Seat {
    /// Nothing yet.
    Empty,
    Taken(Sender<Rows>),
    /// It will not ask any more: it was dropped, or its rows are on their way.
    Gone,
}

impl SharedPass {
    fn new(contacts: Arc<dyn ExecutionPlan>, pass: Arc<PassSettings>, demands: Vec<Demand>) -> Self {
        let empty = || Partition { seats: demands.iter().map(|_| Seat::Empty).collect(), context: None };
        let count = contacts.output_partitioning().partition_count();
        let partitions = (0..count).map(|_| Mutex::new(empty())).collect();
        SharedPass { contacts, pass, demands, partitions }
    }

    /// The rows of a partition for a plan.
    fn ask(self: &Arc<Self>, plan: usize, partition: usize, context: Arc<TaskContext>) -> Receiver<Rows> {
        let (sender, rows) = channel(AHEAD);
        self.seat(plan, partition, Seat::Taken(sender), Some((context, Handle::current())));
        rows
    }

    /// Notes that a plan will not ask any more.
    fn leave(self: &Arc<Self>, plan: usize) {
        for partition in 0..self.partitions.len() {
            self.seat(plan, partition, Seat::Gone, None);
        }
    }

    /// Gives a plan its seat, unless it has one; with the last one the partition starts.
    fn seat(self: &Arc<Self>, plan: usize, number: usize, seat: Seat, context: Option<(Arc<TaskContext>, Handle)>) {
        let mut partition = self.partitions[number].lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(partition.seats[plan], Seat::Empty) {
            return;
        }
        partition.seats[plan] = seat;
        if partition.context.is_none() {
            partition.context = context;
        }
        if partition.seats.iter().any(|seat| matches!(seat, Seat::Empty)) {
            return;
        }
        if let Some((context, runtime)) = partition.context.take() {
            let seats = partition.seats.iter_mut().map(|seat| std::mem::replace(seat, Seat::Gone));
            let takers = self.demands.iter().zip(seats).filter_map(|(demand, seat)| match seat {
                Seat::Taken(sender) => Some((demand.clone(), sender)),
                Seat::Empty | Seat::Gone => None,
            });
            let (demands, takers) = takers.unzip();
            runtime.spawn(Arc::clone(self).run(number, demands, takers, context));
        }
    }

    /// Runs a partition to its end, or until nobody wants any more of it.
    async fn run(
        self: Arc<Self>,
        number: usize,
        demands: Vec<Demand>,
        takers: Vec<Sender<Rows>>,
        context: Arc<TaskContext>,
    ) {
        let failed = async |error: DataFusionError| {
            let error = Arc::new(error);
            for taker in &takers {
                // A plan that is gone takes no error.
                let _ = taker.send(Err(DataFusionError::Shared(Arc::clone(&error)))).await;
            }
        };
        let contacts = match self.contacts.execute(number, context) {
            Ok(contacts) => contacts,
            Err(error) => return failed(error).await,
        };
        let mut made = pin!(stream::run(Arc::clone(&self.pass), demands, contacts));
        while let Some(batches) = made.next().await {
            let batches = match batches {
                Ok(batches) => batches,
                Err(error) => return failed(error).await,
            };
            let mut is_wanted = false;
            for (taker, batch) in takers.iter().zip(batches) {
                is_wanted |= taker.send(Ok(Some(batch))).await.is_ok();
            }
            if !is_wanted {
                return;
            }
        }
        for taker in &takers {
            let _ = taker.send(Ok(None)).await;
        }
    }
}

/// A plan's part of a shared pass.
#[derive(Debug)]
struct SharedJourneyExec {
    shared: Arc<SharedPass>,
    /// Which of its plans.
    plan: usize,
    properties: Arc<PlanProperties>,
}

impl Drop for SharedJourneyExec {
    fn drop(&mut self) {
        self.shared.leave(self.plan);
    }
}

impl DisplayAs for SharedJourneyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Demand { grain, schema } = &self.shared.demands[self.plan];
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let plans = self.shared.demands.len();
        write!(f, "SharedJourneyExec: table={}, columns=[{}], plans={plans}", grain.table(), columns.join(", "))
    }
}

impl ExecutionPlan for SharedJourneyExec {
    fn name(&self) -> &str {
        "SharedJourneyExec"
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

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut rows = self.shared.ask(self.plan, partition, context);
        let rows = try_stream! {
            loop {
                match rows.recv().await {
                    Some(batch) => match batch? {
                        Some(batch) => yield batch,
                        None => break,
                    },
                    // A pass that is done sends `None` first; one that broke off does not.
                    None => Err(DataFusionError::Internal("the shared pass broke off".to_owned()))?,
                }
            }
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
