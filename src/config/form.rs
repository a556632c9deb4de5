//! The form of one column: where the text of its cells comes from, and what is done to it.
//!
//! ```toml
//! step = "page"
//! time = { columns = ["date", "hour"], format = "%d/%m/%Y %H:%M:%S" }
//! motive = { column = "motif", map = { CDE = "order" }, default = "other" }
//! outcome = { sql = "case when wait_s > 60 then 'hang_up' end" }
//! ```

use std::collections::BTreeMap;

use chrono::format::{Item, StrftimeItems};

use super::model::{ColumnForm, Origin};
use super::walk::{Table, Value, one_of};

/// The keys that a form can have.
pub(super) const KEYS: [&str; 7] = ["column", "columns", "constant", "sql", "format", "map", "default"];

/// The keys that say where values come from; a form has exactly one.
const ORIGINS: [&str; 4] = ["column", "columns", "constant", "sql"];

/// Formats of times that count from 1970.
const EPOCH_FORMATS: [&str; 2] = ["epoch_s", "epoch_ms"];

/// Reads a text, whose meaning is `plain`, or a table. `is_time` says whether a `format` makes sense.
pub(super) fn read(value: &Value<'_>, plain: fn(String) -> Origin, is_time: bool) -> Option<ColumnForm> {
    if value.is_table() {
        return read_table(&value.table(&value.as_place(), &KEYS)?, is_time);
    }
    match value.as_text().filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(of_origin(plain(text.to_owned()), value.line())),
        None => {
            value.refuse("a text, or a table such as { column = \"page\" }");
            None
        }
    }
}

/// A form that takes its values as they are.
pub(super) fn of_origin(origin: Origin, line: usize) -> ColumnForm {
    ColumnForm { origin, format: None, map: BTreeMap::new(), default: None, line }
}

/// Reads the table of a form, whose keys are checked already.
pub(super) fn read_table(table: &Table<'_>, is_time: bool) -> Option<ColumnForm> {
    let origin = origin(table);
    let format = table.get("format").and_then(|value| {
        if !is_time {
            value.report(value.mistake(format!("`format` is for times only, not for {}", table.place())));
            return None;
        }
        time_format(&value)
    });
    let map = map(table);
    let default = table.get("default").and_then(|value| value.cell());
    Some(ColumnForm { origin: origin?, format, map: map?, default, line: table.line() })
}

fn origin(table: &Table<'_>) -> Option<Origin> {
    let mut given = ORIGINS.iter().filter_map(|key| Some((*key, table.get(key)?)));
    let Some((key, value)) = given.next() else {
        let mistake = table.mistake(format!("{} does not say where its values come from", table.place()));
        table.report(mistake.fact("expected", one_of(&ORIGINS)));
        return None;
    };
    if let Some((other, other_value)) = given.next() {
        let mistake = other_value.mistake(format!("{} has both `{key}` and `{other}`", table.place()));
        other_value.report(mistake.fact("expected", one_of(&ORIGINS)));
        return None;
    }
    match key {
        "column" => value.text().map(|column| Origin::Column(column.to_owned())),
        "columns" => columns(&value).map(Origin::Columns),
        "constant" => value.cell().map(Origin::Constant),
        _ => value.sql().map(Origin::Sql),
    }
}

fn columns(value: &Value<'_>) -> Option<Vec<String>> {
    let expected = "a list of log columns";
    let items = value.list(expected)?;
    if items.is_empty() {
        value.refuse(expected);
    }
    let names: Vec<String> = items.iter().filter_map(|item| item.text().map(str::to_owned)).collect();
    (!items.is_empty() && names.len() == items.len()).then_some(names)
}

/// Empty where there is no `map`; `None` where it holds a mistake.
fn map(table: &Table<'_>) -> Option<BTreeMap<String, String>> {
    let Some(value) = table.get("map") else { return Some(BTreeMap::new()) };
    let entries = value.open_table(&value.as_place())?.entries();
    let cells: Vec<_> = entries.iter().map(|(key, value)| ((*key).to_owned(), value.cell())).collect();
    cells.into_iter().map(|(key, cell)| Some((key, cell?))).collect()
}

fn time_format(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let mut items = StrftimeItems::new(text);
    let is_known = items.clone().all(|item| !matches!(item, Item::Error));
    let reads_something = items.any(|item| matches!(item, Item::Numeric(..) | Item::Fixed(_)));
    let is_a_format = EPOCH_FORMATS.contains(&text) || (is_known && reads_something);
    if !is_a_format {
        let mistake =
            value.wrong().fact("expected", "a strftime format such as `%d/%m/%Y %H:%M:%S`, `epoch_s` or `epoch_ms`");
        value.report(mistake.did_you_mean(text, EPOCH_FORMATS));
    }
    Some(text.to_owned())
}
