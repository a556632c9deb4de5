//! What an ingest did, and how far it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::changed_sources::ChangedSource;
use super::ledger::Example;
use crate::store::{Store, StoredFile};

/// How far an ingest is; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of new files, once they are known.
    pub bytes: AtomicU64,
    pub bytes_read: Arc<AtomicU64>,
}

/// What an ingest did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The store as it is now; absent where nothing was to be stored and there is none.
    pub store: Option<Store>,
    /// Files that were read, in the order they were read.
    pub files: Vec<StoredFile>,
    /// Rejected rows by source and reason.
    pub rejected: BTreeMap<(String, String), i64>,
    /// Values of the first rejected rows, up to three different ones, by source.
    pub examples: BTreeMap<String, Vec<Example>>,
    /// For sources that lost rows as duplicates, one of them and the row that it equals.
    pub twins: BTreeMap<String, String>,
    /// Files that were in the store already, by source.
    pub known: BTreeMap<String, usize>,
    /// Names of files that have grown.
    pub grown: Vec<String>,
    /// How many cases of the whole store name several clients.
    pub split_cases: usize,
    /// Sources that are configured otherwise than when some of their files were read.
    pub changes: Vec<ChangedSource>,
    /// Files of the store, of sources of today, that are not there any more.
    pub gone: Vec<String>,
    /// Whether this is the first ingest since a mapping changed.
    pub is_news: bool,
    /// One line for each step that the configuration names and that no contact of any ingest has had.
    pub absent_steps: Vec<String>,
    /// What is odd about the configuration, now that the logs are known.
    pub notes: Vec<String>,
}
