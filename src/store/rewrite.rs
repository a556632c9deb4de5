//! Takes rows out of data files: those of log files that another content has taken the place of, and those that are
//! read again.
//!
//! ```text
//!  data files ──► those that hold such rows ──► written again without them, in the same order; the others stay
//!  copies ──────► rows that another log file has too stay, as rows of that file
//! ```
//!
//! In: the stored data files, what is to go, the table `copies`. Out: the data files as they are then, the actions that
//! swap them, and how many rows went. A data file is read batch by batch; only where a row becomes another file's is it
//! held as a whole, to be put in order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::{SortColumn, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch};
use arrow::datatypes::DataType;
use deltalake::kernel::Action;

use super::copies::{Copies, CopyEntry, by_row};
use super::data_file::DataFile;
use super::layout::Place;
use super::parquet_file::{self, NewFile};
use super::row_keys::{RowKey, RowKeys};
use crate::error::{Error, Result};
use crate::schema;

/// The rows that are to go.
#[derive(Debug, Default)]
pub(super) struct RowsToRemove {
    /// (source, file)
    pub files: HashSet<(String, String)>,
    /// (source, file, row)
    pub rows: HashSet<(String, String, i64)>,
    /// Those of the files that are read again: their rows come anew, so that no other file takes over the old ones.
    pub again: HashSet<(String, String)>,
    /// First and latest start of the contacts to go, in microseconds, where they are known.
    pub span_us: Option<(i64, i64)>,
}

impl RowsToRemove {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.rows.is_empty()
    }

    fn is_again(&self, known: &RowKeys, row: usize) -> bool {
        self.again.contains(&(known.source(row).to_owned(), known.file(row).to_owned()))
    }

    fn has(&self, known: &RowKeys, row: usize) -> bool {
        let (source, file) = (known.source(row).to_owned(), known.file(row).to_owned());
        if self.files.contains(&(source.clone(), file.clone())) {
            return true;
        }
        !self.rows.is_empty() && self.rows.contains(&(source, file, known.row(row)))
    }
}

/// The store without what goes.
#[derive(Default)]
pub(super) struct Rewritten {
    /// All data files as they are then.
    pub stored: Vec<DataFile>,
    pub actions: Vec<Action>,
    /// How many stored rows each (source, file) has lost.
    pub went: HashMap<(String, String), i64>,
    /// Of those, without a client.
    pub went_without_client: HashMap<(String, String), i64>,
    /// How many copies each (source, file) has lost.
    pub copies_went: HashMap<(String, String), i64>,
    /// How many stored rows each (source, file) has taken over.
    pub came: HashMap<(String, String), i64>,
    /// New entries for `copies` that say so.
    pub entries: Vec<CopyEntry>,
}

/// Takes out of the data files what goes. `number`: of this ingest; `sources`: in the order that breaks ties.
pub(super) fn without(
    to_remove: &RowsToRemove,
    folder: &Path,
    stored: Vec<DataFile>,
    copies: &Copies,
    sources: &[String],
    number: i64,
) -> Result<Rewritten> {
    let mut done = Rewritten::default();
    if to_remove.is_empty() {
        done.stored = stored;
        return Ok(done);
    }
    for entry in copies.find(|known, row| to_remove.has(known, row))? {
        *done.copies_went.entry((entry.key.source.clone(), entry.file.clone())).or_insert(0) += entry.copies;
        done.entries.push(CopyEntry { copies: -entry.copies, ..entry });
    }
    let mut by_bucket: BTreeMap<Option<usize>, Vec<DataFile>> = BTreeMap::new();
    for file in stored {
        by_bucket.entry(Place::parse(&file.name)?.0.bucket()).or_default().push(file);
    }
    for files in by_bucket.into_values() {
        let (touched, others): (Vec<_>, Vec<_>) = {
            let mut holding = Vec::with_capacity(files.len());
            for file in &files {
                holding.push(holds_some(file, to_remove, folder)?);
            }
            files.into_iter().zip(holding).partition(|(_, holds)| *holds)
        };
        done.stored.extend(others.iter().map(|(file, _)| file.clone()));
        if touched.is_empty() {
            continue;
        }
        let of_bucket: Vec<&DataFile> = touched.iter().chain(&others).map(|(file, _)| file).collect();
        let mut heirs = heirs(to_remove, folder, &of_bucket, copies)?;
        for (file, _) in touched {
            let rewriting = Rewriting { to_remove, folder, sources, number };
            rewriting.write(&file, &mut heirs, &mut done)?;
        }
    }
    done.stored.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(done)
}

fn holds_some(file: &DataFile, to_remove: &RowsToRemove, folder: &Path) -> Result<bool> {
    if to_remove.span_us.is_some_and(|(first, latest)| !file.overlaps(first, latest)) {
        return Ok(false);
    }
    for batch in parquet_file::read_clients(folder, file, None, &RowKeys::COLUMNS)? {
        let known = RowKeys::of(&batch?)?;
        if (0..known.rows).any(|row| to_remove.has(&known, row)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// For rows that go and that other files have too: which rows of these take their place.
fn heirs(
    to_remove: &RowsToRemove,
    folder: &Path,
    files: &[&DataFile],
    copies: &Copies,
) -> Result<HashMap<RowKey, Vec<CopyEntry>>> {
    let mut rows_that_go: HashSet<RowKey> = HashSet::new();
    for_each_row(folder, files, |known, row| {
        if to_remove.has(known, row) && !to_remove.is_again(known, row) {
            rows_that_go.insert(known.key(row));
        }
    })?;
    let entries = copies.find(|known, row| rows_that_go.contains(&known.key(row)) && !to_remove.has(known, row))?;
    if entries.is_empty() {
        return Ok(HashMap::new());
    }
    // How often each file that stays has the row: stored, and in `copies`.
    let candidates = by_row(&entries);
    let mut stored: HashMap<RowKey, HashMap<String, i64>> = HashMap::new();
    for_each_row(folder, files, |known, row| {
        let key = known.key(row);
        if candidates.contains_key(&key) && !to_remove.has(known, row) {
            *stored.entry(key).or_default().entry(known.file(row).to_owned()).or_insert(0) += 1;
        }
    })?;
    let mut heirs = HashMap::new();
    for (key, entries) in candidates {
        let stored = stored.remove(key).unwrap_or_default();
        let mut copies_of: BTreeMap<&str, i64> = BTreeMap::new();
        entries.iter().for_each(|entry| *copies_of.entry(&entry.file).or_insert(0) += entry.copies);
        let all = |file: &str, copies: i64| copies + stored.get(file).copied().unwrap_or(0);
        let most = copies_of.iter().map(|(file, copies)| (all(file, *copies), std::cmp::Reverse(*file))).max();
        let Some((most, std::cmp::Reverse(file))) = most else { continue };
        let missing = most - stored.values().sum::<i64>();
        let of_file = entries.iter().filter(|entry| entry.file == file).map(|entry| (*entry).clone());
        heirs.insert(key.clone(), of_file.take(usize::try_from(missing).unwrap_or(0)).collect());
    }
    Ok(heirs)
}

fn for_each_row(folder: &Path, files: &[&DataFile], mut look: impl FnMut(&RowKeys, usize)) -> Result<()> {
    for file in files {
        for batch in parquet_file::read_clients(folder, file, None, &RowKeys::COLUMNS)? {
            let known = RowKeys::of(&batch?)?;
            (0..known.rows).for_each(|row| look(&known, row));
        }
    }
    Ok(())
}

struct Rewriting<'a> {
    to_remove: &'a RowsToRemove,
    folder: &'a Path,
    sources: &'a [String],
    number: i64,
}

impl Rewriting<'_> {
    /// Writes a data file again, without what goes.
    fn write(&self, file: &DataFile, heirs: &mut HashMap<RowKey, Vec<CopyEntry>>, done: &mut Rewritten) -> Result<()> {
        let (place, ingest) = Place::parse(&file.name)?;
        let name = place.rewritten_file_name(ingest, self.number);
        let (mut waiting, mut new, mut has_heirs) = (Vec::new(), None::<NewFile>, false);
        for batch in parquet_file::read(self.folder, file)? {
            let (batch, changed) = self.without(&batch?, heirs, done)?;
            has_heirs |= changed;
            waiting.push(batch);
            if heirs.is_empty() && !has_heirs {
                append(&mut new, self.folder, &name, &std::mem::take(&mut waiting))?;
            }
        }
        if let (true, Some(schema)) = (has_heirs, waiting.first().map(RecordBatch::schema)) {
            waiting = vec![self.in_order(&concat_batches(&schema, &waiting)?)?];
        }
        append(&mut new, self.folder, &name, &waiting)?;
        done.actions.push(parquet_file::removal(&file.name));
        if let Some(new) = new {
            let action = new.finish()?;
            done.stored.extend(DataFile::of_action(&action));
            done.actions.push(action);
        }
        Ok(())
    }

    /// The rows of a batch that stay, and whether one is another file's now.
    fn without(
        &self,
        batch: &RecordBatch,
        heirs: &mut HashMap<RowKey, Vec<CopyEntry>>,
        done: &mut Rewritten,
    ) -> Result<(RecordBatch, bool)> {
        let known = RowKeys::of(batch)?;
        let mut keep = vec![true; known.rows];
        let mut changed: HashMap<usize, CopyEntry> = HashMap::new();
        for row in (0..known.rows).filter(|&row| self.to_remove.has(&known, row)) {
            let of = (known.source(row).to_owned(), known.file(row).to_owned());
            *done.went.entry(of.clone()).or_insert(0) += 1;
            if known.is_without_client(row) {
                *done.went_without_client.entry(of).or_insert(0) += 1;
            }
            let inherits = |heirs: &&mut Vec<CopyEntry>| !heirs.is_empty() && !self.to_remove.is_again(&known, row);
            match heirs.get_mut(&known.key(row)).filter(inherits).map(|heirs| heirs.remove(0)) {
                Some(heir) => {
                    *done.came.entry((heir.key.source.clone(), heir.file.clone())).or_insert(0) += 1;
                    done.entries.push(CopyEntry { copies: -1, ..heir.clone() });
                    changed.insert(row, heir);
                }
                None => keep[row] = false,
            }
        }
        let batch = if changed.is_empty() { batch.clone() } else { with_heirs(batch, &known, &changed)? };
        Ok((filter_record_batch(&batch, &BooleanArray::from(keep))?, !changed.is_empty()))
    }

    /// Rows in the order of a data file.
    fn in_order(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let column = |name: &str| {
            rows.column_by_name(name).cloned().ok_or_else(|| Error::bug(format!("contacts without `{name}`")))
        };
        let text = |name: &str| -> Result<ArrayRef> { Ok(arrow::compute::cast(&column(name)?, &DataType::Utf8)?) };
        let source = text("source")?;
        let places: HashMap<&str, i64> = self.sources.iter().map(String::as_str).zip(0..).collect();
        let place = |source: Option<&str>| source.and_then(|source| places.get(source).copied()).unwrap_or(i64::MAX);
        let place: Int64Array = source.as_string::<i32>().iter().map(|source| Some(place(source))).collect();
        let by = [column("client")?, column("started_at")?, Arc::new(place) as ArrayRef, text("file")?, column("row")?];
        let by = by.map(|values| SortColumn { values, options: None });
        Ok(take_record_batch(rows, &lexsort_to_indices(&by, None)?)?)
    }
}

fn append(begun: &mut Option<NewFile>, folder: &Path, name: &str, batches: &[RecordBatch]) -> Result<()> {
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        let file = match &mut *begun {
            Some(file) => file,
            none => none.insert(NewFile::create(folder, name, batch.schema())?),
        };
        file.write(batch)?;
    }
    Ok(())
}

/// The same rows, some of them as those of another file.
fn with_heirs(batch: &RecordBatch, known: &RowKeys, heirs: &HashMap<usize, CopyEntry>) -> Result<RecordBatch> {
    let files = (0..known.rows).map(|row| heirs.get(&row).map_or(known.file(row), |heir| heir.file.as_str()));
    let files = StringArray::from_iter_values(files);
    let rows = (0..known.rows).map(|row| heirs.get(&row).map_or(known.row(row), |heir| heir.row));
    let rows = Int64Array::from_iter_values(rows);
    let mut columns = batch.columns().to_vec();
    columns[batch.schema().index_of("file")?] = arrow::compute::cast(&files, &schema::word())?;
    columns[batch.schema().index_of("row")?] = Arc::new(rows);
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
