//! `files` and `rejects`: small Delta tables with one file per ingest, named after it.
//!
//! An ingest commits here before it commits to `contacts`. A file whose ingest never got that far is not shown, and the
//! next ingest takes it out.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Field, SchemaRef};

use super::delta::{Change, Delta};
use super::parquet_file;
use crate::error::{Error, Result};

/// Appends the rows of one ingest.
pub(super) async fn append(folder: &Path, ingest: i64, rows: &RecordBatch) -> Result<()> {
    let table = match Delta::open(folder).await? {
        Some(table) => table,
        None => {
            let fields: Vec<_> = rows.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
            Delta::create(folder, &fields, []).await?
        }
    };
    if rows.num_rows() == 0 {
        return Ok(());
    }
    let add = parquet_file::write(folder, &file_name(ingest), rows)?;
    table.commit(Change { actions: vec![add], ..Change::default() }).await
}

/// Takes out what is not of the ingests that count: what those after them left behind, and what those before have been replaced in.
pub(super) async fn sweep(folder: &Path, ingests: RangeInclusive<i64>) -> Result<()> {
    let Some(table) = Delta::open(folder).await? else { return Ok(()) };
    let mut removals = Vec::new();
    for file in table.files()? {
        if !ingests.contains(&ingest_of(&file.name)?) {
            removals.push(parquet_file::removal(&file.name));
        }
    }
    if removals.is_empty() {
        return Ok(());
    }
    table.commit(Change { actions: removals, ..Change::default() }).await
}

/// All rows of these ingests, in their order. A column that an older file lacks is null.
pub(super) async fn read(folder: &Path, schema: &SchemaRef, ingests: RangeInclusive<i64>) -> Result<RecordBatch> {
    let Some(table) = Delta::open(folder).await? else { return Ok(RecordBatch::new_empty(schema.clone())) };
    let mut batches = Vec::new();
    for file in table.files()? {
        if !ingests.contains(&ingest_of(&file.name)?) {
            continue;
        }
        for batch in parquet_file::read(folder, &file.name)? {
            let batch = batch?;
            let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
                Some(column) => Arc::clone(column),
                None => new_null_array(field.data_type(), batch.num_rows()),
            };
            batches.push(RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())?);
        }
    }
    Ok(arrow::compute::concat_batches(schema, &batches)?)
}

fn file_name(ingest: i64) -> String {
    format!("{ingest:06}.parquet")
}

fn ingest_of(name: &str) -> Result<i64> {
    let number = name.strip_suffix(".parquet").and_then(|number| number.parse().ok());
    number.ok_or_else(|| Error::user(format!("`{name}` is not a file of a dropoff store")))
}
