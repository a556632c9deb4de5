//! Sorted contacts → the data files of an ingest: files side by side, piece by piece, without duplicates.
//!
//! Which rows a file holds depends on the contacts alone, not on the pieces or on who writes them: the same logs give the same
//! files, byte for byte.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::compute::{filter_record_batch, not};
use deltalake::kernel::Action;

use super::copies;
use super::duplicates::{Duplicates, DuplicatesByFile};
use super::layout::{BUCKETS, Place, SLICES, SLICES_PER_BUCKET};
use super::parquet_file::NewFile;
use super::sort::{MergedRuns, Sorted};
use crate::error::{Error, Result};

/// Rows after which a data file of a bucket ends, at the end of a slice, and another begins.
const FILE_ROWS: usize = 2_000_000;
/// Rows that are merged, compared and written at a time.
const PIECE_ROWS: usize = 128 * 1024;

/// What an ingest has written.
#[derive(Default)]
pub(super) struct WrittenFiles {
    /// In the order of the files.
    pub actions: Vec<Action>,
    pub dropped: DuplicatesByFile,
    /// Files of `copies`: rows that are not stored as another file holds them.
    pub copies: Vec<Action>,
}

/// Where the files of an ingest go.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub contacts: &'a Path,
    pub copies: &'a Path,
    pub ingest: i64,
}

/// Writes the sorted contacts, one or more files per bucket.
pub(super) fn write_contacts(sorted: &Sorted, target: Target<'_>, duplicates: &Duplicates<'_>) -> Result<WrittenFiles> {
    let files = planned_files(sorted);
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, WrittenFiles)>> {
        let mut merge = sorted.reader()?;
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((place, parts)) = files.get(number) else { return Ok(done) };
            let mut file = ContactsFile {
                target,
                place: *place,
                duplicates,
                dropped: DuplicatesByFile::new(),
                file: None,
                copies: None,
            };
            file.fill(&mut merge, parts.clone())?;
            done.push((number, file.close()?));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let panicked = |_| Error::bug("writing contacts panicked");
        running.into_iter().map(|worker| worker.join().map_err(panicked)?).collect::<Result<Vec<_>>>()
    })?;
    let mut done: Vec<(usize, WrittenFiles)> = done.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    let mut all = WrittenFiles::default();
    for (_, written) in done {
        all.actions.extend(written.actions);
        all.copies.extend(written.copies);
        for (file, again) in written.dropped {
            all.dropped.entry(file).or_default().add(again);
        }
    }
    Ok(all)
}

/// Which files there will be, and the parts of the sorted contacts that each holds.
fn planned_files(sorted: &Sorted) -> Vec<(Place, RangeInclusive<usize>)> {
    let mut files = Vec::new();
    for bucket in 0..BUCKETS {
        let last_of_bucket = (bucket + 1) * SLICES_PER_BUCKET - 1;
        let slices = bucket * SLICES_PER_BUCKET..=last_of_bucket;
        let (mut first, mut rows) = (*slices.start(), 0);
        for last in slices {
            rows += sorted.rows(last);
            if rows >= FILE_ROWS || (rows > 0 && last == last_of_bucket) {
                files.push((Place::Clients { first, last }, first..=last));
                (first, rows) = (last + 1, 0);
            }
        }
    }
    if sorted.rows(SLICES) > 0 {
        files.push((Place::WithoutClient, SLICES..=SLICES));
    }
    files
}

/// A file of `contacts` that is being written.
struct ContactsFile<'a> {
    target: Target<'a>,
    place: Place,
    duplicates: &'a Duplicates<'a>,
    dropped: DuplicatesByFile,
    /// Begun with the first row that is not a duplicate.
    file: Option<NewFile>,
    /// Begun with the first that is one.
    copies: Option<NewFile>,
}

impl ContactsFile<'_> {
    fn fill(&mut self, merge: &mut MergedRuns, parts: RangeInclusive<usize>) -> Result<()> {
        let (mut waiting, mut rows) = (Vec::new(), 0);
        for part in parts {
            merge.go_to(part)?;
            while let Some(piece) = merge.next_piece(PIECE_ROWS)? {
                rows += piece.num_rows();
                waiting.push(piece);
                if rows >= PIECE_ROWS {
                    self.add(&std::mem::take(&mut waiting))?;
                    rows = 0;
                }
            }
        }
        if waiting.is_empty() { Ok(()) } else { self.add(&waiting) }
    }

    fn add(&mut self, pieces: &[RecordBatch]) -> Result<()> {
        let schema = pieces.first().map(RecordBatch::schema).ok_or_else(|| Error::bug("a piece without rows"))?;
        let rows = match pieces {
            [only] => only.clone(),
            several => arrow::compute::concat_batches(&schema, several)?,
        };
        let Some(keep) = self.duplicates.find(&rows, self.place.bucket(), &mut self.dropped)? else {
            return self.write(Table::Contacts, &rows);
        };
        let again = filter_record_batch(&rows, &not(&keep)?)?;
        self.write(Table::Copies, &copies::of_contacts(&again)?)?;
        self.write(Table::Contacts, &filter_record_batch(&rows, &keep)?)
    }

    fn write(&mut self, table: Table, rows: &RecordBatch) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let (file, folder) = match table {
            Table::Contacts => (&mut self.file, self.target.contacts),
            Table::Copies => (&mut self.copies, self.target.copies),
        };
        let file = match file {
            Some(file) => file,
            none => none.insert(NewFile::create(folder, &self.place.file_name(self.target.ingest), rows.schema())?),
        };
        file.write(rows)
    }

    fn close(self) -> Result<WrittenFiles> {
        let closed = |file: Option<NewFile>| -> Result<Vec<Action>> {
            Ok(file.map(NewFile::finish).transpose()?.into_iter().collect())
        };
        Ok(WrittenFiles { actions: closed(self.file)?, copies: closed(self.copies)?, dropped: self.dropped })
    }
}

#[derive(Clone, Copy)]
enum Table {
    Contacts,
    Copies,
}
