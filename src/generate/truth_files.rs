//! The tables of truth, as CSV: one row per journey, per point and cause, and per total.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::contact::met;
use super::journey::DrawnJourney;
use super::log::unwritable;
use super::scenario::Scenario;
use super::tally::Tally;
use super::text::{Moments, put_client, put_number};
use super::truth::{Status, Truth};
use crate::error::{Error, Result};

/// Folder of the tables.
pub(super) const TRUTH: &str = "truth";
const JOURNEYS: &str =
    "client,started_at,ended_at,status,drop_channel,drop_step,family,cause,contacts,visits,lost_to_cause,lost_to\n";
const RATES: &str = "channel,step,cause,planted_exposure,planted_ratio,planted_drop,met,exposed,dropped,\
                     dropped_exposed,lost_to_cause,expected_lost\n";
/// Family and cause of a drop-off that nothing explains.
const UNEXPLAINED: &str = "unexplained";

/// The table of journeys, being written in the order of their starts.
pub(super) struct JourneyFile {
    path: PathBuf,
    file: BufWriter<File>,
    moments: Moments,
    line: Vec<u8>,
}

impl JourneyFile {
    pub fn create(folder: &Path) -> Result<JourneyFile> {
        let path = folder.join(TRUTH).join("journeys.csv");
        let made = File::create(&path).and_then(|file| {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            file.write_all(JOURNEYS.as_bytes()).map(|()| file)
        });
        let file = made.map_err(|error| unwritable(&path, &error.to_string()))?;
        Ok(JourneyFile { path, file, moments: Moments::new(), line: Vec::new() })
    }

    pub fn write(&mut self, scenario: &Scenario, client: u64, drawn: &DrawnJourney, truth: &Truth) -> Result<()> {
        let line = &mut self.line;
        line.clear();
        put_client(line, client);
        for at in [truth.started_at, truth.ended_at] {
            line.push(b',');
            self.moments.put(line, at);
        }
        let point =
            truth.drop.and_then(|place| drawn.contacts.get(place)).map(|contact| &scenario.points[contact.point]);
        let (channel, step) = match point {
            Some(point) => (scenario.channels[point.channel].name.as_str(), point.step.as_str()),
            None => ("", ""),
        };
        let (family, code) = match truth.cause.map(|cause| &scenario.causes[cause]) {
            Some(cause) => (cause.family.name(), cause.code.as_str()),
            None if truth.status == Status::Dropped => (UNEXPLAINED, UNEXPLAINED),
            None => ("", ""),
        };
        for text in [truth.status.name(), channel, step, family, code] {
            line.push(b',');
            line.extend_from_slice(text.as_bytes());
        }
        for count in [truth.contacts, truth.visits] {
            line.push(b',');
            put_number(line, count as i64);
        }
        line.extend_from_slice(if truth.loss.is_to_causes { b",true," } else { b",false," });
        for (place, cause) in met(scenario, truth.loss.to).map(|cause| &scenario.causes[cause]).enumerate() {
            if place > 0 {
                line.push(b'+');
            }
            for text in [cause.family.name(), ".", cause.code.as_str()] {
                line.extend_from_slice(text.as_bytes());
            }
        }
        line.push(b'\n');
        self.file.write_all(line).map_err(|error| unwritable(&self.path, &error.to_string()))
    }

    pub fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|error| unwritable(&self.path, &error.to_string()))
    }
}

/// Writes the tables of counts.
pub(super) fn write_counts(folder: &Path, scenario: &Scenario, tally: &Tally) -> Result<()> {
    let text = rates(scenario, tally).map_err(|error| Error::bug(error.to_string()))?;
    for (name, text) in [("rates.csv", text), ("totals.csv", totals(tally))] {
        let path = folder.join(TRUTH).join(name);
        std::fs::write(&path, text).map_err(|error| unwritable(&path, &error.to_string()))?;
    }
    Ok(())
}

fn rates(scenario: &Scenario, tally: &Tally) -> std::result::Result<String, std::fmt::Error> {
    use std::fmt::Write;
    let mut text = RATES.to_owned();
    for (point, counts) in scenario.points.iter().zip(&tally.points) {
        let (channel, step, drop) = (&scenario.channels[point.channel].name, &point.step, point.drop);
        let (met, dropped) = (counts.met, counts.dropped);
        let (lost, expected) = (counts.lost_to_cause, thousandths(counts.expected_lost));
        writeln!(text, "{channel},{step},,,,{drop},{met},,{dropped},,{lost},{expected:.3}")?;
        for (&cause, of_cause) in point.causes.iter().zip(&counts.causes) {
            let cause = &scenario.causes[cause];
            let (family, code) = (cause.family.name(), &cause.code);
            writeln!(
                text,
                "{channel},{step},{family}.{code},{},{},{drop},{met},{},{dropped},{},{},{:.3}",
                cause.exposure,
                cause.ratio,
                of_cause.exposed,
                of_cause.dropped,
                of_cause.lost_to_cause,
                thousandths(of_cause.expected_lost)
            )?;
        }
    }
    Ok(text)
}

/// Rounded, and never a negative zero.
fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0 + 0.0
}

fn totals(tally: &Tally) -> String {
    let counts = tally.totals.counts().map(|(name, count)| format!("{name},{count}\n")).concat();
    let mut horizon = Vec::new();
    Moments::new().put(&mut horizon, tally.totals.horizon_s);
    format!("name,value\n{counts}horizon,{}\n", String::from_utf8_lossy(&horizon))
}
