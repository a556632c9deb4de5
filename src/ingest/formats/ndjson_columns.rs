//! The columns of an NDJSON log: the keys seen in it, and those the source names, which any line may lack.
//!
//! A named key that was not seen but is close to one that was is left out, so that compiling over the result reports it.

use arrow::datatypes::SchemaRef;

use crate::config::{ContactColumn, Origin, Source, Sql};
use crate::error::nearest;
use crate::expression::{Compiler, text_columns};

/// The keys seen in a log, and those that its source names.
pub(super) fn ndjson_columns(source: &Source, seen: &[String], compiler: &Compiler) -> SchemaRef {
    let mut names: Vec<String> = seen.to_vec();
    let add = |name: &str, names: &mut Vec<String>| {
        let required = [ContactColumn::Client, ContactColumn::Time].iter().any(|key| {
            source.columns.get(key).is_some_and(|form| matches!(&form.origin, Origin::Column(column) if column == name))
        });
        let is_a_slip = nearest(name, seen.iter().map(String::as_str)).is_some();
        if !required && !is_a_slip && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    let forms = source.columns.values().chain(source.measures.iter().map(|measure| &measure.form));
    let mut expressions: Vec<&Sql> = source.skip.iter().collect();
    for form in forms {
        match &form.origin {
            // A default says that lines may lack the key.
            Origin::Column(name) if form.default.is_some() => {
                if !names.iter().any(|known| known == name) {
                    names.push(name.clone());
                }
            }
            Origin::Column(name) => add(name, &mut names),
            Origin::Columns(columns) => columns.iter().for_each(|name| add(name, &mut names)),
            Origin::Sql(sql) => expressions.push(sql),
            Origin::Constant(_) => {}
        }
    }
    for sql in expressions {
        loop {
            let compiled = compiler.compile(&sql.text, &text_columns(names.iter().map(String::as_str)));
            let Err(error) = compiled else { break };
            let Some(missing) = error.mistakes().first().and_then(|mistake| mistake.missing_column.as_deref()) else {
                break;
            };
            let is_a_slip = nearest(missing, seen.iter().map(String::as_str)).is_some();
            if is_a_slip || names.iter().any(|name| name == missing) {
                break;
            }
            names.push(missing.to_owned());
        }
    }
    text_columns(names.iter().map(String::as_str))
}
