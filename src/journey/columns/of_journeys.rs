//! Values of journeys that both tables show, or that take more than a line.

use std::hash::Hasher;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeBinaryBuilder, Int64Array, ListBuilder, StringArray, StringBuilder, UInt32Array,
};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::super::kernel::{self, Causes, Journey, Primary, Status};
use super::super::pass_settings::Signal;
use super::super::rebuilt::{Origin, Rebuilt};
use super::arrays::{flags, ints, moments, words};
use crate::error::Result;

/// Family and code of a dropped journey for which no signal fired.
const UNEXPLAINED: &str = "unexplained";

/// 128 bits of the client and the first contact of each journey: the same in every run, as long as the first contact stays the
/// first.
pub(super) fn ids(rebuilt: &Rebuilt<'_>, origin: &Origin<'_>) -> Result<ArrayRef> {
    let clients = rebuilt.clients()?;
    let mut ids = FixedSizeBinaryBuilder::with_capacity(rebuilt.trace.journeys.len(), 16);
    for journey in &rebuilt.trace.journeys {
        let row = journey.first_row as usize;
        let mut hasher = SipHasher24::new();
        hasher.write(clients.value(row));
        hasher.write(&origin.row(row).to_le_bytes());
        for text in [origin.source(row), origin.file(row)] {
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        }
        ids.append_value(hasher.finish128().as_bytes())?;
    }
    Ok(Arc::new(ids.finish()))
}

pub(super) fn clients(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    Ok(arrow::compute::take(rebuilt.clients()?, &UInt32Array::from(first_rows(rebuilt)), None)?)
}

pub(super) fn numbers(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    ints(rebuilt.trace.journeys.iter().map(|journey| journey.number as i32).collect())
}

pub(super) fn case_ids(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    let cases = rebuilt.trace.journeys.iter().map(|journey| rebuilt.codes.case(journey.case));
    Ok(Arc::new(cases.collect::<StringArray>()))
}

pub(super) fn started_at(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    moments(rebuilt.trace.journeys.iter().map(|journey| Some(rebuilt.started_at(journey))))
}

pub(super) fn is_mature(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    let before = rebuilt.end().mature_before_us;
    flags(&kernel::mature_journeys(&rebuilt.contacts, rebuilt.trace, before), |&is| is)
}

pub(super) fn statuses(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    let keys = rebuilt.trace.journeys.iter().map(|journey| journey.status as i32);
    words(Status::ALL.map(Status::name), keys.collect())
}

/// The row of each journey's first contact.
pub(super) fn first_rows(rebuilt: &Rebuilt<'_>) -> Vec<u32> {
    rebuilt.trace.journeys.iter().map(|journey| journey.first_row).collect()
}

/// The row of each journey's last client contact.
pub(super) fn last_client_rows(rebuilt: &Rebuilt<'_>) -> Vec<u32> {
    rebuilt.trace.journeys.iter().map(|journey| journey.last_client_row).collect()
}

pub(super) fn channels(rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
    let mut lists = ListBuilder::new(StringBuilder::new());
    let mut used = Vec::new();
    for journey in &rebuilt.trace.journeys {
        used.clear();
        for row in rebuilt.trace.rows(journey).filter(|&row| !rebuilt.contacts.is_company(row)) {
            let channel = rebuilt.contacts.channel[row];
            if channel != 0 && !used.contains(&channel) {
                used.push(channel);
                lists.values().append_option(rebuilt.codes.channels.word(channel));
            }
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

pub(super) fn signals(causes: &Causes) -> ArrayRef {
    Arc::new(Int64Array::from(causes.signals.clone()))
}

pub(super) fn families(rebuilt: &Rebuilt<'_>, causes: &Causes) -> Result<ArrayRef> {
    primary(rebuilt, causes, |signal| signal.family.name())
}

pub(super) fn causes(rebuilt: &Rebuilt<'_>, causes: &Causes) -> Result<ArrayRef> {
    primary(rebuilt, causes, |signal| &signal.code)
}

/// A name of each journey's primary cause: keys are bits, and one more for what no signal explains.
fn primary(rebuilt: &Rebuilt<'_>, causes: &Causes, name: fn(&Signal) -> &str) -> Result<ArrayRef> {
    let signals = &rebuilt.pass.signals.list;
    let unexplained = signals.len() as i32;
    let key = |(journey, primary): (&Journey, &Option<Primary>)| match (journey.status, primary) {
        (Status::Dropped, Some(primary)) => primary.bit as i32,
        (Status::Dropped, None) => unexplained,
        _ => -1,
    };
    let keys = rebuilt.trace.journeys.iter().zip(&causes.primary).map(key);
    words(signals.iter().map(name).chain([UNEXPLAINED]), keys.collect())
}
