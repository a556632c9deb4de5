//! Rows of the log that come again: within an ingest, and against what is stored.
//!
//! A row is known by its source, client and start, and by a hash of all that the log says in it, mapped or not. Equal rows of one file
//! are several contacts; across files the greatest number of copies in any one of them counts, so that a row delivered twice counts
//! once. A source can have each row once, or all.
//!
//! Rows that are not stored as another file holds them are kept in the table `copies`: if that file's rows go, these take their place.
//! Stored files are looked into only where their times overlap those of the new rows, so a night costs what the night brings.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};

use super::copies::CopyEntry;
use super::data_file::DataFile;
use super::layout::Place;
use super::parquet_file;
use super::row_keys::{Moment, RowKey, RowKeys};
use super::sort::SortKeys;
use crate::config::Duplicates as Rule;
use crate::error::Result;

/// The rows of each (source, file) that were not stored.
pub(super) type DuplicatesByFile = HashMap<(String, String), FileDuplicates>;

/// Rows of one file that were not stored, as an equal row is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileDuplicates {
    pub rows: i64,
    /// Of `rows`.
    pub without_client: i64,
    /// The first of them and the row that it equals, in words.
    pub example: Option<String>,
}

impl FileDuplicates {
    pub fn add(&mut self, other: FileDuplicates) {
        self.rows += other.rows;
        self.without_client += other.without_client;
        self.example = self.example.take().or(other.example);
    }
}

/// Finds duplicates among sorted rows.
pub(super) struct Duplicates<'a> {
    folder: PathBuf,
    stored: Vec<DataFile>,
    rules: &'a HashMap<String, Rule>,
    /// Rows that files which have grown since shared with other files: how often each of them had the row.
    earlier: HashMap<RowKey, HashMap<String, i64>>,
}

/// The rows of one client and time: how often each is kept, and how often each file has it.
#[derive(Default)]
struct Group<'a> {
    kept: HashMap<(&'a str, i64), KeptRow<'a>>,
    seen: HashMap<(&'a str, i64, &'a str), i64>,
}

struct KeptRow<'a> {
    copies: i64,
    /// File and row of the first.
    first: (&'a str, i64),
}

impl<'a> Duplicates<'a> {
    /// `stored`: the files of `contacts` that the new ones join. `entries`: those of `copies` for files that have
    /// grown.
    pub fn new(
        folder: &Path,
        stored: Vec<DataFile>,
        rules: &'a HashMap<String, Rule>,
        entries: Vec<CopyEntry>,
    ) -> Self {
        let mut earlier: HashMap<RowKey, HashMap<String, i64>> = HashMap::new();
        for entry in entries {
            *earlier.entry(entry.key).or_default().entry(entry.file).or_default() += entry.copies;
        }
        Duplicates { folder: folder.to_owned(), stored, rules, earlier }
    }

    /// Which rows are to be stored; those that are not are counted in `dropped`. `rows` are sorted by (client, time), all of one
    /// bucket, and all that there are of each client and time.
    pub fn find(
        &self,
        rows: &RecordBatch,
        bucket: Option<usize>,
        dropped: &mut DuplicatesByFile,
    ) -> Result<Option<BooleanArray>> {
        let stored = self.stored_at_the_moments_of(rows, bucket)?;
        let mut stored_at: HashMap<Moment, Vec<usize>> = HashMap::new();
        if let Some(stored) = &stored {
            for row in 0..stored.rows {
                stored_at.entry(stored.moment(row)).or_default().push(row);
            }
        }
        let candidates = candidates(rows, &stored_at)?;
        if candidates.is_empty() {
            return Ok(None);
        }
        let new = RowKeys::of(&arrow::compute::take_record_batch(rows, &UInt32Array::from(candidates.clone()))?)?;
        let mut keep = vec![true; rows.num_rows()];
        let mut start = 0;
        while start < new.rows {
            let moment = new.moment(start);
            let end = (start..new.rows).find(|&row| new.moment(row) != moment).unwrap_or(new.rows);
            let mut group = Group::default();
            if let (Some(stored), Some(there)) = (&stored, stored_at.get(&moment)) {
                there.iter().for_each(|&row| group.add_stored(stored, row));
            }
            for row in start..end {
                if let Some(twin) = self.twin(&mut group, &new, row) {
                    keep[candidates[row] as usize] = false;
                    let again = dropped.entry((new.source(row).to_owned(), new.file(row).to_owned())).or_default();
                    again.rows += 1;
                    again.without_client += i64::from(moment.0.is_none());
                    again.example.get_or_insert_with(|| {
                        format!("`{}` row {} is `{}` row {}", new.file(row), new.row(row), twin.0, twin.1)
                    });
                }
            }
            start = end;
        }
        Ok(keep.contains(&false).then(|| BooleanArray::from(keep)))
    }

    /// The row that makes this one a duplicate, if there is one.
    fn twin<'g>(&self, group: &mut Group<'g>, new: &'g RowKeys, row: usize) -> Option<(&'g str, i64)> {
        let (source, file) = (new.source(row), new.file(row));
        let content = new.content(row)?;
        let rule = self.rules.get(source).copied().unwrap_or(Rule::AcrossFiles);
        let seen = group.seen.entry((source, content, file)).or_insert(0);
        if *seen == 0
            && !self.earlier.is_empty()
            && let Some(files) = self.earlier.get(&new.key(row))
        {
            *seen += files.get(file).copied().unwrap_or(0);
        }
        *seen += 1;
        let kept = group.kept.entry((source, content)).or_insert(KeptRow { copies: 0, first: (file, new.row(row)) });
        let is_new = match rule {
            Rule::Keep => true,
            Rule::Drop => kept.copies == 0,
            Rule::AcrossFiles => *seen > kept.copies,
        };
        if is_new {
            kept.copies += 1;
            return None;
        }
        Some(kept.first)
    }

    /// Stored rows of a client and time that `rows` have too.
    fn stored_at_the_moments_of(&self, rows: &RecordBatch, bucket: Option<usize>) -> Result<Option<RowKeys>> {
        let keys = SortKeys::of(rows)?;
        let times = || (0..rows.num_rows()).map(|row| keys.time(row));
        let clients = rows.num_rows().checked_sub(1).and_then(|last| Some(keys.client(0)?..=keys.client(last)?));
        let (Some(first), Some(latest)) = (times().min(), times().max()) else { return Ok(None) };
        let mut wanted = None;
        let mut found = Vec::new();
        for file in &self.stored {
            let (place, _) = Place::parse(&file.name)?;
            if place.bucket() != bucket || !file.overlaps(first, latest) {
                continue;
            }
            let wanted = match &mut wanted {
                Some(wanted) => wanted,
                none => none.insert(moments_of(rows)?),
            };
            found.extend(self.read(file, clients.clone(), wanted)?);
        }
        let Some(schema) = found.first().map(RecordBatch::schema) else { return Ok(None) };
        RowKeys::of(&arrow::compute::concat_batches(&schema, &found)?).map(Some)
    }

    fn read(
        &self,
        file: &DataFile,
        clients: Option<RangeInclusive<u128>>,
        wanted: &HashSet<Moment>,
    ) -> Result<Vec<RecordBatch>> {
        let mut found = Vec::new();
        for batch in parquet_file::read_clients(&self.folder, file, clients, &RowKeys::COLUMNS)? {
            let batch = batch?;
            let keys = SortKeys::of(&batch)?;
            let keep: Vec<bool> =
                (0..batch.num_rows()).map(|row| wanted.contains(&(keys.client(row), keys.time(row)))).collect();
            if keep.contains(&true) {
                let rows = arrow::compute::filter_record_batch(&batch, &BooleanArray::from(keep))?;
                found.push(rows);
            }
        }
        Ok(found)
    }
}

impl<'a> Group<'a> {
    fn add_stored(&mut self, stored: &'a RowKeys, row: usize) {
        let Some(content) = stored.content(row) else { return };
        let (source, file) = (stored.source(row), stored.file(row));
        let first = (file, stored.row(row));
        self.kept.entry((source, content)).or_insert(KeptRow { copies: 0, first }).copies += 1;
        *self.seen.entry((source, content, file)).or_insert(0) += 1;
    }
}

fn moments_of(rows: &RecordBatch) -> Result<HashSet<Moment>> {
    let keys = SortKeys::of(rows)?;
    Ok((0..rows.num_rows()).map(|row| (keys.client(row), keys.time(row))).collect())
}

/// Rows that share client and time with a neighbour, or with a stored row.
fn candidates(rows: &RecordBatch, stored: &HashMap<Moment, Vec<usize>>) -> Result<Vec<u32>> {
    let keys = SortKeys::of(rows)?;
    let moment = |row: usize| (keys.client(row), keys.time(row));
    let count = rows.num_rows();
    let is_candidate = |&row: &usize| {
        let this = moment(row);
        let is_tied = (row > 0 && moment(row - 1) == this) || (row + 1 < count && moment(row + 1) == this);
        is_tied || (!stored.is_empty() && stored.contains_key(&this))
    };
    Ok((0..count).filter(is_candidate).map(|row| row as u32).collect())
}
