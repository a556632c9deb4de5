//! Values of arguments, as they are typed.

use chrono::{DateTime, NaiveDate};
use clap::Args;

use crate::engine::Options;

/// `--as-of`, the same wherever there is an answer.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct AsOf {
    /// Answer as if the logs ended then: a moment (RFC 3339), or a day, which means its start in UTC
    #[arg(id = "as_of", long = "as-of", value_name = "TIME", value_parser = moment)]
    pub moment: Option<i64>,
}

impl AsOf {
    /// How the session is opened.
    pub fn options(self) -> Options {
        Options { as_of_us: self.moment, ..Options::default() }
    }
}

/// A moment: RFC 3339, or a day, which means its first moment in UTC.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.timestamp_micros());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    let midnight = day.ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    midnight
        .map(|midnight| midnight.and_utc().timestamp_micros())
        .ok_or_else(|| "expected a day such as 2026-03-31, or a moment such as 2026-03-31T18:00:00+02:00".to_owned())
}

/// `name=value`
pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected name=value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_parameters() {
        assert_eq!(moment("1970-01-02"), Ok(86_400_000_000));
        assert_eq!(moment("1970-01-01T01:00:00+01:00"), Ok(0));
        assert!(moment("yesterday").is_err());
        assert_eq!(parameter("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(parameter("a").is_err());
    }
}
