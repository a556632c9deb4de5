//! The texts of a chart: values as labels, names of columns as words.

use chrono_tz::Tz;

use super::super::format::show;
use crate::query::{Cell, Table};

/// Width of every chart, in pixels of the page.
pub(super) const WIDTH: i32 = 860;

/// A value as a label: a dash for null.
pub(super) fn label(table: &Table, row: &[Cell], column: usize, timezone: Tz) -> String {
    match &row[column] {
        Cell::Null => "–".to_owned(),
        cell => show(cell, table.columns[column].format, timezone),
    }
}

/// A column's name, as words.
pub(super) fn words(column: &str) -> String {
    column.replace('_', " ")
}
