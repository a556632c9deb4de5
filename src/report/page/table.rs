//! A table of the page: numbers on the right, help on the column names, totals at the foot.
//!
//! In: a decoded [`Table`]. Out: a `table` in a box that scrolls. Cannot fail.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::format::show;
use crate::query::{Cell, Shown, Table, ValueFormat};
use crate::visible::one_line;

/// More rows than this are for a file, not for a page.
pub const MOST_ROWS: usize = 200;

/// Characters of a text that stays on one line.
const SHORT: usize = 24;

/// The table as HTML; the first rows where there are many.
pub fn table(table: &Table, timezone: Tz) -> Markup {
    html! {
        div.table tabindex="0" {
            table {
                thead {
                    tr {
                        @for column in &table.columns { (head(column)) }
                    }
                    "\n"
                }
                tbody {
                    @for values in table.rows.iter().take(MOST_ROWS) {
                        (row(values, table, timezone))
                    }
                    @if let Some(others) = table.others(MOST_ROWS) {
                        (summary("others", &others, table, timezone))
                    }
                }
                @if let Some(totals) = &table.totals {
                    tfoot { (summary("total", totals, table, timezone)) }
                }
            }
        }
    }
}

fn head(column: &Shown) -> Markup {
    let help = (!column.help.is_empty()).then(|| one_line(&column.help));
    html! {
        th scope="col" class=[number(column)] title=[help] { (one_line(&column.name.replace('_', " "))) }
    }
}

fn row(values: &[Cell], table: &Table, timezone: Tz) -> Markup {
    html! {
        tr {
            @for (value, column) in values.iter().zip(&table.columns) { (cell(value, column, timezone)) }
        }
        "\n"
    }
}

fn cell(value: &Cell, column: &Shown, timezone: Tz) -> Markup {
    html! {
        td class=[classes(value, column)] style=[bar(value, column)] {
            @match value {
                Cell::Null => span.nothing { "–" },
                value => (show(value, column.format, timezone)),
            }
        }
    }
}

/// A row that stands for others, its name in the first cell where that is free.
fn summary(name: &str, values: &[Cell], table: &Table, timezone: Tz) -> Markup {
    html! {
        tr {
            @for (index, (value, column)) in values.iter().zip(&table.columns).enumerate() {
                td class=[number(column)] {
                    @match value {
                        Cell::Null if index == 0 => (name),
                        value => (show(value, column.format, timezone)),
                    }
                }
            }
        }
        "\n"
    }
}

/// The class of a column on the right.
fn number(column: &Shown) -> Option<&'static str> {
    column.numeric.then_some("number")
}

/// The classes of a value, if it has any.
fn classes(value: &Cell, column: &Shown) -> Option<String> {
    let is_long = matches!(value, Cell::Text(text) if text.chars().count() > SHORT);
    let format = match column.format {
        ValueFormat::Id => Some("id"),
        ValueFormat::Time => Some("time"),
        ValueFormat::Share => value.number().map(|_| "share"),
        ValueFormat::Change
        | ValueFormat::Text
        | ValueFormat::Count
        | ValueFormat::Number
        | ValueFormat::Chance
        | ValueFormat::Seconds => None,
    };
    let classes: Vec<&str> = [is_long.then_some("long"), number(column), format].into_iter().flatten().collect();
    (!classes.is_empty()).then(|| classes.join(" "))
}

/// A share has a bar behind it, as long as the share is large.
fn bar(value: &Cell, column: &Shown) -> Option<String> {
    let share = value.number().filter(|_| column.format == ValueFormat::Share)?;
    Some(format!("--part: {:.1}%", share.clamp(0.0, 1.0) * 100.0))
}
