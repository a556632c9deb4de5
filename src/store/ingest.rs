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

use super::copies::{self, Copies};
use super::counts::Counts;
use super::data_file::DataFile;
use super::delta::{Change, FORMAT, FORMAT_NOW, SINCE, SOURCES, SPLIT_SINCE, sources_property};
use super::duplicates::{Duplicates, DuplicatesByFile};
use super::layout::Place;
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
pub enum Extent {
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
    extent: Extent,
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

impl Ingest {
    async fn begin(store: Store, lock: Lock, measures: &[Field], sources: &[String], extent: Extent) -> Result<Ingest> {
        let extent = if store.ingest == 0 && extent == Extent::More { Extent::Anew } else { extent };
        if extent != Extent::Anew && store.format < FORMAT_NOW {
            return Err(Error::user("the store was made by an older version, which knew rows and files otherwise")
                .fact("found", format!("format {}", store.format))
                .fact("expected", format!("format {FORMAT_NOW}"))
                .hint("`dropoff ingest --rebuild` makes it anew from the logs that are there; reports can be read as before"));
        }
        let mut new_fields = new_fields(&store, measures)?;
        if store.lacks_row_content() {
            new_fields.push(schema::row_content());
        }
        let sources = match extent {
            Extent::More | Extent::Look => joined_order(&store.sources()?, sources)?,
            Extent::Anew => sources.to_vec(),
        };
        let folder = store.contacts.folder().to_owned();
        if extent != Extent::Look {
            state::say_last(&store.root, &store.contacts)?;
            sweep(&store, &folder).await?;
        }
        let sorter = Sorter::new(&store.root, SORT_BYTES);
        let number = store.ingest + 1;
        Ok(Ingest { number, store, new_fields, sources, extent, sorter, rejects: None, folder, _lock: lock })
    }

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
        if extent == Extent::Anew {
            change.properties.insert(SINCE.to_owned(), number.to_string());
        }
        if sources != store.sources()? {
            change.properties.insert(SOURCES.to_owned(), sources_property(&sources));
        }
        let since = if extent == Extent::Anew { number } else { store.since };
        state::make(&root, &store.contacts, change, since..=number).await?;
        let twins = twins(&written.dropped);
        let store = Store::open(&root).await?;
        Ok(Committed { store, files, twins, split_cases: split_cases.all })
    }

    /// What would be stored, and nothing is.
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
            Extent::More | Extent::Look => {
                let joined = store.contacts.files()?;
                (store, joined, Vec::new())
            }
            Extent::Anew => {
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

/// What goes as the new rows come.
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

/// Rows that were said to be duplicates, and are stored now as those whose copies they were have gone.
fn inherited(rewritten: &Rewritten) -> Vec<StoredFile> {
    let mut came: Vec<_> = rewritten.came.iter().collect();
    came.sort();
    let file = |((source, file), &rows): (&(String, String), &i64)| StoredFile {
        outcome: FileOutcome {
            source: source.clone(),
            file: file.clone(),
            counts: Counts { kept: rows, duplicates: -rows, ..Counts::default() },
            ..FileOutcome::default()
        },
        replaced: 0,
    };
    came.into_iter().map(file).collect()
}

/// For each source one row that is a duplicate, and the row that it equals.
fn twins(dropped: &DuplicatesByFile) -> BTreeMap<String, String> {
    let mut twins = BTreeMap::new();
    let mut examples: Vec<_> = dropped.iter().collect();
    examples.sort_by_key(|(file, _)| *file);
    for ((source, _), again) in examples {
        if let Some(example) = &again.example {
            twins.entry(source.clone()).or_insert_with(|| example.clone());
        }
    }
    twins
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
    // An earlier moment is said again: the earliest of a case counts.
    let new: Vec<&(String, i64)> =
        found.iter().filter(|(case, at)| known.get(case).is_none_or(|known| at < known)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(new.iter().map(|(case, _)| case))),
        Arc::new(TimestampMicrosecondArray::from_iter_values(new.iter().map(|(_, at)| *at)).with_timezone("UTC")),
    ];
    let all = found.iter().filter(|(case, _)| !known.contains_key(case)).count() + known.len();
    Ok(SplitCases { all, new: RecordBatch::try_new(schema::split_cases(), columns)? })
}

fn counted(mut outcome: FileOutcome, dropped: &DuplicatesByFile, rewritten: &Rewritten) -> StoredFile {
    let file = (outcome.source.clone(), outcome.file.clone());
    let again = dropped.get(&file).cloned().unwrap_or_default();
    let counts = &mut outcome.counts;
    counts.duplicates = again.rows;
    counts.without_client -= again.without_client;
    counts.kept = counts.read - counts.skipped - counts.rejected - counts.duplicates;
    let went = |rows: &HashMap<(String, String), i64>, file| rows.get(&file).copied().unwrap_or(0);
    if let Some(replaced) = &outcome.replaces {
        let replaced = went(&rewritten.went, (outcome.source.clone(), replaced.clone()));
        return StoredFile { outcome, replaced };
    }
    // A row that is read again as it has an end now was counted before.
    let (stored, copies) = (went(&rewritten.went, file.clone()), went(&rewritten.copies_went, file.clone()));
    counts.read -= stored + copies;
    counts.kept -= stored;
    counts.duplicates -= copies;
    counts.without_client -= went(&rewritten.went_without_client, file);
    StoredFile { outcome, replaced: 0 }
}

/// Removes what an ingest left that was killed before its commit, and what one that made the store anew has replaced.
async fn sweep(store: &Store, folder: &Path) -> Result<()> {
    for table in [table::REJECTS, table::FILES, table::SPLIT_CASES, table::COPIES, table::NAMES] {
        side_tables::sweep(&store.root.join(table), store.ingests()).await?;
    }
    let failed = |error: std::io::Error| Error::environment(format!("cannot clean `{}`: {error}", folder.display()));
    let named: HashSet<String> = store.contacts.files()?.into_iter().map(|file| file.name).collect();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Place::parse(&name).is_ok() && !named.contains(&name) {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    for entry in std::fs::read_dir(&store.root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(".sorting-") {
            std::fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Measures that the table does not have yet.
fn new_fields(store: &Store, measures: &[Field]) -> Result<Vec<Field>> {
    let stored = store.contact_schema()?;
    let mut new = Vec::new();
    let mut contradictions = Vec::new();
    for measure in measures {
        match stored.field_with_name(measure.name()) {
            Err(_) => new.push(measure.clone()),
            Ok(field) if field.data_type() == measure.data_type() => {}
            Ok(field) => contradictions.push(
                Error::user(format!("measure `{}` has another type in the store", measure.name()))
                    .fact("found", schema::plain_type(measure.data_type()))
                    .fact("expected", schema::plain_type(field.data_type()))
                    .hint("give the measure another name, or ingest into a new store"),
            ),
        }
    }
    match Error::all(contradictions) {
        Some(error) => Err(error),
        None => Ok(new),
    }
}

/// The stored order of sources with new ones where the configuration puts them; those that are gone stay where they are.
fn joined_order(stored: &[String], configured: &[String]) -> Result<Vec<String>> {
    let places: BTreeMap<&String, usize> = configured.iter().zip(0..).collect();
    let known: Vec<&String> = stored.iter().filter(|source| places.contains_key(source)).collect();
    if !known.is_sorted_by_key(|source| places[source]) {
        return Err(Error::user("the order of the sources is not that of the store")
            .fact("found", configured.join(", "))
            .fact("expected", stored.join(", "))
            .hint("the order of `[[source]]` breaks ties in time: keep it, or ingest into a new store"));
    }
    let mut order = stored.to_vec();
    for (place, source) in configured.iter().enumerate().filter(|(_, source)| !stored.contains(source)) {
        // Right before the next source that is known, else at the end.
        let next = configured[place + 1..].iter().find_map(|next| order.iter().position(|known| known == next));
        order.insert(next.unwrap_or(order.len()), source.clone());
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::joined_order;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn sources_keep_their_order_and_new_ones_find_their_place() {
        let order = joined_order(&names(&["web", "phone"]), &names(&["web", "chat", "phone"])).unwrap();
        assert_eq!(order, names(&["web", "chat", "phone"]));
        assert!(joined_order(&names(&["web", "phone"]), &names(&["phone", "web"])).is_err());
        assert_eq!(joined_order(&names(&["web", "phone"]), &names(&["phone"])).unwrap(), names(&["web", "phone"]));
        let order = joined_order(&names(&["web", "phone"]), &names(&["chat", "phone", "sms"])).unwrap();
        assert_eq!(order, names(&["web", "chat", "phone", "sms"]));
    }
}
