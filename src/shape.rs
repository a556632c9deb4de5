//! The shape of a text: what can be said of it without saying it.
//!
//! The store and messages have no ids of clients. What looks like one, where another value was expected, is shown by its shape.

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
