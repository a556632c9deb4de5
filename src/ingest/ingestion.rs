//! The ingest itself: find what is new, check it, read it, store it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use arrow::datatypes::Field;
use tempfile::TempDir;

use super::cast::Caster;
use super::changed_sources::{changes, must_be_read_again, refuse_what_is_left};
use super::content::Ending;
use super::files::LogFile;
use super::formats::UnparsedChunk;
use super::inspection::{find_all, open_all};
use super::ledger::Ledger;
use super::matched_files::{MatchedFiles, match_files};
use super::mode::{IngestMode, find_store};
use super::open_log::OpenLog;
use super::outcome::{Outcome, Progress};
use super::pipeline::in_order;
use super::steps::NamedSteps;
use crate::config::{Config, measure_fields};
use crate::error::{Error, Result};
use crate::identity::Key;
use crate::schema;
use crate::store::{Committed, Ingest, IngestExtent, KnownFile, Lock, Notes, Store};

/// Brings the files of every source into the store.
///
/// # Errors
/// Where the configuration does not fit the logs, a file cannot be read, or the store cannot be written; the store is then as
/// it was.
pub async fn ingest(config: &Config, progress: &Progress, mode: IngestMode) -> Result<Outcome> {
    let found = find_all(config)?;
    let (existing, is_unreadable) = match find_store(config, mode).await? {
        Ok(store) => (store, false),
        Err(_) => (None, true),
    };
    // Another key is a mistake also where nothing is new.
    let known_key = existing.as_ref().map(|store| key_of(config, Some(store))).transpose()?;
    let mappings: BTreeMap<&str, _> =
        config.sources.iter().map(|source| (source.name.as_str(), &source.mapping)).collect();
    let noted = serde_json::json!(mappings).to_string();
    let is_news = existing.as_ref().and_then(Store::noted_mappings).is_some_and(|before| before != noted);
    let known = match &existing {
        Some(store) if mode != IngestMode::All => store.known_files().await?,
        _ => Vec::new(),
    };
    let again =
        |source: usize, known: &KnownFile, file: &LogFile| must_be_read_again(config, source, known, file, is_news);
    let matched = match_files(config, found, &known, &again)?;
    let changes = changes(config, &known, &matched);
    if mode == IngestMode::NewOrNothing {
        refuse_what_is_left(&changes)?;
    }
    let MatchedFiles { read, known: known_by_source, met, grown, gone, .. } = matched;
    let mut outcome = Outcome {
        store: existing.clone(),
        known: known_by_source,
        grown,
        changes,
        gone,
        is_news,
        ..Outcome::default()
    };
    let logs = open_all(config, read)?;
    outcome.notes = notes(&logs);
    // Moved only now, when everything else has been found right.
    if is_unreadable {
        let aside = Store::put_aside(&config.store.path, &Lock::take(&config.store.path)?)?;
        outcome.notes.push(format!("the store could not be read, and lies now at `{}`", aside.display()));
    }
    let noted_steps = existing.as_ref().filter(|_| mode != IngestMode::All).and_then(Store::noted_steps);
    let steps = NamedSteps::new(config, noted_steps);
    if let (Some(store), true) = (&existing, logs.is_empty()) {
        outcome.split_cases = store.split_cases().await?.len();
        if mode != IngestMode::Nothing {
            let notes = Notes { mappings: noted, steps: steps.text(), met: &met };
            outcome.store = Some(note_in_store(store, config, notes).await?);
        }
        outcome.absent_steps = steps.absences(config);
        return Ok(outcome);
    }
    let (mut ingest, key, _scratch) = match (mode, &existing) {
        (IngestMode::Nothing, None) => begin_aside(config).await?,
        _ => {
            let (ingest, key) = begin(config, mode, existing.as_ref(), known_key).await?;
            (ingest, key, None)
        }
    };
    let casters = casters(&logs, config, &key, &measure_fields(&config.sources));
    let (mut ledger, endings) = read_all(config, progress, &logs, &casters, steps, &mut ingest)?;
    let (outcomes, last_rejects) = ledger.finish(&logs, endings)?;
    ingest.push_rejects(&last_rejects)?;
    let rules = config.sources.iter().map(|source| (source.name.clone(), source.duplicates)).collect();
    outcome.rejected = std::mem::take(&mut ledger.rejected);
    outcome.examples = std::mem::take(&mut ledger.examples);
    outcome.absent_steps = ledger.steps.absences(config);
    if mode == IngestMode::Nothing {
        (outcome.files, outcome.twins) = ingest.account(outcomes, &rules).await?;
        return Ok(outcome);
    }
    let notes = Notes { mappings: noted, steps: ledger.steps.text(), met: &met };
    let Committed { store, files, split_cases, twins } = ingest.commit(outcomes, &rules, notes).await?;
    Ok(Outcome { store: Some(store), files, split_cases, twins, ..outcome })
}

/// Begins an ingest that stores nothing, where there is no store: into one that goes away with its folder.
async fn begin_aside(config: &Config) -> Result<(Ingest, Key, Option<TempDir>)> {
    let scratch = tempfile::tempdir().map_err(|error| Error::environment(error.to_string()))?;
    let mut aside = config.clone();
    aside.store.path = scratch.path().join("store");
    aside.store.key_file = scratch.path().join("key");
    let (ingest, key) = begin(&aside, IngestMode::Nothing, None, None).await?;
    Ok((ingest, key, Some(scratch)))
}

/// Takes the lock, and under it makes key and store where there are none.
async fn begin(
    config: &Config,
    mode: IngestMode,
    existing: Option<&Store>,
    known_key: Option<Key>,
) -> Result<(Ingest, Key)> {
    let measures = measure_fields(&config.sources);
    let sources: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
    let lock = Lock::take(&config.store.path)?;
    let store = find_store(config, mode).await??;
    if store.as_ref().map(Store::version) != existing.map(Store::version) {
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
    let extent = match mode {
        IngestMode::New | IngestMode::NewOrNothing => IngestExtent::More,
        IngestMode::All => IngestExtent::Anew,
        IngestMode::Nothing => IngestExtent::Look,
    };
    let ingest = store.begin_ingest(lock, &measures, &sources, extent).await?;
    Ok((ingest, key))
}

/// Files that were read to their end: place among the logs, how they end, bytes that were taken from the disk.
type Endings = Vec<(usize, Ending, u64)>;

/// Reads and casts the rows of all logs, each by its caster, and gives them to the store.
fn read_all(
    config: &Config,
    progress: &Progress,
    logs: &[OpenLog],
    casters: &[Caster],
    steps: NamedSteps,
    ingest: &mut Ingest,
) -> Result<(Ledger, Endings)> {
    progress.bytes.store(logs.iter().map(|log| log.to_read.file.bytes).sum(), Ordering::Relaxed);
    let keep_rejects = config.ingest.keep_rejects;
    let mut ledger = Ledger::new(config, logs, steps);
    let endings = Mutex::new(Vec::new());
    in_order(
        workers(),
        |give| {
            for (number, log) in logs.iter().enumerate() {
                let before = progress.bytes_read.load(Ordering::Relaxed);
                let mut give_chunk = |chunk| give((number, chunk));
                let ending = log.read(keep_rejects, &progress.bytes_read, &mut give_chunk)?;
                let Some(ending) = ending else { break };
                let bytes = progress.bytes_read.load(Ordering::Relaxed) - before;
                endings.lock().map_err(|_| Error::bug("a reader panicked"))?.push((number, ending, bytes));
            }
            Ok(())
        },
        |(number, chunk): (usize, UnparsedChunk<'_>)| {
            let plan = chunk.plan;
            Ok((number, casters[number].cast(plan, chunk.parse()?)?))
        },
        |(number, chunk)| {
            ingest.push(ledger.enter(number, chunk)?)?;
            ledger.take_rejects()?.map_or(Ok(()), |rejects| ingest.push_rejects(&rejects))
        },
    )?;
    let endings = endings.into_inner().map_err(|_| Error::bug("a reader panicked"))?;
    Ok((ledger, endings))
}

/// Notes in the store what an ingest without rows has found, if that is news.
async fn note_in_store(store: &Store, config: &Config, notes: Notes<'_>) -> Result<Store> {
    if store.noted_mappings() == Some(&notes.mappings) && notes.met.is_empty() {
        return Ok(store.clone());
    }
    let lock = Lock::take(&config.store.path)?;
    store.note(&lock, notes).await
}

/// What is odd about the configuration of these logs, each said once.
fn notes(logs: &[OpenLog]) -> Vec<String> {
    let mut notes: Vec<String> = logs.iter().filter_map(|log| log.log.plan()?.note.clone()).collect();
    notes.dedup();
    notes
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
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

/// What casts the rows of each log; it takes the key.
fn casters(logs: &[OpenLog], config: &Config, key: &Key, measures: &[Field]) -> Vec<Caster> {
    let contacts = schema::stored_contacts(measures);
    let caster = |log: &OpenLog| Caster {
        key: key.clone(),
        source: config.sources[log.to_read.source].name.clone(),
        file: log.to_read.label.clone(),
        contacts: Arc::clone(&contacts),
    };
    logs.iter().map(caster).collect()
}
