//! By which mapping files were read, and whether the configuration says something else now.
//!
//! In: the register of files, and the mappings of today. Out: the sources whose stored rows were read by another one.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};

use crate::error::{Error, Result};

/// What the rows of a source are read by: key of the configuration → value as it is written.
pub type Mapping = BTreeMap<String, String>;

/// A source whose stored rows were read by another mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    pub source: String,
    /// Files with such rows, in their order.
    pub files: BTreeSet<String>,
    /// Keys whose value is another one now.
    pub keys: BTreeSet<String>,
    /// Whether all of these are new: the rows are then right, but null in the columns of the new keys.
    pub is_only_more: bool,
}

/// The sources of today that have such files. `files`: the register.
pub fn stale(files: &RecordBatch, today: &BTreeMap<String, Mapping>) -> Result<Vec<Stale>> {
    let column = |name: &str| files.column_by_name(name).ok_or_else(|| Error::bug(format!("files without `{name}`")));
    let (source, file) = (column("source")?.as_string::<i32>(), column("file")?.as_string::<i32>());
    let (mapping, kept) = (column("mapping")?.as_string::<i32>(), column("read")?);
    let mut found: BTreeMap<&str, Stale> = BTreeMap::new();
    for row in (0..files.num_rows()).filter(|&row| mapping.is_valid(row) && kept.is_valid(row)) {
        let Some(now) = today.get(source.value(row)) else { continue };
        let then = mapping_from(mapping.value(row))?;
        let keys = changed_keys(&then, now);
        if !keys.is_empty() {
            let stale = found.entry(source.value(row)).or_insert_with(|| Stale {
                source: source.value(row).to_owned(),
                files: BTreeSet::new(),
                keys: BTreeSet::new(),
                is_only_more: true,
            });
            stale.files.insert(file.value(row).to_owned());
            stale.is_only_more &= is_only_more(&then, now);
            stale.keys.extend(keys);
        }
    }
    Ok(found.into_values().collect())
}

/// Keys that only one has, or that have another value.
pub fn changed_keys(then: &Mapping, now: &Mapping) -> BTreeSet<String> {
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    keys.into_iter().filter(|key| then.get(*key) != now.get(*key)).cloned().collect()
}

/// Whether all keys that differ are new ones.
pub fn is_only_more(then: &Mapping, now: &Mapping) -> bool {
    changed_keys(then, now).iter().all(|key| !then.contains_key(key))
}

/// A mapping as the register holds it.
pub fn mapping_text(mapping: &Mapping) -> String {
    serde_json::json!(mapping).to_string()
}

pub(super) fn mapping_from(text: &str) -> Result<Mapping> {
    serde_json::from_str(text)
        .map_err(|_| Error::environment("the store's register of files holds a mapping that does not read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_came_went_or_changed_is_named() {
        let mapping = |pairs: &[(&str, &str)]| -> Mapping {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let then = mapping(&[("channel", "web"), ("columns.time", "at"), ("quote", "'")]);
        let now = mapping(&[("channel", "web"), ("columns.time", "when"), ("timezone", "UTC")]);
        let keys: Vec<String> = changed_keys(&then, &now).into_iter().collect();
        assert_eq!(keys, ["columns.time", "quote", "timezone"]);
        assert_eq!(mapping_from(&mapping_text(&then)).unwrap(), then);
    }
}
