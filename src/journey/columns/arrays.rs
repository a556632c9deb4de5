//! Vectors of the kernel → Arrow columns, and the types that they have.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Field, Int32Type};

use crate::error::Result;

pub(super) fn int() -> DataType {
    DataType::Int32
}

/// Signals: a bit each.
pub(super) fn bits() -> DataType {
    DataType::Int64
}

pub(super) fn float() -> DataType {
    DataType::Float64
}

pub(super) fn flag() -> DataType {
    DataType::Boolean
}

pub(super) fn text() -> DataType {
    DataType::Utf8
}

pub(super) fn list_of_text() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
}

pub(super) fn ints(values: Vec<i32>) -> Result<ArrayRef> {
    Ok(Arc::new(Int32Array::from(values)))
}

/// Numbers from 1; 0 is null.
pub(super) fn places(values: impl IntoIterator<Item = i32>) -> Result<ArrayRef> {
    Ok(Arc::new(values.into_iter().map(|value| (value != 0).then_some(value)).collect::<Int32Array>()))
}

pub(super) fn floats(values: impl IntoIterator<Item = Option<f64>>) -> Result<ArrayRef> {
    Ok(Arc::new(values.into_iter().collect::<Float64Array>()))
}

pub(super) fn flags<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> Result<ArrayRef> {
    Ok(Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(rows.len(), |row| holds(&rows[row])), None)))
}

/// Microseconds.
pub(super) fn moments(values: impl IntoIterator<Item = Option<i64>>) -> Result<ArrayRef> {
    Ok(Arc::new(values.into_iter().collect::<TimestampMicrosecondArray>().with_timezone("UTC")))
}

/// A column of a few words; a key below 0 is null.
pub(super) fn words<'a>(names: impl IntoIterator<Item = &'a str>, keys: Vec<i32>) -> Result<ArrayRef> {
    let is_null = |row: usize| keys[row] < 0;
    let nulls = (0..keys.len())
        .any(is_null)
        .then(|| NullBuffer::new(BooleanBuffer::collect_bool(keys.len(), |row| !is_null(row))));
    let keys = match nulls {
        None => Int32Array::new(keys.into(), None),
        Some(nulls) => Int32Array::new(keys.into_iter().map(|key| key.max(0)).collect(), Some(nulls)),
    };
    let names = StringArray::from_iter_values(names);
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(names))?))
}
