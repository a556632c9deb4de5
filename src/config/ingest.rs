//! `[ingest]`: how rows that cannot be read are kept.

use super::model::IngestConfig;
use super::walk::Table;

const KEYS: [&str; 1] = ["keep_rejects"];
const KEEP_REJECTS: usize = 1000;

/// Reads `[ingest]`.
pub(super) fn read(root: &Table<'_>) -> IngestConfig {
    let section = root.section("ingest", "ingest", &KEYS);
    IngestConfig { keep_rejects: section.get("keep_rejects").and_then(|value| value.count()).unwrap_or(KEEP_REJECTS) }
}
