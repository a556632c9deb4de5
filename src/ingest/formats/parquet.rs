//! Parquet, by Arrow: the columns are in the file itself.
//!
//! The values are typed already, so Arrow reads them; as text they pass through the same casts as those of other logs.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow::datatypes::DataType;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::log_reader::{Log, LogReader, UnparsedChunk};
use crate::config::Decimal;
use crate::error::{Error, Result};
use crate::expression::text_columns;
use crate::ingest::content::{Ending, LastRow, look_at_all};
use crate::ingest::files::{LogFile, changed_meanwhile, is_as_found, unreadable};
use crate::ingest::plan::{Plan, Planner};
use crate::ingest::raw::{RawChunk, Rejects};
use crate::store::WholeRows;

/// Rows read at a time.
const ROWS: usize = 64 * 1024;

/// Reads Parquet.
pub(super) struct ParquetFormat;

impl LogReader for ParquetFormat {
    fn content(&self, file: &LogFile) -> Result<Box<dyn Read + Send>> {
        Ok(Box::new(open_bytes(file)?))
    }

    fn look(&self, file: &LogFile, planner: &Planner<'_>) -> Result<Box<dyn Log>> {
        let batches = ParquetBatches::open(file)?;
        let names = batches.columns.iter().map(String::as_str);
        let plan = planner.plan(&text_columns(names), &file.shown, Decimal::Point)?;
        Ok(Box::new(ParquetLog { needed: plan.needed(), plan }))
    }
}

/// A Parquet log that was looked at.
struct ParquetLog {
    plan: Plan,
    /// Columns that are needed.
    needed: Vec<String>,
}

impl Log for ParquetLog {
    fn plan(&self) -> Option<&Plan> {
        Some(&self.plan)
    }

    /// A file is written in one go, and does not grow: it is read whole, or is another one.
    fn read<'log>(
        &'log self,
        file: &LogFile,
        _after: Option<&WholeRows>,
        keep_rejects: usize,
        bytes_read: &Arc<AtomicU64>,
        give: &mut dyn FnMut(UnparsedChunk<'log>) -> bool,
    ) -> Result<Option<Ending>> {
        let content = look_at_all(open_bytes(file)?, &file.shown)?;
        let mut batches = ParquetBatches::open(file)?;
        // Text is made here and not by the workers, so that only the needed columns of wide rows wait in memory.
        while let Some(chunk) = batches.next_chunk(&self.needed, keep_rejects)? {
            if !give(UnparsedChunk::new(&self.plan, move || Ok(chunk))) {
                return Ok(None);
            }
        }
        if !is_as_found(file) {
            return Err(changed_meanwhile(&file.shown));
        }
        bytes_read.fetch_add(file.bytes, Ordering::Relaxed);
        let digest = content.digest.unwrap_or_default();
        let whole = WholeRows { bytes: file.bytes as i64, digest: digest.clone(), head: content.head, rows: 0 };
        Ok(Some(Ending { whole, digest, last_row: LastRow::WholeRows }))
    }
}

fn open_bytes(file: &LogFile) -> Result<File> {
    File::open(&file.path).map_err(|error| unreadable(&file.shown, &error))
}

/// A file being read, batch by batch.
struct ParquetBatches {
    batches: ParquetRecordBatchReader,
    columns: Vec<String>,
    shown: String,
}

impl ParquetBatches {
    /// # Errors
    /// Where the file cannot be read, or is no Parquet.
    fn open(file: &LogFile) -> Result<ParquetBatches> {
        let failed = |error: ParquetError| not_parquet(&file.shown, &error);
        let reader = ParquetRecordBatchReaderBuilder::try_new(open_bytes(file)?).map_err(failed)?;
        let columns = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
        let batches = reader.with_batch_size(ROWS).build().map_err(failed)?;
        Ok(ParquetBatches { batches, columns, shown: file.shown.clone() })
    }

    /// The next rows, only the columns that are needed, though a row is known by all; `None` at the end.
    fn next_chunk(&mut self, needed: &[String], keep_rejects: usize) -> Result<Option<RawChunk>> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(|error| not_parquet(&self.shown, &error))?;
        raw_rows(&batch, needed, keep_rejects).map(Some)
    }
}

/// The needed columns of a batch as text.
fn raw_rows(batch: &RecordBatch, needed: &[String], keep_rejects: usize) -> Result<RawChunk> {
    let schema = batch.schema();
    let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    let mut contents = vec![0; batch.num_rows()];
    let mut texts_of: Vec<Option<ArrayRef>> = vec![None; needed.len()];
    let mut is_text = vec![true; batch.num_rows()];
    for name in names {
        let column = batch.column_by_name(name).ok_or_else(|| Error::bug(format!("no column `{name}`")))?;
        let texts = texts(column)?;
        add_to(&mut contents, &texts);
        if let Some(place) = needed.iter().position(|known| known == name) {
            let is_lost = |row: &usize| texts.is_null(*row) && column.is_valid(*row);
            (0..texts.len()).filter(is_lost).for_each(|row| is_text[row] = false);
            texts_of[place] = Some(Arc::new(texts));
        }
    }
    let lacks = || Error::bug("a column of a Parquet log that is needed was not read");
    let columns = texts_of.into_iter().map(|column| column.ok_or_else(lacks)).collect::<Result<Vec<_>>>()?;
    let length = batch.num_rows() as i64;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let rows = RecordBatch::try_new_with_options(text_columns(needed.iter().map(String::as_str)), columns, &options)?;
    let mut rejects = Rejects::of_whole_rows(keep_rejects);
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
    Ok(RawChunk { rows, numbers, contents, length, rejects })
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
