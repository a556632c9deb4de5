//! The shape of a text, such as `aaaaa@aaaaaaa.aaa`: shown in place of a text that may be the id of a client.
//!
//! Neither the store nor messages may hold such ids.

/// Every letter an `a`, every digit a `0`; the rest as it is.
pub fn shape(text: &str) -> String {
    let of = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c => c,
    };
    text.chars().map(of).collect()
}

/// The text of an error, with the shapes of the values that it quotes in their place.
pub fn quoting_shapes(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, mark, quoted, after)) = next_quoted(rest) {
        shown.extend([before, mark, &shape(quoted), mark]);
        rest = after;
    }
    shown + rest
}

fn next_quoted(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_at(text.find(['\'', '"'])?);
    let (mark, rest) = rest.split_at(1);
    let (quoted, rest) = rest.split_at(rest.find(mark)?);
    Some((before, mark, quoted, &rest[1..]))
}

/// The names of a log's columns, as messages list them. Where the first line of the log is no header but a row, its values stand there:
/// they are shown by their shapes.
pub fn column_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    if !is_a_row(names.clone()) {
        return names.collect::<Vec<_>>().join(", ");
    }
    format!("{} (a row, not a header?)", names.map(shape).collect::<Vec<_>>().join(", "))
}

/// Whether what should be names of columns are the values of a row: one of them is a number, a moment or an address.
pub fn is_a_row<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    let of_numbers = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '/' | ':' | ' ' | 'T' | 'Z');
    names.any(|name| {
        let name = name.trim();
        name.contains('@') || name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(of_numbers)
    })
}

/// Whether a text could be the id of a client: an address of e-mail, a telephone number, or a word with several digits that is no
/// date and no amount.
pub fn looks_like_an_id(text: &str) -> bool {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let has_letters = text.chars().any(char::is_alphabetic);
    let is_one_word = !text.contains(char::is_whitespace);
    let is_number_of_telephone = || {
        digits >= 8 && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '+' | '(' | ')' | '.'))
    };
    if text.contains('@') {
        return true;
    }
    if text.contains(['/', ':', ',', '%', '€', '$']) || is_a_date(text) {
        return false;
    }
    is_number_of_telephone() || is_one_word && (digits >= 5 || has_letters && digits >= 3)
}

/// A date that begins with its year: `2026-03-01`, `20260301`, `2026-03-01T10`, `20260301100000`.
fn is_a_date(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |start: usize, end: usize| digits.get(start..end).and_then(|part| part.parse::<u32>().ok());
    let begins_with_a_year = text.chars().take(4).all(|c| c.is_ascii_digit());
    let is_dated = matches!((part(0, 4), part(4, 6), part(6, 8)), (Some(1900..=2199), Some(1..=12), Some(1..=31)));
    begins_with_a_year && is_dated && text.chars().all(|c| !c.is_alphabetic() || matches!(c, 'T' | 'Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_by_their_shape() {
        for id in ["ann@example.org", "0612345678", "+33 6 12 34 56 78", "C10234", "00123", "8f14e45f-ceea-467f-a0e6"] {
            assert!(looks_like_an_id(id), "{id}");
        }
        assert_eq!(shape("Ann@example.org"), "Aaa@aaaaaaa.aaa");
        assert_eq!(shape("C10234"), "A00000");
    }

    #[test]
    fn names_of_columns_are_shown_and_values_in_their_place_are_not() {
        assert_eq!(column_names(["client_id", "at", "page"].into_iter()), "client_id, at, page");
        let shown = column_names(["smith", "2026-03-01 10:00", "home"].into_iter());
        assert_eq!(shown, "aaaaa, 0000-00-00 00:00, aaaa (a row, not a header?)");
    }

    #[test]
    fn what_an_error_quotes_is_shown_by_its_shape() {
        assert_eq!(quoting_shapes("cannot cast 'C10234' to \"Int\", or"), "cannot cast 'A00000' to \"Aaa\", or");
        assert_eq!(quoting_shapes("it's so"), "it's so");
    }

    #[test]
    fn dates_amounts_and_words_are_not_ids() {
        for text in [
            "31/03/2026 10:00",
            "2026-03-31",
            "20260331",
            "20260331100000",
            "2026-03-31T10",
            "soon",
            "1.234,50",
            "12 €",
        ] {
            assert!(!looks_like_an_id(text), "{text}");
        }
    }
}
