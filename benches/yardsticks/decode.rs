//! Decoding alone: columns of Parquet files into Arrow, as the store is read, and nothing done with them.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::record_batch::RecordBatchReader;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use crate::measure::Fallible;
use crate::threads::side_by_side;

/// Rows of a batch: as many as between the engine's operators.
pub const BATCH_ROWS: usize = 32 * 1024;

/// Decodes these columns, row groups side by side. Returns the number of rows.
pub fn decode_columns(files: &[PathBuf], columns: &[String]) -> Fallible<u64> {
    let mut row_groups = Vec::new();
    for path in files {
        let metadata = metadata_of(path)?;
        row_groups.extend((0..metadata.metadata().num_row_groups()).map(|group| (path, metadata.clone(), group)));
    }
    side_by_side(&row_groups, |(path, metadata, group)| rows_in(open(path, metadata, Some(*group), Some(columns))?))
}

/// Decodes every column, one by one and side by side, as there may be but one row group. Returns the number of rows.
pub fn decode_all(files: &[PathBuf]) -> Fallible<u64> {
    let mut chunks = Vec::new();
    for path in files {
        let metadata = metadata_of(path)?;
        for group in 0..metadata.metadata().num_row_groups() {
            for (place, field) in metadata.schema().fields().iter().enumerate() {
                chunks.push((path, metadata.clone(), group, place, [field.name().clone()]));
            }
        }
    }
    side_by_side(&chunks, |(path, metadata, group, place, column)| {
        let rows = rows_in(open(path, metadata, Some(*group), Some(column.as_slice()))?)?;
        Ok(if *place == 0 { rows } else { 0 })
    })
}

/// The rows of a file; without `columns`, with all of them.
pub fn read(path: &Path, columns: Option<&[String]>) -> Fallible<RecordBatch> {
    let reader = open(path, &metadata_of(path)?, None, columns)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    Ok(arrow::compute::concat_batches(&schema, &batches)?)
}

fn metadata_of(path: &Path) -> Fallible<ArrowReaderMetadata> {
    Ok(ArrowReaderMetadata::load(&File::open(path)?, ArrowReaderOptions::new())?)
}

fn open(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    row_group: Option<usize>,
    columns: Option<&[String]>,
) -> Fallible<ParquetRecordBatchReader> {
    let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path)?, metadata.clone())
        .with_batch_size(BATCH_ROWS);
    if let Some(row_group) = row_group {
        reader = reader.with_row_groups(vec![row_group]);
    }
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(metadata.parquet_schema(), columns.iter().map(String::as_str));
        reader = reader.with_projection(mask);
    }
    Ok(reader.build()?)
}

fn rows_in(reader: ParquetRecordBatchReader) -> Fallible<u64> {
    let mut rows = 0;
    for batch in reader {
        rows += batch?.num_rows() as u64;
    }
    Ok(rows)
}
