//! Rows of SQL against rows that are known, both as text.
//!
//! In: an engine and SQL, the rows expected. A test fails with the rows that differ, by the cells that tell them apart. It
//! panics where SQL answers with a value that known rows do not have: fractions, flags.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::ScalarValue;
use dropoff::engine::Engine;
use dropoff::query::Cell;
use dropoff::query::plain::hex_text;

use crate::project::{ok, rows};

/// The rows of SQL; `moment` writes microseconds as the known rows have them.
pub async fn found(engine: &Engine, sql: &str, moment: fn(i64) -> String) -> Vec<Vec<String>> {
    let written = |cell: &Cell| match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Int(value) => value.to_string(),
        Cell::Moment(micros) => moment(*micros),
        Cell::Float(_) | Cell::Bool(_) | Cell::Local(_) | Cell::Day(_) => panic!("no known row holds such a value"),
    };
    rows(engine, sql).await.iter().map(|row| row.iter().map(written).collect()).collect()
}

/// The pseudonym of a client, in hexadecimal digits.
pub fn pseudonym(engine: &Engine, id: &str) -> String {
    match ok(engine.client(id)) {
        ScalarValue::FixedSizeBinary(16, Some(bytes)) => hex_text(&bytes),
        other => panic!("`{other}` is no pseudonym"),
    }
}

/// Compares rows by their first `keys` cells, which tell them apart.
pub fn assert_same(name: &str, keys: usize, expected: &[Vec<String>], found: &[Vec<String>]) {
    const SHOWN: usize = 20;
    let (wanted, had) = (by_key(keys, expected), by_key(keys, found));
    let all: BTreeSet<&[String]> = wanted.keys().chain(had.keys()).copied().collect();
    let differing = all.iter().filter(|key| wanted.get(*key) != had.get(*key));
    let told = |row: Option<&&[String]>| row.map_or("nothing".to_owned(), |cells| cells.join(", "));
    let lines: Vec<String> = differing
        .map(|key| {
            format!("{}\n  expected {}\n  found    {}", key.join(", "), told(wanted.get(key)), told(had.get(key)))
        })
        .collect();
    let shown = &lines[..lines.len().min(SHOWN)];
    assert!(lines.is_empty(), "{} rows of {name} differ, among them\n{}", lines.len(), shown.join("\n"));
}

fn by_key(keys: usize, rows: &[Vec<String>]) -> BTreeMap<&[String], &[String]> {
    let by_key: BTreeMap<_, _> = rows.iter().map(|row| row.split_at(keys)).collect();
    assert_eq!(by_key.len(), rows.len(), "the first {keys} cells tell rows apart");
    by_key
}
