//! An answer as a Parquet file, with the types of the tables: ids stay 128-bit, words stay dictionaries.
//!
//! In: an [`Answer`]. Out: the bytes of one file, compressed with Zstandard; the title and the question stand in its
//! metadata. No total row. Fails only where Parquet cannot hold a type, which is a bug.

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;

use crate::error::{Error, Result};
use crate::query::Answer;

/// The bytes of the file.
pub fn parquet(answer: &Answer) -> Result<Vec<u8>> {
    write(answer).map_err(|error| Error::bug(format!("an answer cannot be written as Parquet: {error}")))
}

fn write(answer: &Answer) -> std::result::Result<Vec<u8>, ParquetError> {
    let facts = [("title", &answer.query.title), ("question", &answer.query.question)];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(facts.map(|(key, value)| KeyValue::new(key.to_owned(), value.clone())).collect()))
        .build();
    let mut bytes = Vec::<u8>::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, answer.schema.clone(), Some(properties))?;
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::points;

    #[test]
    fn a_file_is_whole_and_the_same_each_time() {
        let bytes = parquet(&points()).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
        assert_eq!(bytes, parquet(&points()).unwrap());
    }
}
