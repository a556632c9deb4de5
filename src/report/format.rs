//! How values are written for people: `48,377`, `12.3%`, `1h 05m`, `2024-03-01 14:05:09`.
//!
//! In: a [`Cell`], the [`ValueFormat`] its column declares, and the zone of the report. Out: one line of text without control
//! characters; empty for null. Cannot fail: a value that does not fit its format is written as it is.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::notation::{moment, thousands};
use crate::query::{Cell, ValueFormat};
use crate::visible::one_line;

/// A value as text.
pub fn show(cell: &Cell, format: ValueFormat, timezone: Tz) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => one_line(text),
        Cell::Bool(true) => "yes".to_owned(),
        Cell::Bool(false) => "no".to_owned(),
        Cell::Moment(micros) => moment(*micros, timezone),
        Cell::Local(micros) => moment(*micros, Tz::UTC),
        Cell::Day(days) => day(*days),
        Cell::Int(value) => match format {
            ValueFormat::Count | ValueFormat::Number | ValueFormat::Chance => thousands(*value),
            ValueFormat::Share => share(*value as f64),
            ValueFormat::Change => change(*value as f64),
            ValueFormat::Seconds => seconds(*value as f64),
            ValueFormat::Text | ValueFormat::Time | ValueFormat::Id => value.to_string(),
        },
        Cell::Float(value) if !value.is_finite() => special(*value).to_owned(),
        Cell::Float(value) => match format {
            ValueFormat::Count => thousands(value.round() as i128),
            ValueFormat::Share => share(*value),
            ValueFormat::Change => change(*value),
            ValueFormat::Chance => chance(*value),
            ValueFormat::Seconds => seconds(*value),
            ValueFormat::Number | ValueFormat::Text | ValueFormat::Time | ValueFormat::Id => number(*value),
        },
    }
}

/// Shortens the times of one axis by what they share: midnight, or whole minutes.
pub fn trim_times(labels: &mut [String]) {
    for ending in [" 00:00:00", ":00"] {
        if labels.iter().all(|label| label.len() == 19 && label.ends_with(ending)) {
            labels.iter_mut().for_each(|label| label.truncate(label.len() - ending.len()));
        }
    }
}

/// The error that adding up shares may make.
const ROUNDING: f64 = 1e-9;

/// A fraction of 1 in per cent with one decimal. Only 0 is `0.0%`, and only 1 is `100.0%`: between them `<0.1%` and
/// `>99.9%`.
fn share(value: f64) -> String {
    let percent = format!("{:.1}%", value * 100.0);
    match percent.as_str() {
        "0.0%" if value > ROUNDING => "<0.1%".to_owned(),
        "100.0%" if value < 1.0 - ROUNDING => ">99.9%".to_owned(),
        "-0.0%" if value < -ROUNDING => ">-0.1%".to_owned(),
        "-0.0%" => "0.0%".to_owned(),
        _ => percent,
    }
}

/// A difference of shares, with its sign.
fn change(value: f64) -> String {
    let share = share(value);
    if value <= ROUNDING {
        share
    } else if let Some(small) = share.strip_prefix('<') {
        format!("<+{small}")
    } else {
        format!("+{share}")
    }
}

/// Two decimals and a comma between thousands; two digits where that would hide a small value.
fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if size < 0.0001 {
        return format!("{value:.1e}");
    }
    if size < 0.01 {
        let decimals = if size < 0.001 { 5 } else { 4 };
        return format!("{value:.decimals$}");
    }
    if size >= 1e15 {
        return format!("{value:.3e}");
    }
    let fixed = format!("{size:.2}");
    let (whole, decimals) = fixed.split_once('.').unwrap_or((fixed.as_str(), "00"));
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}.{decimals}", thousands(whole.parse().unwrap_or(0)))
}

/// A span in its two largest units.
fn seconds(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    let tenths = (size * 10.0).round() / 10.0;
    if tenths < 10.0 {
        return format!("{sign}{tenths}s");
    }
    let whole = size.round() as i64;
    let minutes = (size / 60.0).round() as i64;
    let hours = (size / 3600.0).round() as i64;
    let text = if whole < 60 {
        format!("{whole}s")
    } else if whole < 3600 {
        format!("{}m {:02}s", whole / 60, whole % 60)
    } else if minutes < 24 * 60 {
        format!("{}h {:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d {:02}h", thousands((hours / 24).into()), hours % 24)
    };
    format!("{sign}{text}")
}

fn special(value: f64) -> &'static str {
    if value.is_nan() {
        "–"
    } else if value > 0.0 {
        "∞"
    } else {
        "-∞"
    }
}

fn day(days: i32) -> String {
    let count = Days::new(u64::from(days.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if days < 0 { epoch.checked_sub_days(count) } else { epoch.checked_add_days(count) };
    date.map_or_else(|| days.to_string(), |date| date.to_string())
}

/// A p value, with three decimals.
fn chance(value: f64) -> String {
    if (0.0..0.001).contains(&value) { "<0.001".to_owned() } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cell: Cell, format: ValueFormat) -> String {
        show(&cell, format, Tz::Europe__Paris)
    }

    #[test]
    fn counts_have_thousands() {
        let counts = [0, 12, 999, 1000, 48_377, -1_234_567];
        let texts = counts.map(|count| shown(Cell::Int(count), ValueFormat::Count));
        assert_eq!(texts, ["0", "12", "999", "1,000", "48,377", "-1,234,567"]);
        assert_eq!(shown(Cell::Float(12.6), ValueFormat::Count), "13");
    }

    #[test]
    fn shares_never_claim_none_or_all_wrongly() {
        let shares = [0.0, 0.0001, 0.1234, 0.9999, 1.0, -0.05, -0.0001];
        let texts = shares.map(|share| shown(Cell::Float(share), ValueFormat::Share));
        assert_eq!(texts, ["0.0%", "<0.1%", "12.3%", ">99.9%", "100.0%", "-5.0%", ">-0.1%"]);
    }

    #[test]
    fn changes_have_a_sign() {
        let changes =
            [0.0, 0.0001, 0.1234, -0.05, -0.0001].map(|change| shown(Cell::Float(change), ValueFormat::Change));
        assert_eq!(changes, ["0.0%", "<+0.1%", "+12.3%", "-5.0%", ">-0.1%"]);
    }

    #[test]
    fn numbers_keep_what_matters() {
        let numbers = [0.0, 1.5, 1234.567, -0.25, 0.0042, 0.00042, 3.1e-7, f64::NAN, f64::INFINITY];
        let texts = numbers.map(|number| shown(Cell::Float(number), ValueFormat::Number));
        assert_eq!(texts, ["0", "1.50", "1,234.57", "-0.25", "0.0042", "0.00042", "3.1e-7", "–", "∞"]);
    }

    #[test]
    fn spans_have_two_units() {
        let spans = [0.0, 0.44, 4.0, 9.96, 59.6, 3599.7, 3900.0, 86_399.0, 273_600.0, -90.0];
        let texts = spans.map(|span| shown(Cell::Float(span), ValueFormat::Seconds));
        assert_eq!(texts, ["0s", "0.4s", "4s", "10s", "1m 00s", "1h 00m", "1h 05m", "1d 00h", "3d 04h", "-1m 30s"]);
    }

    #[test]
    fn moments_are_in_the_zone_of_the_report() {
        let noon = 1_709_294_400_000_000;
        assert_eq!(shown(Cell::Moment(noon), ValueFormat::Time), "2024-03-01 13:00:00");
        assert_eq!(shown(Cell::Local(noon), ValueFormat::Time), "2024-03-01 12:00:00");
        assert_eq!(shown(Cell::Day(19_783), ValueFormat::Time), "2024-03-01");
        assert_eq!(shown(Cell::Day(-1), ValueFormat::Time), "1969-12-31");
    }

    #[test]
    fn axis_times_lose_what_they_share() {
        let mut days = ["2024-03-01 00:00:00".to_owned(), "2024-03-02 00:00:00".to_owned()];
        trim_times(&mut days);
        assert_eq!(days, ["2024-03-01", "2024-03-02"]);
        let mut minutes = ["2024-03-01 00:00:00".to_owned(), "2024-03-01 00:15:00".to_owned()];
        trim_times(&mut minutes);
        assert_eq!(minutes, ["2024-03-01 00:00", "2024-03-01 00:15"]);
    }

    #[test]
    fn other_values_stay_readable() {
        assert_eq!(shown(Cell::Null, ValueFormat::Count), "");
        assert_eq!(shown(Cell::Bool(true), ValueFormat::Text), "yes");
        assert_eq!(shown(Cell::Int(2024), ValueFormat::Text), "2024");
        assert_eq!(shown(Cell::Text("a\n\u{1b}[31mb".into()), ValueFormat::Text), "a \u{fffd}[31mb");
    }
}
