//! A store: opened, made, put aside, and its tables read.
//!
//! In: the folder of a store. Out: its tables, as they were when it was opened. Fails where there is no store, where it cannot
//! be read, and where it is not what its last commit says.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::datatypes::{Field, Schema, SchemaRef, TimestampMicrosecondType};

use super::contacts::ContactsTable;
use super::delta::{self, Delta};
use super::lock::Lock;
use super::register::{self, KnownFile, OtherName};
use super::{side_tables, state};
use crate::error::{Error, Result};
use crate::schema::{self, table};

/// A store as it was when it was opened; later commits do not change what it shows.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) root: PathBuf,
    pub(super) contacts: Delta,
    /// Number of the ingest that made the store anew: what came before is not in it.
    pub(super) since: i64,
    /// Number of the last ingest that was committed.
    pub(super) ingest: i64,
    /// The form of the store: [`delta::FORMAT_NOW`], or an earlier one.
    pub(super) format: i64,
}

/// What an ingest notes in the store besides rows.
#[derive(Clone, Debug)]
pub struct Notes<'a> {
    /// By which mappings the sources were read, so that a change is reported once.
    pub mappings: String,
    /// The steps named in the configuration that some contact had, so that they are not looked for again.
    pub steps: String,
    /// Known files that had another name or time of change, so that they are not read again to find that out.
    pub met: &'a [OtherName],
}

impl Notes<'_> {
    pub(super) fn properties(&self) -> HashMap<String, String> {
        [(delta::MAPPINGS.to_owned(), self.mappings.clone()), (delta::STEPS_MET.to_owned(), self.steps.clone())].into()
    }
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
    ///
    /// # Errors
    /// Where it cannot be read, or is not what its last commit says.
    pub async fn find(root: &Path) -> Result<Option<Store>> {
        let Some(mut store) = Store::find_unchecked(root).await? else { return Ok(None) };
        loop {
            let checked = state::check(root, &store.contacts, store.format, store.ingests()).await;
            let Err(error) = checked else { return Ok(Some(store)) };
            // Something else was found than was opened: an ingest may have ended in between.
            match Store::find_unchecked(root).await? {
                Some(newer) if newer.version() > store.version() => store = newer,
                _ => return Err(error),
            }
        }
    }

    /// The store that is to be made anew, if there is one; the inner error says why it cannot be read.
    ///
    /// # Errors
    /// Where the user may not read its folder.
    pub async fn find_to_replace(root: &Path) -> Result<std::result::Result<Option<Store>, Error>> {
        if let Err(error) = std::fs::read_dir(root.join(table::CONTACTS))
            && error.kind() == std::io::ErrorKind::PermissionDenied
        {
            return Err(Error::environment(format!("cannot read the store at `{}`", root.display()))
                .fact("found", error.to_string()));
        }
        let readable = async {
            let store = Store::find(root).await?;
            if let Some(store) = &store {
                store.known_files().await?;
                for table in [table::REJECTS, table::SPLIT_CASES, table::COPIES] {
                    side_tables::files(&root.join(table), store.ingests()).await?;
                }
            }
            Ok(store)
        };
        Ok(readable.await)
    }

    /// Moves a store that cannot be read out of the way, and returns where to. The caller has the lock.
    ///
    /// # Errors
    /// Where the folder cannot be moved.
    pub fn put_aside(root: &Path, _: &Lock) -> Result<PathBuf> {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let aside = (1..).map(|number| root.with_file_name(format!("{name}.unreadable-{number}")));
        let aside = aside.into_iter().find(|path| !path.exists()).unwrap_or_default();
        std::fs::rename(root, &aside).map_err(|error| {
            Error::environment(format!("cannot move `{}` to `{}`", root.display(), aside.display()))
                .fact("found", error.to_string())
        })?;
        Ok(aside)
    }

    async fn find_unchecked(root: &Path) -> Result<Option<Store>> {
        match Delta::open(&root.join(table::CONTACTS)).await? {
            Some(contacts) => Store::from(root, contacts).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes an empty store for these measures. The caller has its lock.
    pub async fn create(
        root: &Path,
        _: &Lock,
        measures: &[Field],
        key_check: &str,
        sources: &[String],
    ) -> Result<Store> {
        let fields: Vec<Field> =
            schema::stored_contacts(measures).fields().iter().map(|field| field.as_ref().clone()).collect();
        let properties = [
            (delta::FORMAT.to_owned(), delta::FORMAT_NOW.to_string()),
            (delta::KEY_CHECK.to_owned(), key_check.to_owned()),
            (delta::SOURCES.to_owned(), delta::sources_property(sources)),
        ];
        let contacts = Delta::create(&root.join(table::CONTACTS), &fields, properties).await?;
        Store::from(root, contacts).await
    }

    async fn from(root: &Path, contacts: Delta) -> Result<Store> {
        let ingest = contacts.last_ingest().await?;
        let number = |name: &str| contacts.property(name).and_then(|number| number.parse::<i64>().ok());
        let (since, format) = (number(delta::SINCE).unwrap_or(0), number(delta::FORMAT).unwrap_or(1));
        Ok(Store { root: root.to_owned(), contacts, since, ingest, format })
    }

    /// Version of the `contacts` table.
    pub fn version(&self) -> u64 {
        self.contacts.version()
    }

    /// Columns of `contacts`, measures included.
    pub fn contact_schema(&self) -> Result<SchemaRef> {
        let mut fields = schema::contact_fields();
        let known: Vec<Field> = fields.iter().cloned().chain([schema::row_content()]).collect();
        let is_measure = |field: &Field| known.iter().all(|known| known.name() != field.name());
        fields.extend(self.contacts.fields()?.into_iter().filter(is_measure));
        Ok(Arc::new(Schema::new(fields)))
    }

    pub(super) fn lacks_row_content(&self) -> bool {
        self.contacts
            .fields()
            .is_ok_and(|fields| fields.iter().all(|field| field.name() != schema::row_content().name()))
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
    pub(super) fn ingests(&self) -> RangeInclusive<i64> {
        self.since..=self.ingest
    }

    /// What the last ingest noted: see [`Notes`].
    pub fn noted_mappings(&self) -> Option<&str> {
        self.contacts.property(delta::MAPPINGS)
    }

    /// What the last ingest noted: see [`Notes`].
    pub fn noted_steps(&self) -> Option<&str> {
        self.contacts.property(delta::STEPS_MET)
    }

    /// Notes what an ingest without rows has found; nothing else changes. Returns the store as it is then.
    pub async fn note(&self, _: &Lock, notes: Notes<'_>) -> Result<Store> {
        let number = self.ingest + 1;
        side_tables::append(&self.root.join(table::NAMES), number, &register::name_rows(notes.met)?).await?;
        let change = delta::Change { properties: notes.properties(), ingest: Some(number), ..delta::Change::default() };
        state::make(&self.root, &self.contacts, change, self.since..=number).await?;
        Store::open(&self.root).await
    }

    /// The table `files`: what became of the rows of each ingested file.
    pub async fn files(&self) -> Result<RecordBatch> {
        let all = self.all_files().await?;
        let (rows, _) = register::current(&all)?;
        let rows = UInt32Array::from_iter_values(rows.into_iter().map(|row| row as u32));
        Ok(arrow::compute::take_record_batch(&all, &rows)?)
    }

    /// The same, also of files whose rows others have taken the place of.
    async fn all_files(&self) -> Result<RecordBatch> {
        let files = side_tables::read(&self.root.join(table::FILES), &schema::files(), self.ingests()).await?;
        register::without_half_rows(&files)
    }

    /// What the files that are stored are known again by.
    pub async fn known_files(&self) -> Result<Vec<KnownFile>> {
        let names = side_tables::read_by_ingest(&self.root.join(table::NAMES), self.ingests()).await?;
        register::known_files(&self.all_files().await?, &names)
    }

    /// The table `rejects`.
    pub async fn rejects(&self) -> Result<RecordBatch> {
        let (_, since) = register::current(&self.all_files().await?)?;
        let of_ingest = |ingest: i64, rows: RecordBatch| {
            let text = |place: usize| rows.column(place).as_string::<i32>();
            let (source, file) = (text(0), text(1));
            let counts = |row: usize| {
                let first = since.get(&(source.value(row).to_owned(), file.value(row).to_owned()));
                first.is_none_or(|first| ingest >= *first)
            };
            let counts = BooleanArray::from_iter((0..rows.num_rows()).map(|row| Some(counts(row))));
            Ok(Some(arrow::compute::filter_record_batch(&rows, &counts)?))
        };
        side_tables::read_some(&self.root.join(table::REJECTS), &schema::rejects(), self.ingests(), of_ingest).await
    }

    /// The cases whose contacts name several clients, and when (microseconds) the first contact named a second one.
    pub async fn split_cases(&self) -> Result<BTreeMap<String, i64>> {
        let since = self.contacts.property(delta::SPLIT_SINCE).and_then(|number| number.parse().ok()).unwrap_or(0);
        let ingests = self.since.max(since)..=self.ingest;
        let rows = side_tables::read(&self.root.join(table::SPLIT_CASES), &schema::split_cases(), ingests).await?;
        let (cases, moments) =
            (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<TimestampMicrosecondType>());
        let mut earliest: BTreeMap<String, i64> = BTreeMap::new();
        for (case, &at) in cases.iter().flatten().zip(moments.values()) {
            earliest.entry(case.to_owned()).and_modify(|known| *known = at.min(*known)).or_insert(at);
        }
        Ok(earliest)
    }
}
