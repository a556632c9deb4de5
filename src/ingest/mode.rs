//! What an ingest is asked to bring in, and the store that this needs.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::Store;

/// What is brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IngestMode {
    /// What is new, and files again whose source is configured otherwise now.
    #[default]
    New,
    /// The same, but nothing where rows would stay that were read by another configuration.
    NewOrNothing,
    /// All files that are there, into a store that is made anew.
    All,
    /// What is new is read and accounted for, and not stored.
    Nothing,
}

/// The store, if there is one. The inner error says why one that is made anew cannot be read; other modes fail.
pub(super) async fn find_store(config: &Config, mode: IngestMode) -> Result<std::result::Result<Option<Store>, Error>> {
    match mode {
        IngestMode::All => Store::find_to_replace(&config.store.path).await,
        IngestMode::New | IngestMode::NewOrNothing | IngestMode::Nothing => {
            Store::find(&config.store.path).await.map(Ok)
        }
    }
}
