//! Columns of any Arrow type → columns of the few types that are shown and exported.
//!
//! Out: text (`Utf8`), `Int64`, `UInt64`, `Float64`, `Boolean`, `Timestamp(us)` in UTC or without zone, `Date32`, and
//! lists of text. Ids and other bytes become hexadecimal text, dictionaries their values, spans of time seconds; what
//! has no place here becomes the text that Arrow shows for it. Fails only where Arrow cannot cast, which is a bug.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::Result;

/// What stands between the texts of a list.
pub const ARROW: &str = " → ";

/// One column, made plain.
pub fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let made = match array.data_type() {
        DataType::Utf8
        | DataType::Int64
        | DataType::UInt64
        | DataType::Float64
        | DataType::Boolean
        | DataType::Date32 => Arc::clone(array),
        DataType::Dictionary(_, value) => return plain(&cast(array, value)?),
        DataType::Null => new_null_array(&DataType::Utf8, array.len()),
        DataType::Utf8View | DataType::LargeUtf8 => cast(array, &DataType::Utf8)?,
        DataType::Timestamp(_, zone) => {
            let zone = zone.as_ref().map(|_| "UTC".into());
            cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone))?
        }
        DataType::Date64 => cast(array, &DataType::Date32)?,
        DataType::Duration(_) => seconds(array)?,
        DataType::FixedSizeBinary(_) | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => hex(array)?,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => texts(array)?,
        other if other.is_integer() => cast(array, &DataType::Int64)?,
        other if other.is_numeric() => cast(array, &DataType::Float64)?,
        _ => displayed(array)?,
    };
    Ok(made)
}

/// Every column of a batch, made plain, under the same names.
pub fn plain_batch(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>>>()?;
    named(batch, columns)
}

/// Every column of a batch, made plain, with the texts of a list joined: what a format without lists can hold.
pub fn flat_batch(batch: &RecordBatch) -> Result<RecordBatch> {
    let flat = |column: &ArrayRef| {
        let column = plain(column)?;
        Ok(match column.data_type() {
            DataType::List(_) => joined(&column),
            _ => column,
        })
    };
    let columns = batch.columns().iter().map(flat).collect::<Result<Vec<_>>>()?;
    named(batch, columns)
}

/// The texts of one value of a list column, joined by arrows.
pub fn joined_value(lists: &dyn Array, row: usize) -> String {
    let items = lists.as_list::<i32>().value(row);
    let texts: Vec<&str> = items.as_string::<i32>().iter().flatten().collect();
    texts.join(ARROW)
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn named(batch: &RecordBatch, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let schema = batch.schema();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn joined(lists: &ArrayRef) -> ArrayRef {
    let texts: StringArray =
        (0..lists.len()).map(|row| lists.is_valid(row).then(|| joined_value(lists, row))).collect();
    Arc::new(texts)
}

fn seconds(spans: &ArrayRef) -> Result<ArrayRef> {
    let micros = cast(&cast(spans, &DataType::Duration(TimeUnit::Microsecond))?, &DataType::Int64)?;
    Ok(Arc::new(micros.as_primitive::<Int64Type>().unary::<_, Float64Type>(|us| us as f64 / 1e6)))
}

fn hex(bytes: &ArrayRef) -> Result<ArrayRef> {
    let bytes = cast(bytes, &DataType::Binary)?;
    let texts: StringArray = bytes.as_binary::<i32>().iter().map(|value| value.map(hex_text)).collect();
    Ok(Arc::new(texts))
}

fn texts(lists: &ArrayRef) -> Result<ArrayRef> {
    let wanted = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    if can_cast_types(lists.data_type(), &wanted) { Ok(cast(lists, &wanted)?) } else { displayed(lists) }
}

fn displayed(array: &dyn Array) -> Result<ArrayRef> {
    let options = FormatOptions::default();
    let shown = ArrayFormatter::try_new(array, &options)?;
    let texts: StringArray =
        (0..array.len()).map(|row| array.is_valid(row).then(|| shown.value(row).to_string())).collect();
    Ok(Arc::new(texts))
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Decimal128Array, DictionaryArray, DurationSecondArray, FixedSizeBinaryArray, Int16Array, ListBuilder,
        StringBuilder, StringViewArray, TimestampNanosecondArray,
    };
    use arrow::datatypes::Int32Type;

    use super::*;

    fn made(array: impl Array + 'static) -> ArrayRef {
        plain(&(Arc::new(array) as ArrayRef)).unwrap()
    }

    #[test]
    fn words_and_views_become_text() {
        let words: DictionaryArray<Int32Type> = ["web", "phone", "web"].into_iter().collect();
        assert_eq!(made(words).as_string::<i32>().value(2), "web");
        assert_eq!(made(StringViewArray::from(vec!["a view"])).as_string::<i32>().value(0), "a view");
    }

    #[test]
    fn ids_become_thirty_two_digits() {
        let ids = FixedSizeBinaryArray::try_from_iter([[0xab_u8; 16]].into_iter()).unwrap();
        assert_eq!(made(ids).as_string::<i32>().value(0), "ab".repeat(16));
    }

    #[test]
    fn numbers_keep_their_value() {
        assert_eq!(made(Int16Array::from(vec![-7])).as_primitive::<Int64Type>().value(0), -7);
        let decimals = Decimal128Array::from(vec![1250]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(made(decimals).as_primitive::<Float64Type>().value(0), 12.5);
        assert_eq!(made(DurationSecondArray::from(vec![90])).as_primitive::<Float64Type>().value(0), 90.0);
    }

    #[test]
    fn times_become_microseconds() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(made(TimestampNanosecondArray::from(vec![1]).with_timezone("+00:00")).data_type(), &utc);
        let local = DataType::Timestamp(TimeUnit::Microsecond, None);
        assert_eq!(made(TimestampNanosecondArray::from(vec![1])).data_type(), &local);
    }

    #[test]
    fn lists_are_joined_by_arrows() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("web"), Some("phone")]);
        lists.append_null();
        let lists = made(lists.finish());
        assert_eq!(joined_value(&lists, 0), "web → phone");
        assert!(joined(&lists).is_null(1));
    }
}
