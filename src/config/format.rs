//! `format`, `delimiter`, `quote`, `decimal`, `encoding` of a source: how the bytes of its files are read.
//!
//! In: a source's table and file patterns. Out: the settings of its format. A mistake is reported, and a placeholder taken.
//!
//! Here stands all that the configuration knows of a format: its settings ([`LogFormat`]), and its name, endings and keys
//! ([`FORMATS`]).

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};

use super::encoding;
use super::walk::{Table, Value};

/// How the bytes of a log are read.
#[derive(Clone, Debug)]
pub enum LogFormat {
    Csv(CsvSettings),
    Ndjson(NdjsonSettings),
    Parquet,
}

/// How CSV is written.
#[derive(Clone, Copy, Debug)]
pub struct CsvSettings {
    /// One ASCII character.
    pub delimiter: u8,
    /// One ASCII character; absent where quoting is off.
    pub quote: Option<u8>,
    pub decimal: Decimal,
    pub encoding: &'static Encoding,
}

/// How NDJSON is written.
#[derive(Clone, Copy, Debug)]
pub struct NdjsonSettings {
    pub encoding: &'static Encoding,
}

/// The decimal mark of numbers in a log. A point is always understood; a comma only where said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    Point,
    Comma,
}

/// A format, as `dropoff.toml` and the names of files know it.
struct NamedFormat {
    /// The value of `format`.
    name: &'static str,
    /// Endings of its files, without those of a compression.
    endings: &'static [&'static str],
    /// Keys of a source that it has a use for.
    keys: &'static [&'static str],
    /// Makes its settings; those of CSV are read already, and another format of text shares some.
    settings: fn(&Table<'_>, CsvSettings) -> LogFormat,
}

/// Every format; the first is taken where nothing says another.
static FORMATS: &[NamedFormat] = &[
    NamedFormat {
        name: "csv",
        endings: &["csv", TABS],
        keys: &["delimiter", "quote", "decimal", "encoding"],
        settings: csv,
    },
    NamedFormat {
        name: "ndjson",
        endings: &["ndjson", "jsonl"],
        keys: &["encoding"],
        settings: |_, CsvSettings { encoding, .. }| LogFormat::Ndjson(NdjsonSettings { encoding }),
    },
    NamedFormat { name: "parquet", endings: &["parquet"], keys: &[], settings: |_, _| LogFormat::Parquet },
];

/// The ending of CSV with tabs.
const TABS: &str = "tsv";

/// The keys of a source that some format has a use for, each once.
pub(super) fn keys() -> Vec<&'static str> {
    let mut keys = Vec::new();
    for key in FORMATS.iter().flat_map(|format| format.keys) {
        if !keys.contains(key) {
            keys.push(*key);
        }
    }
    keys
}

/// Reads the format of a source. Without `format`, the ending of its `files` decides.
///
/// A setting that the format does not use is a mistake: it would be silently ignored.
pub(super) fn read(source: &Table<'_>, files: &[String]) -> LogFormat {
    let format = match source.get("format") {
        Some(value) => value.choice(&FORMATS.iter().map(|format| (format.name, format)).collect::<Vec<_>>()),
        None => Some(format_by_ending(source, files)),
    };
    let delimiter = source.get("delimiter").and_then(|value| delimiter(&value));
    let delimiter = delimiter.unwrap_or(if all_end_in_tsv(files) { b'\t' } else { b',' });
    let quote = source.get("quote").map_or(Some(b'"'), |value| quote(&value));
    let decimals = [(",", Decimal::Comma), (".", Decimal::Point)];
    let decimal = source.get("decimal").and_then(|value| value.choice(&decimals));
    let decimal = decimal.unwrap_or(if delimiter == b';' { Decimal::Comma } else { Decimal::Point });
    let encoding = source.get("encoding").and_then(|value| encoding::read(&value)).unwrap_or(UTF_8);
    let settings = CsvSettings { delimiter, quote, decimal, encoding };
    let Some(format) = format else { return LogFormat::Csv(settings) };
    refuse_unused(source, format);
    (format.settings)(source, settings)
}

fn csv(source: &Table<'_>, settings: CsvSettings) -> LogFormat {
    if settings.quote == Some(settings.delimiter) {
        let mistake = source.mistake(format!("`quote` and `delimiter` are the same in {}", source.place()));
        source.report(mistake.fact("found", format!("`{}`", char::from(settings.delimiter))));
    }
    LogFormat::Csv(settings)
}

fn refuse_unused(source: &Table<'_>, format: &NamedFormat) {
    for key in keys().into_iter().filter(|key| !format.keys.contains(key)) {
        if let Some(value) = source.get(key) {
            value.report(value.mistake(format!("`{key}` has no meaning for {} files", format.name)));
        }
    }
}

/// The part of a file pattern that says its format: `csv` of `logs/web-*.CSV.gz`.
fn ending(file: &str) -> String {
    let file = file.to_lowercase();
    let plain = file.strip_suffix(".gz").or_else(|| file.strip_suffix(".zst")).unwrap_or(&file);
    plain.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_owned())
}

fn all_end_in_tsv(files: &[String]) -> bool {
    !files.is_empty() && files.iter().all(|file| ending(file) == TABS)
}

fn format_by_ending(source: &Table<'_>, files: &[String]) -> &'static NamedFormat {
    let knows_delimiter = source.get("delimiter").is_some();
    let guess = |file: &String| {
        let ending = ending(file);
        let format = FORMATS.iter().find(|format| format.endings.contains(&ending.as_str())).unwrap_or(&FORMATS[0]);
        // Unless `delimiter` is set, CSV with tabs and CSV with commas are two formats.
        let name = if ending == TABS && !knows_delimiter { TABS } else { format.name };
        (name, format)
    };
    let guesses: BTreeMap<&str, &NamedFormat> = files.iter().map(guess).collect();
    if guesses.len() > 1 {
        let mistake = source.mistake("the files of one source have different formats");
        let found = guesses.keys().map(|guess| format!("`{guess}`")).collect::<Vec<_>>().join(", ");
        source.report(mistake.fact("found", found).hint("give each format a `[[source]]` of its own, or set `format`"));
    }
    guesses.into_values().next().unwrap_or(&FORMATS[0])
}

fn delimiter(value: &Value<'_>) -> Option<u8> {
    let delimiter = match value.as_text() {
        Some("\\t") => Some(b'\t'),
        text => text.and_then(one_byte),
    };
    if delimiter.is_none() {
        value.refuse("one ASCII character, such as \";\" or \"\\t\"");
    }
    delimiter
}

/// The quote character; `None` where quoting is off.
fn quote(value: &Value<'_>) -> Option<u8> {
    let text = value.as_text();
    let quote = text.and_then(one_byte);
    if quote.is_none() && text != Some("") {
        value.refuse("one ASCII character, or \"\" for none");
    }
    quote
}

fn one_byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file::parse;

    #[test]
    fn sees_the_ending_behind_a_compression() {
        let files = ["logs/web-*.csv.gz", "a.TSV", "b.jsonl.zst", "c.parquet", "logs/*", "web.gz"];
        assert_eq!(files.map(ending), ["csv", "tsv", "jsonl", "parquet", "", ""]);
    }

    /// The format of a source with these settings, or the first mistake.
    fn read(settings: &str) -> Result<LogFormat, String> {
        let columns = "[source.columns]\nclient = 'id'\ntime = 'at'\n";
        let text = format!("[[source]]\nname = 'a'\nchannel = 'web'\n{settings}\n{columns}");
        let config = parse(&text, Path::new("x.toml")).map_err(|error| error.mistakes()[0].message.clone())?;
        Ok(config.sources[0].format.clone())
    }

    #[test]
    fn reads_csv_settings() {
        let csv = |settings: &str| match read(settings) {
            Ok(LogFormat::Csv(CsvSettings { delimiter, quote, decimal, .. })) => (delimiter, quote, decimal),
            other => panic!("{settings}: {other:?}"),
        };
        assert_eq!(csv("files = 'a.tsv.gz'"), (b'\t', Some(b'"'), Decimal::Point));
        assert_eq!(csv("files = 'a.txt'\ndelimiter = ';'"), (b';', Some(b'"'), Decimal::Comma));
        assert_eq!(csv("files = 'a.csv'\ndelimiter = '\\t'\nquote = ''"), (b'\t', None, Decimal::Point));
        assert_eq!(csv("files = 'a.csv'\nquote = \"'\"\ndecimal = ','"), (b',', Some(b'\''), Decimal::Comma));
    }

    #[test]
    fn takes_the_format_from_the_files() {
        assert!(matches!(read("files = 'a.jsonl.zst'\nencoding = 'utf-16'"), Ok(LogFormat::Ndjson(_))));
        assert!(matches!(read("files = ['a.parquet', 'b.parquet']"), Ok(LogFormat::Parquet)));
        let mixed = read("files = ['a.parquet', 'b.csv']").unwrap_err();
        assert_eq!(mixed, "the files of one source have different formats");
    }

    #[test]
    fn refuses_settings_without_meaning() {
        let unused = read("files = 'a.parquet'\nencoding = 'utf-8'").unwrap_err();
        assert_eq!(unused, "`encoding` has no meaning for parquet files");
        let long = read("files = 'a.csv'\ndelimiter = '||'").unwrap_err();
        assert_eq!(long, "wrong value for `delimiter` in `[[source]]`");
        let same = read("files = 'a.csv'\nquote = ','").unwrap_err();
        assert_eq!(same, "`quote` and `delimiter` are the same in `[[source]]`");
    }
}
