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
use crate::ingest::{Outcome, Progress};
use crate::report::format::thousands;

/// Bring new log files into the store
///
/// Every row that is read is accounted for: kept, skipped by a rule of yours, rejected with its reason, or a duplicate. A file
/// that is in the store already is not read again.
#[derive(Debug, Args)]
pub(super) struct Ingest {}

pub(super) async fn run(_: Ingest, config: &Path, printer: &Printer) -> Result<()> {
    let config = super::load(config)?;
    bring_in(&config, printer).await?;
    printer.say("next: dropoff report");
    Ok(())
}

/// Ingests, and says what became of the rows.
pub(super) async fn bring_in(config: &Config, printer: &Printer) -> Result<Outcome> {
    let started = Instant::now();
    let progress = Arc::new(Progress::default());
    let mut work = tokio::spawn({
        let (config, progress) = (config.clone(), Arc::clone(&progress));
        async move { crate::ingest::ingest(&config, &progress).await }
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

fn say(outcome: &Outcome, config: &Config, taken: Duration, printer: &Printer) {
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
