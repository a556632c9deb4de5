//! The register of files: what became of the rows of each, and what each is known again by.
//!
//! In: the outcomes of an ingest. Out: rows of the table `files`; and read back, the files that the store holds. A file that grew
//! has a row for each part; one whose rows others took the place of has none any more.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, PrimitiveArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{ArrowPrimitiveType, Int64Type, TimestampMicrosecondType};

use super::counts::Counts;
use super::mappings::Mapping;
use crate::error::{Error, Result};
use crate::schema;

/// What a file is known again by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileContent {
    /// Hash of all of its text.
    pub digest: String,
    pub whole: WholeRows,
}

/// The rows of a file that have an end: what its text begins with once it has grown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WholeRows {
    pub bytes: i64,
    pub digest: String,
    /// How many row numbers they take up.
    pub rows: i64,
    /// Hash of the first bytes.
    pub head: String,
}

/// What became of the rows of one log file, or of what it has grown by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOutcome {
    pub source: String,
    /// What its rows are found under: the name it was first read under, with a number where another content has it.
    pub file: String,
    /// The name it was read under.
    pub name: String,
    pub content: FileContent,
    /// By what its rows were read, see [`mapping_text`](super::mapping_text).
    pub mapping: String,
    pub bytes: i64,
    /// Microseconds.
    pub modified_at: Option<i64>,
    /// What is kept and what is a duplicate is known once it is stored.
    pub counts: Counts,
    /// Microseconds.
    pub first_at: Option<i64>,
    pub latest_at: Option<i64>,
    /// The row that was taken though its line has no end yet.
    pub open_row: Option<i64>,
    /// First and latest start, in microseconds, without that row: it may have been half written.
    pub whole_span_us: Option<(i64, i64)>,
    /// Whether there is such a line, and it could not be read.
    pub is_waiting: bool,
    /// The file, of the same source, whose rows these take the place of.
    pub replaces: Option<String>,
    /// The row of the same file that was taken while it had no end, and is read again now.
    pub reopens: Option<i64>,
}

/// A log file after its contacts were stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFile {
    pub outcome: FileOutcome,
    /// Rows that went as these took their place.
    pub replaced: i64,
}

/// A file that the store holds rows of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFile {
    pub source: String,
    pub file: String,
    /// The names, sizes and times of change that it had with its present content.
    pub met: Vec<FileStat>,
    /// All names that it was ever met under, each with the latest ingest that did.
    pub names: BTreeMap<String, i64>,
    pub content: FileContent,
    pub open_row: Option<i64>,
    pub duplicates: i64,
    /// First and latest start of a contact, in microseconds.
    pub span_us: Option<(i64, i64)>,
    /// By what its parts were read.
    pub mappings: Vec<Mapping>,
}

/// A file as it was met: not read again where it is still so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileStat {
    pub name: String,
    pub bytes: i64,
    /// Microseconds.
    pub modified_at: Option<i64>,
}

/// A known file that was met with another name, size or time of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherName {
    pub source: String,
    pub file: String,
    pub met: FileStat,
}

/// The rows that one ingest adds to `names`.
pub(super) fn name_rows(again: &[OtherName]) -> Result<RecordBatch> {
    let text = |value: fn(&OtherName) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(again.iter().map(value)))
    };
    let moments: TimestampMicrosecondArray = again.iter().map(|again| again.met.modified_at).collect();
    let columns: Vec<ArrayRef> = vec![
        text(|again| &again.source),
        text(|again| &again.file),
        text(|again| &again.met.name),
        Arc::new(Int64Array::from_iter_values(again.iter().map(|again| again.met.bytes))),
        Arc::new(moments.with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(schema::names(), columns)?)
}

/// The rows that one ingest adds to `files`.
pub(super) fn rows(ingest: i64, files: &[StoredFile]) -> Result<RecordBatch> {
    let text = |value: fn(&FileOutcome) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(files.iter().map(|file| value(&file.outcome))))
    };
    let count =
        |value: fn(&StoredFile) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(files.iter().map(value))) };
    let moment = |value: fn(&FileOutcome) -> Option<i64>| -> ArrayRef {
        let moments = files.iter().map(|file| value(&file.outcome));
        Arc::new(moments.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let column = |name: &str| -> Result<ArrayRef> {
        Ok(match name {
            "ingest" => Arc::new(Int64Array::from_iter_values(files.iter().map(|_| ingest))),
            "source" => text(|file| &file.source),
            "file" => text(|file| &file.file),
            "content" => text(|file| &file.content.digest),
            "bytes" => count(|file| file.outcome.bytes),
            "modified_at" => moment(|file| file.modified_at),
            "read" => count(|file| file.outcome.counts.read),
            "kept" => count(|file| file.outcome.counts.kept),
            "skipped" => count(|file| file.outcome.counts.skipped),
            "rejected" => count(|file| file.outcome.counts.rejected),
            "duplicates" => count(|file| file.outcome.counts.duplicates),
            "without_client" => count(|file| file.outcome.counts.without_client),
            "ambiguous_times" => count(|file| file.outcome.counts.ambiguous_times),
            "first_at" => moment(|file| file.first_at),
            "latest_at" => moment(|file| file.latest_at),
            "mapping" => {
                let mappings =
                    files.iter().map(|file| Some(file.outcome.mapping.as_str()).filter(|text| !text.is_empty()));
                Arc::new(mappings.collect::<StringArray>())
            }
            "name" => text(|file| &file.name),
            "head" => text(|file| &file.content.whole.head),
            "whole_bytes" => count(|file| file.outcome.content.whole.bytes),
            "whole_content" => text(|file| &file.content.whole.digest),
            "whole_rows" => count(|file| file.outcome.content.whole.rows),
            "open_row" => Arc::new(files.iter().map(|file| file.outcome.open_row).collect::<Int64Array>()),
            "whole_first_at" => moment(|file| file.whole_span_us.map(|(first, _)| first)),
            "whole_latest_at" => moment(|file| file.whole_span_us.map(|(_, latest)| latest)),
            "is_waiting" => Arc::new(files.iter().map(|file| Some(file.outcome.is_waiting)).collect::<BooleanArray>()),
            "replaces" => Arc::new(files.iter().map(|file| file.outcome.replaces.as_deref()).collect::<StringArray>()),
            "replaced" => count(|file| file.replaced),
            other => return Err(Error::bug(format!("`files` has no column `{other}`"))),
        })
    };
    let schema = schema::files();
    let columns = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Of each source and file: the first ingest that its rows count from.
pub(super) type FirstIngests = HashMap<(String, String), i64>;

/// Row numbers of `files` whose rows are still in the store, and for each file the first ingest that it counts from.
pub(super) fn current(files: &RecordBatch) -> Result<(Vec<usize>, FirstIngests)> {
    let read = Columns(files);
    let (ingest, source, file, replaces) =
        (read.numbers::<Int64Type>("ingest")?, read.text("source")?, read.text("file")?, read.text("replaces")?);
    let mut since = FirstIngests::new();
    for row in (0..files.num_rows()).filter(|&row| replaces.is_valid(row)) {
        let first = since.entry((source.value(row).to_owned(), replaces.value(row).to_owned())).or_default();
        *first = ingest.value(row).max(*first);
    }
    let counts = |row: &usize| {
        let first = since.get(&(source.value(*row).to_owned(), file.value(*row).to_owned()));
        first.is_none_or(|first| ingest.value(*row) >= *first)
    };
    Ok(((0..files.num_rows()).filter(counts).collect(), since))
}

/// `files`, with the times of each part but the last taken without its half-written row, which the next part has whole.
pub(super) fn without_half_rows(files: &RecordBatch) -> Result<RecordBatch> {
    let read = Columns(files);
    let (source, file, open_row) = (read.text("source")?, read.text("file")?, read.numbers::<Int64Type>("open_row")?);
    let last: HashMap<(&str, &str), usize> =
        (0..files.num_rows()).map(|row| ((source.value(row), file.value(row)), row)).collect();
    let was_closed = |row: usize| open_row.is_valid(row) && last[&(source.value(row), file.value(row))] > row;
    let mut columns = files.columns().to_vec();
    for (name, whole) in [("first_at", "whole_first_at"), ("latest_at", "whole_latest_at")] {
        let moment = |name| read.numbers::<TimestampMicrosecondType>(name);
        let (all, whole) = (moment(name)?, moment(whole)?);
        let of = |row: usize| {
            let times = if was_closed(row) { whole } else { all };
            times.is_valid(row).then(|| times.value(row))
        };
        let times: TimestampMicrosecondArray = (0..files.num_rows()).map(of).collect();
        columns[files.schema().index_of(name)?] = Arc::new(times.with_timezone("UTC"));
    }
    Ok(RecordBatch::try_new(files.schema(), columns)?)
}

/// The files that the register has, in its order; those of stores without contents are left out. `files`: all rows of that table;
/// `names`: rows of that table, by ingest.
pub(super) fn known_files(files: &RecordBatch, names: &[(i64, RecordBatch)]) -> Result<Vec<KnownFile>> {
    let (current, since) = current(files)?;
    let mut known = registered(files, &current)?;
    let places: HashMap<(String, String), usize> =
        known.iter().enumerate().map(|(place, known)| ((known.source.clone(), known.file.clone()), place)).collect();
    let content_since: Vec<i64> =
        known.iter().map(|known| known.names.values().copied().max().unwrap_or_default()).collect();
    for (ingest, names) in names {
        let read = Columns(names);
        let (source, file, name) = (read.text("source")?, read.text("file")?, read.text("name")?);
        let bytes = read.numbers::<Int64Type>("bytes")?;
        let modified_at = read.numbers::<TimestampMicrosecondType>("modified_at")?;
        for row in 0..names.num_rows() {
            let key = (source.value(row).to_owned(), file.value(row).to_owned());
            // Names from before the file's rows were replaced are those of another content.
            let counts = since.get(&key).is_none_or(|first| ingest >= first);
            let Some(&place) = places.get(&key).filter(|_| counts) else { continue };
            known[place].has_name(name.value(row), *ingest);
            if *ingest >= content_since[place] {
                known[place].met.push(FileStat {
                    name: name.value(row).to_owned(),
                    bytes: bytes.value(row),
                    modified_at: modified_at.is_valid(row).then(|| modified_at.value(row)),
                });
            }
        }
    }
    Ok(known)
}

impl KnownFile {
    fn has_name(&mut self, name: &str, ingest: i64) {
        let latest = self.names.entry(name.to_owned()).or_default();
        *latest = ingest.max(*latest);
    }
}

/// `rows`: those of `files` that count.
fn registered(files: &RecordBatch, rows: &[usize]) -> Result<Vec<KnownFile>> {
    let read = Columns(files);
    let (source, file, name, content) =
        (read.text("source")?, read.text("file")?, read.text("name")?, read.text("content")?);
    let (head, whole, mapping) = (read.text("head")?, read.text("whole_content")?, read.text("mapping")?);
    let number = |name| read.numbers::<Int64Type>(name);
    let (bytes, duplicates, whole_bytes, whole_rows, open_row) =
        (number("bytes")?, number("duplicates")?, number("whole_bytes")?, number("whole_rows")?, number("open_row")?);
    let ingest = number("ingest")?;
    let moment = |name| read.numbers::<TimestampMicrosecondType>(name);
    let (modified_at, first_at, latest_at) = (moment("modified_at")?, moment("first_at")?, moment("latest_at")?);
    let mut known: BTreeMap<(&str, &str), KnownFile> = BTreeMap::new();
    let mut order = Vec::new();
    let is_known = |row: &&usize| head.is_valid(**row) && !content.value(**row).is_empty();
    for &row in rows.iter().filter(is_known) {
        let key = (source.value(row), file.value(row));
        let entry = known.entry(key).or_insert_with(|| {
            order.push(key);
            KnownFile { source: key.0.to_owned(), file: key.1.to_owned(), ..KnownFile::default() }
        });
        // The latest part says how the file is now.
        entry.has_name(name.value(row), ingest.value(row));
        entry.met = vec![FileStat {
            name: name.value(row).to_owned(),
            bytes: bytes.value(row),
            modified_at: modified_at.is_valid(row).then(|| modified_at.value(row)),
        }];
        entry.open_row = open_row.is_valid(row).then(|| open_row.value(row));
        entry.content = FileContent {
            digest: content.value(row).to_owned(),
            whole: WholeRows {
                bytes: whole_bytes.value(row),
                digest: whole.value(row).to_owned(),
                rows: whole_rows.value(row),
                head: head.value(row).to_owned(),
            },
        };
        entry.duplicates += duplicates.value(row);
        if first_at.is_valid(row) && latest_at.is_valid(row) {
            let (first, latest) = entry.span_us.unwrap_or((i64::MAX, i64::MIN));
            entry.span_us = Some((first.min(first_at.value(row)), latest.max(latest_at.value(row))));
        }
        if mapping.is_valid(row) {
            entry.mappings.push(super::mappings::mapping_from(mapping.value(row))?);
        }
    }
    Ok(order.into_iter().filter_map(|key| known.remove(&key)).collect())
}

/// Columns of a batch, by name and type.
struct Columns<'a>(&'a RecordBatch);

impl Columns<'_> {
    fn column(&self, name: &str) -> Result<&ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| Error::bug(format!("files without `{name}`")))
    }

    fn text(&self, name: &str) -> Result<&StringArray> {
        Ok(self.column(name)?.as_string::<i32>())
    }

    fn numbers<T: ArrowPrimitiveType>(&self, name: &str) -> Result<&PrimitiveArray<T>> {
        Ok(self.column(name)?.as_primitive::<T>())
    }
}
