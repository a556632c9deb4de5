//! Walking over parsed TOML: typed access that reports what is wrong and goes on.
//!
//! A [`Table`] is opened with the keys it may have, and reports the others at once. A [`Value`] knows its key, place
//! and line; where it is not of the type asked for, it reports that and gives `None`. A section that the file lacks is
//! an empty table, so that every setting falls back to its default.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::document::Document;
use super::sql::Sql;
use crate::error::Error;

/// A table of the file, or an empty one in place of a table that is absent or wrong.
pub(super) struct Table<'d> {
    document: &'d Document<'d>,
    table: Option<&'d DeTable<'d>>,
    /// Something else stands in its place. That is reported, and no key of it is then reported as missing.
    is_wrong: bool,
    place: String,
    line: usize,
}

impl<'d> Table<'d> {
    /// The file's top level.
    pub(super) fn root(document: &'d Document<'d>, table: &'d DeTable<'d>, keys: &[&str]) -> Self {
        let place = format!("`{}`", document.file());
        let root = Table { document, table: Some(table), is_wrong: false, place, line: 0 };
        root.refuse_other_keys(keys);
        root
    }

    /// The section `[key]` of this table; `title` is its name in the file.
    pub(super) fn section(&self, key: &str, title: &str, keys: &[&str]) -> Table<'d> {
        let place = format!("`[{title}]`");
        let value = self.get(key);
        let section = value.as_ref().and_then(|value| value.table(&place, keys));
        let is_wrong = value.is_some();
        section.unwrap_or(Table { document: self.document, table: None, is_wrong, place, line: self.line })
    }

    /// The entries of the section `[key]`, whatever their keys, in the order of the file.
    pub(super) fn open_section(&self, key: &str, title: &str) -> Vec<(&'d str, Value<'d>)> {
        let open = self.get(key).and_then(|value| value.open_table(&format!("`[{title}]`")));
        open.map_or_else(Vec::new, |table| table.entries())
    }

    /// The tables of `[[key]]`, in order.
    pub(super) fn sections(&self, key: &str, keys: &[&str]) -> Vec<Table<'d>> {
        let place = format!("`[[{key}]]`");
        let Some(value) = self.get(key) else { return Vec::new() };
        match value.value {
            DeValue::Array(_) => {
                value.list("a section").unwrap_or_default().iter().filter_map(|item| item.table(&place, keys)).collect()
            }
            DeValue::Table(_) => {
                let mistake = value.mistake(format!("`[{key}]` is written with two brackets"));
                value.report(mistake.fact("found", format!("[{key}]")).fact("expected", format!("[[{key}]]")));
                value.table(&place, keys).into_iter().collect()
            }
            _ => {
                value.refuse(format!("sections written {place}"));
                Vec::new()
            }
        }
    }

    /// The value of a key, where there is one.
    pub(super) fn get(&self, key: &str) -> Option<Value<'d>> {
        let (key, value) = self.table?.get_key_value(key)?;
        Some(self.value(key, value))
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, key: &str) -> Option<Value<'d>> {
        let value = self.get(key);
        if value.is_none() && !self.is_wrong {
            self.report(self.mistake(format!("{} has no `{key}`", self.place)));
        }
        value
    }

    /// Every key and value, in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'d str, Value<'d>)> {
        let mut entries: Vec<_> = self.table.into_iter().flatten().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| (&**key.get_ref(), self.value(key, value))).collect()
    }

    fn value(&self, key: &'d Spanned<DeString<'d>>, value: &'d Spanned<DeValue<'d>>) -> Value<'d> {
        Value {
            document: self.document,
            value: value.get_ref(),
            key: key.get_ref().to_string(),
            place: self.place.clone(),
            line: self.document.line_at(key.span().start),
        }
    }

    fn refuse_other_keys(&self, keys: &[&str]) {
        for (key, value) in self.entries() {
            if !keys.contains(&key) {
                let mistake = value.mistake(format!("unknown key `{key}` in {}", self.place));
                value.report(mistake.fact("expected", one_of(keys)).did_you_mean(key, keys.iter().copied()));
            }
        }
    }

    /// Whether it has keys beside these.
    pub(super) fn has_other_keys(&self, keys: &[&str]) -> bool {
        self.entries().iter().any(|(key, _)| !keys.contains(key))
    }

    /// All keys in it, dotted where they are in tables of their own, and their values as they are written.
    pub(super) fn flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        self.entries().iter().for_each(|(key, value)| flatten(key, value.value, &mut flat));
        flat
    }

    /// Where the table begins.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// How mistakes call the table, in backticks.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The file the table stands in.
    pub(super) fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// A mistake about the table as a whole.
    pub(super) fn mistake(&self, message: impl Into<String>) -> Error {
        self.document.mistake(self.line, message)
    }

    /// Keeps a mistake about the table.
    pub(super) fn report(&self, mistake: Error) {
        self.document.report(self.line, mistake);
    }
}

/// A value of the file.
pub(super) struct Value<'d> {
    document: &'d Document<'d>,
    value: &'d DeValue<'d>,
    key: String,
    place: String,
    line: usize,
}

impl<'d> Value<'d> {
    /// Where the value stands.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The text, if the value is one; reports nothing.
    pub(super) fn as_text(&self) -> Option<&'d str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is a table; reports nothing.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// A text that is not blank.
    pub(super) fn text(&self) -> Option<&'d str> {
        let text = self.as_text().filter(|text| !text.trim().is_empty());
        self.checked(text, "a text that is not empty")
    }

    /// A text, or a number or truth value in its written form; may be empty.
    pub(super) fn cell(&self) -> Option<String> {
        let text = match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.to_string()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            _ => None,
        };
        self.checked(text, "a text")
    }

    /// A SQL expression, not yet parsed.
    pub(super) fn sql(&self) -> Option<Sql> {
        let text = self.as_text().filter(|text| !text.trim().is_empty());
        let text = self.checked(text, "a SQL expression, as text")?;
        Some(Sql { text: text.to_owned(), line: self.line })
    }

    /// `true` or `false`.
    pub(super) fn truth(&self) -> Option<bool> {
        self.checked(self.value.as_bool(), "true or false")
    }

    /// A whole number, zero or more.
    pub(super) fn count(&self) -> Option<usize> {
        let number = self.value.as_integer().and_then(|number| number.to_string().replace('_', "").parse().ok());
        self.checked(number, "a whole number, such as 1000")
    }

    /// The meaning of one of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let Some(text) = self.as_text() else {
            self.refuse(one_of(&words));
            return None;
        };
        let choice = choices.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if choice.is_none() {
            self.report(self.unknown(&self.key, text).fact("expected", one_of(&words)).did_you_mean(text, words));
        }
        choice
    }

    /// The items of a list.
    pub(super) fn list(&self, expected: &str) -> Option<Vec<Value<'d>>> {
        let items = self.checked(self.value.as_array(), expected)?;
        let item = |item: &'d Spanned<DeValue<'d>>| Value {
            document: self.document,
            value: item.get_ref(),
            key: self.key.clone(),
            place: self.place.clone(),
            line: self.document.line_at(item.span().start),
        };
        Some(items.iter().map(item).collect())
    }

    /// A table with no other keys than these; `place` is how mistakes call it.
    pub(super) fn table(&self, place: &str, keys: &[&str]) -> Option<Table<'d>> {
        let table = self.open_table(place)?;
        table.refuse_other_keys(keys);
        Some(table)
    }

    /// A table with any keys.
    pub(super) fn open_table(&self, place: &str) -> Option<Table<'d>> {
        let table = self.checked(self.value.as_table(), "a table")?;
        let place = place.to_owned();
        Some(Table { document: self.document, table: Some(table), is_wrong: false, place, line: self.line })
    }

    /// How mistakes call a table in this place: `` `time` of `[source.columns]` ``.
    pub(super) fn as_place(&self) -> String {
        format!("`{}` of {}", self.key, self.place)
    }

    fn checked<T>(&self, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            self.refuse(expected);
        }
        value
    }

    /// Reports that something else was expected here.
    pub(super) fn refuse(&self, expected: impl Into<String>) {
        self.report(self.wrong().fact("expected", expected));
    }

    /// A mistake that shows what was found.
    pub(super) fn wrong(&self) -> Error {
        let found = match self.value {
            DeValue::String(text) if text.trim().is_empty() => "an empty text".to_owned(),
            DeValue::String(text) => format!("text `{text}`"),
            DeValue::Integer(number) => format!("number `{number}`"),
            DeValue::Float(number) => format!("number `{number}`"),
            DeValue::Boolean(truth) => format!("`{truth}`"),
            DeValue::Datetime(time) => format!("time `{time}`"),
            DeValue::Array(items) if items.is_empty() => "an empty list".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        self.mistake(format!("wrong value for `{}` in {}", self.key, self.place)).fact("found", found)
    }

    /// A mistake about a word that is none of the known ones: `` unknown family `technicl` in `[[cause]]` ``.
    pub(super) fn unknown(&self, what: &str, text: &str) -> Error {
        self.mistake(format!("unknown {what} `{text}` in {}", self.place))
    }

    /// A mistake on the line of this value.
    pub(super) fn mistake(&self, message: impl Into<String>) -> Error {
        self.document.mistake(self.line, message)
    }

    /// Keeps a mistake about this value.
    pub(super) fn report(&self, mistake: Error) {
        self.document.report(self.line, mistake);
    }
}

fn flatten(key: &str, value: &DeValue<'_>, flat: &mut BTreeMap<String, String>) {
    match value {
        DeValue::Table(table) => {
            for (name, value) in table {
                flatten(&format!("{key}.{}", name.get_ref()), value.get_ref(), flat);
            }
        }
        DeValue::Array(items) => {
            for (number, item) in (1..).zip(items.iter()) {
                flatten(&format!("{key}[{number}]"), item.get_ref(), flat);
            }
        }
        DeValue::String(text) => drop(flat.insert(key.to_owned(), text.to_string())),
        DeValue::Integer(number) => drop(flat.insert(key.to_owned(), number.to_string())),
        DeValue::Float(number) => drop(flat.insert(key.to_owned(), number.to_string())),
        DeValue::Boolean(truth) => drop(flat.insert(key.to_owned(), truth.to_string())),
        DeValue::Datetime(time) => drop(flat.insert(key.to_owned(), time.to_string())),
    }
}

/// ``one of `a`, `b` ``
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}
