//! Sources that are configured otherwise than when their files were read: which of these are read again, and which are gone.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::files::LogFile;
use super::inspection::inspector;
use super::matched_files::MatchedFiles;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::notation::some_of;
use crate::store::{KnownFile, changed_keys, is_only_more};

/// A source that is configured otherwise than when some of its files were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedSource {
    pub source: String,
    /// Keys whose value is another one now.
    pub keys: Vec<String>,
    /// Files that are read again.
    pub again: Vec<String>,
    /// Files that are not there any more: their rows stay as they were read. With first and latest start of a contact.
    pub left: Vec<(String, Option<(i64, i64)>)>,
    /// The same, for files where the configuration only has further keys: what these would read is null.
    pub lacking: Vec<(String, Option<(i64, i64)>)>,
}

/// Whether a file that is stored is to be read again, as its source is configured otherwise now. A column that is new, and that only
/// newer files have, is no reason; it is tried once.
pub(super) fn must_be_read_again(
    config: &Config,
    source: usize,
    known: &KnownFile,
    file: &LogFile,
    is_news: bool,
) -> bool {
    let mapping = &config.sources[source].mapping;
    if known.mappings.iter().any(|then| !is_only_more(then, mapping)) {
        return true;
    }
    is_news && inspector(config)(source, file).is_ok()
}

/// Which sources are configured otherwise than when their files were read, and what comes of it.
pub(super) fn changes(config: &Config, known: &[KnownFile], matched: &MatchedFiles) -> Vec<ChangedSource> {
    let mut changes: BTreeMap<&str, ChangedSource> = BTreeMap::new();
    let read_again: HashSet<(usize, &str)> = matched
        .read
        .iter()
        .filter(|read| read.replaces.is_read_again())
        .map(|read| (read.source, read.label.as_str()))
        .collect();
    for (number, source) in config.sources.iter().enumerate() {
        let left = matched.left.get(&source.name).map_or(&[][..], Vec::as_slice);
        for file in known.iter().filter(|file| file.source == source.name) {
            let keys: BTreeSet<String> =
                file.mappings.iter().flat_map(|then| changed_keys(then, &source.mapping)).collect();
            let is_again = read_again.contains(&(number, file.file.as_str()));
            let is_only_more = file.mappings.iter().all(|then| is_only_more(then, &source.mapping));
            let is_gone = left.iter().any(|left| left.file == file.file);
            if !is_again && (!is_gone || keys.is_empty()) {
                continue;
            }
            let change = changes.entry(&source.name).or_default();
            change.source.clone_from(&source.name);
            change.keys.extend(keys);
            change.keys.sort();
            change.keys.dedup();
            match (is_again, is_only_more) {
                (true, _) => change.again.push(file.file.clone()),
                (false, false) => change.left.push((file.file.clone(), file.span_us)),
                (false, true) => change.lacking.push((file.file.clone(), file.span_us)),
            }
        }
    }
    changes.into_values().collect()
}

pub(super) fn refuse_what_is_left(changes: &[ChangedSource]) -> Result<()> {
    let refused = changes.iter().filter(|change| !change.left.is_empty() || !change.lacking.is_empty());
    let mistakes = refused.map(|change| {
        let left = [change.left.as_slice(), &change.lacking].concat();
        ChangedSource { left, ..change.clone() }.mistake()
    });
    Error::all(mistakes).map_or(Ok(()), Err)
}

impl ChangedSource {
    /// The error where files are gone that were read by another configuration.
    pub fn mistake(&self) -> Error {
        let day = |us: i64| {
            chrono::DateTime::from_timestamp_micros(us).map_or(String::new(), |at| at.date_naive().to_string())
        };
        let files = self.left.iter().map(|(file, span_us)| match span_us {
            Some((first, latest)) => format!("{file} ({} to {})", day(*first), day(*latest)),
            None => file.clone(),
        });
        Error::check(format!("`{}` is configured otherwise than when files were read that are gone now", self.source))
            .fact("keys", some_of(self.keys.iter().cloned()))
            .fact("files", some_of(files.collect::<Vec<_>>().into_iter()))
            .hint("the rows of these files stay as they were read; bring the files back, or lose their rows with `dropoff ingest --rebuild`")
    }
}
