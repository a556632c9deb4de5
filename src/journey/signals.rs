//! The conditions of the rules on the contacts of a batch, and the causes that follow: evaluated by DataFusion, one bit per rule.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;

use super::kernel;
use super::pass_settings::Signal;
use super::rebuilt::Rebuilt;
use super::wanted::{AskedColumn, Grain, Wanted};
use crate::error::{Error, Result};

/// Finds the signals of the contacts and the causes of the journeys, as far as they are wanted.
///
/// # Errors
/// Where a condition fails on the data.
pub(super) fn find_causes(rebuilt: &mut Rebuilt<'_>, wanted: &Wanted) -> Result<()> {
    if wanted.signals || wanted.causes {
        let tested = if wanted.signals { rebuilt.in_a_journey() } else { Some(rebuilt.in_a_last_visit()) };
        rebuilt.signals = fired(rebuilt, tested)?;
    }
    if wanted.causes {
        rebuilt.causes = kernel::causes(rebuilt.trace, rebuilt.visits(), &rebuilt.signals, wanted.signals);
    }
    Ok(())
}

/// A batch of so many rows, though it may have no columns.
pub(super) fn batch_of(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Evaluates every signal on the contacts that are `tested`, or on all: one mask per row.
///
/// A condition is about contacts in journeys; elsewhere its context says nothing, and it might even fail.
fn fired(rebuilt: &Rebuilt<'_>, tested: Option<BooleanArray>) -> Result<Vec<i64>> {
    let rows = rebuilt.batch.num_rows();
    let mut masks = vec![0i64; rows];
    let signals = &rebuilt.pass.signals;
    if signals.list.is_empty() {
        return Ok(masks);
    }
    let names = signals.columns.fields().iter().map(|field| field.name().as_str());
    let columns = names.map(|name| AskedColumn::new(Grain::Steps, name)?.make(rebuilt)).collect::<Result<Vec<_>>>()?;
    let seen = batch_of(&signals.columns, columns, rows)?;
    let (seen, place): (RecordBatch, Vec<usize>) = match &tested {
        None => (seen, Vec::new()),
        Some(tested) => (arrow::compute::filter_record_batch(&seen, tested)?, tested.values().set_indices().collect()),
    };
    for (bit, signal) in signals.list.iter().enumerate() {
        let answer = signal.condition.evaluate(&seen).map_err(|error| condition_failed(signal, &error))?;
        let answer = answer.into_array(seen.num_rows())?;
        let held = answer
            .as_boolean_opt()
            .ok_or_else(|| Error::bug(format!("signal `{}` is not a condition", signal.code)))?;
        let held = match held.nulls() {
            None => held.values().clone(),
            Some(nulls) => held.values() & nulls.inner(),
        };
        let row_of = |row: usize| place.get(row).copied().unwrap_or(row);
        held.set_indices().for_each(|row| masks[row_of(row)] |= 1 << bit);
    }
    Ok(masks)
}

fn condition_failed(signal: &Signal, error: &DataFusionError) -> Error {
    Error::user(format!("the rule of cause `{}.{}` fails on the data", signal.family.name(), signal.code))
        .fact("found", error.strip_backtrace())
}
