//! An answer as an Arrow IPC stream, for programs that read Arrow: no value is copied into another form.
//!
//! In: an [`Answer`]. Out: the bytes of one stream, with the types of the tables. No total row. Fails only where Arrow cannot hold
//! a type, which is a bug.

use arrow::ipc::writer::StreamWriter;

use crate::error::Result;
use crate::query::Answer;

/// The bytes of the stream.
pub fn arrow_stream(answer: &Answer) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &answer.schema)?;
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

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
}
