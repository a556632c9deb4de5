//! A log file in Parquet: text of few distinct values as dictionaries, compressed with Zstandard.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Builder, RecordBatch, StringBuilder, StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::layout::Layout;
use super::row::{Cell, Column, Row};
use super::text::put_client;

const BATCH_ROWS: usize = 128 * 1024;
const ROW_GROUP_ROWS: usize = 1_000_000;

type ParquetResult<T> = Result<T, ParquetError>;

/// A file being written.
pub(super) struct ParquetLog {
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    columns: Vec<Builder>,
    rows: usize,
    client: Vec<u8>,
}

enum Builder {
    Client(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Int(Int32Builder),
}

impl ParquetLog {
    pub fn create(path: &Path, layout: &Layout) -> ParquetResult<ParquetLog> {
        let fields = layout.columns.iter().zip(&layout.names).map(|(column, name)| field(*column, name));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_column_dictionary_enabled(ColumnPath::from("client_id"), false)
            .build();
        // Other readers see plain text, however it was built here.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(File::create(path)?, Arc::clone(&schema), options)?;
        let columns = layout.columns.iter().map(|column| Builder::new(*column)).collect();
        Ok(ParquetLog { writer, schema, columns, rows: 0, client: Vec::new() })
    }

    pub fn write(&mut self, row: &Row<'_>, layout: &Layout) -> ParquetResult<()> {
        for (builder, column) in self.columns.iter_mut().zip(&layout.columns) {
            match (builder, row.cell(*column)) {
                (Builder::Client(ids), Cell::Client(client)) => {
                    self.client.clear();
                    put_client(&mut self.client, client);
                    ids.append_value(String::from_utf8_lossy(&self.client));
                }
                (Builder::Time(times), Cell::Time(at)) => times.append_value(at * 1_000_000),
                (Builder::Word(words), Cell::Text(text)) => words.append_value(text),
                (Builder::Int(values), Cell::Int(value)) => values.append_value(value),
                (Builder::Client(ids), _) => ids.append_null(),
                (Builder::Time(times), _) => times.append_null(),
                (Builder::Word(words), _) => words.append_null(),
                (Builder::Int(values), _) => values.append_null(),
            }
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.pass_on() } else { Ok(()) }
    }

    pub fn finish(mut self) -> ParquetResult<()> {
        self.pass_on()?;
        self.writer.close()?;
        Ok(())
    }

    fn pass_on(&mut self) -> ParquetResult<()> {
        if self.rows > 0 {
            let columns = self.columns.iter_mut().map(Builder::finish).collect();
            self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)?;
            self.rows = 0;
        }
        Ok(())
    }
}

impl Builder {
    fn new(column: Column) -> Builder {
        match column {
            Column::Client => Builder::Client(StringBuilder::new()),
            Column::Time => Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Column::Channel | Column::Step | Column::Motive | Column::Direction => {
                Builder::Word(StringDictionaryBuilder::new())
            }
            Column::Agent | Column::Site | Column::Duration | Column::Measure(_) => Builder::Int(Int32Builder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Client(ids) => Arc::new(ids.finish()),
            Builder::Time(times) => Arc::new(times.finish()),
            Builder::Word(words) => Arc::new(words.finish()),
            Builder::Int(values) => Arc::new(values.finish()),
        }
    }
}

fn field(column: Column, name: &str) -> Field {
    let kind = match column {
        Column::Client => DataType::Utf8,
        Column::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Column::Channel | Column::Step | Column::Motive | Column::Direction => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        Column::Agent | Column::Site | Column::Duration | Column::Measure(_) => DataType::Int32,
    };
    Field::new(name, kind, true)
}
