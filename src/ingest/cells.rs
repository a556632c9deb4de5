//! One cell of a contact: where its text comes from, and what is done to it before it is cast.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::SchemaRef;

use crate::config::{ColumnForm, Origin};
use crate::error::{Error, Result};
use crate::expression::{Compiler, Expression};
use crate::shape::column_names;

/// A compiled [`ColumnForm`].
#[derive(Clone, Debug)]
pub(super) struct Cell {
    origin: CellOrigin,
    map: BTreeMap<String, String>,
    default: Option<String>,
    unlisted: Unlisted,
}

#[derive(Clone, Debug)]
enum CellOrigin {
    Columns(Vec<String>),
    Constant(String),
    Sql(Expression),
}

/// What becomes of a value that `map` does not list, where there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unlisted {
    StaysAsItIs,
    IsNone,
}

impl Cell {
    /// Compiles a form over the columns of a log.
    ///
    /// # Errors
    /// Where it names a column that the log lacks, or its SQL is wrong.
    pub fn new(form: &ColumnForm, columns: &SchemaRef, unlisted: Unlisted, compiler: &Compiler) -> Result<Self> {
        let known = |name: &String| match columns.field_with_name(name) {
            Ok(_) => Ok(name.clone()),
            Err(_) => {
                let names = || columns.fields().iter().map(|field| field.name().as_str());
                Err(Error::user(format!("the log has no column `{name}`"))
                    .fact("columns", column_names(names()))
                    .did_you_mean(name, names()))
            }
        };
        let origin = match &form.origin {
            Origin::Column(name) => CellOrigin::Columns(vec![known(name)?]),
            Origin::Columns(names) => CellOrigin::Columns(names.iter().map(known).collect::<Result<_>>()?),
            Origin::Constant(value) => CellOrigin::Constant(value.clone()),
            Origin::Sql(sql) => CellOrigin::Sql(compiler.compile(&sql.text, columns)?),
        };
        Ok(Cell { origin, map: form.map.clone(), default: form.default.clone(), unlisted })
    }

    /// Names of the log's columns that it reads.
    pub fn columns(&self) -> Vec<String> {
        match &self.origin {
            CellOrigin::Columns(names) => names.clone(),
            CellOrigin::Constant(_) => Vec::new(),
            CellOrigin::Sql(expression) => expression.columns(),
        }
    }

    /// The texts of these rows.
    pub fn texts<'a>(&'a self, rows: &RecordBatch) -> Result<Texts<'a>> {
        let values = match &self.origin {
            CellOrigin::Constant(_) => None,
            CellOrigin::Columns(names) => Some(joined(rows, names)?),
            CellOrigin::Sql(expression) => Some(expression.evaluate_text(rows)?.as_string_view().clone()),
        };
        Ok(Texts { cell: self, values: values.map(Arc::new) })
    }
}

/// The cells of one column.
pub(super) struct Texts<'a> {
    cell: &'a Cell,
    values: Option<Arc<StringViewArray>>,
}

impl Texts<'_> {
    /// The text of a row, trimmed, mapped and defaulted; `None` where there is none.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&str> {
        let cell = self.cell;
        let raw = match (&self.values, &cell.origin) {
            (Some(values), _) => values.is_valid(row).then(|| values.value(row).trim()).filter(|text| !text.is_empty()),
            (None, CellOrigin::Constant(value)) => Some(value.as_str()),
            (None, _) => None,
        };
        let Some(raw) = raw else { return cell.default.as_deref() };
        if cell.map.is_empty() {
            return Some(raw);
        }
        match (cell.map.get(raw), &cell.default, cell.unlisted) {
            (Some(mapped), _, _) => Some(mapped.as_str()).filter(|mapped| !mapped.is_empty()),
            (None, Some(default), _) => Some(default),
            (None, None, Unlisted::StaysAsItIs) => Some(raw),
            (None, None, Unlisted::IsNone) => None,
        }
    }
}

fn joined(rows: &RecordBatch, names: &[String]) -> Result<StringViewArray> {
    let columns = names
        .iter()
        .map(|name| {
            let column =
                rows.column_by_name(name).ok_or_else(|| Error::bug(format!("column `{name}` was not read")))?;
            Ok(column.as_string_view())
        })
        .collect::<Result<Vec<_>>>()?;
    if let [only] = columns.as_slice() {
        return Ok((*only).clone());
    }
    let mut text = String::new();
    let texts = (0..rows.num_rows()).map(|row| {
        text.clear();
        for column in columns.iter().filter(|column| column.is_valid(row)) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(column.value(row).trim());
        }
        (!text.is_empty()).then(|| text.clone())
    });
    Ok(texts.collect())
}
