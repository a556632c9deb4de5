//! `encoding` of a source: how the text of its files is encoded.

use encoding_rs::{Encoding, REPLACEMENT};

use super::walk::{Value, one_of};

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

/// The encoding with a label.
pub(super) fn read(value: &Value<'_>) -> Option<&'static Encoding> {
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
    use super::*;

    #[test]
    fn suggests_only_encodings_that_exist() {
        for label in COMMON_ENCODINGS {
            assert!(Encoding::for_label(label.as_bytes()).is_some(), "{label}");
        }
    }
}
