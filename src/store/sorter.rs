//! Contacts as they come → contacts sorted by (client, time), in bounded memory.
//!
//! ```text
//!  batches ──► memory ──(full)──► sort ──► run on disk, one batch per slice of clients
//!                                              │ slice 0 of every run, then slice 1, …
//!                                              ▼
//!                                              put together, sort ──► rows of a slice
//! ```
//!
//! Rows come in the order that breaks ties (source, file, row), and every sort is stable, so ties stay in it.
//! Memory: one run while reading, one slice of all runs while writing.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use tempfile::TempDir;

use super::layout::{SLICES, slice_of};
use crate::error::{Error, Result};

/// Number of slices, and one more for contacts without a client.
const PARTS: usize = SLICES + 1;

/// Collects contacts and hands them back slice by slice, sorted.
pub(super) struct Sorter {
    /// Runs are kept in a folder of their own under this one.
    folder: PathBuf,
    budget_bytes: usize,
    memory: Vec<RecordBatch>,
    memory_bytes: usize,
    runs: Vec<File>,
    scratch: Option<TempDir>,
}

impl Sorter {
    /// `budget_bytes`: contacts held in memory before a run is written.
    pub fn new(folder: &Path, budget_bytes: usize) -> Self {
        Sorter {
            folder: folder.to_owned(),
            budget_bytes,
            memory: Vec::new(),
            memory_bytes: 0,
            runs: Vec::new(),
            scratch: None,
        }
    }

    /// Takes a batch. Batches come in the order that breaks ties.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.memory_bytes += batch.get_array_memory_size();
        self.memory.push(batch);
        if self.memory_bytes >= self.budget_bytes { self.write_run() } else { Ok(()) }
    }

    /// Sorts what is left and returns the slices; nothing can be pushed any more.
    pub fn finish(mut self) -> Result<Slices> {
        if self.runs.is_empty() {
            let parts = sorted_parts(std::mem::take(&mut self.memory))?;
            return Ok(Slices { parts: Parts::Memory(parts), _scratch: None });
        }
        self.write_run()?;
        let readers = std::mem::take(&mut self.runs)
            .into_iter()
            .map(|file| FileReader::try_new(file, None).map_err(Error::from))
            .collect::<Result<Vec<_>>>()?;
        Ok(Slices { parts: Parts::Runs(readers), _scratch: self.scratch.take() })
    }

    fn write_run(&mut self) -> Result<()> {
        let parts = sorted_parts(std::mem::take(&mut self.memory))?;
        self.memory_bytes = 0;
        let Some(schema) = parts.first().map(RecordBatch::schema) else { return Ok(()) };
        let failed = |error: std::io::Error| {
            Error::environment(format!("cannot write to `{}`", self.folder.display())).fact("found", error.to_string())
        };
        let scratch = match self.scratch.take() {
            Some(scratch) => scratch,
            None => tempfile::Builder::new().prefix(".sorting-").tempdir_in(&self.folder).map_err(failed)?,
        };
        let path = scratch.path().join(format!("{}.arrow", self.runs.len()));
        let mut writer = FileWriter::try_new(File::create(&path).map_err(failed)?, &schema)?;
        for part in &parts {
            writer.write(part).map_err(|error| failed(std::io::Error::other(error)))?;
        }
        writer.finish().map_err(|error| failed(std::io::Error::other(error)))?;
        self.runs.push(File::open(&path).map_err(failed)?);
        self.scratch = Some(scratch);
        Ok(())
    }
}

/// Sorted contacts, slice by slice.
pub(super) struct Slices {
    parts: Parts,
    _scratch: Option<TempDir>,
}

enum Parts {
    /// Empty where there were no contacts at all.
    Memory(Vec<RecordBatch>),
    Runs(Vec<FileReader<File>>),
}

impl Slices {
    /// The contacts of a slice, sorted; slice [`SLICES`] holds those without a client, by time.
    pub fn take(&mut self, slice: usize) -> Result<Option<RecordBatch>> {
        let rows = match &mut self.parts {
            Parts::Memory(parts) => parts.get(slice).cloned(),
            Parts::Runs(runs) => {
                let mut parts = Vec::with_capacity(runs.len());
                for run in runs {
                    run.set_index(slice)?;
                    parts.extend(run.next().transpose()?);
                }
                Some(sorted(parts)?)
            }
        };
        Ok(rows.filter(|rows| rows.num_rows() > 0))
    }
}

/// Puts batches together, sorts them, and cuts them into one batch per slice.
fn sorted_parts(batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sorted(batches)?;
    let keys = Keys::of(&rows)?;
    let part_of = |row: usize| keys.client(row).map_or(SLICES, slice_of);
    let mut start = 0;
    let parts = (0..PARTS).map(|part| {
        let mut end = start;
        while end < rows.num_rows() && part_of(end) == part {
            end += 1;
        }
        let slice = rows.slice(start, end - start);
        start = end;
        slice
    });
    Ok(parts.collect())
}

/// Puts batches together and sorts them by (client, time), stably; those without a client come last.
fn sorted(batches: Vec<RecordBatch>) -> Result<RecordBatch> {
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| Error::bug("nothing to sort"))?;
    let rows = arrow::compute::concat_batches(&schema, &batches)?;
    drop(batches);
    let keys = Keys::of(&rows)?;
    let mut order: Vec<(bool, u128, i64, u32)> = (0..rows.num_rows())
        .map(|row| {
            let client = keys.client(row);
            (client.is_none(), client.unwrap_or(0), keys.time(row), row as u32)
        })
        .collect();
    if order.is_sorted() {
        return Ok(rows);
    }
    order.sort_unstable();
    let order: UInt32Array = order.into_iter().map(|(_, _, _, row)| Some(row)).collect();
    Ok(arrow::compute::take_record_batch(&rows, &order)?)
}

/// The columns that are sorted by.
pub(super) struct Keys<'a> {
    clients: &'a arrow::array::FixedSizeBinaryArray,
    times: &'a [i64],
}

impl<'a> Keys<'a> {
    pub fn of(rows: &'a RecordBatch) -> Result<Self> {
        let column =
            |name: &str| rows.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
        Ok(Keys {
            clients: column("client")?.as_fixed_size_binary(),
            times: column("started_at")?.as_primitive::<TimestampMicrosecondType>().values(),
        })
    }

    pub fn client(&self, row: usize) -> Option<u128> {
        let bytes = self.clients.is_valid(row).then(|| self.clients.value(row))?;
        Some(u128::from_be_bytes(bytes.try_into().ok()?))
    }

    pub fn time(&self, row: usize) -> i64 {
        self.times[row]
    }
}
