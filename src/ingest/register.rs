//! The register of files: which of those that are there are new, and which of those that are stored are gone.
//!
//! In: the table `files`, and the files that were found. Out: those to read. Fails where a file cannot be read.

use std::collections::{BTreeMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};

use super::files::{LogFile, content_of};
use crate::config::Config;
use crate::error::{Error, Result};

/// What the store knows of the files that were ingested.
#[derive(Default)]
pub(super) struct Register {
    /// (source, file) → bytes, time of change, content; the latest counts.
    files: BTreeMap<(String, String), (i64, Option<i64>, String)>,
    contents: HashSet<(String, String)>,
}

/// Which files there are to read.
pub(super) struct New {
    /// Number of the source, file, content.
    pub files: Vec<(usize, LogFile, String)>,
    pub known: BTreeMap<String, usize>,
    pub changed: Vec<String>,
}

impl Register {
    pub fn new(files: &RecordBatch) -> Result<Self> {
        let column =
            |name: &str| files.column_by_name(name).ok_or_else(|| Error::bug(format!("files without `{name}`")));
        let text = |name: &str| -> Result<_> { Ok(column(name)?.as_string::<i32>()) };
        let (source, file, content) = (text("source")?, text("file")?, text("content")?);
        let bytes = column("bytes")?.as_primitive::<Int64Type>();
        let modified_at = column("modified_at")?.as_primitive::<TimestampMicrosecondType>();
        let mut register = Register::default();
        for row in 0..files.num_rows() {
            let modified_at = modified_at.is_valid(row).then(|| modified_at.value(row));
            let name = (source.value(row).to_owned(), file.value(row).to_owned());
            register.files.insert(name, (bytes.value(row), modified_at, content.value(row).to_owned()));
            register.contents.insert((source.value(row).to_owned(), content.value(row).to_owned()));
        }
        Ok(register)
    }

    /// Files of sources of today that are not among those found.
    pub fn gone(&self, config: &Config, found: &[(usize, LogFile)]) -> Vec<String> {
        let there: HashSet<(&str, &str)> =
            found.iter().map(|(source, file)| (config.sources[*source].name.as_str(), file.shown.as_str())).collect();
        let is_of_today = |source: &str| config.sources.iter().any(|of_today| of_today.name == source);
        let names = self.files.keys().filter(|(source, _)| is_of_today(source));
        names
            .filter(|(source, file)| !there.contains(&(source.as_str(), file.as_str())))
            .map(|(_, file)| file.clone())
            .collect()
    }

    /// Files whose content the source has not brought yet. A file of the same name, size and time is not read again.
    pub fn new_files(mut self, config: &Config, found: Vec<(usize, LogFile)>) -> Result<New> {
        let mut new = New { files: Vec::new(), known: BTreeMap::new(), changed: Vec::new() };
        for (number, file) in found {
            let source = &config.sources[number].name;
            let before = self.files.get(&(source.clone(), file.shown.clone()));
            let untouched = before.is_some_and(|(bytes, modified_at, _)| {
                *bytes == file.bytes as i64 && modified_at.is_some() && *modified_at == file.modified_at
            });
            let content = if untouched { None } else { Some(content_of(&file)?) };
            match content {
                Some(content) if self.contents.insert((source.clone(), content.clone())) => {
                    if before.is_some() {
                        new.changed.push(file.shown.clone());
                    }
                    new.files.push((number, file, content));
                }
                _ => *new.known.entry(source.clone()).or_insert(0) += 1,
            }
        }
        Ok(new)
    }
}
