//! Rows that say the same contact again: within an ingest, and against what is stored.
//!
//! Two rows are duplicates where they are equal in source, client and every column but file and row. A row that is stored with
//! the very same file and row as well was read again, as when a log has grown: it is dropped even where its source keeps
//! duplicates, and even without a client.
//!
//! Stored files are looked into only where their times overlap those of the new rows, so a night costs what the night brings.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{RowConverter, SortField};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::delta::DataFile;
use super::layout::Place;
use super::sorter::Keys;
use crate::error::{Error, Result};

/// Rows dropped per (source, file).
pub(super) type Dropped = HashMap<(String, String), i64>;

/// Client and time: only rows that share them can be duplicates.
type Moment = (Option<u128>, i64);

/// Finds duplicates among sorted rows.
pub(super) struct Duplicates<'a> {
    folder: PathBuf,
    stored: Vec<DataFile>,
    keeps: &'a HashSet<String>,
    pub dropped: Dropped,
}

impl<'a> Duplicates<'a> {
    /// `stored`: the files of `contacts` so far. `keeps`: sources that keep their duplicates.
    pub fn new(folder: &Path, stored: Vec<DataFile>, keeps: &'a HashSet<String>) -> Self {
        Duplicates { folder: folder.to_owned(), stored, keeps, dropped: Dropped::new() }
    }

    /// The rows that are not duplicates. `rows` are sorted by (client, time), and all of one bucket.
    pub fn drop_from(&mut self, rows: RecordBatch, bucket: Option<usize>) -> Result<RecordBatch> {
        let stored = self.stored_at_the_moments_of(&rows, bucket)?;
        let moments_stored = stored.as_ref().map(moments_of).transpose()?.unwrap_or_default();
        let candidates = candidates(&rows, &moments_stored)?;
        if candidates.is_empty() {
            return Ok(rows);
        }
        let new = arrow::compute::take_record_batch(&rows, &UInt32Array::from(candidates.clone()))?;
        let contents = Contents::new(&rows.schema())?;
        let (mut said, mut read) = (HashSet::new(), HashSet::new());
        if let Some(stored) = &stored {
            for (contact, whole) in contents.of(stored)? {
                said.insert(contact);
                read.insert(whole);
            }
        }
        let (source, file) = (text_of(&new, "source")?, text_of(&new, "file")?);
        let (source, file) = (source.as_string::<i32>(), file.as_string::<i32>());
        let has_client = new.column_by_name("client").map(Arc::clone).ok_or_else(|| Error::bug("no client"))?;
        let mut keep = vec![true; rows.num_rows()];
        for (place, (contact, whole)) in contents.of(&new)?.into_iter().enumerate() {
            let compares = has_client.is_valid(place) && !self.keeps.contains(source.value(place));
            if read.contains(&whole) || (compares && !said.insert(contact)) {
                keep[candidates[place] as usize] = false;
                let of = (source.value(place).to_owned(), file.value(place).to_owned());
                *self.dropped.entry(of).or_insert(0) += 1;
            }
        }
        Ok(arrow::compute::filter_record_batch(&rows, &BooleanArray::from(keep))?)
    }

    /// Stored rows of a client and time that `rows` have too.
    fn stored_at_the_moments_of(&self, rows: &RecordBatch, bucket: Option<usize>) -> Result<Option<RecordBatch>> {
        let keys = Keys::of(rows)?;
        let times = || (0..rows.num_rows()).map(|row| keys.time(row));
        let (Some(first), Some(latest)) = (times().min(), times().max()) else { return Ok(None) };
        let mut wanted = None;
        let mut found = Vec::new();
        for file in &self.stored {
            let (place, _) = Place::parse(&file.name)?;
            let overlaps = file.span_us.is_none_or(|(start, end)| start <= latest && first <= end);
            if place.bucket() != bucket || !overlaps {
                continue;
            }
            let wanted = match &mut wanted {
                Some(wanted) => wanted,
                none => none.insert(moments_of(rows)?),
            };
            found.extend(self.read(file, wanted, &rows.schema())?);
        }
        let schema = rows.schema();
        Ok(if found.is_empty() { None } else { Some(arrow::compute::concat_batches(&schema, &found)?) })
    }

    fn read(&self, file: &DataFile, wanted: &HashSet<Moment>, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
        let path = self.folder.join(&file.name);
        let failed =
            |error: String| Error::environment(format!("cannot read `{}`", path.display())).fact("found", error);
        let opened = File::open(&path).map_err(|error| failed(error.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| failed(error.to_string()))?;
        let mut found = Vec::new();
        for batch in reader.build().map_err(|error| failed(error.to_string()))? {
            let batch = batch?;
            let keys = Keys::of(&batch)?;
            let keep: Vec<bool> =
                (0..batch.num_rows()).map(|row| wanted.contains(&(keys.client(row), keys.time(row)))).collect();
            if keep.contains(&true) {
                let rows = arrow::compute::filter_record_batch(&batch, &BooleanArray::from(keep))?;
                found.push(with_columns_of(schema, &rows)?);
            }
        }
        Ok(found)
    }
}

fn moments_of(rows: &RecordBatch) -> Result<HashSet<Moment>> {
    let keys = Keys::of(rows)?;
    Ok((0..rows.num_rows()).map(|row| (keys.client(row), keys.time(row))).collect())
}

/// Rows that share client and time with a neighbour, or with a stored row.
fn candidates(rows: &RecordBatch, stored: &HashSet<Moment>) -> Result<Vec<u32>> {
    let keys = Keys::of(rows)?;
    let moment = |row: usize| (keys.client(row), keys.time(row));
    let count = rows.num_rows();
    let is_candidate = |&row: &usize| {
        let this = moment(row);
        let is_tied =
            this.0.is_some() && ((row > 0 && moment(row - 1) == this) || (row + 1 < count && moment(row + 1) == this));
        is_tied || (!stored.is_empty() && stored.contains(&this))
    };
    Ok((0..count).filter(is_candidate).map(|row| row as u32).collect())
}

/// The columns of `schema`, null where the rows lack one.
fn with_columns_of(schema: &SchemaRef, rows: &RecordBatch) -> Result<RecordBatch> {
    let columns = schema.fields().iter().map(|field| match rows.column_by_name(field.name()) {
        Some(column) => Ok(arrow::compute::cast(column, field.data_type())?),
        None => Ok(new_null_array(field.data_type(), rows.num_rows())),
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_>>()?)?)
}

fn text_of(rows: &RecordBatch, name: &str) -> Result<ArrayRef> {
    let column = rows.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")))?;
    Ok(arrow::compute::cast(column, &DataType::Utf8)?)
}

/// Rows as bytes that are equal where the rows are.
struct Contents {
    contact: (Vec<usize>, RowConverter),
    origin: (Vec<usize>, RowConverter),
}

impl Contents {
    fn new(schema: &SchemaRef) -> Result<Self> {
        let is_origin = |place: &usize| ["file", "row"].contains(&schema.field(*place).name().as_str());
        let (origin, contact): (Vec<usize>, Vec<usize>) = (0..schema.fields().len()).partition(is_origin);
        let converter = |places: &[usize]| {
            RowConverter::new(
                places.iter().map(|&place| SortField::new(schema.field(place).data_type().clone())).collect(),
            )
        };
        Ok(Contents { contact: (contact.clone(), converter(&contact)?), origin: (origin.clone(), converter(&origin)?) })
    }

    /// Per row: the contact it says, and the contact with file and row.
    fn of(&self, rows: &RecordBatch) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let bytes = |(places, converter): &(Vec<usize>, RowConverter)| {
            let columns: Vec<ArrayRef> = places.iter().map(|&place| Arc::clone(rows.column(place))).collect();
            converter.convert_columns(&columns)
        };
        let (contact, origin) = (bytes(&self.contact)?, bytes(&self.origin)?);
        let row = |(contact, origin): (arrow::row::Row<'_>, arrow::row::Row<'_>)| {
            (contact.data().to_vec(), [origin.data(), contact.data()].concat())
        };
        Ok(contact.iter().zip(origin.iter()).map(row).collect())
    }
}
