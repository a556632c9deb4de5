//! The quotes of CSV: where rows end, and rows whose quotes Polars would misread.
//!
//! A quote opens a field only at the field's start, and is doubled within it, as in RFC 4180. Anywhere else in an unquoted field
//! it is an ordinary character. A quote that is not doubled within a quoted field leaves open where the field ends: such a
//! row is broken, and must not take the rows after it with it.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

/// What is odd about the quotes of a row, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quotes {
    Sound,
    /// Within an unquoted field.
    Stray,
    /// Within a quoted field, and not doubled.
    Undoubled,
}

/// Calls `row_end` with the end and the quotes of every row until it returns false. Returns whether the text ends inside
/// quotes.
pub(super) fn walk(text: &[u8], delimiter: u8, quote: u8, mut row_end: impl FnMut(usize, Quotes) -> bool) -> bool {
    let mut at = 0;
    let mut is_inside = false;
    let mut closed_at = None;
    let mut quotes = Quotes::Sound;
    while let Some(found) =
        text.get(at..).and_then(|rest| if is_inside { memchr(quote, rest) } else { memchr2(quote, b'\n', rest) })
    {
        let place = at + found;
        at = place + 1;
        if text[place] == b'\n' {
            if !row_end(place + 1, quotes) {
                return false;
            }
            quotes = Quotes::Sound;
        } else if is_inside {
            is_inside = false;
            closed_at = Some(place);
            let ends_the_field = |next: &u8| *next == delimiter || *next == quote || matches!(next, b'\n' | b'\r');
            if !text.get(place + 1).is_none_or(ends_the_field) {
                quotes = Quotes::Undoubled;
            }
        } else {
            let before = place.checked_sub(1);
            let starts_a_field = before.is_none_or(|before| text[before] == delimiter || text[before] == b'\n');
            // Right after a closed quote it is the second of a doubled one: the field goes on.
            is_inside = starts_a_field || (closed_at.is_some() && closed_at == before);
            if !is_inside {
                quotes = quotes.max(Quotes::Stray);
            }
        }
    }
    is_inside
}

/// Rows that Polars reads as they are meant.
pub(super) struct TidyRows<'a> {
    pub text: Cow<'a, [u8]>,
    /// Number of each row of `text`, from 0.
    pub numbers: Vec<i64>,
    /// Numbers of the rows that were left out.
    pub broken: Vec<i64>,
}

impl<'a> TidyRows<'a> {
    /// All rows of a text.
    pub fn as_they_are(text: &'a [u8], rows: usize) -> Self {
        TidyRows { text: Cow::Borrowed(text), numbers: (0..rows as i64).collect(), broken: Vec::new() }
    }
}

/// Leaves out broken rows, and quotes fields with stray quotes. Ordinary text is not copied.
pub(super) fn tidy(text: &[u8], delimiter: u8, quote: Option<u8>) -> TidyRows<'_> {
    let Some(quote) = quote.filter(|&quote| memchr(quote, text).is_some()) else {
        let open_end = text.last().is_some_and(|&last| last != b'\n');
        return TidyRows::as_they_are(text, memchr_iter(b'\n', text).count() + usize::from(open_end));
    };
    let rows = rows_of(text, delimiter, quote);
    if rows.iter().all(|(_, quotes)| *quotes == Quotes::Sound) {
        return TidyRows::as_they_are(text, rows.len());
    }
    let mut tidy =
        TidyRows { text: Cow::Owned(Vec::with_capacity(text.len())), numbers: Vec::new(), broken: Vec::new() };
    for (number, (row, quotes)) in (0..).zip(rows) {
        let kept = match quotes {
            Quotes::Sound => Some(Cow::Borrowed(row)),
            Quotes::Stray => quoted(row, delimiter, quote).map(Cow::Owned),
            Quotes::Undoubled => None,
        };
        match kept {
            Some(row) => {
                tidy.text.to_mut().extend_from_slice(&row);
                tidy.numbers.push(number);
            }
            None => tidy.broken.push(number),
        }
    }
    tidy
}

/// Every row with its line end, and its quotes.
pub(super) fn rows_of(text: &[u8], delimiter: u8, quote: u8) -> Vec<(&[u8], Quotes)> {
    let mut rows = Vec::new();
    let mut start = 0;
    walk(text, delimiter, quote, |end, quotes| {
        rows.push((&text[start..end], quotes));
        start = end;
        true
    });
    if start < text.len() {
        // The last row of a log may lack its line end; walked again with one, its quotes are known.
        let closed = [&text[start..], b"\n"].concat();
        let mut last = Quotes::Sound;
        walk(&closed, delimiter, quote, |_, quotes| {
            last = quotes;
            true
        });
        rows.push((&text[start..], last));
    }
    rows
}

/// The same row with every field that needs it in quotes.
fn quoted(row: &[u8], delimiter: u8, quote: u8) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter).quote(quote);
    let fields = reader.from_reader(row).into_byte_records().next()?.ok()?;
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).quote(quote).from_writer(Vec::new());
    writer.write_byte_record(&fields).ok()?;
    writer.into_inner().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(text: &str) -> (String, Vec<i64>, Vec<i64>) {
        let tidy = tidy(text.as_bytes(), b';', Some(b'"'));
        (String::from_utf8(tidy.text.into_owned()).unwrap(), tidy.numbers, tidy.broken)
    }

    #[test]
    fn sound_rows_stay_as_they_are() {
        for text in ["a;b\nc;d", "a;\"b\nc\"\nd;\"e \"\"f\"\"\"\r\n", "\n\n"] {
            let (same, numbers, broken) = tidied(text);
            assert_eq!(same, text);
            assert!(broken.is_empty());
            assert_eq!(numbers.len(), 2);
        }
    }

    #[test]
    fn a_stray_quote_is_a_character() {
        assert_eq!(tidied("1;5\" pipe;x\n2;b;y\n"), ("1;\"5\"\" pipe\";x\n2;b;y\n".to_owned(), vec![0, 1], vec![]));
    }

    #[test]
    fn a_quote_that_is_not_doubled_breaks_its_row_alone() {
        let (text, numbers, broken) = tidied("1;\"12\" pizza\";3\n2;a;b\n3;\"9\" pan\";4\n4;c;\"d\"");
        assert_eq!((text.as_str(), numbers, broken), ("2;a;b\n4;c;\"d\"", vec![1, 3], vec![0, 2]));
    }
}
