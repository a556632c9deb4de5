//! How numbers, moments and lists of names are written for people, in answers as in messages.

use chrono::DateTime;
use chrono_tz::Tz;

const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// A whole number with a comma between thousands.
pub fn thousands(value: i128) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment in a zone, to the second.
pub fn moment(micros: i64, timezone: Tz) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(utc) => utc.with_timezone(&timezone).format(MOMENT).to_string(),
        None => micros.to_string(),
    }
}

/// The first of some names, and how many more there are.
pub fn some_of(names: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown}, and {more} more") } else { shown }
}
