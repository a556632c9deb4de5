//! The border between Polars and the rest: a Polars frame becomes an Arrow batch without copying a value.
//!
//! Both sides lay memory out as the Arrow C data interface says; this is the one place that hands it over.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use polars_arrow::ffi::{export_array_to_c, export_field_to_c};
use polars_core::prelude::{CompatLevel, DataFrame};

use crate::error::Result;

/// The columns of `frame` as text columns with these names.
pub(super) fn text_batch(frame: &DataFrame, names: &[String]) -> Result<RecordBatch> {
    let height = frame.height();
    let mut fields = Vec::with_capacity(names.len());
    let mut columns = Vec::with_capacity(names.len());
    for (column, name) in frame.columns().iter().zip(names) {
        let column = column.as_materialized_series().rechunk().to_arrow(0, CompatLevel::newest());
        fields.push(Field::new(name, DataType::Utf8View, true));
        columns.push(arrow::compute::cast(&handed_over(column)?, &DataType::Utf8View)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(height));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}

#[expect(unsafe_code, reason = "the Arrow C data interface is the contract between the two libraries")]
fn handed_over(column: Box<dyn polars_arrow::array::Array>) -> Result<ArrayRef> {
    let field = polars_arrow::datatypes::Field::new("".into(), column.dtype().clone(), true);
    let (array, schema) = (export_array_to_c(column), export_field_to_c(&field));
    // SAFETY: both types are the `ArrowArray` and `ArrowSchema` of the C data interface, `repr(C)`, with the same fields; each
    // value is moved, so its release callback runs once.
    let (array, schema) = unsafe {
        (
            std::mem::transmute::<polars_arrow::ffi::ArrowArray, FFI_ArrowArray>(array),
            std::mem::transmute::<polars_arrow::ffi::ArrowSchema, FFI_ArrowSchema>(schema),
        )
    };
    // SAFETY: the array was exported with this very schema, and Polars upholds the layout of its type.
    let data = unsafe { from_ffi(array, &schema) }?;
    Ok(make_array(data))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use polars_core::prelude::{Column, NamedFrom, Series};

    use super::*;

    #[test]
    fn text_and_nulls_cross_the_border() {
        let values = [Some("short"), None, Some("longer than twelve bytes, so not inlined")];
        let frame = DataFrame::new(3, vec![Column::from(Series::new("a".into(), values))]).unwrap();
        let batch = text_batch(&frame, &["page".to_owned()]).unwrap();
        let column = batch.column_by_name("page").unwrap().as_string_view();
        assert_eq!(column.iter().collect::<Vec<_>>(), values);
        assert_eq!(column.null_count(), 1);
    }
}
