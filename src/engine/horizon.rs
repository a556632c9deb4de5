//! The horizon: the moment up to which the logs of every source are there. And what is odd about where it lies.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use chrono_tz::Tz;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::notation::moment;

const DAY_US: i64 = 86_400_000_000;

/// A source that ends this long before another one holds all others back.
const FAR_BEHIND_US: i64 = 7 * DAY_US;

/// A file may have been written a day before its latest row, by another clock.
const OTHER_CLOCK_US: i64 = DAY_US;

/// The latest contact of a source, and the file that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Latest {
    source: String,
    file: String,
    at_us: i64,
    written_us: Option<i64>,
}

/// The latest contact of each source of the configuration; a source that is gone holds nothing back. Where none is left, of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Horizon {
    /// By time.
    latest: Vec<Latest>,
}

impl Horizon {
    /// `files`: the table of that name.
    pub fn of(files: &RecordBatch, config: &Config) -> Result<Horizon> {
        let column =
            |name: &str| files.column_by_name(name).ok_or_else(|| Error::bug(format!("files without `{name}`")));
        let text = |name: &str| Ok::<_, Error>(arrow::compute::cast(column(name)?, &DataType::Utf8)?);
        let (source, file) = (text("source")?, text("file")?);
        let (source, file) = (source.as_string::<i32>(), file.as_string::<i32>());
        let times = |name: &str| Ok::<_, Error>(column(name)?.as_primitive::<TimestampMicrosecondType>());
        let (latest_at, modified_at) = (times("latest_at")?, times("modified_at")?);
        let mut by_source: BTreeMap<&str, Latest> = BTreeMap::new();
        for row in (0..files.num_rows()).filter(|&row| latest_at.is_valid(row)) {
            let at_us = latest_at.value(row);
            if by_source.get(source.value(row)).is_none_or(|known| known.at_us < at_us) {
                let written_us = modified_at.is_valid(row).then(|| modified_at.value(row));
                let (source, file) = (source.value(row), file.value(row).to_owned());
                by_source.insert(source, Latest { source: source.to_owned(), file, at_us, written_us });
            }
        }
        let is_configured = |latest: &&Latest| config.sources.iter().any(|source| source.name == latest.source);
        let mut latest: Vec<Latest> = by_source.values().filter(is_configured).cloned().collect();
        if latest.is_empty() {
            latest = by_source.into_values().collect();
        }
        latest.sort_by_key(|latest| latest.at_us);
        Ok(Horizon { latest })
    }

    /// Microseconds; `None` where there is no contact.
    pub fn at_us(&self) -> Option<i64> {
        self.latest.first().map(|first| first.at_us)
    }

    /// One line where a source ends long before another, and for each source whose latest contact is later than its file.
    pub fn warnings(&self, timezone: Tz) -> Vec<String> {
        let mut warnings = Vec::new();
        if let (Some(first), Some(last)) = (self.latest.first(), self.latest.last()) {
            let behind_us = last.at_us - first.at_us;
            if behind_us > FAR_BEHIND_US {
                warnings.push(format!(
                    "the horizon is where `{}` ends, {} (`{}`): {} days before `{}` does (`{}`), and what came after it is not counted",
                    first.source,
                    moment(first.at_us, timezone),
                    first.file,
                    behind_us / DAY_US,
                    last.source,
                    last.file,
                ));
            }
        }
        let is_later = |latest: &&Latest| is_later_than_file(latest.at_us, latest.written_us);
        warnings.extend(
            self.latest.iter().filter(is_later).map(|latest| later_than_file(&latest.file, latest.at_us, timezone)),
        );
        warnings
    }
}

/// Whether a contact is later than its file was written; by microseconds.
pub fn is_later_than_file(latest_us: i64, written_us: Option<i64>) -> bool {
    written_us.is_some_and(|written_us| latest_us - written_us > OTHER_CLOCK_US)
}

/// What is to be said of a file with a contact that is later than the file itself.
pub fn later_than_file(file: &str, latest_us: i64, timezone: Tz) -> String {
    format!(
        "`{file}` has a contact at {}, after the file was written: a slip, most likely, and the horizon may be too late for it",
        moment(latest_us, timezone)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latest(source: &str, day: i64, written: i64) -> Latest {
        let (at_us, written_us) = (day * DAY_US, Some(written * DAY_US));
        Latest { source: source.to_owned(), file: format!("{source}.csv"), at_us, written_us }
    }

    #[test]
    fn the_earliest_end_of_a_source_is_the_horizon() {
        let horizon = Horizon { latest: vec![latest("web", 7, 8), latest("phone", 14, 14)] };
        assert_eq!(horizon.at_us(), Some(7 * DAY_US));
        assert!(horizon.warnings(Tz::UTC).is_empty());
        assert_eq!(Horizon::default().at_us(), None);
    }

    #[test]
    fn a_source_far_behind_and_a_row_later_than_its_file_are_said() {
        let horizon = Horizon { latest: vec![latest("web", 7, 8), latest("phone", 24_000, 14)] };
        let warnings = horizon.warnings(Tz::UTC);
        assert!(
            warnings[0].contains("`web` ends") && warnings[0].contains("23993 days before `phone`"),
            "{warnings:?}"
        );
        assert!(warnings[1].starts_with("`phone.csv` has a contact at 2035-09-17"), "{warnings:?}");
    }
}
