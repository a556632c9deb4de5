//! A stream of text → chunks of whole rows, in bounded memory.
//!
//! A row ends at a line break outside quotes.

use std::io::Read;

use memchr::{memchr, memrchr};

use super::quotes::{Quotes, walk};
use crate::error::{Error, Result};
use crate::ingest::content::{ContentHasher, Ending, LastRow};
use crate::ingest::files::{changed_meanwhile, unreadable};
use crate::store::WholeRows;

/// Bytes of a chunk.
const CHUNK: usize = 4 << 20;
/// Longest row that is read.
const LONGEST_ROW: usize = 64 << 20;

/// Cuts text into chunks of whole rows.
pub(super) struct RowCutter<R> {
    reader: R,
    shown: String,
    row_ends: RowEnds,
    /// Read but not handed out.
    rest: Vec<u8>,
    is_at_end: bool,
    lines_before: usize,
    /// The hash of all that was handed out.
    hashed: ContentHasher,
    ending: Option<Ending>,
}

/// Where rows of a text end.
#[derive(Clone, Copy, Debug)]
pub(super) enum RowEnds {
    /// Every line is a row.
    AtLines,
    /// A row may go over several lines within quotes.
    AtLinesOutsideQuotes { delimiter: u8, quote: u8 },
}

impl<R: Read> RowCutter<R> {
    pub fn new(reader: R, shown: &str, row_ends: RowEnds) -> Self {
        RowCutter {
            reader,
            shown: shown.to_owned(),
            row_ends,
            rest: Vec::new(),
            is_at_end: false,
            lines_before: 0,
            hashed: ContentHasher::default(),
            ending: None,
        }
    }

    /// Passes over rows that were read before.
    ///
    /// # Errors
    /// Where the text does not begin with them.
    pub fn pass_over(&mut self, whole: &WholeRows) -> Result<()> {
        let mut left = whole.bytes as u64;
        while left > 0 {
            self.rest.clear();
            self.fill(left.min(CHUNK as u64) as usize)?;
            if self.rest.is_empty() {
                break;
            }
            left -= self.rest.len() as u64;
            self.lines_before += memchr::memchr_iter(b'\n', &self.rest).count();
            self.hashed.add(&self.rest);
        }
        self.rest.clear();
        if self.hashed.digest() == whole.digest { Ok(()) } else { Err(changed_meanwhile(&self.shown)) }
    }

    /// How the text ends; `None` before its end was read.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Notes how the text ends. `open`: bytes of the last row, which has no line end.
    fn end(&mut self, open: &[u8], last_row: LastRow) {
        let whole = self.hashed.whole(0);
        self.hashed.add(open);
        self.ending = Some(Ending { whole, digest: self.hashed.digest(), last_row });
    }

    /// The next rows, ending in a line break except at the end of the text; `None` at the end.
    ///
    /// # Errors
    /// Where reading fails, a row is longer than 64 MB, or a quote is never closed.
    pub fn next_chunk(&mut self) -> Result<Option<TextChunk>> {
        let mut size = CHUNK;
        loop {
            self.fill(size)?;
            if self.rest.is_empty() {
                if self.ending.is_none() {
                    self.end(&[], LastRow::WholeRows);
                }
                return Ok(None);
            }
            let cut = last_row_end(&self.rest, self.row_ends);
            let start_of_last = cut.end.unwrap_or(0);
            let is_torn = self.is_at_end && cut.is_inside_quotes && !self.rest[start_of_last..].contains(&b'\n');
            if is_torn && start_of_last == 0 {
                let torn = std::mem::take(&mut self.rest);
                self.end(&torn, LastRow::Torn);
                return Ok(None);
            }
            let end = match cut {
                _ if self.is_at_end && !cut.is_inside_quotes => self.rest.len(),
                Cut { end: Some(end), .. } => end,
                Cut { end: None, .. } if self.is_at_end || self.rest.len() >= LONGEST_ROW => {
                    return Err(self.too_long(&cut));
                }
                Cut { end: None, .. } => {
                    size = (self.rest.len() * 2).min(LONGEST_ROW);
                    continue;
                }
            };
            let rest = self.rest.split_off(end);
            let chunk = std::mem::replace(&mut self.rest, rest);
            self.lines_before += memchr::memchr_iter(b'\n', &chunk).count();
            let is_whole = cut.end == Some(chunk.len());
            self.hashed.add(&chunk[..if is_whole { chunk.len() } else { start_of_last }]);
            if !is_whole {
                self.end(&chunk[start_of_last..], LastRow::Open);
            }
            return Ok(Some(TextChunk {
                text: chunk,
                sound_rows: cut.sound_rows.filter(|_| is_whole),
                is_open: !is_whole,
            }));
        }
    }

    /// The first row, without its line break; `None` where the text is empty.
    pub fn first_row(&mut self) -> Result<Option<Vec<u8>>> {
        let mut size = 64 << 10;
        loop {
            self.fill(size)?;
            let Some(end) = first_row_end(&self.rest, self.row_ends) else {
                if self.is_at_end {
                    let row = std::mem::take(&mut self.rest);
                    self.end(&row, if row.is_empty() { LastRow::WholeRows } else { LastRow::Torn });
                    return Ok((!row.is_empty()).then_some(row));
                }
                if self.rest.len() >= LONGEST_ROW {
                    return Err(self.too_long(&Cut { end: None, is_inside_quotes: false, sound_rows: None }));
                }
                size = (self.rest.len() * 2).min(LONGEST_ROW);
                continue;
            };
            let rest = self.rest.split_off(end);
            let mut row = std::mem::replace(&mut self.rest, rest);
            self.hashed.add(&row);
            self.lines_before += 1;
            while matches!(row.last(), Some(b'\n' | b'\r')) {
                row.pop();
            }
            if !row.is_empty() {
                return Ok(Some(row));
            }
        }
    }

    fn fill(&mut self, size: usize) -> Result<()> {
        if !self.is_at_end && self.rest.len() < size {
            let wanted = (size - self.rest.len()) as u64;
            let read = self.reader.by_ref().take(wanted).read_to_end(&mut self.rest);
            self.is_at_end = (read.map_err(|error| unreadable(&self.shown, &error))? as u64) < wanted;
        }
        Ok(())
    }

    fn too_long(&self, cut: &Cut) -> Error {
        let at = format!("{}, line {}", self.shown, self.lines_before + 1);
        if cut.is_inside_quotes {
            return Error::user("a quote is opened and never closed").fact("where", format!("after {at}"));
        }
        Error::user("a line is longer than 64 MB")
            .fact("where", at)
            .hint("is this the right file, and is `format` what it says?")
    }
}

/// Whole rows.
pub(super) struct TextChunk {
    pub text: Vec<u8>,
    /// How many rows there are, where it is known that the quotes of each are sound.
    pub sound_rows: Option<usize>,
    /// Whether the last row has no line end: the text ends there.
    pub is_open: bool,
}

/// Where the last whole row of a text ends.
#[derive(Clone, Copy, Debug)]
struct Cut {
    end: Option<usize>,
    is_inside_quotes: bool,
    sound_rows: Option<usize>,
}

fn last_row_end(text: &[u8], row_ends: RowEnds) -> Cut {
    let plain = || Cut { end: memrchr(b'\n', text).map(|at| at + 1), is_inside_quotes: false, sound_rows: None };
    match row_ends {
        RowEnds::AtLines => plain(),
        RowEnds::AtLinesOutsideQuotes { quote, .. } if memchr(quote, text).is_none() => plain(),
        RowEnds::AtLinesOutsideQuotes { delimiter, quote } => {
            let (mut last, mut rows, mut are_sound) = (None, 0, true);
            let is_inside_quotes = walk(text, delimiter, quote, |end, quotes| {
                last = Some(end);
                rows += 1;
                are_sound &= quotes == Quotes::Sound;
                true
            });
            Cut { end: last, is_inside_quotes, sound_rows: are_sound.then_some(rows) }
        }
    }
}

fn first_row_end(text: &[u8], row_ends: RowEnds) -> Option<usize> {
    match row_ends {
        RowEnds::AtLines => memchr(b'\n', text).map(|at| at + 1),
        RowEnds::AtLinesOutsideQuotes { delimiter, quote } => {
            let mut first = None;
            walk(text, delimiter, quote, |end, _| {
                first = Some(end);
                false
            });
            first
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: RowEnds = RowEnds::AtLinesOutsideQuotes { delimiter: b';', quote: b'"' };

    fn chunks(text: &str, row_ends: RowEnds) -> Result<Vec<String>> {
        let mut cutter = RowCutter::new(text.as_bytes(), "log.csv", row_ends);
        let mut chunks = Vec::new();
        while let Some(chunk) = cutter.next_chunk()? {
            chunks.push(String::from_utf8(chunk.text).unwrap());
        }
        Ok(chunks)
    }

    #[test]
    fn rows_are_never_cut() {
        assert_eq!(chunks("a;b\nc;d", CSV).unwrap().concat(), "a;b\nc;d");
        assert_eq!(last_row_end(b"a\nb", CSV).end, Some(2));
        assert_eq!(last_row_end(b"a;\"x\ny\"\nb;\"u\nv", CSV).end, Some(8));
        assert_eq!(last_row_end(b"a;\"say \"\"hi\"\"\n\"\nb", CSV).end, Some(16));
    }

    #[test]
    fn rows_are_counted_where_their_quotes_are_sound() {
        assert_eq!(last_row_end(b"a;b\n\n\"x\ny\";\"z\"\n", CSV).sound_rows, Some(3));
        assert_eq!(last_row_end(b"a;b\nc;5\" pipe\n", CSV).sound_rows, None);
        assert_eq!(last_row_end(b"a;b\n", CSV).sound_rows, None);
    }

    #[test]
    fn a_stray_quote_is_a_character() {
        assert_eq!(last_row_end(b"a;5\" pipe\nb;6\"\" pipe\nc", CSV).end, Some(21));
    }

    #[test]
    fn an_open_quote_is_an_error() {
        let error = chunks("a;b\nc;\"d\ne\n", CSV).unwrap_err();
        assert!(error.to_string().contains("a quote is opened and never closed"), "{error}");
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let endless = std::io::repeat(b'x').take(1 << 30);
        let mut cutter = RowCutter::new(endless, "log.csv", RowEnds::AtLines);
        assert!(cutter.next_chunk().err().unwrap().to_string().contains("a line is longer than 64 MB"));
    }

    #[test]
    fn the_first_row_is_the_first_that_is_not_empty() {
        let mut cutter = RowCutter::new("\r\na;\"b\nc\"\r\n1;2\n".as_bytes(), "log.csv", CSV);
        assert_eq!(cutter.first_row().unwrap().as_deref(), Some(b"a;\"b\nc\"".as_slice()));
        assert_eq!(cutter.next_chunk().unwrap().unwrap().text, b"1;2\n");
        assert!(RowCutter::new("".as_bytes(), "log.csv", CSV).first_row().unwrap().is_none());
    }
}
