//! Sorted rows → one Parquet file and the Delta action that adds it; and back.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use deltalake::kernel::{Action, Add, Remove};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::error::{Error, Result};

/// Rows of a row group: the unit of reading and of skipping.
const ROW_GROUP_ROWS: usize = 256 * 1024;
/// A dictionary of all clients of a row group must fit.
const CLIENT_DICTIONARY_BYTES: usize = 8 << 20;

/// Writes `rows` to `folder/name` and returns the action that adds the file to its table.
///
/// The file is synced to disk before the action is returned: a commit never names a file that is not there.
pub(super) fn write(folder: &Path, name: &str, rows: &[RecordBatch]) -> Result<Action> {
    let path = folder.join(name);
    let failed = |error: String| Error::environment(format!("cannot write `{}`", path.display())).fact("found", error);
    let schema = rows.first().map(RecordBatch::schema).ok_or_else(|| Error::bug("a file without rows"))?;
    let file = File::create(&path).map_err(|error| failed(error.to_string()))?;
    let mut writer =
        ArrowWriter::try_new(file, schema, Some(properties()?)).map_err(|error| failed(error.to_string()))?;
    for batch in rows {
        writer.write(batch).map_err(|error| failed(error.to_string()))?;
    }
    let file = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    file.sync_all().map_err(|error| failed(error.to_string()))?;
    let bytes = file.metadata().map_err(|error| failed(error.to_string()))?.len();
    Ok(Action::Add(Add {
        path: name.to_owned(),
        size: bytes as i64,
        modification_time: chrono::Utc::now().timestamp_millis(),
        data_change: true,
        stats: Some(statistics(rows)),
        ..Add::default()
    }))
}

/// Opens `folder/name` for reading.
pub(super) fn read(folder: &Path, name: &str) -> Result<ParquetRecordBatchReader> {
    let path = folder.join(name);
    let failed = |error: String| Error::environment(format!("cannot read `{}`", path.display())).fact("found", error);
    let file = File::open(&path).map_err(|error| failed(error.to_string()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(error.to_string()))?;
    reader.build().map_err(|error| failed(error.to_string()))
}

/// The action that takes a file out of its table.
pub(super) fn removal(name: &str) -> Action {
    Action::Remove(Remove {
        path: name.to_owned(),
        data_change: true,
        deletion_timestamp: Some(chrono::Utc::now().timestamp_millis()),
        ..Remove::default()
    })
}

fn properties() -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(1).map_err(|error| Error::bug(error.to_string()))?;
    let client = ColumnPath::from("client");
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_dictionary_page_size_limit(client, CLIENT_DICTIONARY_BYTES)
        .set_column_dictionary_enabled(ColumnPath::from("started_at"), false)
        .set_column_dictionary_enabled(ColumnPath::from("row"), false)
        .set_column_encoding(ColumnPath::from("row"), Encoding::DELTA_BINARY_PACKED)
        .build())
}

/// Delta's per-file statistics: number of rows, nulls per column, first and latest moment.
fn statistics(rows: &[RecordBatch]) -> String {
    let mut nulls = serde_json::Map::new();
    let (mut lowest, mut highest) = (serde_json::Map::new(), serde_json::Map::new());
    let Some(first) = rows.first() else { return String::new() };
    for (place, field) in first.schema().fields().iter().enumerate() {
        let count: usize = rows.iter().map(|batch| batch.column(place).logical_null_count()).sum();
        nulls.insert(field.name().clone(), count.into());
        if matches!(field.data_type(), DataType::Timestamp(_, _)) {
            let moments = || rows.iter().map(|batch| batch.column(place).as_primitive::<TimestampMicrosecondType>());
            let low = moments().filter_map(arrow::compute::min).min().and_then(shown);
            let high = moments().filter_map(arrow::compute::max).max().and_then(shown);
            if let (Some(low), Some(high)) = (low, high) {
                lowest.insert(field.name().clone(), low.into());
                highest.insert(field.name().clone(), high.into());
            }
        }
    }
    let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
    serde_json::json!({ "numRecords": count, "minValues": lowest, "maxValues": highest, "nullCount": nulls })
        .to_string()
}

fn shown(micros: i64) -> Option<String> {
    let moment = chrono::DateTime::from_timestamp_micros(micros)?;
    Some(moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
}
