//! Rows that are not stored, as another file holds the very same ones: the table `copies`.
//!
//! In: such rows, as an ingest finds them. Out: those of some files or rows, to take the place of stored rows that go.
//! Nothing is taken out of the table: an entry with a negative number says that so many copies are stored now, or are
//! gone.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, FixedSizeBinaryBuilder, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;

use super::data_file::DataFile;
use super::parquet_file;
use super::row_keys::{RowKey, RowKeys};
use crate::error::{Error, Result};
use crate::schema;

/// A row that a file has, and that another one holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CopyEntry {
    pub key: RowKey,
    pub file: String,
    pub row: i64,
    pub copies: i64,
}

/// The entries of a store.
pub(super) struct Copies {
    folder: PathBuf,
    files: Vec<DataFile>,
}

impl Copies {
    /// `files`: the data files that count.
    pub fn new(folder: &Path, files: Vec<DataFile>) -> Self {
        Copies { folder: folder.to_owned(), files }
    }

    /// The wanted entries, negative ones subtracted, ordered by row and file.
    pub fn find(&self, is_wanted: impl Fn(&RowKeys, usize) -> bool) -> Result<Vec<CopyEntry>> {
        let mut found: BTreeMap<(RowKey, String, i64), i64> = BTreeMap::new();
        for file in &self.files {
            for batch in parquet_file::read(&self.folder, file)? {
                let batch = batch?;
                let known = RowKeys::of(&batch)?;
                let copies = batch.column_by_name("copies").ok_or_else(|| Error::bug("copies without a number"))?;
                let copies = copies.as_primitive::<Int32Type>();
                for row in (0..known.rows).filter(|&row| is_wanted(&known, row)) {
                    let key = (known.key(row), known.file(row).to_owned(), known.row(row));
                    *found.entry(key).or_insert(0) += i64::from(copies.value(row));
                }
            }
        }
        let entry = |((key, file, row), copies)| CopyEntry { key, file, row, copies };
        Ok(found.into_iter().filter(|(_, copies)| *copies != 0).map(entry).collect())
    }
}

/// How many copies each file has of each row.
pub(super) fn by_row(entries: &[CopyEntry]) -> HashMap<&RowKey, Vec<&CopyEntry>> {
    let mut by_row: HashMap<&RowKey, Vec<&CopyEntry>> = HashMap::new();
    entries.iter().for_each(|entry| by_row.entry(&entry.key).or_default().push(entry));
    by_row
}

/// Contacts that are not stored, as rows of the table.
pub(super) fn of_contacts(contacts: &RecordBatch) -> Result<RecordBatch> {
    let schema = schema::copies();
    let column = |name: &str| -> Result<ArrayRef> {
        match name {
            "copies" => Ok(Arc::new(Int32Array::from(vec![1; contacts.num_rows()]))),
            name => {
                contacts.column_by_name(name).cloned().ok_or_else(|| Error::bug(format!("contacts without `{name}`")))
            }
        }
    };
    let columns = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Entries as rows of the table.
pub(super) fn rows(entries: &[CopyEntry]) -> Result<RecordBatch> {
    let mut clients = FixedSizeBinaryBuilder::new(16);
    for entry in entries {
        match entry.key.client {
            Some(client) => clients.append_value(client.to_be_bytes())?,
            None => clients.append_null(),
        }
    }
    let word = |text: fn(&CopyEntry) -> &str| -> Result<ArrayRef> {
        let text = StringArray::from_iter_values(entries.iter().map(text));
        Ok(arrow::compute::cast(&text, &schema::word())?)
    };
    let schema = schema::copies();
    let starts = TimestampMicrosecondArray::from_iter_values(entries.iter().map(|entry| entry.key.started_at));
    let columns: Vec<ArrayRef> = vec![
        word(|entry| &entry.key.source)?,
        word(|entry| &entry.file)?,
        Arc::new(Int64Array::from_iter_values(entries.iter().map(|entry| entry.row))),
        Arc::new(clients.finish()),
        Arc::new(starts.with_timezone("UTC")),
        Arc::new(Int64Array::from_iter_values(entries.iter().map(|entry| entry.key.content))),
        Arc::new(Int32Array::from_iter_values(entries.iter().map(|entry| entry.copies as i32))),
    ];
    Ok(RecordBatch::try_new(schema, columns)?)
}
