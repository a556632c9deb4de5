//! The header of a query file: what the query is called, what it answers, and how its columns are shown.
//!
//! In: the text of a `.sql` file that opens with TOML in SQL comments, between two lines `-- ---`. Out: a [`Query`].
//! Fails with the file and line of the mistake where the header is missing, is not TOML, has a key it should not have,
//! lacks one, or names a column that it does not declare.
//!
//! ```sql
//! -- ---
//! -- name     = "drop_off_points"
//! -- title    = "Where clients drop off"
//! -- question = "At which channel and step do journeys end?"
//! -- grain    = "one row per channel and step"
//! -- reads    = ["steps"]
//! -- chart    = { kind = "bars", label = ["channel", "step"], value = "drops" }
//! -- [columns]
//! -- channel = { help = "channel of the last contact", format = "text" }
//! -- step    = { help = "step of the last contact", format = "text" }
//! -- drops   = { help = "journeys that ended here", format = "count", total = "sum" }
//! -- ---
//! select …
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::definition::{Chart, Column, Param, Query, Total, ValueFormat};
use crate::error::{Error, Result};

/// The line that opens and closes a header.
const FENCE: &str = "-- ---";

/// The header as TOML has it; spans give the order and the lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: Spanned<String>,
    title: String,
    question: String,
    grain: String,
    reads: Vec<String>,
    chart: Option<Spanned<Chart>>,
    short: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    params: BTreeMap<Spanned<String>, Param>,
    columns: BTreeMap<Spanned<String>, Column>,
}

/// Reads a query file. `path_shown` is how the file is named in errors, `chapter` the folder it stands in.
pub fn parse(path_shown: &str, chapter: &str, text: &str) -> Result<Query> {
    let (toml, sql) = split(path_shown, text)?;
    let at = |offset: usize| {
        let line = toml.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{path_shown}:{line}")
    };
    let header: Header = toml::from_str(&toml).map_err(|error| toml_error(&error, &at))?;
    let mut mistakes = check(&header, &at);
    if sql.is_empty() {
        mistakes.push(Error::user("a query file has no SQL after its header").fact("where", path_shown));
    }
    if let Some(error) = Error::all(mistakes) {
        return Err(error);
    }
    Ok(Query {
        name: header.name.into_inner(),
        title: header.title,
        question: header.question,
        grain: header.grain,
        reads: header.reads,
        views: Vec::new(),
        chapter: chapter.to_owned(),
        chart: header.chart.map(Spanned::into_inner),
        short: header.short.map(Spanned::into_inner).unwrap_or_default(),
        params: in_file_order(header.params),
        columns: in_file_order(header.columns),
        sql,
        file: path_shown.to_owned(),
    })
}

/// The header as TOML, on the same lines as in the file, and the SQL after it.
fn split(path_shown: &str, text: &str) -> Result<(String, String)> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let mut toml = String::new();
    loop {
        toml.push('\n');
        match lines.next() {
            Some((_, line)) if line.trim().is_empty() => {}
            Some((_, line)) if line.trim() == FENCE => break,
            found => {
                let line = found.map_or(1, |(index, _)| index + 1);
                return Err(Error::user("a query file does not open with a header")
                    .fact("where", format!("{path_shown}:{line}"))
                    .fact("expected", format!("`{FENCE}`, then TOML in comments, then `{FENCE}`")));
            }
        }
    }
    while let Some((index, line)) = lines.next() {
        if line.trim() == FENCE {
            let sql = lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
            return Ok((toml, sql.trim().to_owned()));
        }
        let Some(content) = line.trim_start().strip_prefix("--") else {
            return Err(Error::user("a line of a query's header is not a comment")
                .fact("where", format!("{path_shown}:{}", index + 1))
                .fact("expected", format!("`-- key = value`, or `{FENCE}` to close the header")));
        };
        toml.push_str(content.strip_prefix(' ').unwrap_or(content));
        toml.push('\n');
    }
    Err(Error::user("the header of a query file is not closed")
        .fact("where", path_shown)
        .fact("expected", format!("a line `{FENCE}` before the SQL")))
}

/// What `toml` found wrong, in our words, with the nearest valid name.
fn toml_error(error: &toml::de::Error, at: &impl Fn(usize) -> String) -> Error {
    let message = error.message();
    let (wrong, expected) = match message.split_once(", expected ") {
        Some((wrong, expected)) => (wrong, Some(expected)),
        None => (message, None),
    };
    let place = at(error.span().map_or(0, |span| span.start));
    let mut mistake = Error::user(format!("a query's header cannot be read: {wrong}")).fact("where", place);
    if let Some(expected) = expected {
        mistake = mistake.fact("expected", expected);
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next() {
        Some(found) if wrong.starts_with("unknown") => mistake.did_you_mean(found, quoted),
        _ => mistake,
    }
}

/// Mistakes that TOML cannot see: names that nothing declares.
fn check(header: &Header, at: &impl Fn(usize) -> String) -> Vec<Error> {
    let mut mistakes = Vec::new();
    let name = header.name.get_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        mistakes.push(
            Error::user(format!("`{name}` cannot be the name of a query"))
                .fact("where", at(header.name.span().start))
                .fact("expected", "lower-case letters, digits and underscores"),
        );
    }
    let names: Vec<&str> = header.columns.keys().map(|name| name.get_ref().as_str()).collect();
    let mut wanted = |column: &str, by: &str, offset: usize| {
        if !names.contains(&column) {
            mistakes.push(
                Error::user(format!("column `{column}` is not declared in the query's header"))
                    .fact("wanted by", format!("{by} ({})", at(offset)))
                    .fact("columns", names.join(", "))
                    .did_you_mean(column, names.iter().copied()),
            );
        }
    };
    if let Some(chart) = &header.chart {
        for column in chart.get_ref().columns() {
            wanted(column, "chart", chart.span().start);
        }
    }
    if let Some(short) = &header.short {
        for column in short.get_ref() {
            wanted(column, "short", short.span().start);
        }
    }
    for (name, column) in &header.columns {
        if let Some(Total::Ratio { numerator, denominator }) = &column.total {
            for part in [numerator, denominator] {
                wanted(part, &format!("the total of `{}`", name.get_ref()), name.span().start);
            }
        }
    }
    for (name, column) in &header.columns {
        if column.total.is_some() && matches!(column.format, ValueFormat::Text | ValueFormat::Time | ValueFormat::Id) {
            mistakes.push(
                Error::user(format!("column `{}` has a total, but is not a number", name.get_ref()))
                    .fact("where", at(name.span().start))
                    .fact("expected", "format `count`, `share`, `number` or `seconds`, or no `total`"),
            );
        }
    }
    mistakes
}

fn in_file_order<T>(map: BTreeMap<Spanned<String>, T>) -> Vec<(String, T)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter().map(|(name, value)| (name.into_inner(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::definition::ParamType;
    use super::*;

    const GOOD: &str = r#"-- ---
-- name     = "drop_off_points"
-- title    = "Where clients drop off"
-- question = "Where do journeys end?"
-- grain    = "one row per step"
-- reads    = ["steps"]
-- chart    = { kind = "bars", label = "step", value = "drops" }
-- [params]
-- since = { type = "date", help = "first start day" }
-- [columns]
-- step  = { help = "step", format = "text" }
-- drops = { help = "journeys that ended here", format = "count", total = "sum" }
-- began = { help = "journeys that came here", format = "count", total = "sum" }
-- share = { help = "drops of those", format = "share", total = ["drops", "began"] }
-- ---

select 1
"#;

    #[test]
    fn reads_a_header_in_file_order() {
        let query = parse("q.sql", "points", GOOD).unwrap();
        let names: Vec<_> = query.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["step", "drops", "began", "share"]);
        assert_eq!(query.sql, "select 1");
        assert_eq!(query.chapter, "points");
        assert_eq!(query.params[0].1.kind, ParamType::Date);
        assert_eq!(query.columns[1].1.total, Some(Total::Sum));
        assert_eq!(
            query.columns[3].1.total,
            Some(Total::Ratio { numerator: "drops".into(), denominator: "began".into() })
        );
        assert_eq!(
            query.chart,
            Some(Chart::Bars { label: vec!["step".into()], value: "drops".into(), by: None, top: 15 })
        );
    }

    #[test]
    fn reads_the_other_charts() {
        let lines = GOOD.replace(
            r#"{ kind = "bars", label = "step", value = "drops" }"#,
            r#"{ kind = "lines", x = "step", y = "drops", by = "step" }"#,
        );
        let chart = parse("q.sql", "", &lines).unwrap().chart;
        assert_eq!(chart, Some(Chart::Lines { x: "step".into(), y: "drops".into(), by: Some("step".into()) }));
        let pair = GOOD.replace(r#"label = "step""#, r#"label = ["step", "share"], top = 3"#);
        let Some(Chart::Bars { label, top, .. }) = parse("q.sql", "", &pair).unwrap().chart else { panic!() };
        assert_eq!((label.len(), top), (2, 3));
    }

    fn error_of(text: &str) -> String {
        parse("q.sql", "points", text).unwrap_err().to_string()
    }

    #[test]
    fn says_where_an_unknown_key_stands_and_what_was_meant() {
        let error = error_of(&GOOD.replace("-- question", "-- qestion "));
        assert!(error.contains("unknown field `qestion`"), "{error}");
        assert!(error.contains("q.sql:4"), "{error}");
        assert!(error.contains("did you mean `question`?"), "{error}");
    }

    #[test]
    fn says_what_a_format_can_be() {
        let error = error_of(&GOOD.replace(r#"format = "share""#, r#"format = "shares""#));
        assert!(error.contains("unknown variant `shares`") && error.contains("q.sql:14"), "{error}");
        assert!(error.contains("did you mean `share`?"), "{error}");
    }

    #[test]
    fn shows_undeclared_columns_together() {
        let error =
            error_of(&GOOD.replace(r#"value = "drops""#, r#"value = "drop""#).replace(r#""began"]"#, r#""begun"]"#));
        assert!(error.contains("column `drop` is not declared") && error.contains("chart (q.sql:7)"), "{error}");
        assert!(error.contains("column `begun` is not declared"), "{error}");
        assert!(error.contains("did you mean `began`?"), "{error}");
    }

    #[test]
    fn refuses_totals_that_are_not_numbers() {
        let error = error_of(&GOOD.replace(r#"help = "step", format = "text""#, r#"help = "step", total = "sum""#));
        assert!(error.contains("column `step` has a total, but is not a number"), "{error}");
        let error = error_of(&GOOD.replace(r#"total = ["drops", "began"]"#, r#"total = "mean""#));
        assert!(error.contains("unknown total `mean`"), "{error}");
    }

    #[test]
    fn wants_a_header_that_opens_and_closes_and_sql_after_it() {
        assert!(error_of("select 1").contains("does not open with a header"));
        assert!(error_of("").contains("does not open with a header"));
        assert!(error_of("-- ---\n-- name = \"a\"\n").contains("is not closed"));
        assert!(error_of("-- ---\nselect 1\n-- ---\n").contains("is not a comment"));
        assert!(error_of(&GOOD.replace("select 1", "")).contains("has no SQL"));
        assert!(error_of(&GOOD.replace("drop_off_points", "Drop-off")).contains("cannot be the name of a query"));
    }
}
