//! The Delta tables: contacts bucketed by client and sorted by (client, time), rejects, and the register of files.
//!
//! ```text
//!  batches of contacts ──► Ingest: sort, drop duplicates, write ──► contacts/  00-0f-000012.parquet …   one commit
//!                                                                    rejects/  000012.parquet
//!                                                                    files/    000012.parquet
//!  contacts/ ──► ContactsTable ──► ByClientExec: buckets side by side, files of a bucket merged
//! ```
//!
//! In: batches of the contact schema. Out: tables that SQL reads, and that other tools can read. An ingest happens whole or
//! not at all: the commit of `contacts` decides, and what an unfinished ingest left behind is swept away by the next one.
//! Only this stage uses deltalake. It fails where the disk does, where another ingest is running, and where the store
//! was made with another key or an order of sources that contradicts the configuration.

mod before_ingest;
mod by_client;
mod checked_file;
mod checksums;
mod contacts;
mod copies;
mod counts;
mod data_file;
mod delta;
mod duplicates;
mod file_counts;
mod ingest;
mod layout;
mod lock;
mod mappings;
mod opened_store;
mod parquet_file;
mod register;
mod rewrite;
mod row_keys;
mod side_tables;
mod sort;
mod split_cases;
mod state;
mod write;

pub use by_client::ByClientExec;
pub use contacts::ContactsTable;
pub use counts::Counts;
pub use ingest::{Committed, DuplicateRules, Ingest, IngestExtent};
pub use lock::Lock;
pub use mappings::{Mapping, Stale, changed_keys, is_only_more, mapping_text, stale};
pub use opened_store::{Notes, Store};
pub use register::{FileContent, FileOutcome, FileStat, KnownFile, OtherName, StoredFile, WholeRows};
