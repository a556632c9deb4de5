//! One log file, opened: its columns are known, its rows can be read chunk by chunk.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::cast::Caster;
use super::content::{look, look_at_all};
use super::csv::CsvReader;
use super::files::{LogFile, changed_meanwhile, is_as_found, is_still_there};
use super::header::{csv_columns, csv_syntax, other_delimiter};
use super::lines::{Chunk, Ending, LastRow, Rows, Syntax};
use super::parquet::ParquetRows;
use super::plan::{Plan, json_columns};
use super::raw::RawChunk;
use super::register::ToRead;
use super::{decode, ndjson};
use crate::config::{LogFormat, Source};
use crate::error::{Error, Result};
use crate::expression::{Compiler, text_columns};
use crate::shape::{column_names, shape};
use crate::store::Whole;

/// How the rows of one log file are read and cast; ready before a row is.
pub(super) enum Log {
    /// There is nothing in the file.
    Empty,
    Csv {
        reader: CsvReader,
        plan: Arc<Plan>,
    },
    Ndjson {
        keys: Vec<String>,
        plan: Arc<Plan>,
    },
    Parquet {
        plan: Arc<Plan>,
    },
}

/// Rows as the producer hands them to the workers.
pub(super) enum Piece {
    Text(Chunk),
    Rows(RawChunk),
}

impl Log {
    /// Looks at the start of the file and compiles the source's columns over what it finds.
    ///
    /// # Errors
    /// With everything that does not fit.
    pub fn inspect(file: &LogFile, source: &Source, compiler: &Compiler, at: &dyn Fn(usize) -> String) -> Result<Log> {
        let plan = |columns| Plan::new(source, &columns, &format!("`{}`", file.shown), compiler, at).map(Arc::new);
        match &source.format {
            LogFormat::Csv { delimiter, quote, encoding, .. } => {
                let text = decode::open(&file.path, &file.shown, encoding, &uncounted())?;
                let mut rows = Rows::new(text, &file.shown, csv_syntax(*delimiter, *quote));
                let Some(columns) = csv_columns(&mut rows, &file.shown, *delimiter, *quote)? else {
                    return Ok(Log::Empty);
                };
                let names = columns.iter().map(String::as_str).filter(|name| !name.is_empty());
                let plan = plan(text_columns(names)).map_err(|error| match other_delimiter(&columns, *delimiter) {
                    Some(other) => single_column(file, &columns[0], other, *delimiter)
                        .fact("wanted by", format!("source `{}` ({})", source.name, at(source.line))),
                    None => error,
                })?;
                let wanted = plan.needed();
                let needed = (0..columns.len()).filter(|&place| wanted.contains(&columns[place])).collect();
                Ok(Log::Csv { reader: CsvReader { delimiter: *delimiter, quote: *quote, columns, needed }, plan })
            }
            LogFormat::Ndjson { encoding } => {
                let text = decode::open(&file.path, &file.shown, encoding, &uncounted())?;
                let Some(chunk) = Rows::new(text, &file.shown, Syntax::Lines).next_chunk()? else {
                    return Ok(Log::Empty);
                };
                let seen = ndjson::keys_of(&chunk.text);
                if seen.is_empty() {
                    return Err(Error::user(format!("`{}` is not NDJSON", file.shown))
                        .fact(
                            "found",
                            shape(&String::from_utf8_lossy(&chunk.text).chars().take(60).collect::<String>()),
                        )
                        .fact("expected", "one JSON object a line"));
                }
                let plan = plan(json_columns(source, &seen, compiler))?;
                Ok(Log::Ndjson { keys: plan.needed(), plan })
            }
            LogFormat::Parquet => {
                let (_, columns) = ParquetRows::open(&file.path, &file.shown)?;
                let plan = plan(text_columns(columns.iter().map(String::as_str)))?;
                Ok(Log::Parquet { plan })
            }
        }
    }

    /// The compiled columns; `None` for an empty file.
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        match self {
            Log::Empty => None,
            Log::Csv { plan, .. } | Log::Ndjson { plan, .. } | Log::Parquet { plan } => Some(plan),
        }
    }

    /// Reads the file, from its start or from after what was read before; `give` takes each piece, and says whether to go on. Returns
    /// how the file ends, if it was read to its end.
    pub fn read(
        &self,
        file: &LogFile,
        source: &Source,
        after: Option<&Whole>,
        keep_rejects: usize,
        bytes_read: &Arc<AtomicU64>,
        give: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<Option<Ending>> {
        if !is_still_there(file) {
            return Err(changed_meanwhile(&file.shown));
        }
        match &source.format {
            LogFormat::Csv { delimiter, quote, encoding, .. } => {
                let text = decode::open(&file.path, &file.shown, encoding, bytes_read)?;
                let mut rows = Rows::new(text, &file.shown, csv_syntax(*delimiter, *quote));
                match (after, self) {
                    (Some(whole), _) => rows.pass_over(whole)?,
                    // Another file may have come into its place since it was looked at.
                    (None, Log::Csv { reader, .. }) => {
                        if csv_columns(&mut rows, &file.shown, *delimiter, *quote)?.as_ref() != Some(&reader.columns) {
                            return Err(changed_meanwhile(&file.shown));
                        }
                    }
                    (None, _) => drop(rows.first_row()?),
                }
                give_chunks(&mut rows, file, source, give)
            }
            LogFormat::Ndjson { encoding } => {
                let text = decode::open(&file.path, &file.shown, encoding, bytes_read)?;
                let mut rows = Rows::new(text, &file.shown, Syntax::Lines);
                if let Some(whole) = after {
                    rows.pass_over(whole)?;
                }
                give_chunks(&mut rows, file, source, give)
            }
            LogFormat::Parquet => {
                let looked = look_at_all(file, &source.format)?;
                let digest = looked.digest.unwrap_or_default();
                let (mut rows, _) = ParquetRows::open(&file.path, &file.shown)?;
                let columns = self.plan().map(|plan| plan.needed()).unwrap_or_default();
                while let Some(chunk) = rows.next_chunk(&columns, keep_rejects)? {
                    if !give(Piece::Rows(chunk)) {
                        return Ok(None);
                    }
                }
                if !is_as_found(file) {
                    return Err(changed_meanwhile(&file.shown));
                }
                bytes_read.fetch_add(file.bytes, std::sync::atomic::Ordering::Relaxed);
                let whole = Whole { bytes: file.bytes as i64, digest: digest.clone(), head: looked.head, rows: 0 };
                Ok(Some(Ending { whole, digest, last_row: LastRow::Whole }))
            }
        }
    }

    /// A piece as raw rows.
    pub fn take_apart(&self, piece: Piece, keep_rejects: usize) -> Result<RawChunk> {
        match (self, piece) {
            (_, Piece::Rows(rows)) => Ok(rows),
            (Log::Csv { reader, .. }, Piece::Text(chunk)) => reader.read(&chunk, keep_rejects),
            (Log::Ndjson { keys, .. }, Piece::Text(chunk)) => ndjson::read(&chunk, keys, keep_rejects),
            (Log::Parquet { .. }, Piece::Text(_)) => Err(Error::bug("text of a Parquet log")),
            (Log::Empty, Piece::Text(_)) => {
                Err(Error::environment("a log that was empty has come to hold rows while it was read")
                    .hint("nothing was stored; run this again"))
            }
        }
    }
}

/// A log with what casts it.
pub(super) struct OpenLog {
    pub to_read: ToRead,
    pub log: Log,
    pub caster: Option<Caster>,
}

fn give_chunks<R: Read>(
    rows: &mut Rows<R>,
    file: &LogFile,
    source: &Source,
    give: &mut dyn FnMut(Piece) -> bool,
) -> Result<Option<Ending>> {
    while let Some(chunk) = rows.next_chunk()? {
        if !give(Piece::Text(chunk)) {
            return Ok(None);
        }
    }
    let ending = rows.ending().cloned();
    // It may have grown while it was read: then it still begins with what was read.
    if let Some(ending) = ending.as_ref().filter(|_| !is_as_found(file)) {
        let still_begins =
            || look(file, &source.format, &[&ending.whole]).is_ok_and(|looked| looked.begins_with(&ending.whole));
        if !is_still_there(file) || ending.whole.bytes > 0 && !still_begins() {
            return Err(changed_meanwhile(&file.shown));
        }
    }
    Ok(ending)
}

fn single_column(file: &LogFile, header: &str, other: char, delimiter: u8) -> Error {
    let named = |mark: char| if mark == '\t' { "\\t".to_owned() } else { mark.to_string() };
    Error::user(format!("`{}` has a single column with the delimiter `{}`", file.shown, named(delimiter as char)))
        .fact("found", column_names(header.split(other)))
        .hint(format!("did you mean `delimiter = \"{}\"`?", named(other)))
}

fn uncounted() -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new(0))
}
