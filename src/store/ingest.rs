//! One ingest: contacts, rejects and the register of files, stored together or not at all.
//!
//! ```text
//!  begin ── lock, sweep what a killed ingest left ──► push batches ──► sort, drop duplicates, write files
//!        ──► commit: rejects, files, then contacts with the number of this ingest: that one decides
//! ```

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::Field;
use deltalake::kernel::Action;

use super::Store;
use super::delta::{Change, DataFile, MAPPINGS, SINCE, SOURCES, sources_property};
use super::duplicates::{Dropped, Duplicates, drop_rejects};
use super::layout::Place;
use super::lock::Lock;
use super::parquet_file;
use super::small;
use super::sort::Sorter;
use super::split_cases;
use super::write::{Written, write_contacts};
use crate::error::{Error, Result};
use crate::schema::{self, table};

/// Contacts held in memory before a sorted run goes to disk.
const SORT_BYTES: usize = 192 << 20;

/// What became of the rows of one log file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOutcome {
    pub source: String,
    pub file: String,
    /// Identifies the file by its bytes.
    pub content: String,
    /// By what its rows were read, see [`mapping_text`](super::mapping_text).
    pub mapping: String,
    pub bytes: i64,
    /// Microseconds.
    pub modified_at: Option<i64>,
    pub read: i64,
    pub skipped: i64,
    pub rejected: i64,
    pub without_client: i64,
    pub ambiguous_times: i64,
    /// Microseconds.
    pub first_at: Option<i64>,
    pub latest_at: Option<i64>,
}

/// A log file after its contacts were stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub outcome: FileOutcome,
    pub kept: i64,
    pub duplicates: i64,
}

/// What an ingest has brought.
#[derive(Debug)]
pub struct Committed {
    /// The store as it is now.
    pub store: Store,
    pub files: Vec<StoredFile>,
    /// The rejects that were not stored already.
    pub rejects: RecordBatch,
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
}

/// An ingest under way. Dropping it leaves the store as it was.
pub struct Ingest {
    store: Store,
    number: i64,
    new_fields: Vec<Field>,
    sources: Vec<String>,
    extent: Extent,
    sorter: Sorter,
    folder: PathBuf,
    _lock: Lock,
}

impl Ingest {
    pub(super) async fn begin(
        store: Store,
        lock: Lock,
        measures: &[Field],
        sources: &[String],
        extent: Extent,
    ) -> Result<Ingest> {
        let new_fields = new_fields(&store, measures)?;
        let sources = match extent {
            Extent::More => joined_order(&store.sources()?, sources)?,
            Extent::Anew => sources.to_vec(),
        };
        let folder = store.contacts.folder().to_owned();
        sweep(&store, &folder).await?;
        let sorter = Sorter::new(&store.root, SORT_BYTES);
        Ok(Ingest { number: store.ingest + 1, store, new_fields, sources, extent, sorter, folder, _lock: lock })
    }

    /// Takes contacts. Batches come by source in the order of the configuration, then by file and row.
    pub fn push(&mut self, contacts: RecordBatch) -> Result<()> {
        self.sorter.push(contacts)
    }

    /// Sorts and stores everything. `keeps_duplicates`: sources whose equal rows are all kept; `mappings`: those of today, to be noted.
    ///
    /// # Errors
    /// Where the disk fails; the store is then as it was.
    pub async fn commit(
        self,
        outcomes: Vec<FileOutcome>,
        rejects: &RecordBatch,
        keeps_duplicates: &HashSet<String>,
        mappings: String,
    ) -> Result<Committed> {
        let Ingest { store, number, new_fields, sources, extent, sorter, folder, _lock } = self;
        // What the new contacts join, and what they take the place of.
        let (store, joined, replaced) = match extent {
            Extent::More => {
                let joined = store.contacts.files()?;
                (store, joined, Vec::new())
            }
            Extent::Anew => {
                let replaced = store.contacts.files()?;
                (Store { since: number, ..store }, Vec::new(), replaced)
            }
        };
        let duplicates = Duplicates::new(&folder, joined.clone(), keeps_duplicates);
        let Written { mut actions, mut dropped } = write_contacts(&sorter.finish()?, &folder, number, &duplicates)?;
        let rejects = drop_rejects(rejects, &store.rejects().await?, &mut dropped)?;
        let stored: Vec<StoredFile> = outcomes.into_iter().map(|outcome| counted(outcome, &dropped)).collect();
        small::append(&store.root.join(table::REJECTS), number, &rejects).await?;
        small::append(&store.root.join(table::FILES), number, &register(number, &stored)?).await?;
        let split_cases = find_split_cases(&store, &folder, &joined, &actions).await?;
        if split_cases.new.num_rows() > 0 {
            small::append(&store.root.join(table::SPLIT_CASES), number, &split_cases.new).await?;
        }
        actions.extend(replaced.iter().map(|file| parquet_file::removal(&file.name)));
        let mut change = Change { actions, new_fields, ingest: Some(number), ..Change::default() };
        change.properties.insert(MAPPINGS.to_owned(), mappings);
        if extent == Extent::Anew {
            change.properties.insert(SINCE.to_owned(), number.to_string());
        }
        if sources != store.sources()? {
            change.properties.insert(SOURCES.to_owned(), sources_property(&sources));
        }
        store.contacts.commit(change).await?;
        let store = Store::open(&store.root).await?;
        Ok(Committed { store, files: stored, rejects, split_cases: split_cases.all })
    }
}

/// Cases that name several clients: all there are, and those that the store does not list yet.
struct SplitCases {
    all: usize,
    new: RecordBatch,
}

/// Looks at the contacts that are stored and at those that `actions` add.
async fn find_split_cases(store: &Store, folder: &Path, joined: &[DataFile], actions: &[Action]) -> Result<SplitCases> {
    let mut files: Vec<String> = joined.iter().map(|file| file.name.clone()).collect();
    files.extend(actions.iter().filter_map(|action| match action {
        Action::Add(add) => Some(add.path.clone()),
        _ => None,
    }));
    let known = store.split_cases().await?;
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

fn counted(mut outcome: FileOutcome, dropped: &Dropped) -> StoredFile {
    let file = (outcome.source.clone(), outcome.file.clone());
    let again = dropped.get(&file).copied().unwrap_or_default();
    let duplicates = again.rows + again.rejects;
    outcome.rejected -= again.rejects;
    outcome.without_client -= again.without_client;
    let kept = outcome.read - outcome.skipped - outcome.rejected - duplicates;
    StoredFile { outcome, kept, duplicates }
}

/// The rows of `files` that this ingest adds.
fn register(ingest: i64, files: &[StoredFile]) -> Result<RecordBatch> {
    let text = |value: fn(&FileOutcome) -> &str| -> Arc<StringArray> {
        Arc::new(StringArray::from_iter_values(files.iter().map(|file| value(&file.outcome))))
    };
    let count = |value: fn(&StoredFile) -> i64| -> Arc<Int64Array> {
        Arc::new(Int64Array::from_iter_values(files.iter().map(value)))
    };
    let moment = |value: fn(&FileOutcome) -> Option<i64>| -> Arc<TimestampMicrosecondArray> {
        let moments = files.iter().map(|file| value(&file.outcome));
        Arc::new(moments.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let ingests = Int64Array::from_iter_values(files.iter().map(|_| ingest));
    Ok(RecordBatch::try_new(
        schema::files(),
        vec![
            Arc::new(ingests),
            text(|file| &file.source),
            text(|file| &file.file),
            text(|file| &file.content),
            count(|file| file.outcome.bytes),
            moment(|file| file.modified_at),
            count(|file| file.outcome.read),
            count(|file| file.kept),
            count(|file| file.outcome.skipped),
            count(|file| file.outcome.rejected),
            count(|file| file.duplicates),
            count(|file| file.outcome.without_client),
            count(|file| file.outcome.ambiguous_times),
            moment(|file| file.first_at),
            moment(|file| file.latest_at),
            text(|file| &file.mapping),
        ],
    )?)
}

/// Removes what an ingest left that was killed before its commit, and what one that made the store anew has replaced.
async fn sweep(store: &Store, folder: &Path) -> Result<()> {
    small::sweep(&store.root.join(table::REJECTS), store.ingests()).await?;
    small::sweep(&store.root.join(table::FILES), store.ingests()).await?;
    small::sweep(&store.root.join(table::SPLIT_CASES), store.ingests()).await?;
    let failed = |error: std::io::Error| Error::environment(format!("cannot clean `{}`: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let left_over =
            Place::parse(&name.to_string_lossy()).is_ok_and(|(_, ingest)| !store.ingests().contains(&ingest));
        if left_over {
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
