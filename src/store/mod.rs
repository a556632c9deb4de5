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

mod contacts;
mod delta;
mod duplicates;
mod ingest;
mod layout;
mod lock;
mod mappings;
mod merge;
mod parquet_file;
mod small;
mod sort;
mod split_cases;
mod write;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Field, Schema, SchemaRef, TimestampMicrosecondType};

pub use contacts::ContactsTable;
pub use ingest::{Committed, Extent, FileOutcome, Ingest, StoredFile};
pub use lock::Lock;
pub use mappings::{Mapping, Stale, mapping_text, stale};
pub use merge::ByClientExec;

use crate::error::{Error, Result};
use crate::schema::{self, table};
use delta::Delta;

/// A store as it was when it was opened; later commits do not change what it shows.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    contacts: Delta,
    /// Number of the ingest that made the store anew: what came before is not in it.
    since: i64,
    /// Number of the last ingest that was committed.
    ingest: i64,
}

impl Store {
    /// Opens a store that exists.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub async fn open(root: &Path) -> Result<Store> {
        let none = || Error::user(format!("there is no store at `{}`", root.display()));
        Store::find(root).await?.ok_or_else(|| none().hint("dropoff ingest makes it from the logs"))
    }

    /// Opens the store if there is one. A folder where the making of one was cut short holds none.
    pub async fn find(root: &Path) -> Result<Option<Store>> {
        match Delta::open(&root.join(table::CONTACTS)).await? {
            Some(contacts) => Store::from(root, contacts).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes an empty store for these measures. Who makes it holds its lock.
    pub async fn create(
        root: &Path,
        _: &Lock,
        measures: &[Field],
        key_check: &str,
        sources: &[String],
    ) -> Result<Store> {
        let fields = [schema::contact_fields(), measures.to_vec()].concat();
        let properties = [
            (delta::KEY_CHECK.to_owned(), key_check.to_owned()),
            (delta::SOURCES.to_owned(), delta::sources_property(sources)),
        ];
        let contacts = Delta::create(&root.join(table::CONTACTS), &fields, properties).await?;
        Store::from(root, contacts).await
    }

    async fn from(root: &Path, contacts: Delta) -> Result<Store> {
        let ingest = contacts.last_ingest().await?;
        let since = contacts.property(delta::SINCE).and_then(|number| number.parse().ok()).unwrap_or(0);
        Ok(Store { root: root.to_owned(), contacts, since, ingest })
    }

    /// Version of the `contacts` table.
    pub fn version(&self) -> u64 {
        self.contacts.version()
    }

    /// Columns of `contacts`, measures included.
    pub fn contact_schema(&self) -> Result<SchemaRef> {
        let mut fields = schema::contact_fields();
        let known = fields.len();
        fields.extend(self.contacts.fields()?.into_iter().skip(known));
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The check value of the key that this store's pseudonyms are made with.
    pub fn key_check(&self) -> Option<&str> {
        self.contacts.property(delta::KEY_CHECK)
    }

    /// Names of the sources, in the order that breaks ties in time.
    pub fn sources(&self) -> Result<Vec<String>> {
        delta::sources_from(self.contacts.property(delta::SOURCES).unwrap_or("[]"))
    }

    /// The table `contacts`, read in `partitions` parts. `measures` that the store lacks are null.
    pub fn contacts(&self, partitions: usize, measures: &[Field]) -> Result<ContactsTable> {
        let stored = self.contact_schema()?;
        let more = measures.iter().filter(|measure| stored.field_with_name(measure.name()).is_err());
        let fields: Vec<Field> =
            stored.fields().iter().map(|field| field.as_ref().clone()).chain(more.cloned()).collect();
        ContactsTable::new(
            self.contacts.folder(),
            Arc::new(Schema::new(fields)),
            self.contacts.files()?,
            self.sources()?,
            partitions,
        )
    }

    /// The ingests that it is made of.
    fn ingests(&self) -> RangeInclusive<i64> {
        self.since..=self.ingest
    }

    /// The mappings that were current at the last ingest, as [`Store::note_mappings`] left them.
    pub fn noted_mappings(&self) -> Option<&str> {
        self.contacts.property(delta::MAPPINGS)
    }

    /// Notes the mappings of today; nothing else changes.
    pub async fn note_mappings(&self, _: &Lock, mappings: String) -> Result<()> {
        let properties = [(delta::MAPPINGS.to_owned(), mappings)].into();
        self.contacts.commit(delta::Change { properties, ..delta::Change::default() }).await
    }

    /// The table `files`: what became of the rows of each ingested file.
    pub async fn files(&self) -> Result<arrow::array::RecordBatch> {
        small::read(&self.root.join(table::FILES), &schema::files(), self.ingests()).await
    }

    /// The table `rejects`.
    pub async fn rejects(&self) -> Result<arrow::array::RecordBatch> {
        small::read(&self.root.join(table::REJECTS), &schema::rejects(), self.ingests()).await
    }

    /// The cases whose contacts name several clients, and when (microseconds) the first contact named a second one.
    pub async fn split_cases(&self) -> Result<BTreeMap<String, i64>> {
        let rows = small::read(&self.root.join(table::SPLIT_CASES), &schema::split_cases(), self.ingests()).await?;
        let (cases, moments) =
            (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<TimestampMicrosecondType>());
        let mut earliest: BTreeMap<String, i64> = BTreeMap::new();
        for (case, &at) in cases.iter().flatten().zip(moments.values()) {
            earliest.entry(case.to_owned()).and_modify(|known| *known = at.min(*known)).or_insert(at);
        }
        Ok(earliest)
    }

    /// Begins an ingest into the store as it is. Who begins it holds the lock, and has opened the store since.
    ///
    /// # Errors
    /// Where the measures contradict those stored, or the order of sources does.
    pub async fn begin_ingest(
        self,
        lock: Lock,
        measures: &[Field],
        sources: &[String],
        extent: Extent,
    ) -> Result<Ingest> {
        Ingest::begin(self, lock, measures, sources, extent).await
    }
}
