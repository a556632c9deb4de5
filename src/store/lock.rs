//! The lock of a store: who has it may write. It is a file, `.lock`, that the holder keeps locked; what is in it is never read, and
//! never written.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};

/// Held until it is dropped, or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; makes the folder of the store where there is none.
    ///
    /// # Errors
    /// Where another process holds it, or the folder or the file cannot be made or is a link.
    pub fn take(root: &Path) -> Result<Lock> {
        let failed = |error: String| {
            Error::environment(format!("cannot lock the store at `{}`", root.display())).fact("found", error)
        };
        std::fs::create_dir_all(root).map_err(|error| {
            Error::environment(format!("cannot make the store at `{}`", root.display()))
                .fact("found", error.to_string())
        })?;
        let path = root.join(".lock");
        if path.symlink_metadata().is_ok_and(|facts| !facts.is_file()) {
            return Err(failed(format!("`{}` is not a plain file", path.display())).hint("remove it"));
        }
        // Not truncated: the file may have been swapped for a link since.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| failed(error.to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(failed("another ingest is running".to_owned()).hint("wait until it is done, then run this again"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error.to_string())),
        }
    }
}
