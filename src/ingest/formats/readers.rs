//! The settings of a source → the reader of its logs. Nothing else in this stage asks which format it is.

use super::csv::CsvFormat;
use super::log_reader::LogReader;
use super::ndjson::NdjsonFormat;
use super::parquet::ParquetFormat;
use crate::config::LogFormat;

/// The reader of logs of this format.
pub(in crate::ingest) fn reader_of(format: &LogFormat) -> Box<dyn LogReader> {
    match format {
        LogFormat::Csv(settings) => Box::new(CsvFormat(*settings)),
        LogFormat::Ndjson(settings) => Box::new(NdjsonFormat(*settings)),
        LogFormat::Parquet => Box::new(ParquetFormat),
    }
}
