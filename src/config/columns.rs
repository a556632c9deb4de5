//! `channel` and `[source.columns]` of a source: which log column fills which contact column.

use std::collections::BTreeMap;

use super::form;
use super::model::{ColumnForm, ContactColumn, Origin};
use super::walk::{Table, Value, one_of};

const DIRECTIONS: [&str; 3] = ["inbound", "outbound", "system"];

/// Reads the columns of a source. A column with a mistake is left out.
pub(super) fn read(source: &Table<'_>) -> BTreeMap<ContactColumn, ColumnForm> {
    let section = source.section("columns", "source.columns", &ContactColumn::ALL.map(ContactColumn::name));
    let mut forms = BTreeMap::new();
    for column in ContactColumn::ALL {
        let Some(value) = section.get(column.name()) else { continue };
        if let Some(form) = form::read(&value, Origin::Column, column.is_time()) {
            if column == ContactColumn::Direction {
                refuse_other_directions(&value, &form);
            }
            forms.insert(column, form);
        }
    }
    section.need(ContactColumn::Client.name());
    section.need(ContactColumn::Time.name());
    refuse_two_ends(&section);
    if let Some(form) = channel(source, &section) {
        forms.insert(ContactColumn::Channel, form);
    }
    forms
}

/// `channel` beside the columns: a text is a constant there. Channels have to be given in one of the two places.
fn channel(source: &Table<'_>, section: &Table<'_>) -> Option<ColumnForm> {
    let name = ContactColumn::Channel.name();
    match (source.get(name), section.get(name)) {
        (Some(value), Some(other)) => {
            let mistake = other.mistake(format!("`channel` is given twice in {}", source.place()));
            other.report(mistake.fact("first", source.document().place_of(value.line())));
            form::read(&value, Origin::Constant, false)
        }
        (Some(value), None) => form::read(&value, Origin::Constant, false),
        (None, Some(_)) => None,
        (None, None) => {
            let mistake = source.mistake(format!("{} has no `channel`", source.place()));
            let expected = "channel = \"web\" in `[[source]]`, or `channel` in `[source.columns]`";
            source.report(mistake.fact("expected", expected));
            None
        }
    }
}

fn refuse_two_ends(section: &Table<'_>) {
    let (end_time, duration) = (ContactColumn::EndTime.name(), ContactColumn::Duration.name());
    if let (Some(end), Some(length)) = (section.get(end_time), section.get(duration)) {
        let later = if end.line() > length.line() { end } else { length };
        let message = format!("{} has both `{end_time}` and `{duration}`", section.place());
        later.report(later.mistake(message).fact("expected", format!("one of `{end_time}`, `{duration}`")));
    }
}

/// Reports a word of the configuration that is no direction: a constant, a `default`, a value of `map`. Words of logs
/// are checked when they are read.
fn refuse_other_directions(value: &Value<'_>, form: &ColumnForm) {
    let constant = match &form.origin {
        Origin::Constant(constant) if form.map.is_empty() => Some(constant),
        _ => None,
    };
    for word in form.map.values().chain(&form.default).chain(constant) {
        if !word.is_empty() && !DIRECTIONS.contains(&word.as_str()) {
            let mistake = value.unknown("direction", word).fact("expected", one_of(&DIRECTIONS));
            value.report(mistake.did_you_mean(word, DIRECTIONS));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file::parse;

    /// The first mistake of a source with this further column.
    fn mistake(column: &str) -> String {
        let source = "[[source]]\nname = 'a'\nfiles = 'a.csv'\nchannel = 'web'\n";
        let text = format!("{source}[source.columns]\nclient = 'id'\ntime = 'at'\n{column}");
        parse(&text, Path::new("x.toml")).unwrap_err().mistakes()[0].message.clone()
    }

    #[test]
    fn reads_every_form() {
        let text = r#"[[source]]
name = "calls"
files = "calls.csv"
channel = { column = "canal", map = { TEL = "phone" }, default = "agency" }
[source.columns]
client = "id"
time = { columns = ["date", "hour"], format = "%d/%m/%Y %H:%M:%S" }
direction = { constant = "inbound" }
outcome = { sql = "case when answered = 'N' then 'hung_up' end" }
"#;
        let config = parse(text, Path::new("x.toml")).unwrap();
        let columns = &config.sources[0].columns;
        let channel = &columns[&ContactColumn::Channel];
        assert_eq!((channel.map["TEL"].as_str(), channel.default.as_deref()), ("phone", Some("agency")));
        let origin = |column: ContactColumn| &columns[&column].origin;
        assert!(matches!(origin(ContactColumn::Time), Origin::Columns(names) if *names == ["date", "hour"]));
        assert!(matches!(origin(ContactColumn::Direction), Origin::Constant(word) if word == "inbound"));
        assert!(matches!(origin(ContactColumn::Outcome), Origin::Sql(sql) if sql.line == 9));
    }

    #[test]
    fn refuses_forms_that_say_nothing_or_too_much() {
        let expected = [
            ("step = { map = { a = 'b' } }", "`step` of `[source.columns]` does not say where its values come from"),
            ("step = { column = 'a', sql = 'b' }", "`step` of `[source.columns]` has both `column` and `sql`"),
            ("step = { columns = [] }", "wrong value for `columns` in `step` of `[source.columns]`"),
            ("step = { colum = 'a', column = 'b' }", "unknown key `colum` in `step` of `[source.columns]`"),
            ("stepp = 'page'", "unknown key `stepp` in `[source.columns]`"),
            ("channel = 'canal'", "`channel` is given twice in `[[source]]`"),
            ("direction = { constant = 'in' }", "unknown direction `in` in `[source.columns]`"),
        ];
        for (column, message) in expected {
            assert_eq!(mistake(column), message);
        }
    }

    #[test]
    fn refuses_formats_that_read_no_time() {
        for format in ["dd/mm/yyyy", "%d/%m/%Q", "epoch"] {
            let column = format!("promised_by = {{ column = 'p', format = '{format}' }}");
            assert_eq!(mistake(&column), "wrong value for `format` in `promised_by` of `[source.columns]`");
        }
    }
}
