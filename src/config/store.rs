//! `[store]`: where the tables and the key of the pseudonyms are.

use std::path::{Path, PathBuf};

use super::model::StoreConfig;
use super::walk::Table;

const KEYS: [&str; 2] = ["path", "key_file"];
const DEFAULT_PATH: &str = "store";

/// Reads `[store]`. Paths start from `folder`; an address such as `s3://bucket/prefix` stays as it is.
///
/// By default the key lies beside the store, `store.key` for `store`; for an address it lies in `folder`.
pub(super) fn read(root: &Table<'_>, folder: &Path) -> StoreConfig {
    let section = root.section("store", "store", &KEYS);
    let path = section.get("path").and_then(|value| value.text()).unwrap_or(DEFAULT_PATH);
    let key_file = section.get("key_file").and_then(|value| value.text());
    let is_address = path.contains("://");
    StoreConfig {
        path: if is_address { PathBuf::from(path) } else { folder.join(path) },
        key_file: match key_file {
            Some(key_file) => folder.join(key_file),
            None if is_address => folder.join(key_name(Path::new(DEFAULT_PATH))),
            None => folder.join(path).with_file_name(key_name(Path::new(path))),
        },
    }
}

fn key_name(store: &Path) -> String {
    let name = store.file_name().map_or(DEFAULT_PATH.into(), |name| name.to_string_lossy());
    format!("{name}.key")
}
