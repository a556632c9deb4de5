//! `dropoff generate`

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::ProgressStyle;

use super::printer::Printer;
use crate::error::{Error, Result};
use crate::generate::{self, LogFormats, Options, Scenario, Totals};
use crate::notation::thousands;

/// Write synthetic logs with planted drop-off points and causes, and the truth beside them
///
/// The folder holds logs of web, phone, agency and company contacts, a dropoff.toml that fits them, and in `truth` what
/// must be found in them: every journey, every point and cause, and the totals. The same arguments give the same bytes.
#[derive(Debug, Args)]
#[command(after_help = "example: dropoff generate big --contacts 1e8 && cd big && dropoff run")]
pub(super) struct Generate {
    /// Folder of the logs; new, or empty
    #[arg(default_value = "generated", value_name = "DIR")]
    folder: PathBuf,

    /// About how many rows: 1e6, 10_000
    #[arg(long, value_name = "NUMBER", default_value = "1e6", value_parser = contacts)]
    contacts: u64,

    /// Another seed gives other logs
    #[arg(long, value_name = "NUMBER", default_value_t = 7)]
    seed: u64,

    /// How logs are written
    #[arg(long, short, value_enum, default_value_t = LogFormatChoice::Mixed)]
    format: LogFormatChoice,

    /// Days from the start of the logs to their end; 90 where absent, more for over 180 million rows
    #[arg(long, value_name = "NUMBER")]
    days: Option<u32>,

    /// What clients do, as TOML (docs/reference.md); an energy supplier's where absent
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,

    /// Plant the causes without effect: clients meet them as often, and none drops off for it
    #[arg(long)]
    no_effect: bool,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormatChoice {
    /// The first channel as CSV, the second as NDJSON, all others as Parquet
    Mixed,
    Csv,
    Ndjson,
    Parquet,
}

impl From<LogFormatChoice> for LogFormats {
    fn from(format: LogFormatChoice) -> Self {
        match format {
            LogFormatChoice::Mixed => LogFormats::Mixed,
            LogFormatChoice::Csv => LogFormats::Csv,
            LogFormatChoice::Ndjson => LogFormats::Ndjson,
            LogFormatChoice::Parquet => LogFormats::Parquet,
        }
    }
}

pub(super) async fn run(command: Generate, printer: &Printer) -> Result<()> {
    let started = Instant::now();
    let scenario = match &command.scenario {
        Some(path) => Scenario::load(path)?,
        None => Scenario::shipped()?,
    };
    let options = Options {
        contacts: command.contacts,
        seed: command.seed,
        days: command.days,
        formats: command.format.into(),
        scenario: if command.no_effect { scenario.without_effects() } else { scenario },
        file_rows: Options::FILE_ROWS,
    };
    let totals = write(command.folder.clone(), options, printer).await?;
    printer.answer(table(&totals))?;
    let folder = command.folder.display();
    printer.say(format!("logs, dropoff.toml and truth in {folder}, in {:.1} s", started.elapsed().as_secs_f64()));
    printer.say(format!("next: cd {folder} && dropoff run"));
    Ok(())
}

/// Generates beside this task, which shows how far it is.
async fn write(folder: PathBuf, options: Options, printer: &Printer) -> Result<Totals> {
    let rows = Arc::new(AtomicU64::new(0));
    let bar = printer.bar();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos} of about {human_len} rows  {eta} left") {
        bar.set_style(style);
    }
    bar.set_length(options.contacts);
    let mut work = tokio::task::spawn_blocking({
        let rows = Arc::clone(&rows);
        move || generate::generate(&folder, &options, &rows)
    });
    let totals = loop {
        tokio::select! {
            done = &mut work => break done.map_err(|_| Error::bug("the generator panicked"))?,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                printer.show_if_long(&bar);
                bar.set_position(rows.load(Ordering::Relaxed));
            }
        }
    };
    bar.finish_and_clear();
    totals
}

/// The totals, names on the left and numbers on the right.
fn table(totals: &Totals) -> String {
    let counts = totals.counts().map(|(name, count)| (name.replace('_', " "), thousands(count.into())));
    let name_width = counts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let count_width = counts.iter().map(|(_, count)| count.len()).max().unwrap_or(0);
    counts.iter().map(|(name, count)| format!("{name:name_width$}  {count:>count_width$}\n")).collect()
}

const CONTACTS: std::ops::RangeInclusive<f64> = 1e3..=1e10;

/// `1e6`, `10_000`, `1000000`
fn contacts(text: &str) -> std::result::Result<u64, String> {
    let number = text.replace('_', "").parse::<f64>().ok();
    number
        .filter(|number| CONTACTS.contains(number) && number.fract() == 0.0)
        .map(|number| number as u64)
        .ok_or_else(|| "expected a whole number from 1e3 to 1e10, such as 1e6, 10_000 or 1000000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(["1e6", "10_000", "2500000", "1.5e3"].map(contacts), [1_000_000, 10_000, 2_500_000, 1_500].map(Ok));
        for text in ["999", "1e11", "1000.5", "-1e6", "many", "", "NaN"] {
            assert!(contacts(text).is_err(), "{text}");
        }
    }

    #[test]
    fn totals_stand_in_two_columns() {
        let totals = Totals { rows: 1_234, duplicates: 4, journeys: 12, ..Totals::default() };
        let shown = table(&totals);
        assert!(shown.starts_with("contacts          1,230\nrows              1,234\n"), "{shown}");
        assert!(shown.contains("\njourneys             12\n"), "{shown}");
    }
}
