//! Finds the log files of a source by its patterns.

use std::path::{Path, PathBuf};

use crate::config::{Config, Source};
use crate::error::{Error, Result};

/// A log file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    pub path: PathBuf,
    /// Relative to the configuration: what tables and messages show.
    pub shown: String,
    pub bytes: u64,
    /// Microseconds.
    pub modified_at: Option<i64>,
    /// Tells whether another file has been put under the path since, where the system numbers files.
    pub inode: u64,
}

/// The files of a source, in the order of their names; and each pattern that matches nothing, or something that is no file.
pub fn find_files(config: &Config, source: &Source) -> (Vec<LogFile>, Vec<Error>) {
    let mut files = Vec::new();
    let mut mistakes = Vec::new();
    for pattern in &source.files {
        match matches(&config.folder, pattern) {
            Ok(found) => files.extend(found),
            Err(error) => mistakes.push(
                error
                    .fact("wanted by", format!("source `{}` ({}:{})", source.name, config.path.display(), source.line)),
            ),
        }
    }
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    files.dedup_by(|a, b| a.path == b.path);
    (files, mistakes)
}

fn matches(folder: &Path, pattern: &str) -> Result<Vec<LogFile>> {
    let whole = folder.join(pattern);
    let paths: Vec<PathBuf> = if whole.exists() {
        // Brackets may be part of a file's name: a file of that very name comes before the pattern.
        vec![whole]
    } else {
        let escaped = Path::new(&glob::Pattern::escape(&folder.to_string_lossy())).join(pattern);
        let found = glob::glob(&escaped.to_string_lossy()).map_err(|error| {
            Error::user(format!("`{pattern}` is not a file pattern")).fact("found", error.to_string())
        })?;
        found
            .map(|path| {
                path.map_err(|error| {
                    Error::environment(format!("cannot look for `{pattern}`")).fact("found", error.to_string())
                })
            })
            .collect::<Result<_>>()?
    };
    if paths.is_empty() {
        return Err(Error::user(format!("no file matches `{pattern}`")).fact("looked in", shown_folder(folder)));
    }
    paths.into_iter().map(|path| log_file(folder, path)).collect()
}

fn log_file(folder: &Path, path: PathBuf) -> Result<LogFile> {
    let shown = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
    let failed =
        |error: std::io::Error| Error::environment(format!("cannot read `{shown}`")).fact("found", error.to_string());
    let facts = std::fs::metadata(&path).map_err(failed)?;
    if facts.is_dir() {
        return Err(Error::user(format!("`{shown}` is a folder, not a file"))
            .hint(format!("`{shown}/*` means the files in it")));
    }
    if !facts.is_file() {
        return Err(Error::user(format!("`{shown}` is not a file that can be read to its end"))
            .fact("found", "a pipe, a socket or a device")
            .hint("write what comes out of it to a file, and close it"));
    }
    Ok(LogFile { path, shown, bytes: facts.len(), modified_at: modified_at(&facts), inode: inode(&facts) })
}

fn shown_folder(folder: &Path) -> String {
    if folder == Path::new(".") { "the current folder".to_owned() } else { format!("`{}`", folder.display()) }
}

/// The error of a file that has changed since it was looked at.
pub(super) fn changed_meanwhile(shown: &str) -> Error {
    Error::environment(format!("`{shown}` has changed while it was read")).hint("nothing was stored; run this again")
}

/// The error of a file that breaks off, or cannot be unpacked.
pub(super) fn unreadable(shown: &str, error: &std::io::Error) -> Error {
    let found = error.to_string();
    // An error of the system has a number; one without was found in unpacking.
    let is_damaged = error.raw_os_error().is_none()
        && !matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::NotFound);
    if is_damaged {
        Error::user(format!("`{shown}` is cut off or damaged"))
            .fact("found", found)
            .hint("fetch the file again; nothing of it was stored")
    } else {
        Error::environment(format!("cannot read `{shown}`")).fact("found", found)
    }
}

/// Whether the file is what it was when it was found.
pub(super) fn is_as_found(file: &LogFile) -> bool {
    let is_same = |facts: std::fs::Metadata| facts.len() == file.bytes && modified_at(&facts) == file.modified_at;
    is_still_there(file) && std::fs::metadata(&file.path).is_ok_and(is_same)
}

/// Whether the path still leads to the same file, and that is no shorter than it was.
pub(super) fn is_still_there(file: &LogFile) -> bool {
    std::fs::metadata(&file.path).is_ok_and(|facts| inode(&facts) == file.inode && facts.len() >= file.bytes)
}

#[cfg(unix)]
fn inode(facts: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(facts)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

fn modified_at(facts: &std::fs::Metadata) -> Option<i64> {
    let since = facts.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_files_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["web-2.csv", "web-1.csv", "phone.csv", "odd[1].csv"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let shown = |pattern: &str| -> Vec<String> {
            let mut files = matches(folder.path(), pattern).unwrap();
            files.sort_by(|a, b| a.shown.cmp(&b.shown));
            files.into_iter().map(|file| file.shown).collect()
        };
        assert_eq!(shown("web-*.csv"), ["web-1.csv", "web-2.csv"]);
        assert_eq!(shown("odd[1].csv"), ["odd[1].csv"]);
        assert!(matches(folder.path(), "*.parquet").is_err());
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        assert!(matches(folder.path(), "logs").unwrap_err().to_string().contains("is a folder"));
        #[cfg(target_os = "linux")]
        assert!(matches(Path::new("/dev"), "null").unwrap_err().to_string().contains("a pipe, a socket or a device"));
    }
}
