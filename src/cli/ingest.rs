//! `dropoff ingest`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;

use super::printer::Printer;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ingest::{Bring, Outcome, Progress, StaleSources, fitting_formats};
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
}

pub(super) async fn run(command: Ingest, config: &Path, printer: &Printer) -> Result<()> {
    let config = super::load(config)?;
    let bring = if command.rebuild { Bring::All } else { Bring::New };
    let outcome = bring_in(&config, bring, printer).await?;
    refuse_what_is_wrong(&outcome)?;
    printer.say("next: dropoff report");
    Ok(())
}

/// Fails where what is stored is not what the configuration says, and where nothing of a source could be read.
pub(super) fn refuse_what_is_wrong(outcome: &Outcome) -> Result<()> {
    let mut mistakes = Vec::new();
    for (source, sum) in sums(outcome).iter().filter(|(_, sum)| sum.rejected > 0 && sum.kept + sum.duplicates == 0) {
        let reasons = outcome.rejected.iter().filter(|((of, _), _)| of == source);
        let reasons: Vec<&str> = reasons.map(|((_, reason), _)| reason.as_str()).collect();
        let mut error = Error::check(format!("every row of `{source}` was rejected"))
            .fact("rows", count(sum.rejected))
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
    let StaleSources { sources, gone, is_anew, is_news } = &outcome.stale;
    if *is_news && !is_anew {
        for stale in sources.iter().filter(|stale| !stale.is_only_more) {
            mistakes.push(
                Error::check(format!("`{}` is configured otherwise than when its files were read", stale.source))
                    .fact("keys", list(stale.keys.iter()))
                    .fact("files", list(stale.files.iter()))
                    .fact("gone", list(gone.iter()))
                    .hint("the rows of these files stay as they were read; bring back the files that are gone, or lose their rows with `dropoff ingest --rebuild`"),
            );
        }
    }
    Error::all(mistakes).map_or(Ok(()), Err)
}

/// The first of some names, and how many more there are.
fn list<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = names.take(SHOWN).map(String::as_str).collect();
    if more > 0 { format!("{}, and {more} more", shown.join(", ")) } else { shown.join(", ") }
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
    say(&outcome, config, started.elapsed(), printer);
    Ok(outcome)
}

#[derive(Default)]
struct Sums {
    files: i64,
    read: i64,
    kept: i64,
    skipped: i64,
    rejected: i64,
    duplicates: i64,
    without_client: i64,
    ambiguous_times: i64,
}

/// The account of each source.
fn sums(outcome: &Outcome) -> BTreeMap<&str, Sums> {
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    for file in &outcome.files {
        let sum = sums.entry(&file.outcome.source).or_default();
        sum.files += 1;
        sum.read += file.outcome.read;
        sum.kept += file.kept;
        sum.skipped += file.outcome.skipped;
        sum.rejected += file.outcome.rejected;
        sum.duplicates += file.duplicates;
        sum.without_client += file.outcome.without_client;
        sum.ambiguous_times += file.outcome.ambiguous_times;
    }
    sums
}

fn say(outcome: &Outcome, config: &Config, taken: Duration, printer: &Printer) {
    let sums = sums(outcome);
    let StaleSources { sources, gone, is_anew, .. } = &outcome.stale;
    for stale in sources.iter().filter(|_| *is_anew) {
        printer.say(format!(
            "{} is configured otherwise than when its files were read ({}): all files are read again",
            stale.source,
            list(stale.keys.iter()),
        ));
    }
    if *is_anew && !gone.is_empty() {
        printer
            .warn(format!("what was read from files that are gone is no longer in the store: {}", list(gone.iter())));
    }
    let width = config.sources.iter().map(|source| source.name.chars().count()).max().unwrap_or(0).max(8);
    for source in &config.sources {
        let name = &source.name;
        let known = outcome.known.get(name).copied().unwrap_or(0);
        let Some(sum) = sums.get(name.as_str()) else {
            printer.say(format!("{name:width$}  nothing new ({} in the store)", files(known as i64)));
            continue;
        };
        let also = if known > 0 { format!(", {known} already in the store") } else { String::new() };
        printer.say(format!("{name:width$}  {} rows from {}{also}", count(sum.read), files(sum.files)));
        let digits = count(sum.read).chars().count();
        let line = |what: &str, rows: i64, more: String| {
            let rows = count(rows);
            printer.say(format!("  {what:<10} {rows:>digits$}{more}"));
        };
        let mut kept = Vec::new();
        if sum.without_client > 0 {
            kept.push(format!("{} without a client, in no journey", count(sum.without_client)));
        }
        if sum.ambiguous_times > 0 {
            kept.push(format!("{} at a local time that came twice, read as the earlier", count(sum.ambiguous_times)));
        }
        line("kept", sum.kept, if kept.is_empty() { String::new() } else { format!("   {}", kept.join(", ")) });
        if sum.skipped > 0 {
            line("skipped", sum.skipped, String::new());
        }
        if sum.rejected > 0 {
            let reasons: Vec<String> = outcome
                .rejected
                .iter()
                .filter(|((of, _), _)| of == name)
                .map(|((_, reason), rows)| format!("{reason} {}", count(*rows)))
                .collect();
            line("rejected", sum.rejected, format!("   {}   → dropoff report rejects", reasons.join(", ")));
        }
        if sum.duplicates > 0 {
            line("duplicates", sum.duplicates, String::new());
        }
    }
    for file in &outcome.changed {
        printer.warn(format!("`{file}` has changed since it was ingested: it was read again, and rows that are stored are counted as duplicates"));
    }
    if outcome.split_cases > 0 {
        let cases = outcome.split_cases as i64;
        let (cases, name) =
            if cases == 1 { ("1 case".to_owned(), "names") } else { (format!("{} cases", count(cases)), "name") };
        printer
            .warn(format!("{cases} {name} several clients, in the whole store: rates will leave their journeys out"));
    }
    if outcome.files.is_empty() {
        printer.say(format!("{:width$}  contacts, version {} (unchanged)", "store", outcome.store.version()));
    } else {
        let seconds = taken.as_secs_f64();
        printer.say(format!("{:width$}  contacts, version {}, in {seconds:.1} s", "stored", outcome.store.version()));
    }
}

fn files(number: i64) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{} files", count(number)) }
}

fn count(number: i64) -> String {
    thousands(number.into())
}
