//! The logs, being written: each a row of files.

use std::path::{Path, PathBuf};

use super::layout::{Layout, WrittenFormat};
use super::parquet_log::ParquetLog;
use super::pending_row::RowKind;
use super::row::Row;
use super::text_log::TextLog;
use crate::error::{Error, Result};

/// Folder of the logs.
pub(super) const LOGS: &str = "logs";

/// One log being written, file after file.
pub(super) struct Log {
    layout: Layout,
    folder: PathBuf,
    /// Rows after which a file is closed.
    file_rows: u64,
    files: usize,
    open: Option<OpenFile>,
}

struct OpenFile {
    file: LogFile,
    path: PathBuf,
    rows: u64,
}

enum LogFile {
    Text(TextLog),
    // Its builders are many times larger than a text log.
    Parquet(Box<ParquetLog>),
}

impl Log {
    /// A log in `folder`; its files are made as they are needed.
    pub fn new(folder: &Path, layout: Layout, file_rows: u64) -> Log {
        Log { layout, folder: folder.join(LOGS), file_rows, files: 0, open: None }
    }

    /// Writes a row, twice over in the same file where it says so. Returns the rows written.
    pub fn write(&mut self, row: &Row<'_>) -> Result<u64> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.next_file()?,
        };
        let copies = if row.pending.is_twice && row.kind != RowKind::Unknown { 2 } else { 1 };
        for _ in 0..copies {
            open.file.write(row, &self.layout).map_err(|error| unwritable(&open.path, &error))?;
        }
        open.rows += copies;
        if open.rows >= self.file_rows {
            open.finish()?;
        } else {
            self.open = Some(open);
        }
        Ok(copies)
    }

    /// Closes the last file.
    pub fn finish(&mut self) -> Result<()> {
        self.open.take().map_or(Ok(()), OpenFile::finish)
    }

    fn next_file(&mut self) -> Result<OpenFile> {
        self.files += 1;
        let Layout { source, format, .. } = &self.layout;
        let path = self.folder.join(format!("{source}-{:04}.{}", self.files, self.layout.ending()));
        let failed = |error: String| unwritable(&path, &error);
        let file = match format {
            WrittenFormat::Parquet => {
                let log = ParquetLog::create(&path, &self.layout).map_err(|error| failed(error.to_string()))?;
                LogFile::Parquet(Box::new(log))
            }
            WrittenFormat::Text(format) => {
                let log = TextLog::create(&path, *format, &self.layout).map_err(|error| failed(error.to_string()))?;
                LogFile::Text(log)
            }
        };
        Ok(OpenFile { file, path, rows: 0 })
    }
}

impl OpenFile {
    fn finish(self) -> Result<()> {
        let finished = match self.file {
            LogFile::Text(log) => log.finish().map_err(|error| error.to_string()),
            LogFile::Parquet(log) => log.finish().map_err(|error| error.to_string()),
        };
        finished.map_err(|error| unwritable(&self.path, &error))
    }
}

impl LogFile {
    fn write(&mut self, row: &Row<'_>, layout: &Layout) -> std::result::Result<(), String> {
        match self {
            LogFile::Text(log) => log.write(row, layout).map_err(|error| error.to_string()),
            LogFile::Parquet(log) => log.write(row, layout).map_err(|error| error.to_string()),
        }
    }
}

/// The error of a file that cannot be written.
pub(super) fn unwritable(path: &Path, error: &str) -> Error {
    Error::environment(format!("cannot write `{}`", path.display())).fact("found", error)
}
