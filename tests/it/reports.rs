//! Reports, asked by a test: the rows of an answer, each cell by the name of its column.
//!
//! In: an engine, the name of a report, parameters. Out: rows, in their order. It panics where there is no such report
//! or column, or a cell is of another kind.

use std::collections::BTreeMap;

use dropoff::engine::Engine;
use dropoff::query::{Cell, Params, QuerySet};

use crate::project::ok;

/// A row of a report.
#[derive(Debug)]
pub struct Row(BTreeMap<String, Cell>);

/// The rows of a report.
pub async fn report(engine: &Engine, name: &str, params: &[(&str, &str)]) -> Vec<Row> {
    let picked = ok(ok(QuerySet::load(None)).pick(&[name.to_owned()]));
    let params: Params = params.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let table = ok(ok(engine.answer(&picked[0], &params).await).table());
    let names: Vec<String> = table.columns.into_iter().map(|column| column.name).collect();
    table.rows.into_iter().map(|row| Row(names.iter().cloned().zip(row).collect())).collect()
}

/// The rows of SQL, each cell by the name of its column.
pub async fn named_rows(engine: &Engine, sql: &str) -> Vec<Row> {
    let (schema, _) = ok(engine.sql(sql).await);
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let rows = crate::project::rows(engine, sql).await;
    rows.into_iter().map(|row| Row(names.iter().cloned().zip(row).collect())).collect()
}

impl Row {
    #[track_caller]
    pub fn cell(&self, column: &str) -> &Cell {
        self.0.get(column).unwrap_or_else(|| panic!("there is no column `{column}`"))
    }

    /// A text; empty for null.
    #[track_caller]
    pub fn text(&self, column: &str) -> &str {
        match self.cell(column) {
            Cell::Text(text) => text,
            Cell::Null => "",
            other => panic!("`{column}` is {other:?}, and no text"),
        }
    }

    #[track_caller]
    pub fn number(&self, column: &str) -> f64 {
        let cell = self.cell(column);
        cell.number().unwrap_or_else(|| panic!("`{column}` is {cell:?}, and no number"))
    }
}

/// Equal, but for the order in which numbers were added up.
#[track_caller]
pub fn assert_near(name: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 + 1e-9 * expected.abs(), "{name}: {found}, not {expected}");
}
