//! CSV, by Polars: the first row has the names of the columns.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use encoding_rs::Encoding;
use polars_core::prelude::{DataFrame, DataType, Field, Schema};
use polars_io::SerReader;
use polars_io::prelude::{CsvEncoding, CsvParseOptions, CsvReadOptions};

use super::bridge::text_batch;
use super::csv_header::{csv_columns, single_column};
use super::quotes::{TidyRows, rows_of, tidy};
use super::row_cutter::{RowCutter, RowEnds, TextChunk};
use super::text_format::{Text, TextFormat};
use crate::config::CsvSettings;
use crate::error::{Error, Result};
use crate::expression::text_columns;
use crate::ingest::files::{LogFile, changed_meanwhile};
use crate::ingest::plan::{Plan, Planner};
use crate::ingest::raw::{RawChunk, Rejects, row_content};

/// CSV with these settings.
#[derive(Clone, Copy)]
pub(super) struct CsvFormat(pub CsvSettings);

/// The columns of one log.
pub(super) struct CsvColumns {
    /// All, in the order of the file.
    all: Vec<String>,
    /// Places of those that are needed, ascending.
    needed: Vec<usize>,
}

impl TextFormat for CsvFormat {
    type Columns = CsvColumns;

    fn encoding(&self) -> &'static Encoding {
        self.0.encoding
    }

    fn row_ends(&self) -> RowEnds {
        let delimiter = self.0.delimiter;
        self.0.quote.map_or(RowEnds::AtLines, |quote| RowEnds::AtLinesOutsideQuotes { delimiter, quote })
    }

    fn find_columns(
        &self,
        text: &mut RowCutter<Text>,
        file: &LogFile,
        planner: &Planner<'_>,
    ) -> Result<Option<(Plan, CsvColumns)>> {
        let CsvSettings { delimiter, quote, decimal, .. } = self.0;
        let Some(all) = csv_columns(text, &file.shown, delimiter, quote)? else { return Ok(None) };
        let named = all.iter().map(String::as_str).filter(|name| !name.is_empty());
        let plan = planner.plan(&text_columns(named), &file.shown, decimal);
        let plan = plan.map_err(|error| match single_column(&all, delimiter, &file.shown) {
            Some(single) => single.fact("wanted by", planner.wanted_by()),
            None => error,
        })?;
        let wanted = plan.needed();
        let needed = (0..all.len()).filter(|&place| wanted.contains(&all[place])).collect();
        Ok(Some((plan, CsvColumns { all, needed })))
    }

    fn pass_header(&self, text: &mut RowCutter<Text>, file: &LogFile, columns: Option<&CsvColumns>) -> Result<()> {
        let Some(columns) = columns else { return text.first_row().map(drop) };
        let now = csv_columns(text, &file.shown, self.0.delimiter, self.0.quote)?;
        // Another file may have come into its place since it was looked at.
        if now.as_ref() == Some(&columns.all) { Ok(()) } else { Err(changed_meanwhile(&file.shown)) }
    }

    /// A row with fewer fields than columns has empty ones; one with more, or with a quote that is not doubled in a quoted field, is
    /// broken; an empty line is no row.
    fn parse(&self, chunk: &TextChunk, columns: &CsvColumns, keep_rejects: usize) -> Result<RawChunk> {
        CsvRows { settings: self.0, columns }.read(chunk, keep_rejects)
    }
}

/// Takes rows of one log apart.
struct CsvRows<'log> {
    settings: CsvSettings,
    columns: &'log CsvColumns,
}

impl CsvRows<'_> {
    fn read(&self, chunk: &TextChunk, keep_rejects: usize) -> Result<RawChunk> {
        let TextChunk { text: chunk, sound_rows, is_open } = chunk;
        let CsvSettings { delimiter, quote, .. } = self.settings;
        let CsvColumns { all, needed } = self.columns;
        let TidyRows { text, numbers, broken } = match sound_rows {
            Some(rows) => TidyRows::as_they_are(chunk, *rows),
            None => tidy(chunk, delimiter, quote),
        };
        let length = (numbers.len() + broken.len()) as i64;
        let mut rejects = Rejects::of_text(keep_rejects, length, *is_open);
        for number in broken {
            rejects.add_row(number, "a quote that is not doubled in a quoted field");
        }
        let is_utf8 = std::str::from_utf8(&text).is_ok();
        let names: Vec<String> = needed.iter().map(|&place| all[place].clone()).collect();
        let parsed = text_batch(&self.parse(&text, is_utf8)?, &[names, EXTRA.map(str::to_owned).to_vec()].concat())?;
        if parsed.num_rows() != numbers.len() {
            return Err(Error::user("a CSV log cannot be read")
                .fact("found", format!("{} rows", parsed.num_rows()))
                .fact("expected", format!("{} rows", numbers.len())));
        }
        let mut rows = parsed.project(&(0..needed.len()).collect::<Vec<_>>())?;
        let keep = self.sound_rows(&parsed, &text, is_utf8, &numbers, &mut rejects);
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
        let CsvSettings { delimiter, quote, .. } = self.settings;
        match quote.filter(|&quote| memchr::memchr(quote, chunk).is_some()) {
            Some(quote) => rows_of(chunk, delimiter, quote).into_iter().map(|(row, _)| row_content(row)).collect(),
            None => lines(chunk).map(row_content).collect(),
        }
    }

    /// Which rows can be cast. The others are empty lines, or are noted as broken.
    fn sound_rows(
        &self,
        parsed: &RecordBatch,
        text: &[u8],
        is_utf8: bool,
        numbers: &[i64],
        rejects: &mut Rejects,
    ) -> Vec<bool> {
        let (cells, extra) = parsed.columns().split_at(self.columns.needed.len());
        let cells: Vec<_> = cells.iter().map(AsArray::as_string_view).collect();
        let has_extra = extra.iter().any(|extra| extra.null_count() < extra.len());
        let has_nul = memchr::memchr(0, text).is_some();
        let may_be_empty = cells.iter().all(|cells| cells.null_count() > 0);
        if is_utf8 && !has_nul && !has_extra && !may_be_empty {
            return vec![true; parsed.num_rows()];
        }
        let any =
            |row: usize, mark: char| cells.iter().any(|cells| cells.is_valid(row) && cells.value(row).contains(mark));
        let CsvSettings { delimiter, quote, .. } = self.settings;
        let lines = may_be_empty.then(|| rows_of(text, delimiter, quote.unwrap_or(b'\n')));
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
        (0..parsed.num_rows()).map(is_sound).collect()
    }

    fn parse(&self, chunk: &[u8], is_utf8: bool) -> Result<DataFrame> {
        // A few columns more than the header has: a row with a value there has too many fields.
        let CsvColumns { all, needed } = self.columns;
        let extra = all.len()..all.len() + EXTRA.len();
        let places = 0..extra.end;
        let schema: Schema = places.map(|place| Field::new(place.to_string().into(), DataType::String)).collect();
        let projection: Vec<usize> = needed.iter().copied().chain(extra).collect();
        let syntax = CsvParseOptions::default()
            .with_separator(self.settings.delimiter)
            .with_quote_char(self.settings.quote)
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

/// Names of the columns for fields that are too many. No log can have them, as names are trimmed.
const EXTRA: [&str; 3] = [" 1", " 2", " 3"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Decimal;

    fn read(text: &[u8]) -> RawChunk {
        let settings =
            CsvSettings { delimiter: b';', quote: Some(b'"'), decimal: Decimal::Comma, encoding: encoding_rs::UTF_8 };
        let columns = CsvColumns { all: ["a", "b", "c"].map(str::to_owned).to_vec(), needed: vec![0, 2] };
        let chunk = TextChunk { text: text.to_vec(), sound_rows: None, is_open: false };
        CsvFormat(settings).parse(&chunk, &columns, 1000).unwrap()
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
