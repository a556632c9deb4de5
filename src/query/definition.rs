//! What a query file says about itself: its name and texts, its parameters, its columns, its chart.
//!
//! Made by [`parse`](super::header::parse); read by everything that shows an answer. The types say what a header can say
//! and no more: an unknown key or word is a mistake when it is read.

use std::sync::Arc;

use serde::Deserialize;

/// Chapter of the audits: their queries select bad rows.
pub const CHECK_CHAPTER: &str = "check";

/// Chapter of the views: their queries are tables for others, and no reports.
pub const VIEW_CHAPTER: &str = "views";

/// One query file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Lower-case letters, digits and underscores; what a user types.
    pub name: String,
    pub title: String,
    /// The question that the table answers, in a sentence.
    pub question: String,
    /// What one row is.
    pub grain: String,
    /// The tables and queries that the SQL reads.
    pub reads: Vec<String>,
    /// The queries among them, known once all files are read together.
    pub views: Vec<Arc<Query>>,
    /// The folder of the file, a chapter of the page.
    pub chapter: String,
    pub chart: Option<Chart>,
    /// The columns that a table of text shows, where it is not asked for all; all where empty.
    pub short: Vec<String>,
    /// Those of the queries that it reads, then its own in the order of the file.
    pub params: Vec<(String, Param)>,
    /// In the order of the file.
    pub columns: Vec<(String, Column)>,
    /// The text after the header.
    pub sql: String,
    /// The file, as it is named in errors.
    pub file: String,
}

/// How an answer is drawn. The texts are names of columns.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Chart {
    /// Horizontal bars, one per label, of the `top` largest; coloured by `by`.
    Bars {
        #[serde(deserialize_with = "one_or_many")]
        label: Vec<String>,
        value: String,
        by: Option<String>,
        #[serde(default = "default_top")]
        top: usize,
    },
    /// One line per label from `low` to `high` with a dot at `value`, of the first `top` rows.
    Intervals {
        #[serde(deserialize_with = "one_or_many")]
        label: Vec<String>,
        value: String,
        low: String,
        high: String,
        /// Where there is no difference: a line is drawn there.
        #[serde(default)]
        even: f64,
        #[serde(default = "default_top")]
        top: usize,
    },
    /// A grid of cells, darker where the value is higher.
    Heatmap { x: String, y: String, value: String },
    /// Lines from left to right, one per value of `by`.
    Lines { x: String, y: String, by: Option<String> },
}

impl Chart {
    /// The columns it draws.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Chart::Bars { label, value, by, top: _ } => {
                label.iter().chain([value]).chain(by).map(String::as_str).collect()
            }
            Chart::Intervals { label, value, low, high, even: _, top: _ } => {
                label.iter().chain([value, low, high]).map(String::as_str).collect()
            }
            Chart::Heatmap { x, y, value } => [x, y, value].map(String::as_str).to_vec(),
            Chart::Lines { x, y, by } => [x, y].into_iter().chain(by).map(String::as_str).collect(),
        }
    }
}

/// A parameter of the SQL, bound and never pasted.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    #[serde(rename = "type")]
    pub kind: ParamType,
    pub help: String,
    /// As a user would type it; null where absent.
    pub default: Option<String>,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    Text,
    Date,
    Int,
    Float,
    Moment,
    Client,
    Journey,
    /// What is compared apart: `motive`, `segment`, or both.
    Strata,
}

/// A column of the answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub help: String,
    #[serde(default)]
    pub format: ValueFormat,
    /// What stands in the total row; nothing where absent.
    pub total: Option<Total>,
}

/// How the values of a column are written for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueFormat {
    #[default]
    Text,
    /// A whole number of things: `48,377`.
    Count,
    /// A fraction of 1: `12.3%`.
    Share,
    /// By how much a fraction has changed: `+1.2%`, `-5.0%`.
    Change,
    Number,
    /// A p value: `<0.001`.
    Chance,
    /// A span of time: `1h 05m`.
    Seconds,
    /// A moment, in the zone of the report.
    Time,
    /// A 128-bit id: 32 hexadecimal digits.
    Id,
}

/// The value of a column in the total row.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "WrittenTotal")]
pub enum Total {
    Sum,
    /// The sum of one column divided by the sum of another.
    Ratio {
        numerator: String,
        denominator: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`total` is \"sum\" or [\"numerator_column\", \"denominator_column\"]")]
enum WrittenTotal {
    Word(String),
    Pair(String, String),
}

impl TryFrom<WrittenTotal> for Total {
    type Error = String;

    fn try_from(written: WrittenTotal) -> Result<Self, String> {
        match written {
            WrittenTotal::Word(word) if word == "sum" => Ok(Total::Sum),
            WrittenTotal::Word(word) => Err(format!("unknown total `{word}`, expected `sum` or a pair of columns")),
            WrittenTotal::Pair(numerator, denominator) => Ok(Total::Ratio { numerator, denominator }),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`label` is a column or a list of columns")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    OneOrMany::deserialize(deserializer).map(|written| match written {
        OneOrMany::One(column) => vec![column],
        OneOrMany::Many(columns) => columns,
    })
}

fn default_top() -> usize {
    15
}
