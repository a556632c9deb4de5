//! Values for the `$parameters` of a query: typed, bound, never pasted into SQL.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use datafusion::common::ScalarValue;

use super::definition::{Param, ParamType, Query};
use crate::config::StratumColumn;
use crate::error::{Error, Result};

/// Parameters as a user gave them: name → text.
pub type Params = BTreeMap<String, String>;

/// The pseudonym of a client by the id that the logs have; needs the key.
pub type ClientLookup<'a> = dyn Fn(&str) -> Result<ScalarValue> + Sync + 'a;

/// The values of a query's parameters. A parameter that is not given is the configuration's or its own default, else null.
///
/// # Errors
/// Where a value does not fit its type, or a client is looked up without the key.
pub fn bind(
    query: &Query,
    given: &Params,
    configured: &Params,
    client: &ClientLookup<'_>,
) -> Result<Vec<(String, ScalarValue)>> {
    let mut values = Vec::new();
    let mut mistakes = Vec::new();
    for (name, param) in &query.params {
        let text = given.get(name).or_else(|| configured.get(name)).or(param.default.as_ref());
        match value(param, text.map(String::as_str), client) {
            Ok(value) => values.push((name.clone(), value)),
            Err(error) => {
                mistakes.push(error.fact("wanted by", format!("report `{}`, parameter `{name}`", query.name)));
            }
        }
    }
    Error::all(mistakes).map_or(Ok(values), Err)
}

fn value(param: &Param, text: Option<&str>, client: &ClientLookup<'_>) -> Result<ScalarValue> {
    let wrong = |text: &str, expected: &str| Error::user(format!("`{text}` does not fit")).fact("expected", expected);
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
        (ParamType::Date, None) => ScalarValue::Date32(None),
        (ParamType::Date, Some(text)) => {
            let date =
                NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong(text, "a day such as 2026-03-01"))?;
            ScalarValue::Date32(Some(date.signed_duration_since(NaiveDate::default()).num_days() as i32))
        }
        (ParamType::Moment, None) => ScalarValue::TimestampMicrosecond(None, Some("UTC".into())),
        (ParamType::Moment, Some(text)) => {
            let moment =
                DateTime::parse_from_rfc3339(text).map_err(|_| wrong(text, "a moment such as 2026-03-01T10:00:00Z"))?;
            ScalarValue::TimestampMicrosecond(Some(moment.timestamp_micros()), Some("UTC".into()))
        }
        (ParamType::Client | ParamType::Journey, None) => ScalarValue::FixedSizeBinary(16, None),
        (ParamType::Client, Some(id)) => client(id)?,
        (ParamType::Journey, Some(text)) => {
            let id = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32);
            let id = id.ok_or_else(|| wrong(text, "a journey id: 32 hexadecimal digits"))?;
            ScalarValue::FixedSizeBinary(16, Some(id.to_be_bytes().to_vec()))
        }
    })
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
