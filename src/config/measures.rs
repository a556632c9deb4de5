//! `[source.measures]`: further columns of a log, typed, under names of the user's own.

use std::collections::BTreeMap;

use arrow::datatypes::Field;

use super::document::Document;
use super::form;
use super::model::{Measure, MeasureType, Origin, Source};
use super::walk::{Table, Value};
use crate::journey::{journey_fields, step_fields};
use crate::schema;

const KEYS: [&str; 8] = ["column", "columns", "constant", "sql", "type", "format", "map", "default"];

const TYPES: [MeasureType; 5] =
    [MeasureType::Int, MeasureType::Float, MeasureType::Text, MeasureType::Bool, MeasureType::Time];

/// Reads the measures of a source, in the order of the file. A measure with a mistake is left out.
pub(super) fn read(source: &Table<'_>) -> Vec<Measure> {
    let entries = source.open_section("measures", "source.measures");
    entries.iter().filter_map(|(name, value)| measure(name, value)).collect()
}

fn measure(name: &str, value: &Value<'_>) -> Option<Measure> {
    refuse_taken(name, value);
    let name = name.to_owned();
    if !value.is_table() {
        let form = form::read(value, Origin::Column, false)?;
        return Some(Measure { name, kind: MeasureType::Text, form });
    }
    let table = value.table(&value.as_place(), &KEYS)?;
    let kind = match table.get("type") {
        Some(value) => value.choice(&TYPES.map(|kind| (type_name(kind), kind))),
        None => Some(MeasureType::Text),
    };
    // Where the type is wrong, a `format` is not judged.
    let form = form::read_table(&table, matches!(kind, None | Some(MeasureType::Time)));
    Some(Measure { name, kind: kind?, form: form? })
}

/// Measures stand beside the columns of `contacts`, `steps` and `journeys`, and cannot share their names.
fn refuse_taken(name: &str, value: &Value<'_>) {
    let tables = [
        (schema::table::CONTACTS, schema::contact_fields()),
        (schema::table::STEPS, step_fields()),
        (schema::table::JOURNEYS, journey_fields()),
    ];
    let is_taken = |fields: &[Field]| fields.iter().any(|field| field.name().eq_ignore_ascii_case(name));
    if name.trim().is_empty() {
        value.report(value.mistake("a measure has an empty name"));
    } else if let Some((table, _)) = tables.iter().find(|(_, fields)| is_taken(fields)) {
        let mistake = value.mistake(format!("measure `{name}` has the name of a column of `{table}`"));
        value.report(mistake.hint("give the measure another name"));
    }
}

/// Reports measures that have one type in a source and another in a later one: they are one column of `contacts`.
pub(super) fn refuse_conflicts(document: &Document<'_>, sources: &[Source]) {
    let mut firsts: BTreeMap<String, &Measure> = BTreeMap::new();
    for measure in sources.iter().flat_map(|source| &source.measures) {
        let first = *firsts.entry(measure.name.to_lowercase()).or_insert(measure);
        if first.name != measure.name {
            let line = measure.form.line;
            let mistake =
                document.mistake(line, format!("measure `{}` differs from another only in case", measure.name));
            let first_place = document.place_of(first.form.line);
            document.report(line, mistake.fact("first", format!("`{}` ({first_place})", first.name)));
        }
        if first.kind != measure.kind {
            let line = measure.form.line;
            let first_place = document.place_of(first.form.line);
            let mistake = document.mistake(line, format!("measure `{}` has two types", measure.name));
            let mistake = mistake.fact("found", format!("`{}`", type_name(measure.kind)));
            document.report(line, mistake.fact("first", format!("`{}` ({first_place})", type_name(first.kind))));
        }
    }
}

fn type_name(kind: MeasureType) -> &'static str {
    match kind {
        MeasureType::Int => "int",
        MeasureType::Float => "float",
        MeasureType::Text => "text",
        MeasureType::Bool => "bool",
        MeasureType::Time => "time",
    }
}
