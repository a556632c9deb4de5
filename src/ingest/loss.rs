//! What `dropoff ingest --rebuild` would lose: the rows of files that are gone.

use super::inspection::find_all;
use super::matched_files::match_files;
use super::mode::{IngestMode, find_store};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::KnownFile;

/// What making the store anew would lose.
#[derive(Debug)]
pub enum Loss {
    /// The rows of these files, of sources of today, that are not there any more.
    Files(Vec<KnownFile>),
    /// It cannot be said: the store cannot be read.
    Unknown(Error),
}

/// Says what `IngestMode::All` would lose.
///
/// # Errors
/// Where logs cannot be read.
pub async fn loss(config: &Config) -> Result<Loss> {
    let store = match find_store(config, IngestMode::All).await? {
        Ok(Some(store)) => store,
        Ok(None) => return Ok(Loss::Files(Vec::new())),
        Err(error) => return Ok(Loss::Unknown(error)),
    };
    let known = store.known_files().await?;
    let matched = match_files(config, find_all(config)?, &known, &|_, _, _| false)?;
    Ok(Loss::Files(known.into_iter().filter(|file| matched.gone.contains(&file.file)).collect()))
}
