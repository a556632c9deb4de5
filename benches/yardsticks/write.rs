//! Writing alone: the store's rows, which are at hand and sorted, into Parquet files such as the store's.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::measure::Fallible;
use crate::threads::side_by_side;

/// As the store does.
const ROW_GROUP_ROWS: usize = 256 * 1024;
const CLIENT_DICTIONARY_BYTES: usize = 8 << 20;
const PIECE_ROWS: usize = 128 * 1024;

/// Writes one file for each batch, files side by side. Returns the number of rows.
pub fn write_files(folder: &Path, files: &[RecordBatch]) -> Fallible<u64> {
    let numbered: Vec<(usize, &RecordBatch)> = files.iter().enumerate().collect();
    side_by_side(&numbered, |(number, rows)| write_file(&folder.join(format!("{number}.parquet")), rows))
}

fn write_file(path: &Path, rows: &RecordBatch) -> Fallible<u64> {
    let mut writer = ArrowWriter::try_new(File::create(path)?, rows.schema(), Some(properties()?))?;
    for first in (0..rows.num_rows()).step_by(PIECE_ROWS) {
        writer.write(&rows.slice(first, PIECE_ROWS.min(rows.num_rows() - first)))?;
    }
    writer.into_inner()?.sync_all()?;
    Ok(rows.num_rows() as u64)
}

fn properties() -> Fallible<WriterProperties> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_dictionary_page_size_limit(ColumnPath::from("client"), CLIENT_DICTIONARY_BYTES)
        .set_column_dictionary_enabled(ColumnPath::from("started_at"), false)
        .set_column_dictionary_enabled(ColumnPath::from("row"), false)
        .set_column_encoding(ColumnPath::from("row"), Encoding::DELTA_BINARY_PACKED)
        .build())
}
