//! What an ingest says: what became of the rows of each source, and what is odd about its files.

use std::collections::BTreeMap;
use std::time::Duration;

use super::printer::Printer;
use crate::config::{Config, Duplicates, SameName, Source};
use crate::engine::{is_later_than_file, later_than_file};
use crate::ingest::{IngestMode, Outcome};
use crate::notation::{some_of, thousands};
use crate::store::{Counts, Store, StoredFile};

/// Share of duplicates above which they are explained.
const MANY_DUPLICATES: f64 = 0.01;

/// The account of a source.
#[derive(Default)]
pub(super) struct Sums {
    files: i64,
    pub counts: Counts,
    open: i64,
    waiting: i64,
}

impl Sums {
    pub fn is_all_rejected(&self) -> bool {
        self.counts.rejected > 0 && self.counts.kept + self.counts.duplicates == 0
    }

    /// What is to be known of the kept rows.
    fn of_kept(&self) -> String {
        let facts = [
            (self.counts.without_client, "without a client, in no journey"),
            (self.counts.ambiguous_times, "at a local time that came twice, read as the earlier"),
            (self.open, "without a line end, read again when the file has grown"),
        ];
        let facts = facts.iter().filter(|(rows, _)| *rows > 0).map(|(rows, what)| format!("{} {what}", count(*rows)));
        facts.collect::<Vec<_>>().join(", ")
    }
}

/// The account of each source that files were read of.
pub(super) fn sums(outcome: &Outcome) -> BTreeMap<&str, Sums> {
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    for file in &outcome.files {
        let sum = sums.entry(&file.outcome.source).or_default();
        sum.files += 1;
        sum.counts += file.outcome.counts;
        // A row that has an end now was counted before, and is read again.
        let again = i64::from(file.outcome.reopens.is_some());
        sum.counts += Counts { read: again, kept: again, ..Counts::default() };
        sum.open += i64::from(file.outcome.open_row.is_some());
        sum.waiting += i64::from(file.outcome.is_waiting);
    }
    sums
}

/// Whether nothing new of a source could be read.
pub(super) fn has_all_rejected(outcome: &Outcome) -> bool {
    sums(outcome).values().any(Sums::is_all_rejected)
}

/// Prints what is wrong, then the account of each source, then what is odd.
pub(super) fn say(outcome: &Outcome, config: &Config, bring: IngestMode, taken: Duration, printer: &Printer) {
    let sums = sums(outcome);
    for (source, _) in sums.iter().filter(|(_, sum)| sum.is_all_rejected()) {
        printer.warn(format!("every new row of `{source}` was rejected: see below"));
    }
    for change in outcome.changes.iter().filter(|change| !change.again.is_empty()) {
        printer.say(format!(
            "{} is configured otherwise than when its files were read ({}): {} read again",
            change.source,
            some_of(change.keys.iter().cloned()),
            match change.again.len() {
                1 => "1 file is".to_owned(),
                several => format!("{several} files are"),
            },
        ));
    }
    for change in outcome.changes.iter().filter(|change| outcome.is_news && !change.lacking.is_empty()) {
        printer.warn(format!(
            "what is new in `{}` ({}) is null in the rows of files that are gone: {}",
            change.source,
            some_of(change.keys.iter().cloned()),
            some_of(change.lacking.iter().map(|(file, _)| file.clone())),
        ));
    }
    outcome.notes.iter().for_each(|note| printer.warn(note));
    let width = config.sources.iter().map(|source| source.name.chars().count()).max().unwrap_or(0).max(8);
    for source in &config.sources {
        match sums.get(source.name.as_str()) {
            Some(sum) => say_source(&source.name, sum, outcome, width, bring != IngestMode::Nothing, printer),
            None => {
                let known = outcome.known.get(&source.name).copied().unwrap_or(0);
                printer.say(format!("{:width$}  nothing new ({} in the store)", source.name, files(known as i64)));
            }
        }
    }
    for (source, sum) in &sums {
        let is_meant = |known: &Source| known.name == **source && known.duplicates == Duplicates::Drop;
        if sum.counts.duplicates as f64 > MANY_DUPLICATES * sum.counts.read as f64
            && !config.sources.iter().any(is_meant)
        {
            let example = outcome.twins.get(*source).map_or(String::new(), |twin| format!(": {twin}"));
            printer.warn(format!(
                "{} of {} rows of `{source}` are rows that are there already{example}",
                count(sum.counts.duplicates),
                count(sum.counts.read)
            ));
        }
    }
    outcome
        .files
        .iter()
        .filter(|file| !is_grown(file, outcome))
        .filter_map(|file| odd(file, bring, config))
        .for_each(|odd| printer.warn(odd));
    for file in &outcome.files {
        let outcome = &file.outcome;
        if let Some(latest_us) =
            outcome.latest_at.filter(|&latest_us| is_later_than_file(latest_us, outcome.modified_at))
        {
            printer.warn(later_than_file(&outcome.name, latest_us, config.report.timezone));
        }
    }
    if outcome.split_cases > 0 {
        let cases = outcome.split_cases as i64;
        let (cases, name) =
            if cases == 1 { ("1 case".to_owned(), "names") } else { (format!("{} cases", count(cases)), "name") };
        printer
            .warn(format!("{cases} {name} several clients, in the whole store: rates will leave their journeys out"));
    }
    let version = outcome.store.as_ref().map(Store::version);
    match version {
        Some(version) if outcome.files.is_empty() => {
            printer.say(format!("{:width$}  contacts, version {version} (no contact is new)", "store"));
        }
        _ if bring == IngestMode::Nothing => printer.say("nothing was stored: this was to see what would be"),
        Some(version) => {
            let seconds = taken.as_secs_f64();
            printer.say(format!("{:width$}  contacts, version {version}, in {seconds:.1} s", "stored"));
        }
        None => {}
    }
}

fn say_source(name: &str, sum: &Sums, outcome: &Outcome, width: usize, is_stored: bool, printer: &Printer) {
    let known = outcome.known.get(name).copied().unwrap_or(0);
    let also = if known > 0 { format!(", {known} already in the store") } else { String::new() };
    let grown = outcome.files.iter().filter(|file| file.outcome.source == name && is_grown(file, outcome)).count();
    let grown = if grown > 0 { format!(", {grown} of them grown") } else { String::new() };
    printer.say(format!("{name:width$}  {} rows from {}{grown}{also}", count(sum.counts.read), files(sum.files)));
    let digits = count(sum.counts.read).chars().count();
    let line = |what: &str, rows: i64, more: String| {
        let rows = count(rows);
        let more = if more.is_empty() { more } else { format!("   {more}") };
        printer.say(format!("  {what:<10} {rows:>digits$}{more}"));
    };
    line("kept", sum.counts.kept, sum.of_kept());
    if sum.counts.skipped > 0 {
        line("skipped", sum.counts.skipped, String::new());
    }
    if sum.counts.rejected > 0 {
        let reasons: Vec<String> = outcome
            .rejected
            .iter()
            .filter(|((of, _), _)| of == name)
            .map(|((_, reason), rows)| format!("{reason} {}", count(*rows)))
            .collect();
        let hint = if is_stored { "   → dropoff report rejects" } else { "" };
        line("rejected", sum.counts.rejected, reasons.join(", ") + hint);
    }
    if sum.counts.duplicates > 0 {
        line("duplicates", sum.counts.duplicates, String::new());
    }
    if sum.waiting > 0 {
        line("waiting", sum.waiting, "a last line without an end that cannot be read yet".to_owned());
    }
}

fn is_grown(file: &StoredFile, outcome: &Outcome) -> bool {
    outcome.grown.contains(&file.outcome.name)
}

/// What is to be said of a file that has a known name and another content.
fn odd(file: &StoredFile, bring: IngestMode, config: &Config) -> Option<String> {
    let asks = |source: &Source| source.name == file.outcome.source && source.same_name == SameName::Replaces;
    let is_asked_for = config.sources.iter().any(asks);
    let verb = if bring == IngestMode::Nothing { "would make" } else { "made" };
    let StoredFile { outcome, replaced, .. } = file;
    match &outcome.replaces {
        Some(before) if *before != outcome.file => Some(format!(
            "`{}` has another content than before{}: its {} stored rows {verb} way for the new ones, which are under `{}` (`same_name = \"adds\"` keeps both)",
            outcome.name,
            if is_asked_for { "" } else { ", of the same time" },
            count(*replaced),
            outcome.file,
        )),
        None if outcome.file.starts_with(&format!("{}#", outcome.name)) && outcome.content.whole.rows > 0 => {
            Some(format!(
                "`{}` has another content than before, of another time: both are kept, the new rows under `{}`",
                outcome.name, outcome.file,
            ))
        }
        _ => None,
    }
}

fn files(number: i64) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{} files", count(number)) }
}

fn count(number: i64) -> String {
    thousands(number.into())
}
