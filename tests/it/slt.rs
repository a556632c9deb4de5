//! The `.slt` files: SQL, and the rows it must give.
//!
//! In: a file, and an engine over the store it speaks of. Out: what does not hold, each with its line. In place of SQL,
//! `report exits since=2026-01-02` answers that query file with these parameters. Values stand as text: `NULL`,
//! `(empty)`, fractions with three decimals, times as `2026-01-01T10:00:00Z`, lists joined by commas.
//!
//! The files in `tests/slt` open with a tiny log, for which see `tiny_logs`.

use std::future::ready;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta};
use dropoff::engine::Engine;
use dropoff::error::{Error, Result};
use dropoff::query::plain::{ARROW, joined_value, plain};
use dropoff::query::{Cell, Params, QuerySet};
use sqllogictest::{
    AsyncDB, DBOutput, DefaultColumnType, MakeConnection, Runner, default_normalizer, default_validator, parse_file,
    strict_column_validator,
};

use crate::project::{list, ok, repository};
use crate::tiny_logs;

/// Every file of `tests/slt` holds over its own tiny log.
#[tokio::test(flavor = "multi_thread")]
async fn reports_answer_their_tiny_logs() {
    let blessing = std::env::var_os("DROPOFF_BLESS").is_some();
    let mut failures = Vec::new();
    for path in list(&repository("tests/slt")) {
        let text = std::fs::read_to_string(&path).expect("a .slt file can be read");
        let project = tiny_logs::project(&text);
        let opened = match project.ingest().await {
            Ok(_) => project.open().await,
            Err(error) => Err(error),
        };
        match opened {
            Err(error) => failures.push(format!("{}\n{error}", path.display())),
            Ok(engine) if blessing => bless(&path, engine).await,
            Ok(engine) => failures.extend(check(&path, engine).await),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs all of a file; every failure says where it is.
pub async fn check(path: &Path, engine: Engine) -> Vec<String> {
    let mut runner = runner(engine);
    let records = match parse_file::<DefaultColumnType>(path) {
        Ok(records) => records,
        Err(error) => return vec![format!("{}: {error}", path.display())],
    };
    let mut failures = Vec::new();
    for record in records {
        if let Err(error) = runner.run_async(record).await {
            failures.push(error.to_string());
        }
    }
    failures
}

/// Writes the rows that were found into the file.
async fn bless(path: &Path, engine: Engine) {
    let mut runner = runner(engine);
    let blessed =
        runner.update_test_file(path, " ", default_validator, default_normalizer, strict_column_validator).await;
    blessed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn runner(engine: Engine) -> Runner<Session, impl MakeConnection<Conn = Session>> {
    let session = Session { engine: Arc::new(engine), queries: Arc::new(ok(QuerySet::load(None))) };
    let mut runner = Runner::new(move || ready(Ok::<_, Error>(session.clone())));
    runner.with_column_validator(strict_column_validator);
    runner
}

/// An engine as sqllogictest asks it.
#[derive(Clone)]
struct Session {
    engine: Arc<Engine>,
    queries: Arc<QuerySet>,
}

impl Session {
    /// Answers `name since=2026-01-02`.
    async fn report(&self, words: &str) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let (name, given) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let param = |word: &str| {
            let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("`{word}` gives no parameter a value"));
            (name.to_owned(), value.to_owned())
        };
        let params: Params = given.split_whitespace().map(param).collect();
        let picked = self.queries.pick(&[name.to_owned()])?;
        self.engine.check_params(&picked, &params)?;
        let answer = self.engine.answer(&picked[0], &params).await?;
        Ok((answer.schema, answer.batches))
    }
}

#[async_trait]
impl AsyncDB for Session {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>> {
        let (schema, batches) = match sql.strip_prefix("report ") {
            Some(words) => self.report(words).await?,
            None => self.engine.sql(sql).await?,
        };
        let types = schema.fields().iter().map(|field| column_type(field.data_type())).collect();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for batch in &batches {
            let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>>>()?;
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|column| text(column, row)).collect());
            }
        }
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}
}

fn column_type(data_type: &DataType) -> DefaultColumnType {
    if data_type.is_integer() {
        DefaultColumnType::Integer
    } else if data_type.is_numeric() {
        DefaultColumnType::FloatingPoint
    } else {
        DefaultColumnType::Text
    }
}

/// A value of a plain column.
fn text(column: &ArrayRef, row: usize) -> String {
    if matches!(column.data_type(), DataType::List(_)) && column.is_valid(row) {
        return joined_value(column, row).replace(ARROW, ",");
    }
    let at = |micros: i64| DateTime::from_timestamp_micros(micros).expect("a moment of our days");
    match Cell::read(column, row) {
        Cell::Null => "NULL".to_owned(),
        Cell::Text(text) if text.is_empty() => "(empty)".to_owned(),
        Cell::Text(text) => text,
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => format!("{value:.3}"),
        Cell::Bool(value) => value.to_string(),
        Cell::Moment(micros) => at(micros).to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Cell::Local(micros) => at(micros).naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
        Cell::Day(days) => (NaiveDate::default() + TimeDelta::days(days.into())).to_string(),
    }
}
