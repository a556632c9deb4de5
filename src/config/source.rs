//! `[[source]]`: one kind of log: its files, how they are read, and what their columns mean.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::model::{Duplicates, SameName, Source};
use super::walk::{Table, Value};
use super::{columns, format, measures, timezone};

const KEYS: [&str; 14] = [
    "name",
    "files",
    "format",
    "delimiter",
    "quote",
    "decimal",
    "encoding",
    "timezone",
    "channel",
    "columns",
    "measures",
    "skip",
    "duplicates",
    "same_name",
];

/// Reads every source, in order, and says of each whether it is sound; those with mistakes hold placeholders.
pub(super) fn read(root: &Table<'_>) -> (Vec<Source>, Vec<bool>) {
    let tables = root.sections("source", &KEYS);
    if tables.is_empty() {
        let mistake = root.mistake(format!("{} has no `[[source]]`", root.place()));
        root.report(mistake.hint("`dropoff demo` makes a sample project with three"));
    }
    let sources: Vec<Source> = tables.iter().map(source).collect();
    // What has been reported since a source began, and before the next, is about it.
    let ends = sources.iter().skip(1).map(|source| source.line).chain([usize::MAX]);
    let of_source = |(source, end): (&Source, usize)| !root.document().has_mistake_in(source.line..end);
    let is_sound = sources.iter().zip(ends).map(of_source).collect();
    refuse_same_names(root, &sources);
    measures::refuse_conflicts(root.document(), &sources);
    (sources, is_sound)
}

fn source(table: &Table<'_>) -> Source {
    let name = table.need("name").and_then(|value| value.text()).unwrap_or_default();
    let files = table.need("files").map(|value| files(&value)).unwrap_or_default();
    let duplicates =
        [("across_files", Duplicates::AcrossFiles), ("drop", Duplicates::Drop), ("keep", Duplicates::Keep)];
    let same_name = [("replaces", SameName::Replaces), ("adds", SameName::Adds)];
    Source {
        name: name.to_owned(),
        line: table.line(),
        format: format::read(table, &files),
        timezone: table.get("timezone").and_then(|value| timezone::read(&value)).unwrap_or(Tz::UTC),
        columns: columns::read(table),
        measures: measures::read(table),
        skip: table.get("skip").and_then(|value| value.sql()),
        mapping: mapping(table),
        duplicates: table
            .get("duplicates")
            .and_then(|value| value.choice(&duplicates))
            .unwrap_or(Duplicates::AcrossFiles),
        same_name: table.get("same_name").and_then(|value| value.choice(&same_name)).unwrap_or(SameName::ByTimes),
        files,
    }
}

/// What its rows are read by: everything but its name, where its files are, and what a file of a known name is.
fn mapping(table: &Table<'_>) -> BTreeMap<String, String> {
    let mut mapping = table.flat();
    mapping.retain(|key, _| !["name", "files", "same_name"].contains(&key.as_str()) && !key.starts_with("files["));
    mapping
}

/// One file pattern, or a list of them.
fn files(value: &Value<'_>) -> Vec<String> {
    if value.as_text().is_some() {
        return pattern(value).into_iter().collect();
    }
    let expected = "a file pattern such as \"logs/web-*.csv\", or a list of them";
    let Some(items) = value.list(expected) else { return Vec::new() };
    if items.is_empty() {
        value.refuse(expected);
    }
    items.iter().filter_map(pattern).collect()
}

fn pattern(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if let Err(problem) = glob::Pattern::new(text) {
        value.report(value.wrong().fact("problem", format!("not a file pattern: {}", problem.msg)));
    }
    Some(text.to_owned())
}

fn refuse_same_names(root: &Table<'_>, sources: &[Source]) {
    let document = root.document();
    let mut first_lines: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.name.is_empty()) {
        if let Some(first_line) = first_lines.get(source.name.as_str()) {
            let mistake = document.mistake(source.line, format!("two sources have the name `{}`", source.name));
            document.report(source.line, mistake.fact("first", document.place_of(*first_line)));
        } else {
            first_lines.insert(&source.name, source.line);
        }
    }
}
