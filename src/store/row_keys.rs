//! The keys that rows of logs are known by: source, client, start, and a hash of the whole row.
//!
//! In: batches of contacts, or of the table `copies`. Fails where they lack a column.

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int64Type};

use super::sort::SortKeys;
use crate::error::{Error, Result};

/// Client and time: only rows that share them can be equal.
pub(super) type Moment = (Option<u128>, i64);

/// What a row of a log is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowKey {
    pub source: String,
    pub client: Option<u128>,
    pub started_at: i64,
    pub content: i64,
}

/// What the rows of a batch are known by, column by column.
pub(super) struct RowKeys {
    pub rows: usize,
    keys: SortKeys,
    source: StringArray,
    file: StringArray,
    row: Int64Array,
    content: Int64Array,
}

impl RowKeys {
    /// The columns that it takes.
    pub const COLUMNS: [&'static str; 6] = ["client", "started_at", "source", "file", "row", "row_content"];

    pub fn of(rows: &RecordBatch) -> Result<Self> {
        let column =
            |name: &str| rows.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
        let text = |name: &str| -> Result<StringArray> {
            Ok(arrow::compute::cast(column(name)?, &DataType::Utf8)?.as_string::<i32>().clone())
        };
        let number = |name: &str| -> Result<Int64Array> { Ok(column(name)?.as_primitive::<Int64Type>().clone()) };
        Ok(RowKeys {
            rows: rows.num_rows(),
            keys: SortKeys::of(rows)?,
            source: text("source")?,
            file: text("file")?,
            row: number("row")?,
            content: number("row_content")?,
        })
    }

    pub fn moment(&self, row: usize) -> Moment {
        (self.keys.client(row), self.keys.time(row))
    }

    pub fn source(&self, row: usize) -> &str {
        self.source.value(row)
    }

    pub fn file(&self, row: usize) -> &str {
        self.file.value(row)
    }

    pub fn row(&self, row: usize) -> i64 {
        self.row.value(row)
    }

    pub fn is_without_client(&self, row: usize) -> bool {
        self.keys.client(row).is_none()
    }

    /// The hash of the row; absent in stores that were made before rows had one.
    pub fn content(&self, row: usize) -> Option<i64> {
        self.content.is_valid(row).then(|| self.content.value(row))
    }

    pub fn key(&self, row: usize) -> RowKey {
        RowKey {
            source: self.source(row).to_owned(),
            client: self.keys.client(row),
            started_at: self.keys.time(row),
            content: self.content(row).unwrap_or_default(),
        }
    }
}
