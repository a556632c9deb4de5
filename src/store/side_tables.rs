//! The side tables, `files`, `names`, `rejects`, `split_cases` and `copies`: Delta tables beside `contacts`, whose files are named
//! after their ingest.
//!
//! An ingest commits here before it commits to `contacts`. A file whose ingest never got that far is not shown, and the
//! next ingest takes it out.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Field, SchemaRef};
use deltalake::kernel::Action;

use super::data_file::DataFile;
use super::delta::{Change, Delta};
use super::layout::Place;
use super::parquet_file;
use crate::error::{Error, Result};

/// Appends the rows of one ingest.
pub(super) async fn append(folder: &Path, ingest: i64, rows: &RecordBatch) -> Result<()> {
    let schema = rows.schema();
    if rows.num_rows() == 0 {
        return add(folder, &schema, Vec::new()).await;
    }
    make_folder(folder)?;
    add(folder, &schema, vec![parquet_file::write(folder, &file_name(ingest), rows)?]).await
}

/// Adds files that were written; makes the table where there is none.
pub(super) async fn add(folder: &Path, schema: &SchemaRef, files: Vec<Action>) -> Result<()> {
    let known: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    let table = match Delta::open(folder).await? {
        Some(table) => table,
        None => Delta::create(folder, &known, []).await?,
    };
    if files.is_empty() {
        return Ok(());
    }
    let there = table.fields()?;
    let new_fields = known.into_iter().filter(|field| there.iter().all(|there| there.name() != field.name())).collect();
    table.commit(Change { actions: files, new_fields, ..Change::default() }).await
}

/// Makes the folder of a table, so that files can be written before the table is.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::environment(format!("cannot make `{}`: {error}", folder.display())))
}

/// The files of these ingests.
pub(super) async fn files(folder: &Path, ingests: RangeInclusive<i64>) -> Result<Vec<DataFile>> {
    let Some(table) = Delta::open(folder).await? else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for file in table.files()? {
        if ingests.contains(&ingest_of(&file.name)?) {
            files.push(file);
        }
    }
    Ok(files)
}

/// Takes out the files of all other ingests: later ones were cut short, and earlier ones are no longer part of the
/// store.
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
    read_some(folder, schema, ingests, |_, batch| Ok(Some(batch))).await
}

/// The same, as each ingest wrote them.
pub(super) async fn read_by_ingest(folder: &Path, ingests: RangeInclusive<i64>) -> Result<Vec<(i64, RecordBatch)>> {
    let mut read = Vec::new();
    for file in files(folder, ingests).await? {
        let ingest = ingest_of(&file.name)?;
        for batch in parquet_file::read(folder, &file)? {
            read.push((ingest, batch?));
        }
    }
    Ok(read)
}

/// The rows that `of_ingest` leaves of each ingest's batches.
pub(super) async fn read_some(
    folder: &Path,
    schema: &SchemaRef,
    ingests: RangeInclusive<i64>,
    of_ingest: impl Fn(i64, RecordBatch) -> Result<Option<RecordBatch>>,
) -> Result<RecordBatch> {
    let mut batches = Vec::new();
    for (ingest, rows) in read_by_ingest(folder, ingests).await? {
        if let Some(batch) = of_ingest(ingest, rows)? {
            let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
                Some(column) => Arc::clone(column),
                None => new_null_array(field.data_type(), batch.num_rows()),
            };
            batches.push(RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())?);
        }
    }
    Ok(arrow::compute::concat_batches(schema, &batches)?)
}

/// Name of the one file of an ingest.
pub(super) fn file_name(ingest: i64) -> String {
    format!("{ingest:06}.parquet")
}

/// The ingest that wrote a file, from its name: `000012.parquet`, or one with a place, as data files of `contacts`
/// have.
fn ingest_of(name: &str) -> Result<i64> {
    match name.strip_suffix(".parquet").and_then(|number| number.parse().ok()) {
        Some(ingest) => Ok(ingest),
        None => Place::parse(name).map(|(_, ingest)| ingest),
    }
}
