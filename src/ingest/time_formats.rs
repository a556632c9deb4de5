//! Formats of times, for messages where a time cannot be read: the usual formats that fit, and where a format stops
//! fitting.

use chrono::format::{Parsed, StrftimeItems, parse_and_remainder};
use chrono::{NaiveDate, NaiveDateTime};

/// The usual ones; day first before month first.
const USUAL: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d %b %Y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S",
];

/// The usual formats that read every one of the values; none where there are no values.
pub fn fitting_formats(values: &[String]) -> Vec<&'static str> {
    let reads =
        |format: &str, value: &str| NaiveDateTime::parse_from_str(value.trim(), format).is_ok_and(is_of_our_days);
    let fits = |format: &&str| !values.is_empty() && values.iter().all(|value| reads(format, value));
    USUAL.into_iter().filter(fits).collect()
}

/// Which part of a `strftime` format does not fit a value; `None` where the format reads it, or is none.
pub fn misfit(format: &str, value: &str) -> Option<String> {
    let value = value.trim();
    let rest_after =
        |end: usize| parse_and_remainder(&mut Parsed::new(), value, StrftimeItems::new(&format[..end])).ok();
    let mut rest = value;
    for (start, end) in parts(format) {
        match rest_after(end) {
            Some(after) => rest = after,
            None if rest.is_empty() => {
                return Some(format!("the value ends where `{}` is expected", &format[start..end]));
            }
            None => return Some(format!("`{}` does not read `{rest}`", &format[start..end])),
        }
    }
    if !rest.is_empty() {
        return Some(format!("nothing in it reads `{rest}`"));
    }
    None
}

/// Start and end of each part of a format: a conversion such as `%d`, or the text between two.
fn parts(format: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(first) = format[start..].chars().next() {
        let rest = &format[start + first.len_utf8()..];
        let length = match first {
            '%' => {
                rest.find(|c: char| c.is_alphabetic() || matches!(c, '%' | '+')).map_or(rest.len(), |place| place + 1)
            }
            _ => rest.find('%').unwrap_or(rest.len()),
        };
        let end = start + first.len_utf8() + length;
        parts.push((start, end));
        start = end;
    }
    parts
}

/// A year of two digits is read as one of the first century.
fn is_of_our_days(moment: NaiveDateTime) -> bool {
    NaiveDate::from_ymd_opt(1900, 1, 1).is_some_and(|first| moment.date() >= first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitting(values: &[&str]) -> Vec<&'static str> {
        fitting_formats(&values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_format_reads_all_values_or_is_not_named() {
        assert_eq!(fitting(&["31/03/2026 10:00", "01/04/2026 11:30"]), ["%d/%m/%Y %H:%M"]);
        assert_eq!(fitting(&["01/03/2026 10:00"]), ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]);
        assert_eq!(fitting(&["03/31/2026 01:05:00 PM"]), ["%m/%d/%Y %I:%M:%S %p"]);
        assert!(fitting(&["31/03/2026 10:00", "soon"]).is_empty() && fitting(&[]).is_empty());
    }

    #[test]
    fn the_part_that_does_not_fit_is_named() {
        let said = |format, value| misfit(format, value).unwrap_or_default();
        assert_eq!(said("%d/%m/%Y %H:%M", "2026-03-31 10:00"), "`/` does not read `26-03-31 10:00`");
        assert_eq!(said("%Y-%m-%d", "2026-31-03"), "`%m` does not read `31-03`");
        assert_eq!(said("%Y-%m-%d", "2026-03-31 10:00"), "nothing in it reads ` 10:00`");
        assert_eq!(said("%Y-%m-%d %H:%M:%S", "2026-03-31 10:00"), "the value ends where `:` is expected");
        assert_eq!(said("%Y-%m-%d %I:%M %p", "2026-03-31 13:00 x"), "`%I` does not read `13:00 x`");
        assert_eq!(misfit("%d.%m.%Y", "31.03.2026"), None);
    }
}
