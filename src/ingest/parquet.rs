//! Row groups of a Parquet log → text columns, by Polars.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};

use super::bridge::{each_text, text_batch};
use super::raw::{RawChunk, Rejects};
use crate::error::{Error, Result};

/// Rows read at a time.
const ROWS: usize = 64 * 1024;

/// A Parquet log being read.
pub(super) struct ParquetRows {
    file: File,
    shown: String,
    rows: usize,
    next: usize,
}

impl ParquetRows {
    /// Opens the log; also returns the names of its columns.
    pub fn open(path: &Path, shown: &str) -> Result<(ParquetRows, Vec<String>)> {
        let file = File::open(path).map_err(|error| super::decode::unreadable(shown, &error))?;
        let failed = |error| not_parquet(shown, &error);
        let again = file.try_clone().map_err(|error| super::decode::unreadable(shown, &error))?;
        let mut reader = ParquetReader::new(again);
        let columns = reader.schema().map_err(failed)?.iter_names().map(ToString::to_string).collect();
        let rows = reader.num_rows().map_err(failed)?;
        Ok((ParquetRows { file, shown: shown.to_owned(), rows, next: 0 }, columns))
    }

    /// The next rows, only the columns that are needed, though a row is known by all; `None` at the end.
    pub fn next_chunk(&mut self, columns: &[String], keep_rejects: usize) -> Result<Option<RawChunk>> {
        if self.next >= self.rows {
            return Ok(None);
        }
        let failed = |error| not_parquet(&self.shown, &error);
        let file = self.file.try_clone().map_err(|error| super::decode::unreadable(&self.shown, &error))?;
        let length = ROWS.min(self.rows - self.next);
        let all = ParquetReader::new(file).with_slice(Some((self.next, length))).finish().map_err(failed)?;
        let contents = contents(&all)?;
        let mut frame = all.select(columns.iter().map(String::as_str)).map_err(failed)?;
        for name in columns {
            let text = frame.column(name).and_then(|column| column.cast(&DataType::String)).map_err(|error| {
                Error::user(format!("column `{name}` of `{}` cannot be read as text", self.shown))
                    .fact("found", error.to_string())
            })?;
            frame.with_column(text).map_err(failed)?;
        }
        self.next += length;
        let rows = text_batch(&frame, columns)?;
        let length = length as i64;
        let rejects = Rejects::new(keep_rejects, None);
        Ok(Some(RawChunk { rows, numbers: (0..length).collect(), contents, length, rejects }))
    }
}

/// Identifies every row by the texts of all its columns, in the order of their names.
fn contents(frame: &DataFrame) -> Result<Vec<i64>> {
    let mut columns: Vec<_> = frame.columns().iter().collect();
    columns.sort_by(|a, b| a.name().cmp(b.name()));
    let mut contents = vec![0; frame.height()];
    for column in columns {
        each_text(column, |row, text| {
            contents[row] = match text {
                Some(text) => twox_hash::XxHash3_64::oneshot_with_seed(contents[row], text.as_bytes()),
                None => contents[row].rotate_left(1) ^ 1,
            };
        })?;
    }
    Ok(contents.into_iter().map(u64::cast_signed).collect())
}

fn not_parquet(shown: &str, error: &polars::prelude::PolarsError) -> Error {
    let found = error.to_string();
    Error::user(format!("`{shown}` cannot be read as Parquet")).fact("found", found.lines().next().unwrap_or_default())
}
