//! Sorted rows → one Parquet file and the Delta action that adds it; and back.

use std::fs::File;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, SchemaRef, TimestampMicrosecondType};
use deltalake::kernel::{Action, Add, Remove};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics as GroupStatistics;
use parquet::schema::types::ColumnPath;

use super::checked_file::CheckedFile;
use super::checksums::ChecksummedWriter;
use super::data_file::{CHECKSUMS, DataFile};
use crate::error::{Error, Result};

/// Rows of a row group: the unit of reading and of skipping.
const ROW_GROUP_ROWS: usize = 256 * 1024;
/// A dictionary of all clients of a row group must fit.
const CLIENT_DICTIONARY_BYTES: usize = 8 << 20;

/// Writes `rows` to `folder/name` and returns the action that adds the file to its table.
pub(super) fn write(folder: &Path, name: &str, rows: &RecordBatch) -> Result<Action> {
    let mut file = NewFile::create(folder, name, rows.schema())?;
    file.write(rows)?;
    file.finish()
}

/// A file that is being written.
pub(super) struct NewFile {
    path: PathBuf,
    name: String,
    writer: ArrowWriter<ChecksummedWriter>,
    statistics: Statistics,
}

impl NewFile {
    /// Begins `folder/name`.
    pub fn create(folder: &Path, name: &str, schema: SchemaRef) -> Result<Self> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|error| cannot_write(&path, &error))?;
        let statistics = Statistics::new(&schema);
        let writer = ArrowWriter::try_new(ChecksummedWriter::new(file), schema, Some(properties()?))
            .map_err(|error| cannot_write(&path, &error))?;
        Ok(NewFile { path, name: name.to_owned(), writer, statistics })
    }

    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        self.statistics.add(rows);
        self.writer.write(rows).map_err(|error| cannot_write(&self.path, &error))
    }

    /// Takes the file away again.
    pub fn abandon(self) {
        drop(self.writer);
        let _ = std::fs::remove_file(&self.path);
    }

    /// The action that adds the file to its table. It is synced to disk before: a commit never names a file that is not there.
    pub fn finish(self) -> Result<Action> {
        let failed = |error: &dyn std::fmt::Display| cannot_write(&self.path, error);
        let summed = self.writer.into_inner().map_err(|error| failed(&error))?;
        let (file, checksums) = summed.finish();
        file.sync_all().map_err(|error| failed(&error))?;
        let bytes = file.metadata().map_err(|error| failed(&error))?.len();
        Ok(Action::Add(Add {
            path: self.name,
            size: bytes as i64,
            modification_time: chrono::Utc::now().timestamp_millis(),
            data_change: true,
            stats: Some(self.statistics.into_json()),
            tags: Some([(CHECKSUMS.to_owned(), Some(checksums.text()))].into()),
            ..Add::default()
        }))
    }
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::environment(format!("cannot write `{}`", path.display())).fact("found", error.to_string())
}

/// Batches of a data file; what cannot be read is an error of the store.
pub(super) struct Batches {
    reader: ParquetRecordBatchReader,
    path: PathBuf,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        Some(self.reader.next()?.map_err(|error| unreadable(&self.path, &error)))
    }
}

/// Reads a data file.
pub(super) fn read(folder: &Path, file: &DataFile) -> Result<Batches> {
    build(folder, file, open(folder, file)?)
}

/// Reads some columns of a data file; given clients, only the row groups that may hold one between them.
pub(super) fn read_clients(
    folder: &Path,
    file: &DataFile,
    clients: Option<RangeInclusive<u128>>,
    columns: &[&str],
) -> Result<Batches> {
    let mut reader = open(folder, file)?;
    if let Some(clients) = clients {
        let groups = reader.metadata().row_groups().iter().enumerate();
        let overlapping = groups.filter(|(_, group)| may_hold(group, &clients)).map(|(number, _)| number).collect();
        reader = reader.with_row_groups(overlapping);
    }
    let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
    build(folder, file, reader.with_projection(mask))
}

/// Reads some columns of a data file; row groups in which `needed` has no value are passed over.
pub(super) fn read_columns_with<const N: usize>(
    folder: &Path,
    file: &DataFile,
    columns: [&str; N],
    needed: &str,
) -> Result<Batches> {
    let mut reader = open(folder, file)?;
    let groups = reader.metadata().row_groups().iter().enumerate();
    let filled = groups.filter(|(_, group)| !is_empty(group, needed)).map(|(number, _)| number).collect();
    reader = reader.with_row_groups(filled);
    let mask = ProjectionMask::columns(reader.parquet_schema(), columns);
    build(folder, file, reader.with_projection(mask))
}

fn open(folder: &Path, file: &DataFile) -> Result<ParquetRecordBatchReaderBuilder<CheckedFile>> {
    ParquetRecordBatchReaderBuilder::try_new(CheckedFile::new(folder, file))
        .map_err(|error| unreadable(&folder.join(&file.name), &error))
}

fn build(folder: &Path, file: &DataFile, reader: ParquetRecordBatchReaderBuilder<CheckedFile>) -> Result<Batches> {
    let path = folder.join(&file.name);
    let reader = reader.build().map_err(|error| unreadable(&path, &error))?;
    Ok(Batches { reader, path })
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::environment(format!("cannot read `{}`", path.display()))
        .fact("found", error.to_string())
        .hint("if the file is damaged or gone, bring it back from a copy, or make the store anew with `dropoff ingest --rebuild`")
}

/// Whether the statistics of a row group say that a column has no value.
fn is_empty(group: &RowGroupMetaData, name: &str) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == name);
    let nulls = column.and_then(|column| column.statistics()).and_then(GroupStatistics::null_count_opt);
    nulls.is_some_and(|nulls| nulls == group.num_rows().unsigned_abs())
}

/// Whether the statistics of a row group leave room for one of these clients.
fn may_hold(group: &RowGroupMetaData, clients: &RangeInclusive<u128>) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "client");
    let bound = |bytes: Option<&[u8]>| Some(u128::from_be_bytes(bytes?.try_into().ok()?));
    let bounds = column
        .and_then(|column| column.statistics())
        .and_then(|statistics| Some((bound(statistics.min_bytes_opt())?, bound(statistics.max_bytes_opt())?)));
    bounds.is_none_or(|(low, high)| low <= *clients.end() && *clients.start() <= high)
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
        // Hashes: nothing makes them smaller.
        .set_column_dictionary_enabled(ColumnPath::from("row_content"), false)
        .set_column_compression(ColumnPath::from("row_content"), Compression::UNCOMPRESSED)
        .set_column_encoding(ColumnPath::from("row"), Encoding::DELTA_BINARY_PACKED)
        .build())
}

/// Delta's per-file statistics: number of rows, nulls per column, first and latest moment.
struct Statistics {
    rows: usize,
    columns: Vec<ColumnStatistics>,
}

struct ColumnStatistics {
    name: String,
    nulls: usize,
    /// Microseconds; only of moments.
    first: Option<i64>,
    latest: Option<i64>,
}

impl Statistics {
    fn new(schema: &SchemaRef) -> Self {
        let column =
            |field: &Arc<Field>| ColumnStatistics { name: field.name().clone(), nulls: 0, first: None, latest: None };
        Statistics { rows: 0, columns: schema.fields().iter().map(column).collect() }
    }

    fn add(&mut self, rows: &RecordBatch) {
        self.rows += rows.num_rows();
        for (known, column) in self.columns.iter_mut().zip(rows.columns()) {
            known.nulls += column.logical_null_count();
            if matches!(column.data_type(), DataType::Timestamp(_, _)) {
                let moments = column.as_primitive::<TimestampMicrosecondType>();
                known.first = [known.first, arrow::compute::min(moments)].into_iter().flatten().min();
                known.latest = [known.latest, arrow::compute::max(moments)].into_iter().flatten().max();
            }
        }
    }

    fn into_json(self) -> String {
        let mut nulls = serde_json::Map::new();
        let (mut lowest, mut highest) = (serde_json::Map::new(), serde_json::Map::new());
        for column in self.columns {
            if let (Some(first), Some(latest)) = (column.first.and_then(shown), column.latest.and_then(shown)) {
                lowest.insert(column.name.clone(), first.into());
                highest.insert(column.name.clone(), latest.into());
            }
            nulls.insert(column.name, column.nulls.into());
        }
        serde_json::json!({ "numRecords": self.rows, "minValues": lowest, "maxValues": highest, "nullCount": nulls })
            .to_string()
    }
}

fn shown(micros: i64) -> Option<String> {
    let moment = chrono::DateTime::from_timestamp_micros(micros)?;
    Some(moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
}
