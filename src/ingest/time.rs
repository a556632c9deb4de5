//! Text → moments: ISO 8601 or a `strftime` format, with an offset or in the source's zone.
//!
//! Local times across clock changes: an ambiguous one is the earlier of the two and is counted; one that never was is refused.

use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use crate::error::{Error, Result};

/// Years that a log can speak of; anything else is a slip or a stand-in for "never".
const YEARS: std::ops::RangeInclusive<i64> = 1900..=2200;

/// A moment that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Microseconds since 1970 in UTC.
    pub us: i64,
    /// A local time that came twice; the earlier was taken.
    pub is_ambiguous: bool,
}

/// How the times of one column are written.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    format: TimeFormat,
    zone: Tz,
}

#[derive(Clone, Debug)]
enum TimeFormat {
    Iso,
    /// Units per second.
    Epoch(i64),
    Strftime {
        items: Vec<Item<'static>>,
        has_offset: bool,
    },
}

impl TimeReader {
    /// `format` as in the configuration; ISO 8601 where there is none.
    pub fn new(format: Option<&str>, zone: Tz) -> Result<Self> {
        let format = match format {
            None => TimeFormat::Iso,
            Some("epoch_s") => TimeFormat::Epoch(1),
            Some("epoch_ms") => TimeFormat::Epoch(1_000),
            Some(format) => {
                let items = StrftimeItems::new(format)
                    .parse_to_owned()
                    .map_err(|_| Error::user(format!("`{format}` is not a time format")))?;
                let has_offset = items.iter().any(is_offset);
                TimeFormat::Strftime { items, has_offset }
            }
        };
        Ok(TimeReader { format, zone })
    }

    /// Reads one cell. The error is the reason for rejecting the row.
    pub fn read(&self, text: &str) -> std::result::Result<Moment, &'static str> {
        let moment = match &self.format {
            TimeFormat::Iso => self.read_iso(text.as_bytes()),
            TimeFormat::Epoch(units) => read_epoch(text, *units),
            TimeFormat::Strftime { items, has_offset } => self.read_strftime(text, items, *has_offset),
        }?;
        let year =
            DateTime::from_timestamp_micros(moment.us).map_or(i64::MIN, |at| i64::from(chrono::Datelike::year(&at)));
        if YEARS.contains(&year) { Ok(moment) } else { Err("time out of range (1900 to 2200)") }
    }

    fn read_strftime(&self, text: &str, items: &[Item<'static>], has_offset: bool) -> ReadMoment {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, items.iter()).map_err(|_| UNREADABLE)?;
        if has_offset || parsed.timestamp().is_some() {
            let at = match parsed.to_datetime() {
                Ok(at) => at,
                // A timestamp alone is in UTC.
                Err(_) => parsed.to_datetime_with_timezone(&chrono::Utc).map_err(|_| UNREADABLE)?.fixed_offset(),
            };
            return Ok(exactly(at.timestamp_micros()));
        }
        let date = parsed.to_naive_date().map_err(|_| UNREADABLE)?;
        let time = if parsed.hour_mod_12().is_none() && parsed.minute().is_none() {
            NaiveTime::MIN
        } else {
            if parsed.minute().is_none() {
                parsed.set_minute(0).map_err(|_| UNREADABLE)?;
            }
            parsed.to_naive_time().map_err(|_| UNREADABLE)?
        };
        self.local(date.and_time(time))
    }

    /// `2026-03-01`, then optionally `T` or a space and `10:00[:00[.000]]`, then optionally `Z` or `+01[:00]`.
    fn read_iso(&self, text: &[u8]) -> ReadMoment {
        let mut text = Digits { text };
        let (year, month, day) = (text.number(4)?, text.after(b'-')?.number(2)?, text.after(b'-')?.number(2)?);
        let date = NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(UNREADABLE)?;
        if text.is_empty() {
            return self.local(date.and_time(NaiveTime::MIN));
        }
        if !text.skip(b'T') && !text.skip(b' ') {
            return Err(UNREADABLE);
        }
        let (hour, minute) = (text.number(2)?, text.after(b':')?.number(2)?);
        let second = if text.skip(b':') { text.number(2)? } else { 0 };
        let micros = if text.skip(b'.') || text.skip(b',') { text.fraction()? } else { 0 };
        let local = date.and_hms_micro_opt(hour, minute, second, micros).ok_or(UNREADABLE)?;
        text.skip(b' ');
        match text.offset()? {
            None => self.local(local),
            Some(seconds) => {
                let offset = FixedOffset::east_opt(seconds).ok_or(UNREADABLE)?;
                Ok(exactly((local - offset).and_utc().timestamp_micros()))
            }
        }
    }

    fn local(&self, local: NaiveDateTime) -> ReadMoment {
        if self.zone == Tz::UTC {
            return Ok(exactly(local.and_utc().timestamp_micros()));
        }
        let utc = |offset: <Tz as TimeZone>::Offset| (local - offset.fix()).and_utc().timestamp_micros();
        match self.zone.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) => Ok(exactly(utc(offset))),
            MappedLocalTime::Ambiguous(one, other) => Ok(Moment { us: utc(one).min(utc(other)), is_ambiguous: true }),
            MappedLocalTime::None => Err("local time that does not exist (clock change)"),
        }
    }
}

type ReadMoment = std::result::Result<Moment, &'static str>;

const UNREADABLE: &str = "unreadable time";

fn exactly(us: i64) -> Moment {
    Moment { us, is_ambiguous: false }
}

fn is_offset(item: &Item<'_>) -> bool {
    matches!(
        item,
        Item::Fixed(
            Fixed::TimezoneOffset
                | Fixed::TimezoneOffsetColon
                | Fixed::TimezoneOffsetDoubleColon
                | Fixed::TimezoneOffsetTripleColon
                | Fixed::TimezoneOffsetColonZ
                | Fixed::TimezoneOffsetZ
                | Fixed::RFC2822
                | Fixed::RFC3339
        ) | Item::Fixed(Fixed::Internal(_))
    )
}

fn read_epoch(text: &str, units: i64) -> ReadMoment {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.checked_mul(1_000_000 / units).map(exactly).ok_or(UNREADABLE);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(UNREADABLE)?;
    Ok(exactly((number * (1_000_000 / units) as f64).round() as i64))
}

/// What is left of a text of digits and marks.
struct Digits<'a> {
    text: &'a [u8],
}

impl Digits<'_> {
    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn skip(&mut self, mark: u8) -> bool {
        let found = self.text.first() == Some(&mark);
        if found {
            self.text = &self.text[1..];
        }
        found
    }

    fn after(&mut self, mark: u8) -> std::result::Result<&mut Self, &'static str> {
        if self.skip(mark) { Ok(self) } else { Err(UNREADABLE) }
    }

    fn number(&mut self, digits: usize) -> std::result::Result<u32, &'static str> {
        let (number, rest) = self.text.split_at_checked(digits).ok_or(UNREADABLE)?;
        self.text = rest;
        number.iter().try_fold(0, |number, digit| {
            if digit.is_ascii_digit() { Ok(number * 10 + u32::from(digit - b'0')) } else { Err(UNREADABLE) }
        })
    }

    /// Digits after the decimal mark, as microseconds; finer ones are cut off.
    fn fraction(&mut self) -> std::result::Result<u32, &'static str> {
        let digits = self.text.iter().take_while(|digit| digit.is_ascii_digit()).count();
        let (fraction, rest) = self.text.split_at(digits);
        self.text = rest;
        if digits == 0 {
            return Err(UNREADABLE);
        }
        let digit_at = |place: usize| fraction.get(place).map_or(0, |digit| u32::from(digit - b'0'));
        Ok((0..6).fold(0, |micros, place| micros * 10 + digit_at(place)))
    }

    /// Seconds east of UTC at the end of the text; `None` where there is no offset.
    fn offset(&mut self) -> std::result::Result<Option<i32>, &'static str> {
        let sign = match self.text.first() {
            None => return Ok(None),
            Some(b'Z' | b'z') => 0,
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return Err(UNREADABLE),
        };
        self.text = &self.text[1..];
        let mut seconds = 0;
        if sign != 0 {
            seconds = self.number(2)? * 3600;
            self.skip(b':');
            if !self.is_empty() {
                seconds += self.number(2)? * 60;
            }
        }
        if self.is_empty() { Ok(Some(sign * seconds as i32)) } else { Err(UNREADABLE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Option<&str>, zone: Tz, text: &str) -> std::result::Result<(String, bool), &'static str> {
        let moment = TimeReader::new(format, zone).unwrap().read(text)?;
        let at = DateTime::from_timestamp_micros(moment.us).unwrap();
        Ok((at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true), moment.is_ambiguous))
    }

    fn iso(text: &str) -> String {
        read(None, Tz::Europe__Paris, text).map_or_else(str::to_owned, |(at, _)| at)
    }

    #[test]
    fn iso_times_with_and_without_offset() {
        assert_eq!(iso("2026-07-01T12:00:00Z"), "2026-07-01T12:00:00Z");
        assert_eq!(iso("2026-07-01 12:00:00"), "2026-07-01T10:00:00Z");
        assert_eq!(iso("2026-07-01 12:00:00.5+03:30"), "2026-07-01T08:30:00.500Z");
        assert_eq!(iso("2010-03-09T08:05:00.000+1100"), "2010-03-08T21:05:00Z");
        assert_eq!(iso("2026-01-01"), "2025-12-31T23:00:00Z");
        assert_eq!(iso("2026-01-01T10:00"), "2026-01-01T09:00:00Z");
        assert_eq!(iso("2026-01-01T10:00:00.1234567Z"), "2026-01-01T10:00:00.123456Z");
    }

    #[test]
    fn what_is_no_time_is_refused_with_its_reason() {
        for text in ["", "yesterday", "2026-13-01", "2026-01-01T25:00", "2026-01-01X10:00", "2026-01-01T10:00:00+1"] {
            assert_eq!(iso(text), UNREADABLE, "{text}");
        }
        assert_eq!(iso("0000-01-01"), "time out of range (1900 to 2200)");
        assert_eq!(iso("9999-12-31T23:59:59"), "time out of range (1900 to 2200)");
    }

    #[test]
    fn clock_changes() {
        let paris = |text| read(Some("%d/%m/%Y %H:%M:%S"), Tz::Europe__Paris, text);
        assert_eq!(paris("29/03/2026 02:30:00"), Err("local time that does not exist (clock change)"));
        assert_eq!(paris("25/10/2026 02:30:00"), Ok(("2026-10-25T00:30:00Z".to_owned(), true)));
        assert_eq!(paris("25/10/2026 03:30:00"), Ok(("2026-10-25T02:30:00Z".to_owned(), false)));
    }

    #[test]
    fn formats_of_all_kinds() {
        let utc = |format, text| read(Some(format), Tz::UTC, text).map(|(at, _)| at);
        assert_eq!(utc("%y%m%d %H:%M:%S", "990201 7:02:47").as_deref(), Ok("1999-02-01T07:02:47Z"));
        assert_eq!(utc("%d.%m.%Y", "01.02.2026").as_deref(), Ok("2026-02-01T00:00:00Z"));
        assert_eq!(utc("%Y-%m-%d %I:%M %p", "2026-02-01 03:04 PM").as_deref(), Ok("2026-02-01T15:04:00Z"));
        assert_eq!(utc("%d/%b/%Y:%H:%M:%S %z", "01/Feb/2026:10:00:00 +0200").as_deref(), Ok("2026-02-01T08:00:00Z"));
        assert_eq!(utc("%d/%m/%Y %H", "01/02/2026 10").as_deref(), Ok("2026-02-01T10:00:00Z"));
        assert_eq!(utc("epoch_s", "1767225600").as_deref(), Ok("2026-01-01T00:00:00Z"));
        assert_eq!(utc("epoch_ms", "1767225600123").as_deref(), Ok("2026-01-01T00:00:00.123Z"));
        assert_eq!(utc("%s", "1767225600").as_deref(), Ok("2026-01-01T00:00:00Z"));
        assert!(utc("%d/%m/%Y", "2026-02-01").is_err());
    }
}
