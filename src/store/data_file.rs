//! A data file of a Delta table, as the log of the table describes it.

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::kernel::{Action, LogicalFileView};

use super::checksums::Checksums;

/// Tag of a file in the commit that adds it: its checksums.
pub(super) const CHECKSUMS: &str = "dropoff.checksums";

/// A data file of a Delta table.
#[derive(Clone, Debug)]
pub(super) struct DataFile {
    pub name: String,
    pub bytes: u64,
    pub rows: usize,
    /// First and latest start of a contact, in microseconds, where the table knows.
    pub span_us: Option<(i64, i64)>,
    pub checksums: Option<Arc<Checksums>>,
}

impl DataFile {
    /// The file that an action adds.
    pub fn of_action(action: &Action) -> Option<DataFile> {
        let Action::Add(add) = action else { return None };
        let statistics = add.stats.as_deref();
        let rows = statistics.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let rows = rows.and_then(|statistics| statistics.get("numRecords")?.as_u64()).unwrap_or(0);
        Some(DataFile {
            name: add.path.clone(),
            bytes: add.size.unsigned_abs(),
            rows: usize::try_from(rows).unwrap_or(0),
            span_us: statistics.and_then(span_of),
            checksums: checksums_of(add.tags.as_ref()),
        })
    }

    /// The file that an entry of the log of its table speaks of.
    pub fn of_log(file: &LogicalFileView) -> DataFile {
        DataFile {
            name: file.path().into_owned(),
            bytes: file.size().unsigned_abs(),
            rows: file.num_records().unwrap_or(0),
            span_us: file.stats().as_deref().and_then(span_of),
            checksums: checksums_of(tags_of(file).as_ref()),
        }
    }

    /// Whether it may hold contacts of this time, in microseconds.
    pub fn overlaps(&self, first_us: i64, latest_us: i64) -> bool {
        self.span_us.is_none_or(|(first, latest)| first <= latest_us && first_us <= latest)
    }
}

#[expect(deprecated, reason = "there is no other way to the tags of a file")]
fn tags_of(file: &LogicalFileView) -> Option<HashMap<String, Option<String>>> {
    file.add_action().tags
}

fn checksums_of(tags: Option<&HashMap<String, Option<String>>>) -> Option<Arc<Checksums>> {
    let text = tags?.get(CHECKSUMS)?.as_deref()?;
    Checksums::parse(text).map(Arc::new)
}

/// First and latest `started_at` in Delta's statistics of a file.
fn span_of(statistics: &str) -> Option<(i64, i64)> {
    let statistics: serde_json::Value = serde_json::from_str(statistics).ok()?;
    let moment = |bound: &str| {
        let text = statistics.get(bound)?.get("started_at")?.as_str()?;
        Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros())
    };
    // Other writers may cut statistics to milliseconds.
    Some((moment("minValues")? - 1_000, moment("maxValues")? + 1_000))
}
