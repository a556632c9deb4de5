//! The tables of `docs/reference.md` that tell of columns are those that the columns declare.
//!
//! In: the declared columns, and the page. Fails where a table of the page says anything else; `DROPOFF_BLESS=1` writes it.

use arrow::datatypes::{DataType, Field};
use dropoff::journey::{Column, Grain, InConditions, STEP_COLUMNS};

use crate::project::repository;

/// The type of a column as the page has it.
fn shown_type(field: &Field) -> String {
    let name = match field.data_type() {
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::Float64 => "float",
        DataType::Boolean => "bool",
        DataType::Utf8 => "text",
        DataType::Dictionary(_, _) => "word",
        DataType::FixedSizeBinary(_) => "id",
        DataType::Timestamp(_, _) => "time",
        DataType::List(_) => "list of text",
        other => panic!("the page has no name for the type {other}"),
    };
    if field.is_nullable() { name.to_owned() } else { format!("{name}, not null") }
}

fn table(grain: Grain) -> String {
    // Conditions are about contacts.
    let has_conditions = grain == Grain::Steps;
    let row = |column: &Column| {
        let condition = match (has_conditions, column.in_conditions) {
            (false, _) => "",
            (true, InConditions::Never) => " – |",
            (true, InConditions::LooksBack) => " looks back |",
            (true, InConditions::LooksAhead) => " looks ahead |",
        };
        format!("| `{}` | {} |{condition} {} |\n", column.name, shown_type(&column.field()), column.help)
    };
    let rows: String = grain.columns().iter().map(row).collect();
    let head = match has_conditions {
        true => "| column | type | in conditions | meaning |\n|---|---|---|---|",
        false => "| column | type | meaning |\n|---|---|---|",
    };
    format!("{head}\n{rows}")
}

#[test]
fn the_reference_page_has_the_declared_columns() {
    let path = repository("docs/reference.md");
    let mut page = std::fs::read_to_string(&path).expect("docs/reference.md is there");
    for grain in [Grain::Steps, Grain::Journeys] {
        let heading = format!("\n### `{}`\n", grain.table());
        let start = page.find(&heading).expect("the page has a heading of the table") + heading.len();
        let begins = start + page[start..].find("| column |").expect("a table stands under the heading");
        let ends = begins + page[begins..].find("\n\n").expect("a table ends with an empty line") + 1;
        let expected = table(grain);
        if page[begins..ends] != expected && std::env::var_os("DROPOFF_BLESS").is_some() {
            page.replace_range(begins..ends, &expected);
            std::fs::write(&path, &page).expect("docs/reference.md can be written");
        }
        let (_, after) = page.split_at(begins);
        assert!(
            after.starts_with(&expected),
            "docs/reference.md, `{}`: expected (DROPOFF_BLESS=1 writes it)\n{expected}",
            grain.table()
        );
    }
}

/// A column that nobody derives on their own is held to nothing.
#[test]
fn the_reference_derives_every_column_of_steps() {
    let step = format!("{:?}", crate::reference::Step::default());
    let is_derived = |name: &str| step.contains(&format!(" {name}: "));
    // The reference numbers journeys in place of ids.
    let missing: Vec<&str> = STEP_COLUMNS
        .iter()
        .map(|column| column.name)
        .filter(|name| *name != "journey_id" && !is_derived(name))
        .collect();
    assert!(missing.is_empty(), "tests/it/reference.rs has no {}", missing.join(", "));
}
