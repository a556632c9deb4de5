//! Batches of a Parquet log → text columns.
//!
//! The values are typed already, so Arrow reads them; as text they pass through the same casts as those of other logs.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow::datatypes::DataType;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::raw::{RawChunk, Rejects};
use crate::error::{Error, Result};
use crate::expression::text_columns;

/// Rows read at a time.
const ROWS: usize = 64 * 1024;

/// A Parquet log being read.
pub(super) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    shown: String,
}

impl ParquetRows {
    /// Opens the log; also returns the names of its columns.
    ///
    /// # Errors
    /// Where it cannot be read, or is no Parquet.
    pub fn open(path: &Path, shown: &str) -> Result<(ParquetRows, Vec<String>)> {
        let file = File::open(path).map_err(|error| super::decode::unreadable(shown, &error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| not_parquet(shown, &error))?;
        let columns = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
        let batches = reader.with_batch_size(ROWS).build().map_err(|error| not_parquet(shown, &error))?;
        Ok((ParquetRows { batches, shown: shown.to_owned() }, columns))
    }

    /// The next rows, only the columns that are needed, though a row is known by all; `None` at the end.
    pub fn next_chunk(&mut self, columns: &[String], keep_rejects: usize) -> Result<Option<RawChunk>> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(|error| not_parquet(&self.shown, &error))?;
        let schema = batch.schema();
        let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        names.sort_unstable();
        let mut contents = vec![0; batch.num_rows()];
        let mut needed: Vec<Option<ArrayRef>> = vec![None; columns.len()];
        let mut is_text = vec![true; batch.num_rows()];
        for name in names {
            let column = batch.column_by_name(name).ok_or_else(|| Error::bug(format!("no column `{name}`")))?;
            let texts = texts(column)?;
            add_to(&mut contents, &texts);
            if let Some(place) = columns.iter().position(|known| known == name) {
                let is_lost = |row: &usize| texts.is_null(*row) && column.is_valid(*row);
                (0..texts.len()).filter(is_lost).for_each(|row| is_text[row] = false);
                needed[place] = Some(Arc::new(texts));
            }
        }
        let lacks = || Error::bug("a column of a Parquet log that is needed was not read");
        let needed = needed.into_iter().map(|column| column.ok_or_else(lacks)).collect::<Result<Vec<_>>>()?;
        let length = batch.num_rows() as i64;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let rows =
            RecordBatch::try_new_with_options(text_columns(columns.iter().map(String::as_str)), needed, &options)?;
        let mut rejects = Rejects::new(keep_rejects, None);
        let mut numbered = (0..length).zip(contents.into_iter().map(u64::cast_signed)).collect::<Vec<_>>();
        let is_text = BooleanArray::from(is_text);
        let rows = arrow::compute::filter_record_batch(&rows, &is_text)?;
        numbered.retain(|(number, _)| {
            let is_text = is_text.value(*number as usize);
            if !is_text {
                rejects.add_row(*number, "bytes that are no text");
            }
            is_text
        });
        let (numbers, contents) = numbered.into_iter().unzip();
        Ok(Some(RawChunk { rows, numbers, contents, length, rejects }))
    }
}

/// The text of every value; of what is nested, JSON.
fn texts(column: &ArrayRef) -> Result<StringViewArray> {
    if column.data_type().is_nested() {
        return json_texts(column);
    }
    if let Ok(texts) = arrow::compute::cast(column, &DataType::Utf8View) {
        return Ok(texts.as_string_view().clone());
    }
    let options = FormatOptions::default();
    let format = ArrayFormatter::try_new(column, &options)?;
    Ok((0..column.len()).map(|row| column.is_valid(row).then(|| format.value(row).to_string())).collect())
}

fn json_texts(column: &ArrayRef) -> Result<StringViewArray> {
    let mut lines = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut lines);
    writer.write(&RecordBatch::try_from_iter_with_nullable([("v", Arc::clone(column), true)])?)?;
    writer.finish()?;
    drop(writer);
    let lines = std::str::from_utf8(&lines).map_err(|_| Error::bug("JSON that is not UTF-8"))?;
    let value = |line: &str| {
        let value = line.strip_prefix("{\"v\":").and_then(|rest| rest.strip_suffix('}')).unwrap_or(line);
        (value != "null").then(|| value.to_owned())
    };
    Ok(lines.lines().map(value).collect())
}

/// Takes the values of one more column into what identifies each row.
fn add_to(contents: &mut [u64], texts: &StringViewArray) {
    for (content, text) in contents.iter_mut().zip(texts) {
        *content = match text {
            Some(text) => twox_hash::XxHash3_64::oneshot_with_seed(*content, text.as_bytes()),
            None => content.rotate_left(1) ^ 1,
        };
    }
}

fn not_parquet(shown: &str, error: &dyn std::fmt::Display) -> Error {
    let found = error.to_string();
    Error::user(format!("`{shown}` cannot be read as Parquet")).fact("found", found.lines().next().unwrap_or_default())
}
