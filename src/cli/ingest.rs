//! `dropoff ingest`

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;

use super::account;
use super::configuration::{self, Loaded};
use super::printer::Printer;
use crate::cause::RuleBook;
use crate::config::Config;
use crate::engine::{Engine, Options};
use crate::error::{Error, Result};
use crate::ingest::{ChangedSource, IngestMode, Loss, Outcome, Progress, fitting_formats, loss, misfit};
use crate::notation::{some_of, thousands};

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
    let Loaded { config, rules } = configuration::load_to_ingest(config)?;
    let bring = match command {
        Ingest { rebuild: true, .. } => IngestMode::All,
        Ingest { check: true, .. } => IngestMode::Nothing,
        Ingest { strict: true, .. } => IngestMode::NewOrNothing,
        Ingest { .. } => IngestMode::New,
    };
    if bring == IngestMode::All {
        match loss(&config).await? {
            Loss::Files(files) if files.is_empty() => {}
            Loss::Files(files) => {
                let files = files.iter().map(|file| file.file.clone());
                printer.warn(format!("what was read from files that are gone will be lost: {}", some_of(files)));
            }
            Loss::Unknown(why) => {
                let why = why.mistakes().first().map_or("", |mistake| mistake.message.as_str());
                printer.warn(format!(
                    "{why}: it cannot be said what was read from files that are gone, and will be lost; the store is put aside, not removed"
                ));
            }
        }
    }
    let outcome = bring_in(&config, bring, printer).await?;
    say_absent_steps(&outcome, &config, rules, printer).await?;
    refuse_what_is_wrong(&outcome, &config)?;
    if bring != IngestMode::Nothing {
        printer.say("next: dropoff report");
    }
    Ok(())
}

/// Warns of a goal that no contact has, which is most often misspelt. The store is asked only where no ingest has seen
/// it.
async fn say_absent_steps(outcome: &Outcome, config: &Config, rules: RuleBook, printer: &Printer) -> Result<()> {
    match &outcome.store {
        // Where all rows of a source were rejected, that is said instead.
        _ if outcome.absent_steps.is_empty() || account::has_all_rejected(outcome) => {}
        Some(_) => {
            let engine = Engine::with_rules(config, rules, Options::default()).await?;
            engine.absent_steps(config).await?.iter().for_each(|line| printer.warn(line));
        }
        None => outcome.absent_steps.iter().for_each(|line| printer.warn(line)),
    }
    Ok(())
}

/// Fails where what is stored is not what the configuration says, and where nothing of a source could be read.
pub(super) fn refuse_what_is_wrong(outcome: &Outcome, config: &Config) -> Result<()> {
    let sums = account::sums(outcome);
    let all_rejected = sums.iter().filter(|(_, sum)| sum.is_all_rejected());
    let mut mistakes: Vec<Error> =
        all_rejected.map(|(source, sum)| every_row_rejected(source, sum.counts.rejected, outcome, config)).collect();
    if outcome.is_news {
        mistakes.extend(outcome.changes.iter().filter(|change| !change.left.is_empty()).map(ChangedSource::mistake));
    }
    Error::all(mistakes).map_or(Ok(()), Err)
}

/// The error of a source whose new rows were all rejected: some of the values, and what is wrong with the format of a
/// time.
fn every_row_rejected(source: &str, rows: i64, outcome: &Outcome, config: &Config) -> Error {
    let reasons = outcome.rejected.iter().filter(|((of, _), _)| of == source);
    let reasons: Vec<&str> = reasons.map(|((_, reason), _)| reason.as_str()).collect();
    let files = outcome.files.iter().filter(|file| file.outcome.source == source).map(|file| file.outcome.name.clone());
    let mut error = Error::check(format!("every new row of `{source}` was rejected"))
        .fact("files", some_of(files.collect::<Vec<_>>().into_iter()))
        .fact("rows", thousands(rows.into()))
        .fact("reason", reasons.join(", "));
    let source = config.sources.iter().find(|known| known.name == source);
    let examples = source.and_then(|source| outcome.examples.get(&source.name)).map_or(&[][..], Vec::as_slice);
    if let (Some(first), Some(source)) = (examples.first(), source) {
        let of_column = examples.iter().filter(|example| example.column == first.column);
        let values: Vec<String> = of_column.map(|example| example.value.clone()).collect();
        if let Some(form) = source.form(&first.column) {
            error = error.fact("column", format!("{} ({}:{})", first.column, config.path.display(), form.line));
        }
        error = error.fact("found", values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "));
        let fitting = fitting_formats(&values);
        match source.time_format(&first.column) {
            Some(format) => {
                if let Some(misfit) = misfit(format, &first.value) {
                    error = error.fact("format", format!("`{format}`: {misfit}"));
                }
            }
            None if !fitting.is_empty() => {
                error = error.fact("expected", "as no `format` is set, ISO 8601: `2026-03-01 10:00:00`");
            }
            None => {}
        }
        if !fitting.is_empty() {
            let fitting: Vec<String> = fitting.iter().map(|format| format!("format = \"{format}\"")).collect();
            error = error.fact("fits", fitting.join(", or "));
        }
    }
    error.hint("mend the source in the configuration: the next ingest reads its files again")
}

/// Ingests, and says what became of the rows.
pub(super) async fn bring_in(config: &Config, bring: IngestMode, printer: &Printer) -> Result<Outcome> {
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
    account::say(&outcome, config, bring, started.elapsed(), printer);
    Ok(outcome)
}
