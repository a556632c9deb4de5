//! An answer as JSON: one array with an object per row.
//!
//! In: an [`Answer`]. Out: UTF-8 bytes; numbers are numbers, ids hexadecimal texts, moments ISO 8601 in UTC, lists
//! arrays, null `null`. No total row. Fails only where Arrow cannot write a column, which is a bug.

use arrow::json::WriterBuilder;
use arrow::json::writer::JsonArray;

use crate::error::Result;
use crate::query::Answer;
use crate::query::plain::plain_batch;

/// The bytes of the file.
pub fn json(answer: &Answer) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::<u8>::new());
    for batch in &answer.batches {
        writer.write(&plain_batch(batch)?)?;
    }
    writer.finish()?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, ArrayRef, FixedSizeBinaryArray, ListBuilder, RecordBatch, StringBuilder};

    use super::*;
    use crate::query::tests::points;

    #[test]
    fn rows_are_objects_with_numbers_as_numbers() {
        let value: serde_json::Value = serde_json::from_slice(&json(&points()).unwrap()).unwrap();
        assert_eq!(value.as_array().unwrap().len(), 3);
        let expected = serde_json::json!({
            "channel": "phone", "step": null, "reached": 400, "drops": 66, "rate": 0.165,
        });
        assert_eq!(value[1], expected);
    }

    #[test]
    fn ids_are_hexadecimal_and_lists_are_arrays() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("web"), Some("phone")]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(FixedSizeBinaryArray::try_from_iter([[255_u8; 16]].into_iter()).unwrap())),
            ("channels", Arc::new(lists.finish())),
        ];
        assert_eq!(columns[1].1.len(), 1);
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let value: serde_json::Value =
            serde_json::from_slice(&json(&Answer::adhoc(batch.schema(), vec![batch])).unwrap()).unwrap();
        assert_eq!(value, serde_json::json!([{ "id": "ff".repeat(16), "channels": ["web", "phone"] }]));
    }

    #[test]
    fn an_answer_without_rows_is_an_empty_array() {
        let bytes = json(&Answer::adhoc(points().schema, Vec::new())).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "[]\n");
    }
}
