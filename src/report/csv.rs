//! An answer as CSV: a header, then one line per row.
//!
//! In: an [`Answer`]. Out: UTF-8 bytes with commas and quotes where needed; values as they are, not as they are shown:
//! shares are fractions, spans seconds, moments ISO 8601 in UTC, ids hexadecimal, null empty. No total row. A text that a
//! spreadsheet would take for a formula has a `'` before it. Fails only where Arrow cannot write a column, which is a bug.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;

use crate::error::Result;
use crate::query::Answer;
use crate::query::plain::flat_batch;

/// The bytes of the file.
pub fn csv(answer: &Answer) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().with_header(true).build(Vec::<u8>::new());
    // An answer without batches still has a header.
    writer.write(&flat_batch(&RecordBatch::new_empty(answer.schema.clone()))?)?;
    for batch in &answer.batches {
        writer.write(&without_formulas(&flat_batch(batch)?)?)?;
    }
    Ok(writer.into_inner())
}

/// The rows with no text that begins as a formula does: `=`, `+`, `-`, `@`, or a tab or line end before one.
fn without_formulas(batch: &RecordBatch) -> Result<RecordBatch> {
    let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let columns = batch.columns().iter().map(|column| -> ArrayRef {
        match column.as_string_opt::<i32>() {
            Some(texts) if texts.iter().flatten().any(is_formula) => {
                let safe = |text: &str| if is_formula(text) { format!("'{text}") } else { text.to_owned() };
                Arc::new(texts.iter().map(|text| text.map(safe)).collect::<StringArray>())
            }
            _ => Arc::clone(column),
        }
    });
    Ok(RecordBatch::try_new(batch.schema(), columns.collect())?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{FixedSizeBinaryArray, TimestampMicrosecondArray};

    use super::*;
    use crate::query::tests::points;

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
    fn no_text_is_a_formula() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["=HYPERLINK(\"x\")", "-1+2", "a=b", "@x", "+1"]));
        let batch = RecordBatch::try_from_iter([("step", texts)]).unwrap();
        let answer = Answer::adhoc(batch.schema(), vec![batch]);
        assert_eq!(text(&answer), "step\n\"'=HYPERLINK(\"\"x\"\")\"\n'-1+2\na=b\n'@x\n'+1\n");
    }

    #[test]
    fn an_answer_without_rows_has_a_header() {
        let answer = Answer::adhoc(points().schema, Vec::new());
        assert_eq!(text(&answer), "channel,step,reached,drops,rate\n");
    }
}
