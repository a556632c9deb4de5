//! How numbers and moments are written for people, in answers as in messages.

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
