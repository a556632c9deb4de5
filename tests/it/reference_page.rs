//! The tables of `docs/reference.md` that tell of columns are those that the columns declare.
//!
//! In: the declared columns, and the page. Fails where a table of the page says anything else; `DROPOFF_BLESS=1` writes it.

use arrow::datatypes::{DataType, Field};
use dropoff::journey::{Column, Grain};

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

fn table(columns: &[Column]) -> String {
    let row = |column: &Column| {
        let field = column.field();
        format!("| `{}` | {} | {} |\n", column.name, shown_type(&field), column.help)
    };
    let rows: String = columns.iter().map(row).collect();
    format!("| column | type | meaning |\n|---|---|---|\n{rows}")
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
        let expected = table(grain.columns());
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
