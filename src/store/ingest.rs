//! One ingest: contacts, rejects and the register of files, stored together or not at all.
//!
//! ```text
//!  begin ── lock, sweep what a killed ingest left ──► push batches ──► sort, drop duplicates, write files
//!        ──► commit: rejects, files, then contacts with the number of this ingest: that one decides
//! ```

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Field;
use deltalake::kernel::Action;

use super::before_ingest::{joined_order, new_fields, sweep};
use super::copies::{self, Copies};
use super::data_file::DataFile;
use super::delta::{Change, FORMAT, FORMAT_NOW, SINCE, SOURCES, SPLIT_SINCE, sources_property};
use super::duplicates::Duplicates;
use super::file_counts::{counted, inherited, twins};
use super::lock::Lock;
use super::opened_store::{Notes, Store};
use super::parquet_file::{self, NewFile};
use super::register::{self, FileOutcome, KnownFile, StoredFile};
use super::rewrite::{self, Rewritten, RowsToRemove};
use super::side_tables;
use super::sort::Sorter;
use super::split_cases;
use super::state;
use super::write::{Target, WrittenFiles, write_contacts};
use crate::error::{Error, Result};
use crate::schema::{self, table};

/// Contacts held in memory before a sorted run goes to disk.
const SORT_BYTES: usize = 192 << 20;

/// What an ingest has brought.
#[derive(Debug)]
pub struct Committed {
    /// The store as it is now.
    pub store: Store,
    pub files: Vec<StoredFile>,
    /// For sources that lost rows as duplicates, one of them and the row that it equals.
    pub twins: BTreeMap<String, String>,
    /// How many cases of the whole store name several clients.
    pub split_cases: usize,
}

/// What an ingest does with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestExtent {
    /// Adds to it.
    More,
    /// Takes its place, in the same commit.
    Anew,
    /// Nothing: it is looked at what adding would do.
    Look,
}

/// An ingest under way. Dropping it leaves the store as it was.
pub struct Ingest {
    store: Store,
    number: i64,
    new_fields: Vec<Field>,
    sources: Vec<String>,
    extent: IngestExtent,
    sorter: Sorter,
    /// Begun with the first reject.
    rejects: Option<NewFile>,
    folder: PathBuf,
    _lock: Lock,
}

/// How equal rows of each source count.
pub type DuplicateRules = HashMap<String, crate::config::Duplicates>;

/// Contacts as they are written, before they are committed.
struct WrittenIngest {
    store: Store,
    number: i64,
    written: WrittenFiles,
    rewritten: Rewritten,
    /// Data files whose place the new ones take.
    replaced: Vec<DataFile>,
    files: Vec<StoredFile>,
}

impl Store {
    /// Begins an ingest into the store as it is. The caller took the lock, and opened the store after that.
    ///
    /// # Errors
    /// Where the measures contradict those stored, or the order of sources does.
    pub async fn begin_ingest(
        self,
        lock: Lock,
        measures: &[Field],
        sources: &[String],
        extent: IngestExtent,
    ) -> Result<Ingest> {
        let extent = if self.ingest == 0 && extent == IngestExtent::More { IngestExtent::Anew } else { extent };
        if extent != IngestExtent::Anew && self.format < FORMAT_NOW {
            return Err(Error::user("the store was made by an older version, which knew rows and files otherwise")
                .fact("found", format!("format {}", self.format))
                .fact("expected", format!("format {FORMAT_NOW}"))
                .hint("`dropoff ingest --rebuild` makes it anew from the logs that are there; reports can be read as before"));
        }
        let mut new_fields = new_fields(&self, measures)?;
        if self.lacks_row_content() {
            new_fields.push(schema::row_content());
        }
        let sources = match extent {
            IngestExtent::More | IngestExtent::Look => joined_order(&self.sources()?, sources)?,
            IngestExtent::Anew => sources.to_vec(),
        };
        let folder = self.contacts.folder().to_owned();
        if extent != IngestExtent::Look {
            state::say_last(&self.root, &self.contacts)?;
            sweep(&self, &folder).await?;
        }
        let sorter = Sorter::new(&self.root, SORT_BYTES);
        let number = self.ingest + 1;
        Ok(Ingest { number, store: self, new_fields, sources, extent, sorter, rejects: None, folder, _lock: lock })
    }
}

impl Ingest {
    /// Takes contacts. Batches come by source in the order of the configuration, then by file and row.
    pub fn push(&mut self, contacts: RecordBatch) -> Result<()> {
        self.sorter.push(contacts)
    }

    /// Takes rejects, in the order of files and rows.
    pub fn push_rejects(&mut self, rejects: &RecordBatch) -> Result<()> {
        if rejects.num_rows() == 0 {
            return Ok(());
        }
        let file = match &mut self.rejects {
            Some(file) => file,
            none => {
                let folder = self.store.root.join(table::REJECTS);
                side_tables::make_folder(&folder)?;
                none.insert(NewFile::create(&folder, &side_tables::file_name(self.number), rejects.schema())?)
            }
        };
        file.write(rejects)
    }

    /// Sorts and stores everything.
    ///
    /// # Errors
    /// Where the disk fails; the store is then as it was.
    pub async fn commit(
        mut self,
        outcomes: Vec<FileOutcome>,
        rules: &DuplicateRules,
        notes: Notes<'_>,
    ) -> Result<Committed> {
        let rejects = self.rejects.take().map(NewFile::finish).transpose()?;
        let (new_fields, sources, extent) = (std::mem::take(&mut self.new_fields), self.sources.clone(), self.extent);
        let folder = self.folder.clone();
        let copies_folder = self.store.root.join(table::COPIES);
        side_tables::make_folder(&copies_folder)?;
        let (stored, _lock) = self.write(outcomes, rules, &folder, &copies_folder).await?;
        let WrittenIngest { store, number, mut written, rewritten, replaced, files } = stored;
        let root = store.root.clone();
        side_tables::add(&root.join(table::REJECTS), &schema::rejects(), rejects.into_iter().collect()).await?;
        if !rewritten.entries.is_empty() {
            let entries = copies::rows(&rewritten.entries)?;
            written.copies.push(parquet_file::write(&copies_folder, &side_tables::file_name(number), &entries)?);
        }
        side_tables::add(&copies_folder, &schema::copies(), std::mem::take(&mut written.copies)).await?;
        let inherited = inherited(&rewritten);
        let rows = register::rows(number, &[files.as_slice(), &inherited].concat())?;
        side_tables::append(&root.join(table::FILES), number, &rows).await?;
        side_tables::append(&root.join(table::NAMES), number, &register::name_rows(notes.met)?).await?;
        let mut change = Change { new_fields, ingest: Some(number), ..Change::default() };
        // Where rows have gone, all cases are looked at anew.
        let known = if rewritten.actions.is_empty() {
            store.split_cases().await?
        } else {
            change.properties.insert(SPLIT_SINCE.to_owned(), number.to_string());
            BTreeMap::new()
        };
        let split_cases = find_split_cases(known, &folder, &rewritten.stored, &written.actions)?;
        if split_cases.new.num_rows() > 0 {
            side_tables::append(&root.join(table::SPLIT_CASES), number, &split_cases.new).await?;
        }
        change.actions = rewritten.actions;
        change.actions.extend(written.actions);
        change.actions.extend(replaced.iter().map(|file| parquet_file::removal(&file.name)));
        change.properties.extend(notes.properties());
        change.properties.insert(FORMAT.to_owned(), FORMAT_NOW.to_string());
        if extent == IngestExtent::Anew {
            change.properties.insert(SINCE.to_owned(), number.to_string());
        }
        if sources != store.sources()? {
            change.properties.insert(SOURCES.to_owned(), sources_property(&sources));
        }
        let since = if extent == IngestExtent::Anew { number } else { store.since };
        state::make(&root, &store.contacts, change, since..=number).await?;
        let twins = twins(&written.dropped);
        let store = Store::open(&root).await?;
        Ok(Committed { store, files, twins, split_cases: split_cases.all })
    }

    /// Works out what would be stored, and stores nothing.
    ///
    /// # Errors
    /// As [`Ingest::commit`].
    pub async fn account(
        mut self,
        outcomes: Vec<FileOutcome>,
        rules: &DuplicateRules,
    ) -> Result<(Vec<StoredFile>, BTreeMap<String, String>)> {
        if let Some(rejects) = self.rejects.take() {
            rejects.abandon();
        }
        let scratch = tempfile::Builder::new().prefix(".sorting-").tempdir_in(&self.store.root);
        let scratch = scratch.map_err(|error| Error::environment(error.to_string()))?;
        let (stored, _lock) = self.write(outcomes, rules, scratch.path(), scratch.path()).await?;
        for action in &stored.rewritten.actions {
            if let Action::Add(add) = action {
                let _ = std::fs::remove_file(stored.store.contacts.folder().join(&add.path));
            }
        }
        Ok((stored.files, twins(&stored.written.dropped)))
    }

    /// Writes the data files of the new contacts into `folder`, and those again that rows go from.
    async fn write(
        self,
        outcomes: Vec<FileOutcome>,
        rules: &DuplicateRules,
        folder: &Path,
        copies_folder: &Path,
    ) -> Result<(WrittenIngest, Lock)> {
        let Ingest { store, number, sources, extent, sorter, folder: stored_in, _lock, .. } = self;
        // What the new contacts join, and what they take the place of.
        let (store, joined, replaced) = match extent {
            IngestExtent::More | IngestExtent::Look => {
                let joined = store.contacts.files()?;
                (store, joined, Vec::new())
            }
            IngestExtent::Anew => {
                let replaced = store.contacts.files()?;
                (Store { since: number, ..store }, Vec::new(), replaced)
            }
        };
        let known = store.known_files().await?;
        let copies = side_tables::files(&store.root.join(table::COPIES), store.ingests()).await?;
        let copies = Copies::new(&store.root.join(table::COPIES), copies);
        let to_remove = rows_to_remove(&outcomes, &known);
        let rewritten = rewrite::without(&to_remove, &stored_in, joined, &copies, &sources, number)?;
        let grown: HashSet<(&str, &str)> = outcomes
            .iter()
            .filter(|outcome| outcome.replaces.is_none())
            .filter(|outcome| known.iter().any(|known| known.duplicates > 0 && is_of(outcome, known)))
            .map(|outcome| (outcome.source.as_str(), outcome.file.as_str()))
            .collect();
        let earlier = if grown.is_empty() {
            Vec::new()
        } else {
            copies.find(|known, row| grown.contains(&(known.source(row), known.file(row))))?
        };
        let duplicates = Duplicates::new(&stored_in, rewritten.stored.clone(), rules, earlier);
        let target = Target { contacts: folder, copies: copies_folder, ingest: number };
        let written = write_contacts(&sorter.finish()?, target, &duplicates)?;
        let files = outcomes.into_iter().map(|outcome| counted(outcome, &written.dropped, &rewritten)).collect();
        Ok((WrittenIngest { store, number, written, rewritten, replaced, files }, _lock))
    }
}

fn is_of(outcome: &FileOutcome, known: &KnownFile) -> bool {
    known.source == outcome.source && known.file == outcome.file
}

/// The stored rows that make way for the new ones.
fn rows_to_remove(outcomes: &[FileOutcome], known: &[KnownFile]) -> RowsToRemove {
    let mut to_remove = RowsToRemove::default();
    for outcome in outcomes {
        if let Some(replaced) = &outcome.replaces {
            to_remove.files.insert((outcome.source.clone(), replaced.clone()));
            if *replaced == outcome.file {
                to_remove.again.insert((outcome.source.clone(), replaced.clone()));
            }
        } else if let Some(row) = outcome.reopens {
            to_remove.rows.insert((outcome.source.clone(), outcome.file.clone(), row));
        }
    }
    let concerned = known.iter().filter(|known| {
        let name = (known.source.clone(), known.file.clone());
        to_remove.files.contains(&name)
            || to_remove.rows.iter().any(|(source, file, _)| (source, file) == (&name.0, &name.1))
    });
    to_remove.span_us = concerned
        .filter_map(|known| known.span_us)
        .reduce(|(first, latest), (other_first, other_latest)| (first.min(other_first), latest.max(other_latest)));
    to_remove
}

/// Cases that name several clients: all there are, and those that the store does not list yet.
struct SplitCases {
    all: usize,
    new: RecordBatch,
}

/// Looks at the contacts that are stored and at those that `actions` add.
fn find_split_cases(
    known: BTreeMap<String, i64>,
    folder: &Path,
    joined: &[DataFile],
    actions: &[Action],
) -> Result<SplitCases> {
    let mut files: Vec<DataFile> = joined.to_vec();
    files.extend(actions.iter().filter_map(DataFile::of_action));
    let found = split_cases::find(folder, &files)?;
    // A known case with an earlier moment is listed again: readers take its earliest.
    let new: Vec<&(String, i64)> =
        found.iter().filter(|(case, at)| known.get(case).is_none_or(|known| at < known)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(new.iter().map(|(case, _)| case))),
        Arc::new(TimestampMicrosecondArray::from_iter_values(new.iter().map(|(_, at)| *at)).with_timezone("UTC")),
    ];
    let all = found.iter().filter(|(case, _)| !known.contains_key(case)).count() + known.len();
    Ok(SplitCases { all, new: RecordBatch::try_new(schema::split_cases(), columns)? })
}
