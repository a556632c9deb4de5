//! Formats of times that people write, to be named where a time could not be read.

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

/// Those that read every one of the values; none of none.
pub fn fitting_formats(values: &[String]) -> Vec<&'static str> {
    let reads =
        |format: &str, value: &str| NaiveDateTime::parse_from_str(value.trim(), format).is_ok_and(is_of_our_days);
    let fits = |format: &&str| !values.is_empty() && values.iter().all(|value| reads(format, value));
    USUAL.into_iter().filter(fits).collect()
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
}
