//! The logs: one for each channel of clients, and one of company contacts, each a row of files.

use std::path::{Path, PathBuf};

use super::check::LETTERS;
use super::options::Format;
use super::parquet_log::ParquetLog;
use super::pending::Kind;
use super::row::{Column, Row};
use super::scenario::Scenario;
use super::text_log::{Lines, TextLog};
use crate::error::{Error, Result};

/// Folder of the logs.
pub(super) const LOGS: &str = "logs";

/// How one log is laid out.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Name of the source.
    pub source: String,
    pub format: Format,
    pub columns: Vec<Column>,
    /// Names of the columns.
    pub names: Vec<String>,
}

impl Layout {
    /// The logs of a scenario: channels in their order, then company contacts.
    pub fn all(scenario: &Scenario, format: Format) -> Vec<Layout> {
        let channels = scenario.channels.iter().enumerate();
        let mut sources: Vec<(String, Vec<Column>)> =
            channels.map(|(number, channel)| (channel.name.clone(), Column::of_channel(scenario, number))).collect();
        if !scenario.letters.is_empty() {
            sources.push((LETTERS.to_owned(), Column::of_letters()));
        }
        let laid_out = sources.into_iter().enumerate().map(|(place, (source, columns))| Layout {
            format: format_of(format, place),
            names: columns.iter().map(|column| column.name(scenario).to_owned()).collect(),
            source,
            columns,
        });
        laid_out.collect()
    }

    /// The ending of its files.
    pub fn ending(&self) -> &'static str {
        match self.format {
            Format::Mixed | Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Parquet => "parquet",
        }
    }
}

fn format_of(format: Format, place: usize) -> Format {
    match (format, place) {
        (Format::Mixed, 0) => Format::Csv,
        (Format::Mixed, 1) => Format::Ndjson,
        (Format::Mixed, _) => Format::Parquet,
        (format, _) => format,
    }
}

/// One log being written, file after file.
pub(super) struct Log {
    layout: Layout,
    folder: PathBuf,
    /// Rows after which a file is closed.
    file_rows: u64,
    files: usize,
    open: Option<Open>,
}

struct Open {
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
        let copies = if row.pending.is_twice && row.kind != Kind::Unknown { 2 } else { 1 };
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
        self.open.take().map_or(Ok(()), Open::finish)
    }

    fn next_file(&mut self) -> Result<Open> {
        self.files += 1;
        let Layout { source, format, .. } = &self.layout;
        let path = self.folder.join(format!("{source}-{:04}.{}", self.files, self.layout.ending()));
        let failed = |error: String| unwritable(&path, &error);
        let file = match format {
            Format::Parquet => {
                let log = ParquetLog::create(&path, &self.layout).map_err(|error| failed(error.to_string()))?;
                LogFile::Parquet(Box::new(log))
            }
            format => {
                let lines = if *format == Format::Ndjson { Lines::Ndjson } else { Lines::Csv };
                let log = TextLog::create(&path, lines, &self.layout).map_err(|error| failed(error.to_string()))?;
                LogFile::Text(log)
            }
        };
        Ok(Open { file, path, rows: 0 })
    }
}

impl Open {
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
