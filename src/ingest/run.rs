//! The whole of an ingest: find what is new, check it, read it, store it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{Schema, SchemaRef};

use super::cast::{CastChunk, Caster};
use super::files::{LogFile, find_files};
use super::log::{Log, OpenLog, Piece};
use super::pipeline::in_order;
use super::raw::Reject;
use super::register::{New, Register};
use crate::config::{Config, Duplicates, measure_fields};
use crate::error::{Error, Result};
use crate::expression::Compiler;
use crate::identity::Key;
use crate::schema;
use crate::store::{Committed, Extent, FileOutcome, Lock, Mapping, Stale, Store, StoredFile, mapping_text};

/// How far an ingest is; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of new files, once they are known.
    pub bytes: AtomicU64,
    pub bytes_read: Arc<AtomicU64>,
}

/// What an ingest did.
#[derive(Debug)]
pub struct Outcome {
    pub store: Store,
    /// New files, in the order they were read.
    pub files: Vec<StoredFile>,
    /// Rejected rows by source and reason.
    pub rejected: BTreeMap<(String, String), i64>,
    /// Files that were in the store already, by source.
    pub known: BTreeMap<String, usize>,
    /// Files whose name is in the store with another content.
    pub changed: Vec<String>,
    /// How many cases of the whole store name several clients.
    pub split_cases: usize,
    /// Values of the first rejected rows, up to three different ones, by source.
    pub examples: BTreeMap<String, Vec<String>>,
    pub stale: StaleSources,
}

/// Sources whose stored rows were read by another mapping than that of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleSources {
    pub sources: Vec<Stale>,
    /// Files of the store, of sources of today, that are not there any more.
    pub gone: Vec<String>,
    /// Whether all files were read again, so that none of it holds any longer.
    pub is_anew: bool,
    /// Whether this is the first ingest since a mapping changed.
    pub is_news: bool,
}

/// What is brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bring {
    /// What is new; and all files again where a mapping has changed, if all are there.
    #[default]
    New,
    /// All files that are there, into a store that is made anew.
    All,
}

/// Brings the files of every source into the store.
///
/// # Errors
/// Where the configuration does not fit the logs, a file cannot be read, or the store cannot be written; the store is then as
/// it was.
pub async fn ingest(config: &Config, progress: &Progress, bring: Bring) -> Result<Outcome> {
    let found = find_all(config)?;
    let measures = measure_fields(&config.sources);
    let sources: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
    let existing = Store::find(&config.store.path).await?;
    // Another key is a mistake also where nothing is new.
    let known_key = existing.as_ref().map(|store| key_of(config, Some(store))).transpose()?;
    let mappings: BTreeMap<String, Mapping> =
        config.sources.iter().map(|source| (source.name.clone(), source.mapping.clone())).collect();
    let (mut register, mut stale) = (Register::default(), Vec::new());
    if let Some(store) = &existing {
        let files = store.files().await?;
        stale = crate::store::stale(&files, &mappings)?;
        register = Register::new(&files)?;
    }
    let noted = serde_json::json!(mappings).to_string();
    let is_news = existing.as_ref().and_then(Store::noted_mappings).is_some_and(|before| before != noted);
    let gone = register.gone(config, &found);
    let is_anew = bring == Bring::All || (gone.is_empty() && must_be_read_again(config, &stale, is_news, &found)?);
    let extent = if is_anew { Extent::Anew } else { Extent::More };
    let New { files, known, changed } =
        if is_anew { Register::default() } else { register }.new_files(config, found)?;
    let stale = StaleSources { sources: stale, gone, is_anew, is_news };
    let contacts: SchemaRef = Arc::new(Schema::new([schema::contact_fields(), measures.clone()].concat()));
    let mut logs = open_all(config, files)?;
    if let (Some(store), true) = (&existing, logs.is_empty()) {
        let split_cases = store.split_cases().await?.len();
        let store = store.clone();
        note(&store, config, noted).await?;
        return Ok(Outcome {
            store,
            files: Vec::new(),
            rejected: BTreeMap::new(),
            examples: BTreeMap::new(),
            known,
            changed,
            split_cases,
            stale,
        });
    }
    // From here on the store is ours alone; key and store are made under the lock.
    let lock = Lock::take(&config.store.path)?;
    let store = Store::find(&config.store.path).await?;
    if store.as_ref().map(Store::version) != existing.as_ref().map(Store::version) {
        return Err(Error::environment("another ingest has just changed the store").hint("run this again"));
    }
    let key = match known_key {
        Some(key) => key,
        None => key_of(config, store.as_ref())?,
    };
    let store = match store {
        Some(store) => store,
        None => Store::create(&config.store.path, &lock, &measures, &key.check(), &sources).await?,
    };
    let mut ingest = store.begin_ingest(lock, &measures, &sources, extent).await?;
    give_casters(&mut logs, config, &key, &contacts);
    progress.bytes.store(logs.iter().map(|log| log.file.bytes).sum(), std::sync::atomic::Ordering::Relaxed);
    let mut ledger = Ledger::new(config, &logs);
    in_order(
        workers(),
        |give| {
            for (number, log) in logs.iter().enumerate() {
                let source = &config.sources[log.source];
                let mut go_on = true;
                log.log.read(&log.file, source, &progress.bytes_read, &mut |piece| {
                    go_on = give((number, piece));
                    go_on
                })?;
                if !go_on {
                    break;
                }
            }
            Ok(())
        },
        |(number, piece): (usize, Piece)| {
            let log = &logs[number];
            let caster = log.caster.as_ref().ok_or_else(|| Error::bug("rows of an empty file"))?;
            Ok((number, caster.cast(log.log.take_apart(piece)?)?))
        },
        |(number, chunk)| ingest.push(ledger.enter(number, chunk)?),
    )?;
    let keeps_duplicates: HashSet<String> = config
        .sources
        .iter()
        .filter(|source| source.duplicates == Duplicates::Keep)
        .map(|source| source.name.clone())
        .collect();
    let (outcomes, rejects) = ledger.finish()?;
    let Committed { store, files, rejects, split_cases } =
        ingest.commit(outcomes, &rejects, &keeps_duplicates, noted).await?;
    Ok(Outcome {
        store,
        files,
        rejected: by_reason(&rejects)?,
        examples: examples(&rejects)?,
        known,
        changed,
        split_cases,
        stale,
    })
}

/// Says in the store by which mappings it was looked at last, so that a change is news once.
async fn note(store: &Store, config: &Config, noted: String) -> Result<()> {
    if store.noted_mappings() == Some(&noted) {
        return Ok(());
    }
    let lock = Lock::take(&config.store.path)?;
    store.note_mappings(&lock, noted).await
}

/// Whether files that are stored are to be read again, as their sources are configured otherwise now. A column that is new, and that
/// only newer files have, is no reason; it is tried once.
fn must_be_read_again(config: &Config, stale: &[Stale], is_news: bool, found: &[(usize, LogFile)]) -> Result<bool> {
    if stale.iter().any(|stale| !stale.is_only_more) {
        return Ok(true);
    }
    if stale.is_empty() || !is_news {
        return Ok(false);
    }
    let all = Register::default().new_files(config, found.to_vec())?;
    Ok(open_all(config, all.files).is_ok())
}

/// Values of rejected rows, up to three different ones, by source.
fn examples(rejects: &RecordBatch) -> Result<BTreeMap<String, Vec<String>>> {
    let column =
        |name: &str| rejects.column_by_name(name).ok_or_else(|| Error::bug(format!("rejects without `{name}`")));
    let (source, value) = (column("source")?.as_string::<i32>(), column("value")?.as_string::<i32>());
    let mut examples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in (0..rejects.num_rows()).filter(|&row| value.is_valid(row)) {
        let of_source = examples.entry(source.value(row).to_owned()).or_default();
        if of_source.len() < 3 && !of_source.iter().any(|known| known == value.value(row)) {
            of_source.push(value.value(row).to_owned());
        }
    }
    Ok(examples)
}

/// Rejects counted by source and reason.
fn by_reason(rejects: &RecordBatch) -> Result<BTreeMap<(String, String), i64>> {
    let column =
        |name: &str| rejects.column_by_name(name).ok_or_else(|| Error::bug(format!("rejects without `{name}`")));
    let (source, reason) = (column("source")?.as_string::<i32>(), column("reason")?.as_string::<i32>());
    let mut counts = BTreeMap::new();
    for row in 0..rejects.num_rows() {
        *counts.entry((source.value(row).to_owned(), reason.value(row).to_owned())).or_insert(0) += 1;
    }
    Ok(counts)
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Every source's files, or every source's mistakes.
fn find_all(config: &Config) -> Result<Vec<(usize, LogFile)>> {
    let (mut files, mut mistakes) = (Vec::new(), Vec::new());
    for (number, source) in config.sources.iter().enumerate() {
        match find_files(config, source) {
            Ok(found) => files.extend(found.into_iter().map(|file| (number, file))),
            Err(error) => mistakes.push(error),
        }
    }
    Error::all(mistakes).map_or(Ok(files), Err)
}

/// The key; only a new store gets a new one.
fn key_of(config: &Config, store: Option<&Store>) -> Result<Key> {
    let path = &config.store.key_file;
    let Some(store) = store else { return Key::load_or_create(path) };
    let key = Key::load(path)?;
    if let Some(check) = store.key_check() {
        key.must_be(check, path)?;
    }
    Ok(key)
}

/// Looks at every new file before a row of any is read, and before anything is written.
fn open_all(config: &Config, files: Vec<(usize, LogFile, String)>) -> Result<Vec<OpenLog>> {
    let compiler = Compiler::new();
    let at = |line: usize| format!("{}:{line}", config.path.display());
    let (mut logs, mut mistakes) = (Vec::new(), Vec::new());
    for (source, file, content) in files {
        let log = match Log::inspect(&file, &config.sources[source], &compiler, &at) {
            Ok(log) => log,
            Err(error) => {
                mistakes.push(error);
                continue;
            }
        };
        logs.push(OpenLog { source, file, content, log, caster: None });
    }
    Error::all(mistakes).map_or(Ok(logs), Err)
}

/// Makes ready to cast, which takes the key; an empty log has nothing to cast.
fn give_casters(logs: &mut [OpenLog], config: &Config, key: &Key, contacts: &SchemaRef) {
    for log in logs {
        log.caster = log.log.plan().map(|plan| Caster {
            plan: Arc::clone(plan),
            key: key.clone(),
            source: config.sources[log.source].name.clone(),
            file: log.file.shown.clone(),
            contacts: Arc::clone(contacts),
        });
    }
}

/// Keeps account of every row of every file.
struct Ledger {
    outcomes: Vec<FileOutcome>,
    /// Row numbers that the chunks of the current file have taken up.
    file: usize,
    rows_before: i64,
    rejects: Rejects,
}

impl Ledger {
    fn new(config: &Config, logs: &[OpenLog]) -> Self {
        let outcomes = logs.iter().map(|log| FileOutcome {
            source: config.sources[log.source].name.clone(),
            file: log.file.shown.clone(),
            content: log.content.clone(),
            mapping: mapping_text(&config.sources[log.source].mapping),
            bytes: log.file.bytes as i64,
            modified_at: log.file.modified_at,
            ..FileOutcome::default()
        });
        Ledger { outcomes: outcomes.collect(), file: 0, rows_before: 0, rejects: Rejects::default() }
    }

    /// Enters the next chunk; returns its contacts with row numbers from 1 at the start of the file.
    fn enter(&mut self, number: usize, chunk: CastChunk) -> Result<RecordBatch> {
        if number != self.file {
            (self.file, self.rows_before) = (number, 0);
        }
        let first = self.rows_before + 1;
        self.rows_before += chunk.length;
        let outcome = &mut self.outcomes[number];
        outcome.read += chunk.read;
        outcome.skipped += chunk.skipped;
        outcome.rejected += chunk.rejects.len() as i64;
        outcome.without_client += chunk.without_client;
        outcome.ambiguous_times += chunk.ambiguous_times;
        outcome.first_at = [outcome.first_at, chunk.first_at].into_iter().flatten().min();
        outcome.latest_at = [outcome.latest_at, chunk.latest_at].into_iter().flatten().max();
        for reject in &chunk.rejects {
            self.rejects.push(&outcome.source, &outcome.file, first, reject);
        }
        let place = chunk.contacts.schema().index_of("row")?;
        let numbers =
            arrow::compute::kernels::numeric::add(chunk.contacts.column(place), &Int64Array::new_scalar(first))?;
        let mut columns: Vec<ArrayRef> = chunk.contacts.columns().to_vec();
        columns[place] = numbers;
        Ok(RecordBatch::try_new(chunk.contacts.schema(), columns)?)
    }

    fn finish(self) -> Result<(Vec<FileOutcome>, RecordBatch)> {
        Ok((self.outcomes, self.rejects.finish()?))
    }
}

/// Rows of the table `rejects`.
#[derive(Default)]
struct Rejects {
    source: StringBuilder,
    file: StringBuilder,
    row: Int64Builder,
    column: StringBuilder,
    value: StringBuilder,
    reason: StringBuilder,
}

impl Rejects {
    fn push(&mut self, source: &str, file: &str, first: i64, reject: &Reject) {
        self.source.append_value(source);
        self.file.append_value(file);
        self.row.append_value(first + reject.number);
        self.column.append_option(reject.column.as_deref());
        self.value.append_option(reject.value.as_deref());
        self.reason.append_value(&reject.reason);
    }

    fn finish(mut self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.source.finish()),
            Arc::new(self.file.finish()),
            Arc::new(self.row.finish()),
            Arc::new(self.column.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.reason.finish()),
        ];
        Ok(RecordBatch::try_new(schema::rejects(), columns)?)
    }
}
