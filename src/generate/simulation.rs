//! Writes logs and truth: simulates hour by hour, draws journeys as they start, and writes each row when it is due.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::calendar::Calendar;
use super::journey::DrawnJourney;
use super::layout::Layout;
use super::log::{LOGS, Log, unwritable};
use super::options::{Options, START_S};
use super::pending_row::{PendingRow, RowKind};
use super::project;
use super::random::Random;
use super::row::Row;
use super::scenario::Scenario;
use super::tally::{Tally, Totals};
use super::truth::truth;
use super::truth_files::{JourneyFile, TRUTH, write_counts};
use crate::error::{Error, Result};

/// Seconds of a slot of the calendars. A client is never back in the same slot.
const SLOT_S: i64 = 3600;
/// Clients drawn to see how many rows one brings.
const TRIALS: u64 = 10_000;
/// Streams of random numbers beside those of the journeys, which are numbered from 0.
const ARRIVALS: u64 = u64::MAX;
const TRIAL: u64 = u64::MAX - 1;

/// Writes logs, their configuration and their truth into `folder`. `progress`: rows written so far.
///
/// # Errors
/// Where the folder holds something, the scenario does not fit into a configuration, or files cannot be written.
pub fn generate(folder: &Path, options: &Options, progress: &AtomicU64) -> Result<Totals> {
    let span = options.span_s()?;
    make(folder)?;
    let scenario = &options.scenario;
    let layouts = Layout::all(scenario, options.formats);
    project::write(folder, scenario, &layouts)?;
    let log_end = START_S + span;
    let logs = layouts.into_iter().map(|layout| Log::new(folder, layout, options.file_rows.max(1))).collect();
    let mut writing = Writing { scenario, logs, tally: Tally::new(scenario, log_end), unknown: (0, HashSet::new()) };
    let mut drawing = Drawing {
        options,
        log_end,
        arrivals: Arrivals::new(options, span),
        returns: Calendar::new(),
        rows: Calendar::new(),
        serial: 0,
        drawn: DrawnJourney::default(),
        truths: JourneyFile::create(folder)?,
    };
    for slot in 0..(span / SLOT_S) as usize {
        for start in drawing.starts(slot) {
            drawing.journey(start, &mut writing.tally)?;
        }
        let mut due = drawing.rows.take();
        due.sort_unstable_by_key(|row| (row.at, row.serial));
        for row in &due {
            writing.write(row)?;
        }
        progress.store(writing.tally.totals.rows, Ordering::Relaxed);
    }
    drawing.truths.finish()?;
    writing.tally.totals.clients = drawing.arrivals.clients;
    writing.close(log_end)?;
    write_counts(folder, scenario, &writing.tally)?;
    progress.store(writing.tally.totals.rows, Ordering::Relaxed);
    Ok(writing.tally.totals)
}

/// Makes the folder, which must be new or empty.
fn make(folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| unwritable(folder, &error.to_string());
    if folder.exists() && std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(Error::user(format!("the folder `{}` is not empty", folder.display()))
            .hint("name another folder: dropoff generate DIR"));
    }
    for name in [LOGS, TRUTH] {
        std::fs::create_dir_all(folder.join(name)).map_err(failed)?;
    }
    Ok(())
}

/// The start of a journey.
#[derive(Clone, Copy, Debug)]
struct Start {
    at: i64,
    client: u64,
}

/// New clients, at a steady random rate.
struct Arrivals {
    random: Random,
    /// Mean seconds from one to the next.
    mean_gap: f64,
    /// Seconds from the start of the logs to the next one.
    next: f64,
    /// Clients so far, and the number of the last one.
    clients: u64,
}

impl Arrivals {
    fn new(options: &Options, span: i64) -> Arrivals {
        let mean_gap = rows_per_client(options, span) * span as f64 / options.contacts as f64;
        let mut random = Random::new(options.seed, ARRIVALS);
        let next = random.exponential(mean_gap);
        Arrivals { random, mean_gap, next, clients: 0 }
    }

    /// The next client who arrives before a moment.
    fn before(&mut self, moment: i64) -> Option<Start> {
        let at = START_S + self.next as i64;
        (at < moment).then(|| {
            self.next += self.random.exponential(self.mean_gap);
            self.clients += 1;
            Start { at, client: self.clients }
        })
    }
}

/// Rows that a client brings on average who arrives at any time of the logs, with all their journeys.
fn rows_per_client(options: &Options, span: i64) -> f64 {
    let (scenario, log_end) = (&options.scenario, START_S + span);
    let mut random = Random::new(options.seed, TRIAL);
    let mut drawn = DrawnJourney::default();
    let mut rows = 0;
    for _ in 0..TRIALS {
        let mut next = Some(START_S + (random.uniform() * span as f64) as i64);
        while let Some(start) = next {
            drawn.draw(scenario, start, &mut random);
            drawn.cut(log_end);
            let of_contacts =
                drawn.contacts.iter().map(|row| 1 + usize::from(row.is_twice) + usize::from(row.has_unknown));
            rows += of_contacts.sum::<usize>() + drawn.letters.len();
            next = drawn.next_start;
        }
    }
    rows as f64 / TRIALS as f64
}

/// Draws journeys as they start.
struct Drawing<'a> {
    options: &'a Options,
    log_end: i64,
    arrivals: Arrivals,
    /// Clients who come back.
    returns: Calendar<Start>,
    /// Rows to come.
    rows: Calendar<PendingRow>,
    /// Rows drawn so far.
    serial: u64,
    /// The journey that is being drawn.
    drawn: DrawnJourney,
    truths: JourneyFile,
}

impl Drawing<'_> {
    /// The journeys that start in a slot, in order.
    fn starts(&mut self, slot: usize) -> Vec<Start> {
        let slot_end = START_S + (slot as i64 + 1) * SLOT_S;
        let mut starts = self.returns.take();
        while let Some(start) = self.arrivals.before(slot_end) {
            starts.push(start);
        }
        starts.sort_unstable_by_key(|start| (start.at, start.client));
        starts
    }

    /// Draws a journey, writes its truth, and notes its rows.
    fn journey(&mut self, start: Start, tally: &mut Tally) -> Result<()> {
        let scenario = &self.options.scenario;
        let mut random = Random::new(self.options.seed, tally.totals.journeys);
        self.drawn.draw(scenario, start.at, &mut random);
        self.drawn.cut(self.log_end);
        let Some(truth) = truth(scenario, &self.drawn, self.log_end) else {
            return Err(Error::bug("a journey without contacts"));
        };
        tally.enter(scenario, &self.drawn, &truth);
        self.truths.write(scenario, start.client, &self.drawn, &truth)?;
        let (drawn, client) = (&self.drawn, start.client);
        for contact in &drawn.contacts {
            self.serial += 1;
            self.rows.push(slot_of(contact.at), PendingRow::contact(contact, drawn, client, self.serial));
        }
        for sent in &drawn.letters {
            self.serial += 1;
            self.rows.push(slot_of(sent.at), PendingRow::letter(sent, drawn, client, self.serial));
        }
        if let Some(at) = drawn.next_start {
            self.returns.push(slot_of(at), Start { at, client });
        }
        Ok(())
    }
}

fn slot_of(at: i64) -> usize {
    ((at - START_S) / SLOT_S) as usize
}

/// Writes rows as they are due.
struct Writing<'a> {
    scenario: &'a Scenario,
    /// By channel; company contacts last.
    logs: Vec<Log>,
    tally: Tally,
    /// Moments of the hour at which somebody unknown was on a channel; no second one comes, as its row could be the very same.
    unknown: (usize, HashSet<(usize, i64)>),
}

impl Writing<'_> {
    fn write(&mut self, pending: &PendingRow) -> Result<()> {
        let scenario = self.scenario;
        let number = match pending.kind {
            RowKind::Letter => scenario.channels.len(),
            _ => scenario.points[usize::from(pending.place)].channel,
        };
        let rows = self.put(number, pending, pending.kind)?;
        self.tally.totals.duplicates += rows - 1;
        self.tally.totals.company_contacts += u64::from(pending.kind == RowKind::Letter);
        if pending.has_unknown && self.is_first_unknown(number, pending.at) {
            self.tally.totals.without_client += self.put(number, pending, RowKind::Unknown)?;
        }
        Ok(())
    }

    fn is_first_unknown(&mut self, number: usize, at: i64) -> bool {
        let slot = slot_of(at);
        if self.unknown.0 != slot {
            self.unknown = (slot, HashSet::new());
        }
        self.unknown.1.insert((number, at))
    }

    /// The last row of every log: all are complete up to the same moment.
    fn close(&mut self, log_end: i64) -> Result<()> {
        let closing = PendingRow::closing(log_end);
        for number in 0..self.logs.len() {
            self.tally.totals.without_client += self.put(number, &closing, RowKind::Closing)?;
            self.logs[number].finish()?;
        }
        Ok(())
    }

    fn put(&mut self, number: usize, pending: &PendingRow, kind: RowKind) -> Result<u64> {
        let row = Row { scenario: self.scenario, pending, kind };
        let rows = self.logs[number].write(&row)?;
        self.tally.totals.rows += rows;
        Ok(rows)
    }
}
