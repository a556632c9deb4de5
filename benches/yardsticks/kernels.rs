//! The kernel on contacts that are encoded and in memory, beside reading the same columns once. One thread.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use dropoff::journey::kernel::{self, ByJourney, Contacts, NONE};
use dropoff::journey::{LogEnd, Rules};
use dropoff::store::Store;

use crate::encoded::{Batch, Encoded};
use crate::measure::{Comparison, Fallible, Timed};
use crate::project::Project;

/// What `drop_offs_by_point_and_cause` takes: of the context, whether a contact is the first at its point.
pub fn of_the_report(project: &Project) -> Fallible<Comparison<'_>> {
    compare(project, |encoded, batch| Contacts { motive: None, ..encoded.contacts(batch) })
}

/// `view`: the columns that are there.
fn compare(project: &Project, view: for<'b> fn(&'b Encoded, &'b Batch) -> Contacts<'b>) -> Fallible<Comparison<'_>> {
    let rules = project.config.rules.clone();
    let horizon_us = project.engine.horizon_us().unwrap_or(i64::MAX);
    let end = LogEnd { horizon_us, mature_before_us: i64::MAX, split_cases: Arc::default() };
    let contacts = project.wait(Store::open(&project.config.store.path))?.contact_schema()?;
    let signals = project.engine.rules().signals(&contacts)?;
    let encoded = Rc::new(Encoded::new(&project.files_of_clients()?, &rules, &signals)?);
    let same = Rc::clone(&encoded);
    let thing = Timed::new("the kernel", project.totals.dropped, move || {
        Ok(encoded.batches.iter().map(|batch| dropped(&view(&encoded, batch), &batch.signals, &rules, &end)).sum())
    });
    let reading = Timed::new("reading the same columns in memory", project.of_clients, move || {
        let read = |batch: &Batch| black_box(checksum(&view(&same, batch), &batch.signals));
        black_box(same.batches.iter().map(read).fold(0, i64::wrapping_add));
        Ok(same.batches.iter().map(|batch| batch.signals.len() as u64).sum())
    });
    Ok(Comparison { contacts: project.of_clients, thing, yardsticks: vec![reading] })
}

/// All that the kernel does with a batch. Returns the number of dropped journeys.
fn dropped(contacts: &Contacts<'_>, signals: &[i64], rules: &Rules, end: &LogEnd) -> u64 {
    let trace = kernel::trace(contacts, rules.by_motive, end.horizon_us);
    let visits = kernel::visits(contacts, &trace, rules.visit_gap_us);
    black_box(kernel::times_at_step(contacts, &ByJourney::new(&trace)));
    black_box(kernel::mature_points(contacts, &trace, end.mature_before_us));
    black_box(kernel::causes(&trace, &visits, signals, false));
    visits.drop_row.iter().filter(|&&row| row != NONE).count() as u64
}

/// Touches every value that the kernel may read.
fn checksum(contacts: &Contacts<'_>, signals: &[i64]) -> i64 {
    let long = |column: &[i64]| column.iter().copied().fold(0, i64::wrapping_add);
    let short = |column: &[u32]| column.iter().map(|&value| i64::from(value)).sum::<i64>();
    let company = contacts.direction.map_or(0, |direction| direction.iter().filter(|who| who.is_company()).count());
    [contacts.started_at, contacts.ended_at, signals]
        .into_iter()
        .map(long)
        .chain([contacts.clients, contacts.point, contacts.channel].map(short))
        .chain(contacts.motive.map(short))
        .fold(company as i64, i64::wrapping_add)
}
