//! A run: contacts that were collected together, sorted, in parts.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat, take};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;

use super::order::{Order, sorted};
use crate::error::{Error, Result};

/// Rows of a block. Small, as a block of every run is in memory while runs are merged.
const BLOCK_ROWS: usize = 4 * 1024;

/// Sorted contacts, in memory or in a file, in blocks that never cross a slice.
pub(super) struct SortedRun {
    blocks: Blocks,
    /// First block of each part, then the number of blocks.
    parts: Vec<usize>,
    /// First row of each part, then the number of rows.
    starts: Vec<usize>,
}

enum Blocks {
    Memory(Arc<Vec<RecordBatch>>),
    Disk(Arc<Mutex<File>>),
}

impl SortedRun {
    /// Sorts batches and keeps them in memory.
    pub fn in_memory(batches: Vec<RecordBatch>) -> Result<SortedRun> {
        let (columns, starts) = columns_in_order(batches)?;
        let mut blocks = Vec::new();
        let parts = cut(&columns, &starts, |block| {
            blocks.push(block);
            Ok(())
        })?;
        Ok(SortedRun { blocks: Blocks::Memory(Arc::new(blocks)), parts, starts })
    }

    /// Sorts batches and writes them to a file.
    pub fn on_disk(batches: Vec<RecordBatch>, path: &Path) -> Result<SortedRun> {
        let failed = |error: &dyn std::fmt::Display| cannot_write(path, error);
        let (columns, starts) = columns_in_order(batches)?;
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let file = std::io::BufWriter::with_capacity(1 << 20, file.map_err(|error| failed(&error))?);
        let mut writer = FileWriter::try_new(file, &columns.schema()).map_err(|error| failed(&error))?;
        let parts = cut(&columns, &starts, |block| writer.write(&block).map_err(|error| failed(&error)))?;
        writer.finish().map_err(|error| failed(&error))?;
        let file = writer.into_inner().map_err(|error| failed(&error))?;
        let file = file.into_inner().map_err(|error| failed(error.error()))?;
        Ok(SortedRun { blocks: Blocks::Disk(Arc::new(Mutex::new(file))), parts, starts })
    }

    pub fn rows(&self, part: usize) -> usize {
        self.starts[part + 1] - self.starts[part]
    }

    /// Reads the run for itself; others may read it too.
    pub fn reader(&self) -> Result<SortedRunReader> {
        let blocks = match &self.blocks {
            Blocks::Memory(blocks) => BlockReader::Memory(Arc::clone(blocks)),
            Blocks::Disk(file) => {
                let shared = SharedFile { file: Arc::clone(file), at: 0 };
                BlockReader::Disk(Box::new(FileReader::try_new(shared, None)?))
            }
        };
        Ok(SortedRunReader { blocks, parts: self.parts.clone(), next: 0, end: 0 })
    }
}

/// Reads the blocks of a part, one after the other.
pub(super) struct SortedRunReader {
    blocks: BlockReader,
    parts: Vec<usize>,
    next: usize,
    end: usize,
}

enum BlockReader {
    Memory(Arc<Vec<RecordBatch>>),
    Disk(Box<FileReader<SharedFile>>),
}

impl SortedRunReader {
    /// Goes to the start of a part.
    pub fn go_to(&mut self, part: usize) {
        (self.next, self.end) = (self.parts[part], self.parts[part + 1]);
    }

    /// The next block of the part; `None` at its end.
    pub fn next_block(&mut self) -> Result<Option<RecordBatch>> {
        if self.next == self.end {
            return Ok(None);
        }
        let number = self.next;
        self.next += 1;
        match &mut self.blocks {
            BlockReader::Memory(blocks) => Ok(Some(blocks[number].clone())),
            BlockReader::Disk(reader) => {
                reader.set_index(number)?;
                let block = reader.next().ok_or_else(|| Error::bug("a run lacks a block"))?;
                block.map(Some).map_err(|error| {
                    Error::environment("cannot read sorted contacts back").fact("found", error.to_string())
                })
            }
        }
    }
}

/// Reads a file that others read too: the file is shared, the position is its own.
struct SharedFile {
    file: Arc<Mutex<File>>,
    at: u64,
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let count = file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => {
                self.file.lock().unwrap_or_else(PoisonError::into_inner).metadata()?.len().checked_add_signed(by)
            }
        };
        self.at = at.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// The rows of all batches in order, and where each part begins. Column by column, so that rows are held hardly more than once.
fn columns_in_order(batches: Vec<RecordBatch>) -> Result<(RecordBatch, Vec<usize>)> {
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| Error::bug("nothing to sort"))?;
    let Order { rows, starts } = sorted(&batches)?;
    let order = UInt32Array::from(rows);
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::with_capacity(batches.len()); schema.fields().len()];
    for batch in batches {
        for (place, column) in batch.columns().iter().enumerate() {
            columns[place].push(Arc::clone(column));
        }
    }
    let in_order = columns.into_iter().map(|parts| {
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(take(&concat(&parts)?, &order, None)?)
    });
    let columns = in_order.collect::<Result<Vec<_>>>()?;
    Ok((RecordBatch::try_new(schema, columns)?, starts))
}

/// Cuts rows into blocks, none of them of two parts; returns the first block of each part, then the number of blocks.
fn cut(rows: &RecordBatch, starts: &[usize], mut give: impl FnMut(RecordBatch) -> Result<()>) -> Result<Vec<usize>> {
    let mut blocks = 0;
    let mut parts = vec![0];
    for bounds in starts.windows(2) {
        for start in (bounds[0]..bounds[1]).step_by(BLOCK_ROWS) {
            give(rows.slice(start, BLOCK_ROWS.min(bounds[1] - start)))?;
            blocks += 1;
        }
        parts.push(blocks);
    }
    Ok(parts)
}

pub(super) fn cannot_write(place: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::environment(format!("cannot write to `{}`", place.display())).fact("found", error.to_string())
}
