//! Makes hidden characters visible, so that no text of a log can steer a terminal, hide, or turn the order of letters.
//!
//! In: text from anywhere. Out: the same text, with `�` in the place of each character that has no shape of its own. Line ends stay.

use std::borrow::Cow;

/// What stands for a character that cannot be seen.
const HIDDEN: char = '\u{fffd}';

/// Every hidden character made visible.
pub fn visible(text: &str) -> Cow<'_, str> {
    if shown(text).eq(text.chars()) { Cow::Borrowed(text) } else { Cow::Owned(shown(text).collect()) }
}

/// The same on one line: breaks and tabs are blanks.
pub fn one_line(text: &str) -> String {
    visible(&text.replace(['\n', '\r', '\t'], " ")).into_owned()
}

fn shown(text: &str) -> impl Iterator<Item = char> {
    let before = std::iter::once(' ').chain(text.chars());
    text.chars().zip(before).map(|(c, before)| if c != '\n' && is_hidden(c, before) { HIDDEN } else { c })
}

/// Control characters (escape sequences begin with one), marks of direction, what has no width, and what is no character. Joiners
/// stay where a script needs them.
fn is_hidden(c: char, before: char) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' => before.is_ascii(),
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_hides_or_turns_round_is_shown() {
        let hostile = [
            "\u{1b}[31mred",
            "\u{9b}2J",
            "abc\u{202e}cba",
            "a\u{200b}b",
            "a\u{200d}b",
            "\u{feff}a",
            "\u{ffff}",
            "\u{7}",
        ];
        for text in hostile {
            let shown = visible(text);
            assert!(shown.contains(HIDDEN) && shown.chars().count() == text.chars().count(), "{shown:?}");
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["réclamation €", "می\u{200c}خواهم", "👩\u{200d}💻", "a\nb", "“…” — –"] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(one_line("a\r\n\tb\u{1b}"), "a   b\u{fffd}");
    }
}
