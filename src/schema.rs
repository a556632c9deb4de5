//! The contracts: table names, column names and types that other tools, queries and stages rely on.
//!
//! Times are `timestamp(us, UTC)`, ids 128 bits, text of few distinct values dictionary-encoded.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Names of tables.
pub mod table {
    pub const CONTACTS: &str = "contacts";
    pub const STEPS: &str = "steps";
    pub const JOURNEYS: &str = "journeys";
    pub const REJECTS: &str = "rejects";
    pub const FILES: &str = "files";
    pub const SIGNALS: &str = "signals";
    pub const SPLIT_CASES: &str = "split_cases";
    pub const COPIES: &str = "copies";
    pub const NAMES: &str = "names";
    /// One row: where the logs end, what is mature, the zone of the report.
    pub const SETTINGS: &str = "settings";
    /// The funnel of the configuration.
    pub const FUNNEL_STEPS: &str = "funnel_steps";
    /// Counts of everything that may go with dropping off, computed from the query [`PASSAGES`] when it is read.
    pub const CANDIDATES: &str = "candidates";
    /// The shipped query of what evidence compares.
    pub const PASSAGES: &str = "passages";

    /// The tables that SQL can read.
    pub const ALL: [&str; 10] =
        [CONTACTS, STEPS, JOURNEYS, REJECTS, FILES, SIGNALS, SPLIT_CASES, SETTINGS, FUNNEL_STEPS, CANDIDATES];
}

/// A moment: microseconds since 1970 in UTC.
pub fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Text of few distinct values.
pub fn word() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// A 128-bit id: the pseudonym of a client, or a journey.
pub fn id() -> DataType {
    DataType::FixedSizeBinary(16)
}

/// The name of a type in `dropoff.toml` and in messages.
pub fn plain_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Int32 | DataType::Int64 => "int".to_owned(),
        DataType::Float64 => "float".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Timestamp(_, _) => "time".to_owned(),
        DataType::Utf8 | DataType::Dictionary(_, _) => "text".to_owned(),
        DataType::FixedSizeBinary(_) => "id".to_owned(),
        other => other.to_string(),
    }
}

/// `contacts` without measures, in order. Every kept row of every log, with or without a client.
pub fn contact_fields() -> Vec<Field> {
    vec![
        Field::new("client", id(), true),
        Field::new("source", word(), false),
        Field::new("file", word(), false),
        Field::new("row", DataType::Int64, false),
        Field::new("started_at", moment(), false),
        Field::new("ended_at", moment(), true),
        Field::new("channel", word(), true),
        Field::new("step", word(), true),
        Field::new("motive", word(), true),
        Field::new("case_id", DataType::Utf8, true),
        Field::new("direction", word(), true),
        Field::new("outcome", word(), true),
        Field::new("agent", word(), true),
        Field::new("site", word(), true),
        Field::new("segment", word(), true),
        Field::new("promised_by", moment(), true),
        Field::new("score", DataType::Float64, true),
    ]
}

/// The one stored column of `contacts` that SQL does not show: a hash of the whole row of the log. Rows of a source
/// that agree in client, start and this hash are equal.
pub fn row_content() -> Field {
    Field::new("row_content", DataType::Int64, true)
}

/// `contacts` as it is stored.
pub fn stored_contacts(measures: &[Field]) -> SchemaRef {
    Arc::new(Schema::new([contact_fields(), measures.to_vec(), vec![row_content()]].concat()))
}

/// `rejects`: one row per row of a log that could not become a contact; where a file has very many with the same reason, the last one
/// stands for all that follow (`rows`).
pub fn rejects() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("file", DataType::Utf8, false),
        Field::new("row", DataType::Int64, false),
        Field::new("column", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        Field::new("reason", DataType::Utf8, false),
        Field::new("rows", DataType::Int64, true),
    ]))
}

/// `files`: one row per ingested file, and one more each time it has grown, with what became of the rows.
///
/// `read = kept + skipped + rejected + duplicates`. A file is known again by the columns from `name` on: the path it
/// was read under, the hash of its first bytes, and the part of it that was whole rows: its length, hash and number of
/// rows.
pub fn files() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("ingest", DataType::Int64, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("file", DataType::Utf8, false),
        Field::new("content", DataType::Utf8, false),
        Field::new("bytes", DataType::Int64, false),
        Field::new("modified_at", moment(), true),
        Field::new("read", DataType::Int64, false),
        Field::new("kept", DataType::Int64, false),
        Field::new("skipped", DataType::Int64, false),
        Field::new("rejected", DataType::Int64, false),
        Field::new("duplicates", DataType::Int64, false),
        Field::new("without_client", DataType::Int64, false),
        Field::new("ambiguous_times", DataType::Int64, false),
        Field::new("first_at", moment(), true),
        Field::new("latest_at", moment(), true),
        Field::new("mapping", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("head", DataType::Utf8, true),
        Field::new("whole_bytes", DataType::Int64, true),
        Field::new("whole_content", DataType::Utf8, true),
        Field::new("whole_rows", DataType::Int64, true),
        // Number of the row that was taken though its line had no end yet, and the first and latest start without it.
        Field::new("open_row", DataType::Int64, true),
        Field::new("whole_first_at", moment(), true),
        Field::new("whole_latest_at", moment(), true),
        // Whether the last line had no end and could not be read, so that it is read again once it has one.
        Field::new("is_waiting", DataType::Boolean, true),
        // The file whose rows these took the place of, and how many those were.
        Field::new("replaces", DataType::Utf8, true),
        Field::new("replaced", DataType::Int64, true),
    ]))
}

/// `names`: other names, sizes and times of change under which the content of a file was met again.
pub fn names() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("file", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("bytes", DataType::Int64, false),
        Field::new("modified_at", moment(), true),
    ]))
}

/// `copies`: rows that were not stored as another file holds the very same row; negative where one has come to be stored.
pub fn copies() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", word(), false),
        Field::new("file", word(), false),
        Field::new("row", DataType::Int64, false),
        Field::new("client", id(), true),
        Field::new("started_at", moment(), false),
        row_content(),
        Field::new("copies", DataType::Int32, false),
    ]))
}

/// `split_cases`: one row per case whose contacts name several clients, and the start of the first contact that names a second one.
pub fn split_cases() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("case_id", DataType::Utf8, false), Field::new("split_at", moment(), false)]))
}

/// `signals`: one row per active rule; `bit` is its place in the `signals` columns and its priority.
pub fn signals() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("bit", DataType::Int64, false),
        Field::new("mask", DataType::Int64, false),
        Field::new("family", DataType::Utf8, false),
        Field::new("cause", DataType::Utf8, false),
        Field::new("rule", DataType::Utf8, false),
        Field::new("looks_ahead", DataType::Boolean, false),
    ]))
}
