//! One value of an answer, free of Arrow.
//!
//! In: a column that [`plain`](super::plain::plain) made, and a row. Out: a [`Cell`]. Cannot fail.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type};

use super::plain::joined_value;

/// One value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Int(i128),
    Float(f64),
    Bool(bool),
    /// Microseconds since 1970 in UTC.
    Moment(i64),
    /// Microseconds since 1970 on a clock whose zone is not said.
    Local(i64),
    /// Days since 1970.
    Day(i32),
}

impl Cell {
    /// The value at `row` of a plain column; null where the column is of another type.
    pub fn read(column: &dyn Array, row: usize) -> Cell {
        if column.is_null(row) {
            return Cell::Null;
        }
        match column.data_type() {
            DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row).to_owned()),
            DataType::Int64 => Cell::Int(column.as_primitive::<Int64Type>().value(row).into()),
            DataType::UInt64 => Cell::Int(column.as_primitive::<UInt64Type>().value(row).into()),
            DataType::Float64 => Cell::Float(column.as_primitive::<Float64Type>().value(row)),
            DataType::Boolean => Cell::Bool(column.as_boolean().value(row)),
            DataType::Timestamp(_, zone) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                if zone.is_some() { Cell::Moment(micros) } else { Cell::Local(micros) }
            }
            DataType::Date32 => Cell::Day(column.as_primitive::<Date32Type>().value(row)),
            DataType::List(_) => Cell::Text(joined_value(column, row)),
            _ => Cell::Null,
        }
    }

    /// The number, where it is one and is finite.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Int(value) => Some(*value as f64),
            Cell::Float(value) => value.is_finite().then_some(*value),
            _ => None,
        }
    }

    /// A number that orders cells of one column along an axis; texts and truth values have none.
    pub fn place(&self) -> Option<f64> {
        match self {
            Cell::Moment(micros) | Cell::Local(micros) => Some(*micros as f64),
            Cell::Day(day) => Some(f64::from(*day)),
            other => other.number(),
        }
    }
}
