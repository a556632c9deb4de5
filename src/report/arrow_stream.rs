//! An answer as an Arrow IPC stream, for programs that read Arrow: no value is copied into another form.
//!
//! In: an [`Answer`]. Out: the bytes of one stream, with the types of the tables. No total row. Fails only where Arrow cannot hold
//! a type, which is a bug.

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::ipc::writer::StreamWriter;

use crate::error::Result;
use crate::query::Answer;

/// The bytes of the stream.
pub fn arrow_stream(answer: &Answer) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &answer.schema)?;
    for batch in &answer.batches {
        writer.write(&with_each_word_once(batch)?)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// A dictionary may hold a word twice, as families of causes do; pandas refuses such a one.
fn with_each_word_once(batch: &RecordBatch) -> Result<RecordBatch> {
    let column = |column: &ArrayRef| match column.data_type() {
        DataType::Dictionary(_, words) => Ok(cast(&cast(column, words)?, column.data_type())?),
        _ => Ok(ArrayRef::clone(column)),
    };
    let columns = batch.columns().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns, &options)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use arrow::array::{Array, AsArray, DictionaryArray, Int32Array, StringArray};
    use arrow::datatypes::Int32Type;

    use arrow::ipc::reader::StreamReader;

    use super::*;
    use crate::query::tests::points;

    #[test]
    fn a_stream_gives_back_what_went_in() {
        let answer = points();
        let bytes = arrow_stream(&answer).unwrap();
        let read = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
        assert_eq!(read.schema(), answer.schema);
        assert_eq!(read.collect::<std::result::Result<Vec<_>, _>>().unwrap(), answer.batches);
    }

    #[test]
    fn an_answer_without_rows_has_its_columns() {
        let mut answer = points();
        answer.batches.clear();
        let read = StreamReader::try_new(Cursor::new(arrow_stream(&answer).unwrap()), None).unwrap();
        assert_eq!((read.schema(), read.count()), (answer.schema, 0));
    }

    #[test]
    fn a_dictionary_holds_each_word_once() {
        let words = Arc::new(StringArray::from(vec!["technical", "technical", "relational"]));
        let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2)]);
        let column: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::try_new(keys, words).unwrap());
        let batch = RecordBatch::try_from_iter([("family", column)]).unwrap();
        let once = with_each_word_once(&batch).unwrap();
        assert_eq!(once.column(0).as_dictionary::<Int32Type>().values().len(), 2);
        let plain = |batch: &RecordBatch| cast(batch.column(0), &DataType::Utf8).unwrap();
        assert_eq!(plain(&once).as_string::<i32>(), plain(&batch).as_string::<i32>());
    }
}
