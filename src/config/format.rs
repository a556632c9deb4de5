//! `format`, `delimiter`, `quote`, `decimal`, `encoding` of a source: how the bytes of its files are read.

use std::collections::BTreeSet;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8};

use super::model::{Decimal, LogFormat};
use super::walk::{Table, Value, one_of};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Ndjson,
    Parquet,
}

const KINDS: [(&str, Kind); 3] = [("csv", Kind::Csv), ("ndjson", Kind::Ndjson), ("parquet", Kind::Parquet)];

/// Encodings to suggest. Every label of the WHATWG encoding standard is understood.
const COMMON_ENCODINGS: [&str; 14] = [
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "macintosh",
    "shift_jis",
    "gb18030",
    "big5",
];

/// Reads the format of a source. Without `format`, the ending of its `files` decides.
///
/// A setting that the format does not use is a mistake: it would be silently ignored.
pub(super) fn read(source: &Table<'_>, files: &[String]) -> LogFormat {
    let kind = match source.get("format") {
        Some(value) => value.choice(&KINDS),
        None => Some(kind_by_ending(source, files)),
    };
    let delimiter = source.get("delimiter").and_then(|value| delimiter(&value));
    let delimiter = delimiter.unwrap_or(if all_end_in_tsv(files) { b'\t' } else { b',' });
    let quote = source.get("quote").map_or(Some(b'"'), |value| quote(&value));
    let decimals = [(",", Decimal::Comma), (".", Decimal::Point)];
    let decimal = source.get("decimal").and_then(|value| value.choice(&decimals));
    let decimal = decimal.unwrap_or(if delimiter == b';' { Decimal::Comma } else { Decimal::Point });
    let encoding = source.get("encoding").and_then(|value| encoding(&value)).unwrap_or(UTF_8);
    match kind {
        Some(Kind::Csv) => {
            if quote == Some(delimiter) {
                let mistake = source.mistake(format!("`quote` and `delimiter` are the same in {}", source.place()));
                source.report(mistake.fact("found", format!("`{}`", char::from(delimiter))));
            }
            LogFormat::Csv { delimiter, quote, decimal, encoding }
        }
        Some(Kind::Ndjson) => {
            refuse_unused(source, "ndjson", &["delimiter", "quote", "decimal"]);
            LogFormat::Ndjson { encoding }
        }
        Some(Kind::Parquet) => {
            refuse_unused(source, "parquet", &["delimiter", "quote", "decimal", "encoding"]);
            LogFormat::Parquet
        }
        None => LogFormat::Csv { delimiter, quote, decimal, encoding },
    }
}

fn refuse_unused(source: &Table<'_>, format: &str, keys: &[&str]) {
    for (key, value) in keys.iter().filter_map(|key| Some((key, source.get(key)?))) {
        value.report(value.mistake(format!("`{key}` has no meaning for {format} files")));
    }
}

/// The part of a file pattern that says its format: `csv` of `logs/web-*.CSV.gz`.
fn ending(file: &str) -> String {
    let file = file.to_lowercase();
    let plain = file.strip_suffix(".gz").or_else(|| file.strip_suffix(".zst")).unwrap_or(&file);
    plain.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_owned())
}

fn all_end_in_tsv(files: &[String]) -> bool {
    !files.is_empty() && files.iter().all(|file| ending(file) == "tsv")
}

fn kind_by_ending(source: &Table<'_>, files: &[String]) -> Kind {
    let knows_delimiter = source.get("delimiter").is_some();
    let guess = |file: &String| match ending(file).as_str() {
        "parquet" => "parquet",
        "ndjson" | "jsonl" => "ndjson",
        "tsv" if !knows_delimiter => "tsv",
        _ => "csv",
    };
    let guesses: BTreeSet<&str> = files.iter().map(guess).collect();
    if guesses.len() > 1 {
        let mistake = source.mistake("the files of one source have different formats");
        let found = guesses.iter().map(|guess| format!("`{guess}`")).collect::<Vec<_>>().join(", ");
        source.report(mistake.fact("found", found).hint("give each format a `[[source]]` of its own, or set `format`"));
    }
    match guesses.first() {
        Some(&"parquet") => Kind::Parquet,
        Some(&"ndjson") => Kind::Ndjson,
        _ => Kind::Csv,
    }
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

fn encoding(value: &Value<'_>) -> Option<&'static Encoding> {
    let text = value.text()?;
    let encoding = Encoding::for_label(text.as_bytes()).filter(|encoding| *encoding != REPLACEMENT);
    if encoding.is_none() {
        let mistake = value
            .unknown("encoding", text)
            .fact("expected", format!("{}, or another WHATWG label", one_of(&COMMON_ENCODINGS)));
        value.report(mistake.did_you_mean(text, COMMON_ENCODINGS));
    }
    encoding
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
            Ok(LogFormat::Csv { delimiter, quote, decimal, .. }) => (delimiter, quote, decimal),
            other => panic!("{settings}: {other:?}"),
        };
        assert_eq!(csv("files = 'a.tsv.gz'"), (b'\t', Some(b'"'), Decimal::Point));
        assert_eq!(csv("files = 'a.txt'\ndelimiter = ';'"), (b';', Some(b'"'), Decimal::Comma));
        assert_eq!(csv("files = 'a.csv'\ndelimiter = '\\t'\nquote = ''"), (b'\t', None, Decimal::Point));
        assert_eq!(csv("files = 'a.csv'\nquote = \"'\"\ndecimal = ','"), (b',', Some(b'\''), Decimal::Comma));
    }

    #[test]
    fn takes_the_format_from_the_files() {
        assert!(matches!(read("files = 'a.jsonl.zst'\nencoding = 'utf-16'"), Ok(LogFormat::Ndjson { .. })));
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

    #[test]
    fn suggests_only_encodings_that_exist() {
        for label in COMMON_ENCODINGS {
            assert!(Encoding::for_label(label.as_bytes()).is_some(), "{label}");
        }
    }
}
