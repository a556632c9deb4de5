//! `[store]`: where the tables and the key of the pseudonyms are.

use std::path::Path;

use super::model::StoreConfig;
use super::walk::Table;

const KEYS: [&str; 2] = ["path", "key_file"];
const DEFAULT_PATH: &str = "store";

/// Reads `[store]`. Paths start from `folder`; by default the key lies beside the store, `store.key` for `store`.
pub(super) fn read(root: &Table<'_>, folder: &Path) -> StoreConfig {
    let section = root.section("store", "store", &KEYS);
    let path = section.get("path");
    if let Some(path) = &path
        && let Some(text) = path.as_text().filter(|text| text.contains("://"))
    {
        let mistake = path.mistake(format!("the store cannot be at `{text}`"));
        path.report(mistake.fact("expected", "a local folder"));
    }
    let path = path.and_then(|value| value.text()).unwrap_or(DEFAULT_PATH);
    let key_file = section.get("key_file").and_then(|value| value.text());
    StoreConfig {
        path: folder.join(path),
        key_file: match key_file {
            Some(key_file) => folder.join(key_file),
            None => folder.join(path).with_file_name(key_name(Path::new(path))),
        },
    }
}

fn key_name(store: &Path) -> String {
    let name = store.file_name().map_or(DEFAULT_PATH.into(), |name| name.to_string_lossy());
    format!("{name}.key")
}
