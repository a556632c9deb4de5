//! NDJSON, by Polars: one JSON object a line.
//!
//! A value becomes its text: numbers and booleans as written, objects and lists as JSON. A key that a line lacks is null.

use arrow::array::RecordBatch;
use encoding_rs::Encoding;
use polars_core::prelude::{DataType, Field, Schema};
use polars_io::ndjson::core::{is_json_line, json_lines, parse_ndjson};

use super::bridge::text_batch;
use super::ndjson_columns::ndjson_columns;
use super::row_cutter::{RowCutter, RowEnds, TextChunk};
use super::text_format::{Text, TextFormat};
use crate::config::{Decimal, NdjsonSettings};
use crate::error::{Error, Result};
use crate::ingest::files::LogFile;
use crate::ingest::plan::{Plan, Planner};
use crate::ingest::raw::{RawChunk, Rejects, row_content};
use crate::shape::shape;

/// NDJSON with these settings.
#[derive(Clone, Copy)]
pub(super) struct NdjsonFormat(pub NdjsonSettings);

impl TextFormat for NdjsonFormat {
    /// Keys that are needed.
    type Columns = Vec<String>;

    fn encoding(&self) -> &'static Encoding {
        self.0.encoding
    }

    fn row_ends(&self) -> RowEnds {
        RowEnds::AtLines
    }

    fn find_columns(
        &self,
        text: &mut RowCutter<Text>,
        file: &LogFile,
        planner: &Planner<'_>,
    ) -> Result<Option<(Plan, Vec<String>)>> {
        let Some(chunk) = text.next_chunk()? else { return Ok(None) };
        let seen = keys_of(&chunk.text);
        if seen.is_empty() {
            let start: String = String::from_utf8_lossy(&chunk.text).chars().take(60).collect();
            return Err(Error::user(format!("`{}` is not NDJSON", file.shown))
                .fact("found", shape(&start))
                .fact("expected", "one JSON object a line"));
        }
        let columns = ndjson_columns(planner.source, &seen, planner.compiler);
        let plan = planner.plan(&columns, &file.shown, Decimal::Point)?;
        let needed = plan.needed();
        Ok(Some((plan, needed)))
    }

    /// There is none.
    fn pass_header(&self, _: &mut RowCutter<Text>, _: &LogFile, _: Option<&Vec<String>>) -> Result<()> {
        Ok(())
    }

    fn parse(&self, chunk: &TextChunk, keys: &Vec<String>, keep_rejects: usize) -> Result<RawChunk> {
        raw_rows(chunk, keys, keep_rejects)
    }
}

/// Only `keys` are taken. A line that is not a JSON object is broken; an empty line is no row.
fn raw_rows(
    TextChunk { text: chunk, is_open, .. }: &TextChunk,
    keys: &[String],
    keep_rejects: usize,
) -> Result<RawChunk> {
    let lines: Vec<(i64, &[u8])> =
        (0..).zip(chunk.split(|&byte| byte == b'\n')).filter(|(_, line)| is_json_line(line)).collect();
    let length =
        memchr::memchr_iter(b'\n', chunk).count() as i64 + i64::from(chunk.last().is_some_and(|&last| last != b'\n'));
    let mut rejects = Rejects::of_text(keep_rejects, length, *is_open);
    let chunk_of = |rows: RecordBatch, lines: &[(i64, &[u8])], rejects: Rejects| {
        let numbers = lines.iter().map(|(number, _)| *number).collect();
        let contents = lines.iter().map(|(_, line)| row_content(line)).collect();
        RawChunk { rows, numbers, contents, length, rejects }
    };
    // Parsers call themselves for each level, so a line that is nested too deeply must not reach them.
    let (lines, deep): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(_, line)| !is_deep(line));
    deep.iter().for_each(|(number, _)| rejects.add_row(*number, "JSON nested too deeply"));
    if deep.is_empty()
        && let Ok(rows) = parse(chunk, keys, lines.len())
    {
        return Ok(chunk_of(rows, &lines, rejects));
    }
    // Some line is broken: find which, and read the others.
    let (whole, broken): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(_, line)| parse(line, keys, 1).is_ok());
    let text: Vec<u8> = whole.iter().flat_map(|(_, line)| line.iter().chain(b"\n")).copied().collect();
    let rows = parse(&text, keys, whole.len())
        .map_err(|error| Error::user("an NDJSON log cannot be read").fact("found", error.to_string()))?;
    broken.iter().for_each(|(number, _)| rejects.add_row(*number, "not a JSON object"));
    Ok(chunk_of(rows, &whole, rejects))
}

/// The keys of the lines of a chunk, in order of appearance.
fn keys_of(chunk: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for line in json_lines(chunk).filter(|line| !is_deep(line)) {
        let Ok(object) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line) else { continue };
        for key in object.keys() {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    keys
}

/// Levels of objects and lists in each other that a row may have.
const MOST_LEVELS: usize = 64;

/// Whether a line has more levels than [`MOST_LEVELS`].
fn is_deep(line: &[u8]) -> bool {
    // Quick: nearly no line has so many brackets at all.
    if memchr::memchr2_iter(b'{', b'[', line).nth(MOST_LEVELS).is_none() {
        return false;
    }
    let (mut level, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    line.iter().any(|&byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'{' | b'[' if !is_quoted => level += 1,
            b'}' | b']' if !is_quoted => level = level.saturating_sub(1),
            _ => {}
        }
        level > MOST_LEVELS
    })
}

fn parse(lines: &[u8], keys: &[String], count: usize) -> Result<RecordBatch> {
    if keys.is_empty() {
        return Err(Error::bug("no column of an NDJSON log is needed"));
    }
    let schema: Schema = keys.iter().map(|key| Field::new(key.as_str().into(), DataType::String)).collect();
    let frame = parse_ndjson(lines, Some(count), &schema, false)
        .map_err(|error| Error::user("not NDJSON").fact("found", error.to_string()))?;
    text_batch(&frame, keys)
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;

    use super::*;

    fn read(text: &[u8], keys: &[String]) -> Result<RawChunk> {
        raw_rows(&TextChunk { text: text.to_vec(), sound_rows: None, is_open: false }, keys, 1000)
    }

    fn column(chunk: &RawChunk, name: &str) -> Vec<Option<String>> {
        let column = chunk.rows.column_by_name(name).unwrap().as_string_view();
        column.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn values_become_text() {
        let text = b"{\"a\":\"x\",\"n\":12.5}\n{\"n\":true,\"b\":1}\n\n{\"a\":null,\"n\":{\"k\":[1]}}\n";
        let chunk = read(text, &["a".to_owned(), "n".to_owned()]).unwrap();
        assert_eq!(column(&chunk, "a"), [Some("x".to_owned()), None, None]);
        assert_eq!(column(&chunk, "n")[..2], [Some("12.5".to_owned()), Some("true".to_owned())]);
        assert_eq!((chunk.length, chunk.numbers), (4, vec![0, 1, 3]));
        assert_eq!(keys_of(text), ["a", "n", "b"]);
    }

    #[test]
    fn a_broken_line_does_not_take_the_others_with_it() {
        let chunk = read(b"{\"a\":1}\n{\"a\":\n[1]\n{\"a\":4}\n", &["a".to_owned()]).unwrap();
        assert_eq!(column(&chunk, "a"), [Some("1".to_owned()), Some("4".to_owned())]);
        assert_eq!(chunk.numbers, [0, 3]);
        assert_eq!(chunk.rejects.first.iter().map(|reject| reject.number).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_line_that_is_too_deep_is_broken_and_one_with_many_brackets_is_not() {
        let deep = format!("{{\"a\":{}", "[".repeat(200_000));
        let (wide, quoted) = (vec!["[1]"; 500].join(","), "[".repeat(500));
        let text = format!("{deep}\n{{\"a\":1,\"b\":[{wide}]}}\n{{\"a\":\"\\\"{quoted}\"}}\n");
        let chunk = read(text.as_bytes(), &["a".to_owned()]).unwrap();
        assert_eq!(chunk.numbers, [1, 2]);
        assert_eq!(chunk.rejects.first[0].fault.reason, "JSON nested too deeply");
        assert_eq!(keys_of(text.as_bytes()), ["a", "b"]);
    }
}
