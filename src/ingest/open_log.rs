//! A log on its way into the store: which part of it is to be read, and its reader.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::content::Ending;
use super::files::{changed_meanwhile, is_still_there};
use super::formats::{Log, UnparsedChunk};
use super::matched_files::FileToRead;
use crate::error::Result;

/// A file that was looked at, and is going to be read.
pub(super) struct OpenLog {
    pub to_read: FileToRead,
    pub log: Box<dyn Log>,
}

impl OpenLog {
    /// Reads the file, from its start or from after what was read before. See [`Log::read`].
    ///
    /// # Errors
    /// Where the file cannot be read, or is another one than was looked at.
    pub fn read<'log>(
        &'log self,
        keep_rejects: usize,
        bytes_read: &Arc<AtomicU64>,
        give: &mut dyn FnMut(UnparsedChunk<'log>) -> bool,
    ) -> Result<Option<Ending>> {
        let FileToRead { file, after, .. } = &self.to_read;
        if !is_still_there(file) {
            return Err(changed_meanwhile(&file.shown));
        }
        self.log.read(file, after.as_ref(), keep_rejects, bytes_read, give)
    }
}
