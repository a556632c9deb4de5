//! Log formats: all that is known of one stands behind [`LogReader`].
//!
//! ```text
//!  LogFormat (configuration) ──► readers ──► LogReader ──► Log ──► chunks ──► RawChunk
//!                                            look at one   read     parse: rows of text, by the log's own names
//! ```
//!
//! A format of text is a [`TextFormat`](text_format::TextFormat): it says where rows end, what the columns are, and how a chunk of
//! whole rows is parsed. Unpacking, decoding, cutting, and files that have grown are the same for all of them (`text_format`).
//! Parquet shares nothing of that, and is a `LogReader` of its own.
//!
//! It fails where a file cannot be read, is not of the format, or lacks a column that the source wants. A row that cannot be taken
//! apart is no failure.

mod bridge;
mod csv;
mod csv_header;
mod decode;
mod log_reader;
mod ndjson;
mod ndjson_columns;
mod parquet;
mod quotes;
mod readers;
mod row_cutter;
mod text_format;

pub(super) use log_reader::{Log, LogReader, UnparsedChunk};
pub(super) use readers::reader_of;
