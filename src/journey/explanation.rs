//! Why a journey has its status and its cause: what the kernel decided by, said of one client's journeys.

use arrow::array::RecordBatch;
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{concat_batches, filter_record_batch};
use datafusion::catalog::Session;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::physical_plan::collect;
use datafusion::prelude::{col, lit};

use super::PassSettings;
use super::codes::Codes;
use super::kernel::{self, CausePlace, Ending, Journey, Primary};
use super::node::ByClient;
use super::rebuilt::Rebuilt;
use super::signals::find_causes;
use super::wanted::{Grain, Wanted};
use crate::error::Result;

/// Why one journey is what it is. Contacts are places in the journey, from 1: the column `position`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Among the client's journeys, from 1.
    pub journey_number: u32,
    pub ending: Ending,
    /// Of a dropped journey; `None` where no rule explains it.
    pub cause: Option<Cause>,
    /// All rules that held on some contact, in order of priority.
    pub held: Vec<HeldRule>,
}

/// The primary cause of a dropped journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The rule, by its bit.
    pub bit: usize,
    pub fired: CausePlace,
    /// The first contact there on which the rule held.
    pub contact: u32,
}

/// A rule, and the contacts on which it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRule {
    /// The rule, by its bit.
    pub bit: usize,
    pub contacts: Vec<u32>,
}

/// Explains the journeys of a client, in order of their numbers. `client`: the pseudonym, 16 bytes.
///
/// # Errors
/// Where the contacts cannot be read, or a condition fails on them.
pub async fn explanations(
    contacts: &dyn ByClient,
    pass: &PassSettings,
    session: &dyn Session,
    client: &ScalarValue,
) -> Result<Vec<Explanation>> {
    let wanted = Wanted::new(Grain::Steps, ["journey_signals"], pass)?;
    match contacts_of(client, contacts, &wanted, session).await? {
        Some(contacts) => explain(&contacts, pass, &wanted),
        None => Ok(Vec::new()),
    }
}

/// All contacts of a client, in order; `None` where it has none.
async fn contacts_of(
    client: &ScalarValue,
    contacts: &dyn ByClient,
    wanted: &Wanted,
    session: &dyn Session,
) -> DataFusionResult<Option<RecordBatch>> {
    let columns: Vec<&str> = wanted.contact_columns.iter().map(String::as_str).collect();
    let filter = col("client").eq(lit(client.clone()));
    let plan = contacts.scan_by_client(session, &columns, &[filter])?;
    let schema = plan.schema();
    let mut theirs = Vec::new();
    for batch in collect(plan, session.task_ctx()).await? {
        // The filter may have been ignored.
        let of_client = eq(batch.column(schema.index_of("client")?), &client.to_scalar()?)?;
        theirs.push(filter_record_batch(&batch, &of_client)?);
    }
    let theirs = concat_batches(&schema, &theirs)?;
    Ok((theirs.num_rows() > 0).then_some(theirs))
}

/// The journeys of whole clients, each explained.
fn explain(contacts: &RecordBatch, pass: &PassSettings, wanted: &Wanted) -> Result<Vec<Explanation>> {
    let mut codes = Codes::new(&pass.rules);
    let encoded = codes.encode(contacts, pass, &wanted.inputs)?;
    let trace = kernel::trace(&codes.contacts(&encoded), pass.rules.by_motive, pass.end.horizon_us);
    let mut rebuilt = Rebuilt::new(contacts, &codes, &encoded, &trace, pass);
    find_causes(&mut rebuilt, wanted)?;
    let position = kernel::position(rebuilt.by_journey());
    let place = |row: u32| position[row as usize] as u32;
    let journeys = trace.journeys.iter().enumerate();
    let explanation = |(number, journey): (usize, &Journey)| Explanation {
        journey_number: journey.number,
        ending: journey.ending(pass.end.horizon_us, rebuilt.contacts.gap_of_motive).with_contacts(place),
        cause: rebuilt.causes.primary[number].and_then(|primary| cause(&rebuilt, number, primary, place)),
        held: held(&rebuilt, journey, place),
    };
    Ok(journeys.map(explanation).collect())
}

/// Where the primary cause of the journey of this number fired.
fn cause(rebuilt: &Rebuilt<'_>, number: usize, primary: Primary, place: impl Fn(u32) -> u32) -> Option<Cause> {
    let (visits, journey) = (rebuilt.visits(), &rebuilt.trace.journeys[number]);
    let drop_row = visits.drop_row[number];
    let row = match primary.fired {
        CausePlace::DropOffPoint => Some(drop_row as usize),
        CausePlace::ItsVisit => kernel::visit_of(rebuilt.trace, visits, journey, drop_row)
            .find(|&row| rebuilt.signals[row] >> primary.bit & 1 == 1),
    };
    Some(Cause { bit: primary.bit as usize, fired: primary.fired, contact: place(row? as u32) })
}

fn held(rebuilt: &Rebuilt<'_>, journey: &Journey, place: impl Fn(u32) -> u32) -> Vec<HeldRule> {
    let contacts = |bit: usize| -> Vec<u32> {
        let held = rebuilt.trace.rows(journey).filter(|&row| rebuilt.signals[row] >> bit & 1 == 1);
        held.map(|row| place(row as u32)).collect()
    };
    let bits = (0..rebuilt.pass.signals.list.len()).map(|bit| HeldRule { bit, contacts: contacts(bit) });
    bits.filter(|held| !held.contacts.is_empty()).collect()
}
