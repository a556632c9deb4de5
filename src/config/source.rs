//! `[[source]]`: one kind of log: its files, how they are read, and what their columns mean.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::model::{Duplicates, SameName, Source};
use super::walk::{Table, Value};
use super::{columns, format, measures, timezone};

/// The keys of a source, those of its format among them.
fn keys() -> Vec<&'static str> {
    let mut keys = vec!["name", "files", "format"];
    keys.extend(format::keys());
    keys.extend(["timezone", "channel", "columns", "measures", "skip", "duplicates", "same_name"]);
    keys
}

/// How much of a source is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Sound,
    /// It has mistakes, but not in how its files are read.
    CanBeRead,
    Unreadable,
}

/// Reads every source, in order; those with mistakes hold placeholders.
pub(super) fn read(root: &Table<'_>) -> (Vec<Source>, Vec<State>) {
    let tables = root.sections("source", &keys());
    if tables.is_empty() {
        let mistake = root.mistake(format!("{} has no `[[source]]`", root.place()));
        root.report(mistake.hint("`dropoff demo` makes a sample project with three"));
    }
    let (sources, can_be_read): (Vec<Source>, Vec<bool>) = tables.iter().map(source).unzip();
    // A mistake on a line from the start of a source up to the next one is about that source.
    let ends = sources.iter().skip(1).map(|source| source.line).chain([usize::MAX]);
    let state = |((source, can_be_read), end): ((&Source, bool), usize)| match (
        root.document().has_mistake_in(source.line..end),
        can_be_read,
    ) {
        (false, _) => State::Sound,
        (true, true) => State::CanBeRead,
        (true, false) => State::Unreadable,
    };
    let states = sources.iter().zip(can_be_read).zip(ends).map(state).collect();
    refuse_same_names(root, &sources);
    measures::refuse_conflicts(root.document(), &sources);
    (sources, states)
}

/// A source, and whether it is known how its files are read.
fn source(table: &Table<'_>) -> (Source, bool) {
    // An unknown key may be meant as one that says how files are read.
    let is_known = !table.has_other_keys(&keys());
    let name = table.need("name").and_then(|value| value.text()).unwrap_or_default();
    let files = table.need("files").map(|value| files(&value)).unwrap_or_default();
    let duplicates =
        [("across_files", Duplicates::AcrossFiles), ("drop", Duplicates::Drop), ("keep", Duplicates::Keep)];
    let same_name = [("replaces", SameName::Replaces), ("adds", SameName::Adds)];
    let before = table.document().mistakes();
    let format = format::read(table, &files);
    let can_be_read = is_known && table.document().mistakes() == before;
    let source = Source {
        name: name.to_owned(),
        line: table.line(),
        format,
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
    };
    (source, can_be_read)
}

/// The keys that say how its rows are read: all but `name`, `files` and `same_name`.
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
