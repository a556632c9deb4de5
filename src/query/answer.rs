//! The answer of a query, and its total row.
//!
//! In: a [`Query`] and the record batches its SQL gave. Out: the [`Answer`], and on request a [`Table`], its rows decoded
//! for text, charts and the page. Fails only where a column cannot be decoded, which is a bug, or where a chart or total
//! names a column that the answer lacks.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};

use super::cell::Cell;
use super::definition::{Query, Total, ValueFormat};
use super::plain::plain;

use crate::error::{Error, Result};

/// The rows that a query gave.
#[derive(Clone, Debug)]
pub struct Answer {
    pub query: Arc<Query>,
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

/// A column as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub name: String,
    /// Empty where nothing is declared.
    pub help: String,
    pub format: ValueFormat,
    /// Whether values are numbers, and stand on the right.
    pub numeric: bool,
    /// Whether the values of several rows may be added up.
    pub adds_up: bool,
}

/// An answer, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<Shown>,
    pub rows: Vec<Vec<Cell>>,
    /// One cell per column, null where the column has no total.
    pub totals: Option<Vec<Cell>>,
}

impl Answer {
    /// The answer of a query file.
    pub fn new(query: Arc<Query>, schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Answer { query, schema, batches }
    }

    /// The answer of SQL that has no header: formats follow the types.
    pub fn adhoc(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        let query = Query {
            name: "query".to_owned(),
            title: String::new(),
            question: String::new(),
            grain: String::new(),
            reads: Vec::new(),
            views: Vec::new(),
            chapter: String::new(),
            chart: None,
            short: Vec::new(),
            params: Vec::new(),
            columns: Vec::new(),
            sql: String::new(),
            file: String::new(),
        };
        Answer { query: Arc::new(query), schema, batches }
    }

    /// The number of rows, without the total row.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The columns as they are shown, in the order of the answer.
    pub fn columns(&self) -> Vec<Shown> {
        self.schema
            .fields()
            .iter()
            .map(|field| {
                let declared =
                    self.query.columns.iter().find(|(name, _)| name == field.name()).map(|(_, column)| column);
                let format = declared.map_or_else(|| usual_format(field.data_type()), |column| column.format);
                Shown {
                    name: field.name().clone(),
                    help: declared.map(|column| column.help.clone()).unwrap_or_default(),
                    format,
                    numeric: is_number(field.data_type()),
                    adds_up: declared.is_some_and(|column| column.total == Some(Total::Sum)),
                }
            })
            .collect()
    }

    /// The rows and the total row, decoded.
    pub fn table(&self) -> Result<Table> {
        let mut rows: Vec<Vec<Cell>> = Vec::with_capacity(self.row_count());
        for batch in &self.batches {
            let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>>>()?;
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|column| Cell::read(column, row)).collect());
            }
        }
        let mut table = Table { columns: self.columns(), rows, totals: None };
        table.totals = self.totals(&table)?;
        Ok(table)
    }

    /// The total row; none where no column has a total, or where there are not two rows to sum.
    fn totals(&self, table: &Table) -> Result<Option<Vec<Cell>>> {
        if table.rows.len() < 2 || self.query.columns.iter().all(|(_, column)| column.total.is_none()) {
            return Ok(None);
        }
        let mut totals = Vec::with_capacity(table.columns.len());
        for (index, shown) in table.columns.iter().enumerate() {
            let declared = self.query.columns.iter().find(|(name, _)| *name == shown.name);
            totals.push(match declared.and_then(|(_, column)| column.total.as_ref()) {
                None => Cell::Null,
                Some(Total::Sum) => sum(&table.rows, index),
                Some(Total::Ratio { numerator, denominator }) => {
                    let over = sum(&table.rows, table.position(numerator)?).number();
                    let under = sum(&table.rows, table.position(denominator)?).number();
                    match (over, under) {
                        (Some(over), Some(under)) if under != 0.0 => Cell::Float(over / under),
                        _ => Cell::Null,
                    }
                }
            });
        }
        Ok(Some(totals))
    }
}

impl Table {
    /// The table with some of its columns alone.
    ///
    /// # Errors
    /// Where it lacks one.
    pub fn only(self, columns: &[String]) -> Result<Table> {
        let places = columns.iter().map(|name| self.position(name)).collect::<Result<Vec<_>>>()?;
        let of = |row: &Vec<Cell>| places.iter().map(|&place| row[place].clone()).collect::<Vec<_>>();
        Ok(Table {
            columns: places.iter().map(|&place| self.columns[place].clone()).collect(),
            rows: self.rows.iter().map(of).collect(),
            totals: self.totals.as_ref().map(of).filter(|totals| totals.iter().any(|total| *total != Cell::Null)),
        })
    }

    /// The place of a column.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Error::user(format!("column `{name}` is not in the answer of the query"))
                .fact("columns", names.join(", "))
                .did_you_mean(name, names.iter().copied())
        })
    }

    /// The rows after the first `most` as one row, if there are any: sums where values add up, else null.
    pub fn others(&self, most: usize) -> Option<Vec<Cell>> {
        let rest = self.rows.get(most..).filter(|rest| !rest.is_empty())?;
        let column = |(index, shown): (usize, &Shown)| if shown.adds_up { sum(rest, index) } else { Cell::Null };
        Some(self.columns.iter().enumerate().map(column).collect())
    }
}

/// The sum of a column, nulls left out; exact where all values are whole, null where there is no number.
fn sum(rows: &[Vec<Cell>], index: usize) -> Cell {
    let mut sum = Cell::Null;
    for row in rows {
        sum = match (sum, &row[index]) {
            (Cell::Null, value @ (Cell::Int(_) | Cell::Float(_))) => value.clone(),
            (Cell::Int(sum), Cell::Int(value)) => Cell::Int(sum + value),
            (Cell::Int(sum), Cell::Float(value)) => Cell::Float(sum as f64 + value),
            (Cell::Float(sum), Cell::Int(value)) => Cell::Float(sum + *value as f64),
            (Cell::Float(sum), Cell::Float(value)) => Cell::Float(sum + value),
            (sum, _) => sum,
        };
    }
    sum
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || matches!(data_type, DataType::Duration(_))
}

/// The format of a column that no header declares.
fn usual_format(data_type: &DataType) -> ValueFormat {
    match data_type {
        DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => ValueFormat::Time,
        DataType::FixedSizeBinary(_) => ValueFormat::Id,
        DataType::Duration(_) => ValueFormat::Seconds,
        other if other.is_integer() => ValueFormat::Count,
        other if other.is_numeric() => ValueFormat::Number,
        _ => ValueFormat::Text,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, StringArray, UInt64Array};

    use super::super::header::parse;
    use super::*;

    const POINTS: &str = r#"-- ---
-- name     = "points"
-- title    = "Where clients <drop> off"
-- question = "Where do journeys end?"
-- grain    = "one row per channel and step"
-- reads    = ["steps"]
-- chart    = { kind = "bars", label = "step", value = "drops", by = "channel" }
-- [columns]
-- channel = { help = "channel of the last contact", format = "text" }
-- step    = { help = "step of the last contact", format = "text" }
-- reached = { help = "journeys that came \"here\"", format = "count", total = "sum" }
-- drops   = { help = "journeys that ended here", format = "count", total = "sum" }
-- rate    = { help = "drops of those that reached", format = "share", total = ["drops", "reached"] }
-- ---
select 1
"#;

    /// Three points of a small company: one with a step that has no name, one with a step that looks like HTML.
    pub(crate) fn points() -> Answer {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("channel", Arc::new(StringArray::from(vec!["web", "phone", "web"]))),
            ("step", Arc::new(StringArray::from(vec![Some("payment"), None, Some("<script>")]))),
            ("reached", Arc::new(Int64Array::from(vec![2000, 400, 100]))),
            ("drops", Arc::new(UInt64Array::from(vec![1234, 66, 0]))),
            ("rate", Arc::new(Float64Array::from(vec![0.617, 0.165, 0.0]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
        let query = parse("points.sql", "1_points", POINTS).unwrap();
        // Two batches, as an engine gives them.
        Answer::new(Arc::new(query), batch.schema(), vec![batch.slice(0, 2), batch.slice(2, 1)])
    }

    #[test]
    fn totals_are_sums_and_ratios_of_sums() {
        let totals = points().table().unwrap().totals.unwrap();
        let expected = [Cell::Null, Cell::Null, Cell::Int(2500), Cell::Int(1300), Cell::Float(0.52)];
        assert_eq!(totals, expected);
    }

    #[test]
    fn one_row_has_no_total() {
        let mut answer = points();
        answer.batches.remove(0);
        assert_eq!(answer.table().unwrap().totals, None);
    }

    #[test]
    fn a_missing_column_names_the_nearest() {
        let error = points().table().unwrap().position("drop").unwrap_err().to_string();
        assert!(error.contains("column `drop` is not in the answer") && error.contains("did you mean `drops`?"));
    }

    #[test]
    fn formats_of_free_sql_follow_the_types() {
        let answer = points();
        let free = Answer::adhoc(Arc::clone(&answer.schema), answer.batches);
        let formats: Vec<_> = free.columns().iter().map(|column| column.format).collect();
        assert_eq!(
            formats,
            [ValueFormat::Text, ValueFormat::Text, ValueFormat::Count, ValueFormat::Count, ValueFormat::Number]
        );
        assert_eq!(free.row_count(), 3);
        assert_eq!(free.table().unwrap().totals, None);
        assert_eq!(free.batches[0].column(0).len(), 2);
    }
}
