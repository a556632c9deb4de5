//! Parsing alone: log files into columns of text, by the library that ingest uses, and nothing done with them.

use std::path::PathBuf;

use polars_core::prelude::{DataType, Field, Schema};
use polars_io::SerReader;
use polars_io::ndjson::core::parse_ndjson;
use polars_io::prelude::CsvReadOptions;

use crate::measure::Fallible;
use crate::threads::{side_by_side, threads};

/// Bytes of NDJSON that are parsed at a time.
const PIECE_BYTES: usize = 4 << 20;

/// Parses every column as text, parts of a file side by side. Returns the number of rows.
pub fn csv(files: &[PathBuf]) -> Fallible<u64> {
    let mut rows = 0;
    for path in files {
        // Without rows to infer types from, all is text.
        let frame = CsvReadOptions::default()
            .with_has_header(true)
            .with_infer_schema_length(Some(0))
            .with_n_threads(Some(threads()))
            .try_into_reader_with_file_path(Some(path.clone()))?
            .finish()?;
        rows += frame.height() as u64;
    }
    Ok(rows)
}

/// Parses every key of the first line as text, parts of a file side by side. Returns the number of rows.
pub fn ndjson(files: &[PathBuf]) -> Fallible<u64> {
    let mut rows = 0;
    for path in files {
        let text = std::fs::read(path)?;
        let first = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(first)?;
        let schema: Schema = keys.keys().map(|key| Field::new(key.as_str().into(), DataType::String)).collect();
        rows +=
            side_by_side(&whole_lines(&text), |piece| Ok(parse_ndjson(piece, None, &schema, false)?.height() as u64))?;
    }
    Ok(rows)
}

fn whole_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let least = PIECE_BYTES.min(rest.len());
        let end = memchr::memchr(b'\n', &rest[least - 1..]).map_or(rest.len(), |place| least + place);
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}
