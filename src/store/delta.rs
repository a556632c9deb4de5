//! One Delta table in a folder: open, create, list its files, commit.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType as ArrowType, Field, TimeUnit};
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{
    Action, ArrayType, DataType, MetadataExt, PrimitiveType, StructField, StructType, Transaction,
};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use super::data_file::DataFile;
use crate::error::{Error, Result};

/// Property of `contacts`: check value of the pseudonym key.
pub(super) const KEY_CHECK: &str = "dropoff.keyCheck";
/// Property of `contacts`: names of the sources, in order.
pub(super) const SOURCES: &str = "dropoff.sources";
/// Property of `contacts`: number of the ingest that made the store anew.
pub(super) const SINCE: &str = "dropoff.since";
/// Property of `contacts`: number of the ingest from which on `split_cases` counts.
pub(super) const SPLIT_SINCE: &str = "dropoff.splitSince";
/// Property of `contacts`: the form of the store, see [`FORMAT_NOW`].
pub(super) const FORMAT: &str = "dropoff.format";
/// 2: rows are known by a hash of all that the log says in them, files by their text.
pub(super) const FORMAT_NOW: i64 = 2;
/// Property of `contacts`: what the store is after its last commit, see `state`.
pub(super) const STATE: &str = "dropoff.state";
/// Property of `contacts`: by which mappings sources were read when they were last looked at.
pub(super) const MAPPINGS: &str = "dropoff.mappings";
/// Property of `contacts`: the steps named in the configuration that some contact had, see `Notes`.
pub(super) const STEPS_MET: &str = "dropoff.stepsMet";
/// Application id whose version in the log of `contacts` is the number of the last ingest.
const INGEST: &str = "dropoff.ingest";

/// A Delta table as it was when it was opened.
#[derive(Clone, Debug)]
pub(super) struct Delta {
    folder: PathBuf,
    table: DeltaTable,
}

impl Delta {
    /// Opens the table; `None` where the folder holds none.
    pub async fn open(folder: &Path) -> Result<Option<Delta>> {
        match std::fs::metadata(folder.join("_delta_log")) {
            Ok(facts) if facts.is_dir() => {}
            Ok(_) => return Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => {
                return Err(Error::environment(format!("cannot read the table at `{}`", folder.display()))
                    .fact("found", error.to_string()));
            }
        }
        let failed = |error: DeltaTableError| failed("open", folder, &error);
        let table = DeltaTableBuilder::from_url(url_of(folder)?).map_err(failed)?.load().await;
        match table {
            Ok(table) => Ok(Some(Delta { folder: folder.to_owned(), table })),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Makes an empty table.
    pub async fn create(
        folder: &Path,
        fields: &[Field],
        properties: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Delta> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::environment(format!("cannot make `{}`: {error}", folder.display())))?;
        let failed = |error: DeltaTableError| failed("make", folder, &error);
        let columns = fields.iter().map(delta_field).collect::<Result<Vec<_>>>()?;
        let table = DeltaTableBuilder::from_url(url_of(folder)?).map_err(failed)?.build().map_err(failed)?;
        let table = table
            .create()
            .with_columns(columns)
            .with_save_mode(SaveMode::ErrorIfExists)
            .with_raise_if_key_not_exists(false)
            .with_configuration(properties.into_iter().map(|(key, value)| (key, Some(value))))
            .await
            .map_err(failed)?;
        Ok(Delta { folder: folder.to_owned(), table })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn version(&self) -> u64 {
        self.table.version().map_or(0, |version| version)
    }

    /// Columns, in Arrow types as other tools see them.
    pub fn fields(&self) -> Result<Vec<Field>> {
        let schema = self.state()?.schema();
        schema.fields().map(arrow_field).collect()
    }

    pub fn property(&self, name: &str) -> Option<&str> {
        let state = self.table.snapshot().ok()?;
        state.metadata().configuration().get(name).map(String::as_str)
    }

    pub fn files(&self) -> Result<Vec<DataFile>> {
        let log = self.state()?.log_data();
        let mut files: Vec<DataFile> = log.iter().map(|file| DataFile::of_log(&file)).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Number of the last ingest committed to this table; 0 before the first.
    pub async fn last_ingest(&self) -> Result<i64> {
        let log = self.table.log_store();
        let version = self.state()?.transaction_version(log.as_ref(), INGEST).await;
        Ok(version.map_err(|error| failed("read", &self.folder, &error))?.unwrap_or(0))
    }

    /// Adds and removes files in one atomic commit. This value goes on showing the table as it was opened.
    pub async fn commit(&self, mut change: Change) -> Result<()> {
        let failed = |error: DeltaTableError| failed("commit to", &self.folder, &error);
        let state = self.state()?;
        if !change.new_fields.is_empty() || !change.properties.is_empty() {
            let mut metadata = state.metadata().clone();
            if !change.new_fields.is_empty() {
                let added = change.new_fields.iter().map(delta_field).collect::<Result<Vec<_>>>()?;
                let schema = state.schema();
                let fields = schema.fields().cloned().chain(added);
                let schema = StructType::try_new(fields).map_err(|error| Error::bug(error.to_string()))?;
                metadata = metadata.with_schema(&schema).map_err(|error| failed(error.into()))?;
            }
            for (key, value) in change.properties {
                metadata = metadata.add_config_key(key, value).map_err(|error| failed(error.into()))?;
            }
            change.actions.insert(0, Action::Metadata(metadata));
        }
        let mut properties = CommitProperties::default();
        if let Some(ingest) = change.ingest {
            let transaction = Transaction { app_id: INGEST.to_owned(), version: ingest, last_updated: None };
            properties = properties.with_application_transaction(transaction);
        }
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        CommitBuilder::from(properties)
            .with_actions(change.actions)
            .build(Some(state), self.table.log_store(), operation)
            .await
            .map_err(failed)?;
        Ok(())
    }

    fn state(&self) -> Result<&deltalake::table::state::DeltaTableState> {
        self.table.snapshot().map_err(|error| failed("read", &self.folder, &error))
    }
}

/// What one commit does.
#[derive(Default)]
pub(super) struct Change {
    pub actions: Vec<Action>,
    pub new_fields: Vec<Field>,
    pub properties: HashMap<String, String>,
    /// Number of the ingest this commit completes.
    pub ingest: Option<i64>,
}

/// The list of sources as a table property.
pub(super) fn sources_property(sources: &[String]) -> String {
    serde_json::json!(sources).to_string()
}

/// The list of sources from a table property.
pub(super) fn sources_from(property: &str) -> Result<Vec<String>> {
    serde_json::from_str(property).map_err(|_| Error::bug(format!("the store's list of sources reads `{property}`")))
}

fn failed(what: &str, folder: &Path, error: &DeltaTableError) -> Error {
    Error::environment(format!("cannot {what} the table at `{}`", folder.display())).fact("found", error.to_string())
}

/// The path of a folder from the root, without `..`: object stores know none. A folder that is still to be made lies in one that is
/// there.
pub(super) fn absolute(folder: &Path) -> Result<PathBuf> {
    let unusable = |error: std::io::Error| {
        Error::environment(format!("`{}` cannot be found", folder.display())).fact("found", error.to_string())
    };
    if let Ok(there) = folder.canonicalize() {
        return Ok(there);
    }
    let absolute = std::path::absolute(folder).map_err(unusable)?;
    match (absolute.parent().and_then(|parent| parent.canonicalize().ok()), absolute.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.join(name)),
        _ => Ok(absolute),
    }
}

fn url_of(folder: &Path) -> Result<Url> {
    let absolute = absolute(folder)?;
    Url::from_directory_path(&absolute).map_err(|()| Error::user(format!("`{}` is not a folder", folder.display())))
}

fn delta_field(field: &Field) -> Result<StructField> {
    Ok(StructField::new(field.name(), delta_type(field.data_type())?, true))
}

fn delta_type(arrow: &ArrowType) -> Result<DataType> {
    let primitive = match arrow {
        ArrowType::Boolean => PrimitiveType::Boolean,
        ArrowType::Int32 => PrimitiveType::Integer,
        ArrowType::Int64 => PrimitiveType::Long,
        ArrowType::Float64 => PrimitiveType::Double,
        ArrowType::Utf8 => PrimitiveType::String,
        ArrowType::FixedSizeBinary(_) => PrimitiveType::Binary,
        ArrowType::Timestamp(TimeUnit::Microsecond, Some(_)) => PrimitiveType::Timestamp,
        ArrowType::Dictionary(_, values) => return delta_type(values),
        ArrowType::List(item) => {
            return Ok(DataType::Array(Box::new(ArrayType::new(delta_type(item.data_type())?, true))));
        }
        other => return Err(Error::bug(format!("type {other} has no place in the store"))),
    };
    Ok(DataType::Primitive(primitive))
}

/// A column as the store's own readers see it: text of measures is dictionary-encoded.
fn arrow_field(field: &StructField) -> Result<Field> {
    let DataType::Primitive(primitive) = field.data_type() else {
        return Err(Error::bug(format!("column `{}` is not plain", field.name())));
    };
    let arrow = match primitive {
        PrimitiveType::Boolean => ArrowType::Boolean,
        PrimitiveType::Integer => ArrowType::Int32,
        PrimitiveType::Long => ArrowType::Int64,
        PrimitiveType::Double => ArrowType::Float64,
        PrimitiveType::String => crate::schema::word(),
        PrimitiveType::Binary => crate::schema::id(),
        PrimitiveType::Timestamp => crate::schema::moment(),
        other => return Err(Error::bug(format!("column `{}` has type {other}", field.name()))),
    };
    Ok(Field::new(field.name(), arrow, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_by_a_path_that_goes_up_made_or_not() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("here")).unwrap();
        std::fs::create_dir_all(root.join("there/store")).unwrap();
        assert_eq!(absolute(&root.join("here/../there/store")).unwrap(), root.join("there/store"));
        assert_eq!(absolute(&root.join("here/../there/new")).unwrap(), root.join("there/new"));
    }
}
