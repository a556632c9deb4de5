//! An answer as CSV: a header, then one line per row.
//!
//! In: an [`Answer`]. Out: UTF-8 bytes with commas and quotes where needed; values as they are, not as they are shown:
//! shares are fractions, spans seconds, moments ISO 8601 in UTC, ids hexadecimal, null empty. No total row. Fails only
//! where Arrow cannot write a column, which is a bug.

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;

use super::answer::Answer;
use super::plain::flat_batch;
use crate::error::Result;

/// The bytes of the file.
pub fn csv(answer: &Answer) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().with_header(true).build(Vec::<u8>::new());
    // An answer without batches still has a header.
    writer.write(&flat_batch(&RecordBatch::new_empty(answer.schema.clone()))?)?;
    for batch in &answer.batches {
        writer.write(&flat_batch(batch)?)?;
    }
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, FixedSizeBinaryArray, StringArray, TimestampMicrosecondArray};

    use super::super::answer::tests::points;
    use super::*;

    fn text(answer: &Answer) -> String {
        String::from_utf8(csv(answer).unwrap()).unwrap()
    }

    #[test]
    fn values_are_as_they_are() {
        assert_eq!(
            text(&points()),
            "channel,step,reached,drops,rate\n\
             web,payment,2000,1234,0.617\n\
             phone,,400,66,0.165\n\
             web,<script>,100,0,0.0\n"
        );
    }

    #[test]
    fn ids_times_and_quotes() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(FixedSizeBinaryArray::try_from_iter([[1_u8; 16]].into_iter()).unwrap())),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_709_294_400_000_000]).with_timezone("UTC"))),
            ("text", Arc::new(StringArray::from(vec!["a, \"b\""]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let answer = Answer::adhoc(batch.schema(), vec![batch]);
        let id = "01".repeat(16);
        assert_eq!(text(&answer), format!("id,at,text\n{id},2024-03-01T12:00:00Z,\"a, \"\"b\"\"\"\n"));
    }

    #[test]
    fn an_answer_without_rows_has_a_header() {
        let answer = Answer::adhoc(points().schema, Vec::new());
        assert_eq!(text(&answer), "channel,step,reached,drops,rate\n");
    }
}
