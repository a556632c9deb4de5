//! A table of the page: numbers on the right, help on the column names, totals at the foot.

use chrono_tz::Tz;

use super::super::answer::{Shown, Table};
use super::super::cell::Cell;
use super::super::format::show;
use super::super::query::Format;
use super::escape;

/// More rows than this are for a file, not for a page.
pub const MOST_ROWS: usize = 200;

/// Characters of a text that stays on one line.
const SHORT: usize = 24;

/// The table as HTML; the first rows where there are many.
pub fn table(table: &Table, timezone: Tz) -> String {
    let mut html = String::from("<div class=\"table\" tabindex=\"0\">\n<table>\n<thead>\n<tr>");
    table.columns.iter().for_each(|column| html.push_str(&head(column)));
    html.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in table.rows.iter().take(MOST_ROWS) {
        html.push_str("<tr>");
        for (value, column) in row.iter().zip(&table.columns) {
            html.push_str(&cell(value, column, timezone));
        }
        html.push_str("</tr>\n");
    }
    if let Some(others) = table.others(MOST_ROWS) {
        html.push_str(&summary("others", &others, table, timezone));
    }
    html.push_str("</tbody>\n");
    if let Some(totals) = &table.totals {
        html.push_str("<tfoot>\n");
        html.push_str(&summary("total", totals, table, timezone));
        html.push_str("</tfoot>\n");
    }
    html.push_str("</table>\n</div>\n");
    html
}

fn head(column: &Shown) -> String {
    let class = if column.numeric { " class=\"number\"" } else { "" };
    let title = if column.help.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(&column.help)) };
    format!("<th scope=\"col\"{class}{title}>{}</th>", escape(&column.name.replace('_', " ")))
}

fn cell(value: &Cell, column: &Shown, timezone: Tz) -> String {
    let mut classes = Vec::new();
    if matches!(value, Cell::Text(text) if text.chars().count() > SHORT) {
        classes.push("long");
    }
    if column.numeric {
        classes.push("number");
    }
    match column.format {
        Format::Id => classes.push("id"),
        Format::Time => classes.push("time"),
        Format::Share if value.number().is_some() => classes.push("share"),
        Format::Share
        | Format::Change
        | Format::Text
        | Format::Count
        | Format::Number
        | Format::Chance
        | Format::Seconds => {}
    }
    let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
    // A share has a bar behind it, as long as the share is large.
    let style = match value.number() {
        Some(share) if column.format == Format::Share => {
            format!(" style=\"--part: {:.1}%\"", share.clamp(0.0, 1.0) * 100.0)
        }
        _ => String::new(),
    };
    let text = match value {
        Cell::Null => "<span class=\"nothing\">–</span>".to_owned(),
        value => escape(&show(value, column.format, timezone)),
    };
    format!("<td{class}{style}>{text}</td>")
}

/// A row that stands for others, its name in the first cell where that is free.
fn summary(name: &str, values: &[Cell], table: &Table, timezone: Tz) -> String {
    let cell = |(index, (value, column)): (usize, (&Cell, &Shown))| {
        let class = if column.numeric { " class=\"number\"" } else { "" };
        let text = match value {
            Cell::Null if index == 0 => name.to_owned(),
            value => escape(&show(value, column.format, timezone)),
        };
        format!("<td{class}>{text}</td>")
    };
    let cells: String = values.iter().zip(&table.columns).enumerate().map(cell).collect();
    format!("<tr>{cells}</tr>\n")
}
