//! A chunk of CSV rows → text columns, by Polars.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use polars::prelude::{CsvEncoding, CsvParseOptions, CsvReadOptions, DataType, Field, Schema, SerReader};

use super::bridge::text_batch;
use super::lines::Chunk;
use super::quotes::{Tidy, rows_of, tidy};
use super::raw::{RawChunk, Rejects, row_content};
use crate::error::{Error, Result};

/// How a CSV log is read.
#[derive(Clone, Debug)]
pub(super) struct CsvReader {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// All columns, in the order of the file.
    pub columns: Vec<String>,
    /// Places of the columns that are needed, ascending.
    pub needed: Vec<usize>,
}

impl CsvReader {
    /// Reads whole rows. A row with fewer fields than columns has empty ones; one with more, or with a quote that is not
    /// doubled in a quoted field, is broken; an empty line is no row.
    pub fn read(&self, Chunk { text: chunk, sound_rows, is_open }: &Chunk, keep_rejects: usize) -> Result<RawChunk> {
        let sound_rows = *sound_rows;
        let Tidy { text, numbers, broken } = match sound_rows {
            Some(rows) => Tidy::as_it_is(chunk, rows),
            None => tidy(chunk, self.delimiter, self.quote),
        };
        let length = (numbers.len() + broken.len()) as i64;
        let mut rejects = Rejects::new(keep_rejects, is_open.then_some(length - 1));
        for number in broken {
            rejects.add_row(number, "a quote that is not doubled in a quoted field");
        }
        let is_utf8 = std::str::from_utf8(&text).is_ok();
        let names: Vec<String> = self.needed.iter().map(|&place| self.columns[place].clone()).collect();
        let all = text_batch(&self.parse(&text, is_utf8)?, &[names, EXTRA.map(str::to_owned).to_vec()].concat())?;
        if all.num_rows() != numbers.len() {
            return Err(Error::user("a CSV log cannot be read")
                .fact("found", format!("{} rows", all.num_rows()))
                .fact("expected", format!("{} rows", numbers.len())));
        }
        let mut rows = all.project(&(0..self.needed.len()).collect::<Vec<_>>())?;
        let keep = self.sound_rows(&all, &text, is_utf8, &numbers, &mut rejects);
        let mut numbers = numbers;
        if keep.contains(&false) {
            let mut kept = keep.iter();
            numbers.retain(|_| kept.next().is_none_or(|keep| *keep));
            rows = arrow::compute::filter_record_batch(&rows, &BooleanArray::from(keep))?;
        }
        let contents = self.contents(chunk);
        let contents = numbers.iter().map(|&number| contents[number as usize]).collect();
        Ok(RawChunk { rows, numbers, contents, length, rejects })
    }

    /// Identifies every row of a chunk.
    fn contents(&self, chunk: &[u8]) -> Vec<i64> {
        match self.quote.filter(|&quote| memchr::memchr(quote, chunk).is_some()) {
            Some(quote) => rows_of(chunk, self.delimiter, quote).into_iter().map(|(row, _)| row_content(row)).collect(),
            None => lines(chunk).map(row_content).collect(),
        }
    }

    /// Which rows can be cast. The others are empty lines, or are noted as broken.
    fn sound_rows(
        &self,
        all: &RecordBatch,
        text: &[u8],
        is_utf8: bool,
        numbers: &[i64],
        rejects: &mut Rejects,
    ) -> Vec<bool> {
        let (cells, extra) = all.columns().split_at(self.needed.len());
        let cells: Vec<_> = cells.iter().map(AsArray::as_string_view).collect();
        let has_extra = extra.iter().any(|extra| extra.null_count() < extra.len());
        let has_nul = memchr::memchr(0, text).is_some();
        let may_be_empty = cells.iter().all(|cells| cells.null_count() > 0);
        if is_utf8 && !has_nul && !has_extra && !may_be_empty {
            return vec![true; all.num_rows()];
        }
        let any =
            |row: usize, mark: char| cells.iter().any(|cells| cells.is_valid(row) && cells.value(row).contains(mark));
        let lines = may_be_empty.then(|| rows_of(text, self.delimiter, self.quote.unwrap_or(b'\n')));
        let is_empty_line = |row: usize| {
            let line = lines.as_ref().and_then(|lines| lines.get(row));
            line.is_some_and(|(line, _)| line.iter().all(u8::is_ascii_whitespace))
        };
        let fault = |row: usize| {
            if extra.iter().any(|extra| extra.is_valid(row)) {
                Some("more fields than the header has")
            } else if !is_utf8 && any(row, '\u{fffd}') {
                Some("not valid UTF-8 (is `encoding` right?)")
            } else if has_nul && any(row, '\0') {
                Some("NUL byte in the text")
            } else {
                None
            }
        };
        let is_sound = |row: usize| {
            if cells.iter().all(|cells| cells.is_null(row)) && is_empty_line(row) {
                return false;
            }
            let fault = fault(row);
            if let Some(reason) = fault {
                rejects.add_row(numbers[row], reason);
            }
            fault.is_none()
        };
        (0..all.num_rows()).map(is_sound).collect()
    }

    fn parse(&self, chunk: &[u8], is_utf8: bool) -> Result<polars::prelude::DataFrame> {
        // A few columns more than the header has: what falls into them is too much.
        let places = 0..self.columns.len() + EXTRA.len();
        let schema: Schema = places.map(|place| Field::new(place.to_string().into(), DataType::String)).collect();
        let projection: Vec<usize> =
            self.needed.iter().copied().chain(self.columns.len()..self.columns.len() + EXTRA.len()).collect();
        let syntax = CsvParseOptions::default()
            .with_separator(self.delimiter)
            .with_quote_char(self.quote)
            .with_truncate_ragged_lines(true)
            .with_encoding(if is_utf8 { CsvEncoding::Utf8 } else { CsvEncoding::LossyUtf8 });
        CsvReadOptions::default()
            .with_has_header(false)
            .with_raise_if_empty(false)
            .with_schema(Some(Arc::new(schema)))
            .with_projection(Some(Arc::new(projection)))
            .with_n_threads(Some(1))
            .with_parse_options(syntax)
            .into_reader_with_file_handle(Cursor::new(chunk))
            .finish()
            .map_err(|error| Error::user("a CSV log cannot be read").fact("found", error.to_string()))
    }
}

/// Lines with their ends; faster than a test of each byte.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// Names of the columns for what is too much; no log can have them, as names are trimmed.
const EXTRA: [&str; 3] = [" 1", " 2", " 3"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> RawChunk {
        let columns: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let chunk = Chunk { text: text.to_vec(), sound_rows: None, is_open: false };
        CsvReader { delimiter: b';', quote: Some(b'"'), columns, needed: vec![0, 2] }.read(&chunk, 1000).unwrap()
    }

    fn rejected(chunk: &RawChunk) -> Vec<i64> {
        chunk.rejects.first.iter().map(|reject| reject.number).collect()
    }

    fn column(chunk: &RawChunk, name: &str) -> Vec<Option<String>> {
        let column = chunk.rows.column_by_name(name).unwrap().as_string_view();
        column.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn only_needed_columns_and_quotes_undone() {
        let chunk = read(b"1;2;\"x;\"\"y\"\"\"\n4;5;6\r\n");
        assert_eq!(column(&chunk, "a"), [Some("1".to_owned()), Some("4".to_owned())]);
        assert_eq!(column(&chunk, "c"), [Some("x;\"y\"".to_owned()), Some("6".to_owned())]);
        assert_eq!((chunk.length, &chunk.numbers), (2, &vec![0, 1]));
    }

    #[test]
    fn ragged_and_empty_lines() {
        let chunk = read(b"1;2;3\n1;2\n\n1;2;3;;4\n7;8;9;;");
        assert_eq!(column(&chunk, "a"), ["1", "1", "7"].map(|a| Some(a.to_owned())));
        assert_eq!(column(&chunk, "c"), [Some("3".to_owned()), None, Some("9".to_owned())]);
        assert_eq!(chunk.numbers, [0, 1, 4]);
        assert_eq!(rejected(&chunk), [3]);
        assert_eq!(chunk.rejects.first[0].fault.reason, "more fields than the header has");
    }

    #[test]
    fn odd_quotes_do_not_take_other_rows_with_them() {
        let chunk = read(b"1;\"12\" pizza\";3\n2;5\" pipe;b\n3;\"9\" pan\";4\n4;c;d\n;;\n");
        assert_eq!(column(&chunk, "a"), [Some("2".to_owned()), Some("4".to_owned()), None]);
        assert_eq!(chunk.numbers, [1, 3, 4]);
        assert_eq!(rejected(&chunk), [0, 2]);
        assert_eq!(chunk.length, 5);
    }

    #[test]
    fn rows_that_are_not_text_are_broken_alone() {
        let chunk = read(b"1;2;caf\xe9\n4;5;6\n7;8;\0\n");
        assert_eq!(column(&chunk, "c"), [Some("6".to_owned())]);
        assert_eq!(rejected(&chunk), [0, 2]);
    }
}
