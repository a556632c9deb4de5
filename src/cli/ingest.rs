//! `dropoff ingest`

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;

use super::account;
use super::printer::Printer;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ingest::{Bring, ChangedSource, Outcome, Progress, fitting_formats, gone, some_of};
use crate::report::format::thousands;

/// Bring new log files into the store
///
/// Every row that is read is accounted for: kept, skipped by a rule of yours, rejected with its reason, or a duplicate. A file
/// that is in the store already is not read again, unless its source is configured otherwise now.
#[derive(Debug, Args)]
pub(super) struct Ingest {
    /// Make the store anew, from the files that are there
    ///
    /// What was read from files that are gone is lost; it is said before.
    #[arg(long)]
    rebuild: bool,

    /// Read what is new and account for it, and store nothing
    #[arg(long, conflicts_with = "rebuild")]
    check: bool,

    /// Bring nothing in where rows would stay in the store that were read by another configuration
    #[arg(long, conflicts_with_all = ["rebuild", "check"])]
    strict: bool,
}

pub(super) async fn run(command: Ingest, config: &Path, printer: &Printer) -> Result<()> {
    let config = super::load(config)?;
    let bring = match command {
        Ingest { rebuild: true, .. } => Bring::All,
        Ingest { check: true, .. } => Bring::Nothing,
        Ingest { strict: true, .. } => Bring::NewOrNothing,
        Ingest { .. } => Bring::New,
    };
    if bring == Bring::All {
        let lost = gone(&config).await?;
        if !lost.is_empty() {
            let files = lost.iter().map(|file| file.file.clone());
            printer.warn(format!("what was read from files that are gone will be lost: {}", some_of(files)));
        }
    }
    let outcome = bring_in(&config, bring, printer).await?;
    refuse_what_is_wrong(&outcome)?;
    printer.say(if bring == Bring::Nothing { "nothing was stored" } else { "next: dropoff report" });
    Ok(())
}

/// Fails where what is stored is not what the configuration says, and where nothing of a source could be read.
pub(super) fn refuse_what_is_wrong(outcome: &Outcome) -> Result<()> {
    let mut mistakes = Vec::new();
    for (source, sum) in account::sums(outcome).iter().filter(|(_, sum)| sum.is_all_rejected()) {
        let reasons = outcome.rejected.iter().filter(|((of, _), _)| of == source);
        let reasons: Vec<&str> = reasons.map(|((_, reason), _)| reason.as_str()).collect();
        let mut error = Error::check(format!("every row of `{source}` was rejected"))
            .fact("rows", thousands(sum.rejected.into()))
            .fact("reason", reasons.join(", "));
        if let Some(values) = outcome.examples.get(*source) {
            error = error.fact("found", values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "));
            let formats = fitting_formats(values);
            if !formats.is_empty() {
                error = error.fact(
                    "fits",
                    formats.iter().map(|f| format!("format = \"{f}\"")).collect::<Vec<_>>().join(", or "),
                );
            }
        }
        mistakes.push(error.hint("mend the source in the configuration: the next ingest reads its files again"));
    }
    if outcome.is_news {
        mistakes.extend(outcome.changes.iter().filter(|change| !change.left.is_empty()).map(ChangedSource::mistake));
    }
    Error::all(mistakes).map_or(Ok(()), Err)
}

/// Ingests, and says what became of the rows.
pub(super) async fn bring_in(config: &Config, bring: Bring, printer: &Printer) -> Result<Outcome> {
    let started = Instant::now();
    let progress = Arc::new(Progress::default());
    let mut work = tokio::spawn({
        let (config, progress) = (config.clone(), Arc::clone(&progress));
        async move { crate::ingest::ingest(&config, &progress, bring).await }
    });
    let bar = printer.bar();
    let outcome = loop {
        tokio::select! {
            done = &mut work => break done.map_err(|_| Error::bug("the ingest panicked"))??,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                printer.show_if_long(&bar);
                bar.set_length(progress.bytes.load(Ordering::Relaxed));
                bar.set_position(progress.bytes_read.load(Ordering::Relaxed));
            }
        }
    };
    bar.finish_and_clear();
    account::say(&outcome, config, started.elapsed(), printer);
    Ok(outcome)
}
