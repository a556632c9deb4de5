//! Answers in the format that was asked for, on stdout or in a folder.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use chrono_tz::Tz;
use clap::ValueEnum;

use super::printer::Printer;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::notation::moment;
use crate::query::{Answer, ParamType, Params};
use crate::report::{Layout, PageFacts, arrow_stream, chart, csv, json, page, parquet, text};
use crate::shape::shape;

/// What an answer is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    /// Text for a terminal
    Table,
    Csv,
    Json,
    Parquet,
    /// A stream of Arrow IPC, for programs
    Arrow,
    /// One page with all tables and charts
    Html,
    /// Charts, for reports that have one
    Svg,
    /// Charts, for reports that have one
    Png,
}

impl AnswerFormat {
    fn kind(self) -> Kind {
        match self {
            AnswerFormat::Table => Kind::Bytes(Bytes::Table),
            AnswerFormat::Csv => Kind::Bytes(Bytes::Csv),
            AnswerFormat::Json => Kind::Bytes(Bytes::Json),
            AnswerFormat::Parquet => Kind::Bytes(Bytes::Parquet),
            AnswerFormat::Arrow => Kind::Bytes(Bytes::Arrow),
            AnswerFormat::Svg => Kind::Bytes(Bytes::Svg),
            AnswerFormat::Html => Kind::Page,
            AnswerFormat::Png => Kind::Png,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            AnswerFormat::Table => "txt",
            AnswerFormat::Csv => "csv",
            AnswerFormat::Json => "json",
            AnswerFormat::Parquet => "parquet",
            AnswerFormat::Arrow => "arrows",
            AnswerFormat::Html => "html",
            AnswerFormat::Svg => "svg",
            AnswerFormat::Png => "png",
        }
    }
}

/// What a format is: one file of bytes for each answer, one page of all, or one picture for each.
enum Kind {
    Bytes(Bytes),
    Page,
    Png,
}

/// The formats that are one file of bytes for each answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    Table,
    Csv,
    Json,
    Parquet,
    Arrow,
    Svg,
}

/// Where answers go. Tested before anything is computed.
pub(super) enum Target {
    Stdout,
    Folder(PathBuf),
}

impl Target {
    /// The folder is made, and tried, if there is one.
    pub fn new(folder: Option<PathBuf>) -> Result<Target> {
        let Some(folder) = folder else { return Ok(Target::Stdout) };
        let failed = |error: std::io::Error| {
            Error::environment(format!("cannot write to `{}`", folder.display())).fact("found", error.to_string())
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        tempfile::tempfile_in(&folder).map_err(failed)?;
        Ok(Target::Folder(folder))
    }
}

/// Shows answers, and says which files were written.
pub(super) struct Show<'a> {
    pub config: &'a Config,
    pub engine: &'a Engine,
    pub printer: &'a Printer,
    /// What the answers were asked with.
    pub params: &'a Params,
    pub as_of_us: Option<i64>,
    /// Whether tables show all columns.
    pub all_columns: bool,
    /// Warnings for the head of a page.
    pub warnings: &'a [String],
}

/// Up to when rates count, and what they leave out; `None` in an empty store.
pub(super) fn what_rates_count(engine: &Engine, timezone: Tz) -> Option<String> {
    let maturity = engine.maturity();
    let until_us = engine.horizon_us()?.saturating_sub(maturity.after_us);
    if !maturity.has_any {
        return Some("nothing yet: no journey began long enough before the horizon".to_owned());
    }
    Some(format!(
        "what began before {}, {} before the horizon ({}); {} of these journeys are open, and left out",
        moment(until_us, timezone),
        maturity.after(),
        if maturity.is_configured { "`mature_after`" } else { "found from the log" },
        maturity.open_percent(),
    ))
}

impl<'a> Show<'a> {
    /// Shows the main columns, of journeys up to the horizon, without warnings.
    pub fn new(config: &'a Config, engine: &'a Engine, printer: &'a Printer, params: &'a Params) -> Self {
        Show { config, engine, printer, params, as_of_us: None, all_columns: false, warnings: &[] }
    }

    fn timezone(&self) -> Tz {
        self.config.report.timezone
    }

    /// Writes the answers. A page holds them all; other formats are one file each.
    pub fn all(&self, answers: &[Answer], format: AnswerFormat, target: &Target) -> Result<Vec<PathBuf>> {
        let path = |folder: &Path, answer: &Answer| folder.join(format!("{}.{}", answer.query.name, format.ending()));
        let mut written = Vec::new();
        match (format.kind(), target) {
            (Kind::Page, Target::Stdout) => self.printer.data(self.page(answers)?.as_bytes())?,
            (Kind::Page, Target::Folder(folder)) => {
                let path = folder.join("report.html");
                write(&path, self.page(answers)?.as_bytes())?;
                written.push(path);
            }
            (Kind::Png, Target::Stdout) => {
                return Err(Error::user("a PNG is written to a folder").hint("add `--out DIR`"));
            }
            (Kind::Png, Target::Folder(folder)) => {
                for answer in answers {
                    let Some(drawn) = &answer.query.chart else { continue };
                    let (table, title, path) = (answer.table()?, &answer.query.title, path(folder, answer));
                    if replace(&path, |beside| chart::png(&table, drawn, title, self.timezone(), beside))? {
                        written.push(path);
                    }
                }
            }
            (Kind::Bytes(format), Target::Stdout) => self.print(answers, format)?,
            (Kind::Bytes(format), Target::Folder(folder)) => {
                for answer in answers {
                    if let Some(bytes) = self.bytes(answer, format)? {
                        let path = path(folder, answer);
                        write(&path, &bytes)?;
                        written.push(path);
                    }
                }
            }
        }
        Ok(written)
    }

    fn print(&self, answers: &[Answer], format: Bytes) -> Result<()> {
        let binary = match format {
            Bytes::Parquet => Some("Parquet files"),
            Bytes::Arrow => Some("Arrow streams"),
            Bytes::Table | Bytes::Csv | Bytes::Json | Bytes::Svg => None,
        };
        if let Some(binary) = binary.filter(|_| answers.len() > 1) {
            return Err(Error::user(format!("several {binary} cannot go to one stream"))
                .hint("add `--out DIR`, or name one report"));
        }
        for (number, answer) in answers.iter().enumerate() {
            if number > 0 && format == Bytes::Table {
                self.printer.answer("\n")?;
            }
            let Some(bytes) = self.bytes(answer, format)? else { continue };
            match (format, std::str::from_utf8(&bytes)) {
                (Bytes::Table, Ok(text)) => self.printer.answer(text)?,
                _ => self.printer.data(&bytes)?,
            }
        }
        Ok(())
    }

    /// The answer as a file; `None` where there is no chart to draw.
    fn bytes(&self, answer: &Answer, format: Bytes) -> Result<Option<Vec<u8>>> {
        Ok(match format {
            Bytes::Csv => Some(csv::csv(answer)?),
            Bytes::Json => Some(json::json(answer)?),
            Bytes::Parquet => Some(parquet::parquet(answer)?),
            Bytes::Arrow => Some(arrow_stream::arrow_stream(answer)?),
            Bytes::Svg => match &answer.query.chart {
                Some(drawn) => chart::svg(&answer.table()?, drawn, self.timezone())?.map(String::into_bytes),
                None => None,
            },
            Bytes::Table => {
                let layout =
                    Layout { width: self.printer.width(), timezone: self.timezone(), all_columns: self.all_columns };
                Some(text(answer, layout)?.into_bytes())
            }
        })
    }

    fn page(&self, answers: &[Answer]) -> Result<String> {
        let facts = PageFacts {
            title: "Where clients drop off".to_owned(),
            horizon: self.engine.horizon_us().and_then(DateTime::from_timestamp_micros),
            rates_count: what_rates_count(self.engine, self.timezone()),
            warnings: self.warnings.to_vec(),
            made_from: self.made_from(answers),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        page(answers, &facts, self.timezone())
    }

    fn made_from(&self, answers: &[Answer]) -> Vec<String> {
        let mut lines: Vec<String> =
            self.config.sources.iter().map(|source| format!("{}: {}", source.name, source.files.join(", "))).collect();
        lines.push(format!("contacts, version {}", self.engine.version()));
        // A page is passed on to others, so it shows the shape of a client's id, not the id.
        let is_client = |name: &str| {
            let params = answers.iter().flat_map(|answer| &answer.query.params);
            params.into_iter().any(|(known, param)| known == name && param.kind == ParamType::Client)
        };
        let shown = |name: &str, value: &str| if is_client(name) { shape(value) } else { value.to_owned() };
        lines.extend(self.params.iter().map(|(name, value)| format!("--param {name}={}", shown(name, value))));
        if let Some(as_of_us) = self.as_of_us {
            lines.push(format!("--as-of {}", moment(as_of_us, Tz::UTC)));
        }
        lines
    }
}

/// Writes a file whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = |beside: &Path| std::fs::write(beside, bytes).map_err(|error| cannot_write(path, &error));
    replace(path, |beside| written(beside).map(|()| true)).map(|_| ())
}

/// Writes a file beside its place, whole, and then puts it there: who reads it sees the old one or the new one, and a link that
/// lies in its place is replaced, not followed. `write` says whether there was anything to write.
fn replace(path: &Path, write: impl FnOnce(&Path) -> Result<bool>) -> Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let ending = path.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    let mut beside = tempfile::Builder::new();
    beside.prefix(".writing-").suffix(&ending);
    #[cfg(unix)]
    beside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let beside = beside.tempfile_in(folder).map_err(|error| cannot_write(path, &error))?.into_temp_path();
    if !write(&beside)? {
        return Ok(false);
    }
    beside.persist(path).map_err(|error| cannot_write(path, &error.error))?;
    Ok(true)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::environment(format!("cannot write `{}`", path.display())).fact("found", error.to_string())
}
