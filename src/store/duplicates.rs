//! Rows that say the same contact again: within an ingest, and against what is stored.
//!
//! Two rows are duplicates where they are equal in source, client and every column but file and row. A row that is stored with
//! the very same file and row was read again, as when a log has grown: it is dropped even where its source keeps duplicates,
//! even without a client, and even if the configuration has come to read it differently. So is a reject that is stored.
//!
//! Stored files are looked into only where their times overlap those of the new rows, so a night costs what the night brings.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{RowConverter, SortField};

use super::delta::DataFile;
use super::layout::Place;
use super::parquet_file;
use super::sort::Keys;
use crate::error::{Error, Result};

/// What was dropped of each (source, file).
pub(super) type Dropped = HashMap<(String, String), Again>;

/// Rows of one file that were stored before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Again {
    pub rows: i64,
    /// Of `rows`.
    pub without_client: i64,
    pub rejects: i64,
}

impl Again {
    pub fn add(&mut self, other: Again) {
        self.rows += other.rows;
        self.without_client += other.without_client;
        self.rejects += other.rejects;
    }
}

/// Client and time: only rows that share them can be duplicates.
type Moment = (Option<u128>, i64);

/// Finds duplicates among sorted rows.
pub(super) struct Duplicates<'a> {
    folder: PathBuf,
    stored: Vec<DataFile>,
    keeps: &'a HashSet<String>,
}

impl<'a> Duplicates<'a> {
    /// `stored`: the files of `contacts` so far. `keeps`: sources that keep their duplicates.
    pub fn new(folder: &Path, stored: Vec<DataFile>, keeps: &'a HashSet<String>) -> Self {
        Duplicates { folder: folder.to_owned(), stored, keeps }
    }

    /// The rows that are not duplicates; the others are counted in `dropped`. `rows` are sorted by (client, time), all of one
    /// bucket, and all that there are of each client and time.
    pub fn drop_from(&self, rows: RecordBatch, bucket: Option<usize>, dropped: &mut Dropped) -> Result<RecordBatch> {
        let stored = self.stored_at_the_moments_of(&rows, bucket)?;
        let moments_stored = stored.as_ref().map(moments_of).transpose()?.unwrap_or_default();
        let candidates = candidates(&rows, &moments_stored)?;
        if candidates.is_empty() {
            return Ok(rows);
        }
        let new = arrow::compute::take_record_batch(&rows, &UInt32Array::from(candidates.clone()))?;
        let contents = Contents::new(&rows.schema())?;
        let (mut said, mut read_before) = (HashSet::new(), HashSet::new());
        if let Some(stored) = &stored {
            for (contact, origin) in contents.of(stored)? {
                said.insert(contact);
                read_before.insert(origin);
            }
        }
        let (source, file) = (text_of(&new, "source")?, text_of(&new, "file")?);
        let (source, file) = (source.as_string::<i32>(), file.as_string::<i32>());
        let clients = new.column_by_name("client").map(Arc::clone).ok_or_else(|| Error::bug("no client"))?;
        let mut keep = vec![true; rows.num_rows()];
        for (place, (contact, origin)) in contents.of(&new)?.into_iter().enumerate() {
            let compares = clients.is_valid(place) && !self.keeps.contains(source.value(place));
            if read_before.contains(&origin) || (compares && !said.insert(contact)) {
                keep[candidates[place] as usize] = false;
                let of = (source.value(place).to_owned(), file.value(place).to_owned());
                let again = dropped.entry(of).or_default();
                again.rows += 1;
                again.without_client += i64::from(clients.is_null(place));
            }
        }
        Ok(arrow::compute::filter_record_batch(&rows, &BooleanArray::from(keep))?)
    }

    /// Stored rows of a client and time that `rows` have too.
    fn stored_at_the_moments_of(&self, rows: &RecordBatch, bucket: Option<usize>) -> Result<Option<RecordBatch>> {
        let keys = Keys::of(rows)?;
        let times = || (0..rows.num_rows()).map(|row| keys.time(row));
        let clients = rows.num_rows().checked_sub(1).and_then(|last| Some(keys.client(0)?..=keys.client(last)?));
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
            found.extend(self.read(file, clients.clone(), wanted, &rows.schema())?);
        }
        let schema = rows.schema();
        Ok(if found.is_empty() { None } else { Some(arrow::compute::concat_batches(&schema, &found)?) })
    }

    fn read(
        &self,
        file: &DataFile,
        clients: Option<RangeInclusive<u128>>,
        wanted: &HashSet<Moment>,
        schema: &SchemaRef,
    ) -> Result<Vec<RecordBatch>> {
        let mut found = Vec::new();
        for batch in parquet_file::read_clients(&self.folder, &file.name, clients)? {
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

/// The rejects that are not stored already.
pub(super) fn drop_rejects(rejects: &RecordBatch, stored: &RecordBatch, dropped: &mut Dropped) -> Result<RecordBatch> {
    if rejects.num_rows() == 0 || stored.num_rows() == 0 {
        return Ok(rejects.clone());
    }
    let fields = rejects.schema().fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let converter = RowConverter::new(fields)?;
    let known = converter.convert_columns(stored.columns())?;
    let known: HashSet<&[u8]> = known.iter().map(|row| row.data()).collect();
    let new = converter.convert_columns(rejects.columns())?;
    let (source, file) = (text_of(rejects, "source")?, text_of(rejects, "file")?);
    let (source, file) = (source.as_string::<i32>(), file.as_string::<i32>());
    let mut keep = Vec::with_capacity(rejects.num_rows());
    for (place, row) in new.iter().enumerate() {
        let is_new = !known.contains(row.data());
        if !is_new {
            let of = (source.value(place).to_owned(), file.value(place).to_owned());
            dropped.entry(of).or_default().rejects += 1;
        }
        keep.push(is_new);
    }
    Ok(arrow::compute::filter_record_batch(rejects, &BooleanArray::from(keep))?)
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
        let places = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..schema.fields().len()).filter(|&place| is_wanted(schema.field(place).name())).collect()
        };
        let contact = places(&|name| !["file", "row"].contains(&name));
        let origin = places(&|name| ["source", "file", "row", "client", "started_at"].contains(&name));
        let converter = |places: &[usize]| {
            RowConverter::new(
                places.iter().map(|&place| SortField::new(schema.field(place).data_type().clone())).collect(),
            )
        };
        Ok(Contents { contact: (contact.clone(), converter(&contact)?), origin: (origin.clone(), converter(&origin)?) })
    }

    /// Per row: the contact it says, and where it was read.
    fn of(&self, rows: &RecordBatch) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let bytes = |(places, converter): &(Vec<usize>, RowConverter)| {
            let columns: Vec<ArrayRef> = places.iter().map(|&place| Arc::clone(rows.column(place))).collect();
            converter.convert_columns(&columns)
        };
        let (contact, origin) = (bytes(&self.contact)?, bytes(&self.origin)?);
        let row = |(contact, origin): (arrow::row::Row<'_>, arrow::row::Row<'_>)| {
            (contact.data().to_vec(), origin.data().to_vec())
        };
        Ok(contact.iter().zip(origin.iter()).map(row).collect())
    }
}
