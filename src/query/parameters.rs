//! Values for the `$parameters` of a query: typed, bound, never pasted into SQL.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use datafusion::common::ScalarValue;

use super::definition::{Param, ParamType, Query};
use crate::config::StratumColumn;
use crate::error::{Error, Result};

/// A zone that changed sides of the date line left out a whole day.
const MOST_MINUTES_LEFT_OUT: i64 = 2 * 24 * 60;

/// Parameters as a user gave them: name → text.
pub type Params = BTreeMap<String, String>;

/// Parameters as SQL gets them: name → value.
pub type Values = Vec<(String, ScalarValue)>;

/// What values are made with.
pub struct Binding<'a> {
    /// What parameters are where they are not given.
    pub configured: &'a Params,
    /// The zone in which days begin.
    pub timezone: Tz,
    /// The pseudonym of a client by the id that the logs have; needs the key.
    pub client: &'a (dyn Fn(&str) -> Result<ScalarValue> + Sync),
}

impl Binding<'_> {
    /// The values of a query's parameters. A parameter that is not given is the configuration's or its own default, else null.
    ///
    /// # Errors
    /// Where a value does not fit its type, or a client is looked up without the key.
    pub fn bind(&self, query: &Query, given: &Params) -> Result<Values> {
        let mut values = Vec::new();
        let mut mistakes = Vec::new();
        for (name, param) in &query.params {
            let text = given.get(name).or_else(|| self.configured.get(name)).or(param.default.as_ref());
            match self.value(param, text.map(String::as_str)) {
                Ok(value) => values.push((name.clone(), value)),
                Err(error) => {
                    mistakes.push(error.fact("wanted by", format!("report `{}`, parameter `{name}`", query.name)));
                }
            }
        }
        Error::all(mistakes).map_or(Ok(values), Err)
    }

    fn value(&self, param: &Param, text: Option<&str>) -> Result<ScalarValue> {
        let wrong =
            |text: &str, expected: &str| Error::user(format!("`{text}` does not fit")).fact("expected", expected);
        Ok(match (param.kind, text) {
            (ParamType::Strata, Some(text)) => {
                let known = StratumColumn::ALL.map(StratumColumn::name);
                for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    if !known.contains(&name) {
                        return Err(wrong(name, &known.join(", ")).did_you_mean(name, known));
                    }
                }
                ScalarValue::Utf8(Some(text.to_owned()))
            }
            (ParamType::Text | ParamType::Strata, text) => ScalarValue::Utf8(text.map(str::to_owned)),
            (ParamType::Int, None) => ScalarValue::Int64(None),
            (ParamType::Int, Some(text)) => {
                ScalarValue::Int64(Some(text.parse().map_err(|_| wrong(text, "a whole number"))?))
            }
            (ParamType::Float, None) => ScalarValue::Float64(None),
            (ParamType::Float, Some(text)) => {
                ScalarValue::Float64(Some(text.parse().map_err(|_| wrong(text, "a number"))?))
            }
            (ParamType::Date, text) => {
                let day = |text| {
                    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong(text, "a day such as 2026-03-01"))
                };
                let begins_us = text.map(day).transpose()?.and_then(|day| begin_of_day_us(day, self.timezone));
                ScalarValue::TimestampMicrosecond(begins_us, Some(self.timezone.name().into()))
            }
            (ParamType::Moment, None) => ScalarValue::TimestampMicrosecond(None, Some("UTC".into())),
            (ParamType::Moment, Some(text)) => {
                let moment = DateTime::parse_from_rfc3339(text)
                    .map_err(|_| wrong(text, "a moment such as 2026-03-01T10:00:00Z"))?;
                ScalarValue::TimestampMicrosecond(Some(moment.timestamp_micros()), Some("UTC".into()))
            }
            (ParamType::Client | ParamType::Journey, None) => ScalarValue::FixedSizeBinary(16, None),
            (ParamType::Client, Some(id)) => (self.client)(id)?,
            (ParamType::Journey, Some(text)) => {
                let id = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32);
                let id = id.ok_or_else(|| wrong(text, "a journey id: 32 hexadecimal digits"))?;
                ScalarValue::FixedSizeBinary(16, Some(id.to_be_bytes().to_vec()))
            }
        })
    }
}

/// The moment at which a day begins in a zone, in microseconds: midnight, the first of two where clocks go back over it, and the moment
/// to which they go on where it is left out.
fn begin_of_day_us(day: NaiveDate, timezone: Tz) -> Option<i64> {
    let minutes = (0..MOST_MINUTES_LEFT_OUT).map(|minute| day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute));
    let mut begins = minutes.filter_map(|local| timezone.from_local_datetime(&local).earliest());
    begins.next().map(|begin| begin.timestamp_micros())
}

/// Fails on parameters that none of the queries has.
pub fn refuse_unknown(queries: &[&Query], given: &Params) -> Result<()> {
    let all = queries.iter().flat_map(|query| &query.params).map(|(name, _)| name.as_str());
    let known: BTreeSet<&str> = all.collect();
    let mistakes = given.keys().filter(|name| !known.contains(name.as_str())).map(|name| {
        let names: Vec<&str> = queries.iter().map(|query| query.name.as_str()).collect();
        let error = Error::user(format!("no parameter `{name}` in {}", names.join(", ")));
        let error = if known.is_empty() {
            error
        } else {
            error.fact("expected", known.iter().copied().collect::<Vec<_>>().join(", "))
        };
        error.did_you_mean(name, known.iter().copied())
    });
    Error::all(mistakes.collect::<Vec<_>>()).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(day: &str, zone: &str) -> String {
        let begin_us = begin_of_day_us(day.parse().unwrap(), zone.parse().unwrap()).unwrap();
        DateTime::from_timestamp_micros(begin_us).unwrap().format("%Y-%m-%dT%H:%M").to_string()
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        assert_eq!(begin("2026-03-01", "UTC"), "2026-03-01T00:00");
        assert_eq!(begin("2026-03-01", "Europe/Paris"), "2026-02-28T23:00");
        assert_eq!(begin("2026-03-30", "Europe/Paris"), "2026-03-29T22:00");
    }

    #[test]
    fn a_day_without_a_midnight_or_with_two_begins_all_the_same() {
        // From 0:00 to 1:00.
        assert_eq!(begin("2018-11-04", "America/Sao_Paulo"), "2018-11-04T03:00");
        // From 1:00 back to 0:00.
        assert_eq!(begin("2025-11-02", "America/Havana"), "2025-11-02T04:00");
        // The whole of 30 December.
        assert_eq!(begin("2011-12-30", "Pacific/Apia"), "2011-12-30T10:00");
    }
}
