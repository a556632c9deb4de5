//! The whole of an ingest: find what is new, check it, read it, store it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::Field;

use super::cast::Caster;
use super::content::Ending;
use super::files::{LogFile, find_files};
use super::formats::{Log, UnparsedChunk, reader_of};
use super::ledger::{Example, Ledger};
use super::log::OpenLog;
use super::pipeline::in_order;
use super::plan::Planner;
use super::register::{FileToRead, MatchedFiles, match_files};
use super::steps::NamedSteps;
use crate::config::{Config, Unsound, measure_fields};
use crate::error::{Error, Kind, Result};
use crate::expression::Compiler;
use crate::identity::Key;
use crate::schema;
use crate::store::{Committed, Extent, Ingest, KnownFile, Lock, Notes, Store, StoredFile, changed_keys, is_only_more};

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
    /// The store as it is now; absent where nothing was to be stored and there is none.
    pub store: Option<Store>,
    /// Files that were read, in the order they were read.
    pub files: Vec<StoredFile>,
    /// Rejected rows by source and reason.
    pub rejected: BTreeMap<(String, String), i64>,
    /// Values of the first rejected rows, up to three different ones, by source.
    pub examples: BTreeMap<String, Vec<Example>>,
    /// For sources that lost rows as duplicates, one of them and the row that it equals.
    pub twins: BTreeMap<String, String>,
    /// Files that were in the store already, by source.
    pub known: BTreeMap<String, usize>,
    /// Names of files that have grown.
    pub grown: Vec<String>,
    /// How many cases of the whole store name several clients.
    pub split_cases: usize,
    /// Sources that are configured otherwise than when some of their files were read.
    pub changes: Vec<ChangedSource>,
    /// Files of the store, of sources of today, that are not there any more.
    pub gone: Vec<String>,
    /// Whether this is the first ingest since a mapping changed.
    pub is_news: bool,
    /// Steps that the configuration names and that no contact has had, as far as ingests have seen.
    /// One line for each.
    pub absent_steps: Vec<String>,
    /// What is odd about the configuration, now that the logs are known.
    pub notes: Vec<String>,
}

/// A source that is configured otherwise than when some of its files were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedSource {
    pub source: String,
    /// Keys whose value is another one now.
    pub keys: Vec<String>,
    /// Files that are read again.
    pub again: Vec<String>,
    /// Files that are not there any more: their rows stay as they were read. With first and latest start of a contact.
    pub left: Vec<(String, Option<(i64, i64)>)>,
    /// The same of files for which the configuration has only more: what is new is null there.
    pub lacking: Vec<(String, Option<(i64, i64)>)>,
}

/// What is brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bring {
    /// What is new, and files again whose source is configured otherwise now.
    #[default]
    New,
    /// The same, but nothing where rows would stay that were read by another configuration.
    NewOrNothing,
    /// All files that are there, into a store that is made anew.
    All,
    /// What is new is read and accounted for, and not stored.
    Nothing,
}

/// Brings the files of every source into the store.
///
/// # Errors
/// Where the configuration does not fit the logs, a file cannot be read, or the store cannot be written; the store is then as
/// it was.
pub async fn ingest(config: &Config, progress: &Progress, bring: Bring) -> Result<Outcome> {
    let found = find_all(config)?;
    let (existing, is_unreadable) = match find_store(config, bring).await? {
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
        Some(store) if bring != Bring::All => store.known_files().await?,
        _ => Vec::new(),
    };
    let again =
        |source: usize, known: &KnownFile, file: &LogFile| must_be_read_again(config, source, known, file, is_news);
    let matched = match_files(config, found, &known, &again)?;
    let changes = changes(config, &known, &matched);
    if bring == Bring::NewOrNothing {
        refuse_what_is_left(&changes)?;
    }
    let MatchedFiles { read, known: known_by_source, met, grown, gone, .. } = matched;
    let mut outcome = Outcome {
        store: existing.clone(),
        files: Vec::new(),
        rejected: BTreeMap::new(),
        examples: BTreeMap::new(),
        twins: BTreeMap::new(),
        known: known_by_source,
        grown,
        split_cases: 0,
        changes,
        gone,
        is_news,
        absent_steps: Vec::new(),
        notes: Vec::new(),
    };
    let logs = open_all(config, read)?;
    outcome.notes = notes(&logs);
    // Only now that nothing else is wrong.
    if is_unreadable {
        let aside = Store::put_aside(&config.store.path, &Lock::take(&config.store.path)?)?;
        outcome.notes.push(format!("the store could not be read, and lies now at `{}`", aside.display()));
    }
    let noted_steps = existing.as_ref().filter(|_| bring != Bring::All).and_then(Store::noted_steps);
    let steps = NamedSteps::new(config, noted_steps);
    if let (Some(store), true) = (&existing, logs.is_empty()) {
        outcome.split_cases = store.split_cases().await?.len();
        if bring != Bring::Nothing {
            let notes = Notes { mappings: noted, steps: steps.text(), met: &met };
            outcome.store = Some(note_in_store(store, config, notes).await?);
        }
        outcome.absent_steps = steps.absences(config);
        return Ok(outcome);
    }
    let (mut ingest, key, _scratch) = match (bring, &existing) {
        // Read into a store of its own, which goes away.
        (Bring::Nothing, None) => {
            let scratch = tempfile::tempdir().map_err(|error| Error::environment(error.to_string()))?;
            let mut aside = config.clone();
            aside.store.path = scratch.path().join("store");
            aside.store.key_file = scratch.path().join("key");
            let (ingest, key) = begin(&aside, bring, None, None).await?;
            (ingest, key, Some(scratch))
        }
        _ => {
            let (ingest, key) = begin(config, bring, existing.as_ref(), known_key).await?;
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
    if bring == Bring::Nothing {
        (outcome.files, outcome.twins) = ingest.account(outcomes, &rules).await?;
        return Ok(outcome);
    }
    let notes = Notes { mappings: noted, steps: ledger.steps.text(), met: &met };
    let Committed { store, files, split_cases, twins } = ingest.commit(outcomes, &rules, notes).await?;
    Ok(Outcome { store: Some(store), files, split_cases, twins, ..outcome })
}

/// The store, if there is one; of one that is made anew, why it cannot be read.
async fn find_store(config: &Config, bring: Bring) -> Result<std::result::Result<Option<Store>, Error>> {
    match bring {
        Bring::All => Store::find_to_replace(&config.store.path).await,
        Bring::New | Bring::NewOrNothing | Bring::Nothing => Store::find(&config.store.path).await.map(Ok),
    }
}

/// What making the store anew would lose.
#[derive(Debug)]
pub enum Loss {
    /// The rows of these files, of sources of today, that are not there any more.
    Files(Vec<KnownFile>),
    /// It cannot be said: the store cannot be read.
    Unknown(Error),
}

/// Says what `Bring::All` would lose.
///
/// # Errors
/// Where logs cannot be read.
pub async fn loss(config: &Config) -> Result<Loss> {
    let store = match find_store(config, Bring::All).await? {
        Ok(Some(store)) => store,
        Ok(None) => return Ok(Loss::Files(Vec::new())),
        Err(error) => return Ok(Loss::Unknown(error)),
    };
    let known = store.known_files().await?;
    let matched = match_files(config, find_all(config)?, &known, &|_, _, _| false)?;
    Ok(Loss::Files(known.into_iter().filter(|file| matched.gone.contains(&file.file)).collect()))
}

/// From here on the store is ours alone; key and store are made under the lock.
async fn begin(
    config: &Config,
    bring: Bring,
    existing: Option<&Store>,
    known_key: Option<Key>,
) -> Result<(Ingest, Key)> {
    let measures = measure_fields(&config.sources);
    let sources: Vec<String> = config.sources.iter().map(|source| source.name.clone()).collect();
    let lock = Lock::take(&config.store.path)?;
    let store = find_store(config, bring).await??;
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
    let extent = match bring {
        Bring::New | Bring::NewOrNothing => Extent::More,
        Bring::All => Extent::Anew,
        Bring::Nothing => Extent::Look,
    };
    let ingest = store.begin_ingest(lock, &measures, &sources, extent).await?;
    Ok((ingest, key))
}

/// Files that were read to their end: number, how they end, bytes that were taken from the disk.
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

/// Whether a file that is stored is to be read again, as its source is configured otherwise now. A column that is new, and that only
/// newer files have, is no reason; it is tried once.
fn must_be_read_again(config: &Config, source: usize, known: &KnownFile, file: &LogFile, is_news: bool) -> bool {
    let mapping = &config.sources[source].mapping;
    if known.mappings.iter().any(|then| !is_only_more(then, mapping)) {
        return true;
    }
    is_news && inspector(config)(source, file).is_ok()
}

/// Which sources are configured otherwise than when their files were read, and what comes of it.
fn changes(config: &Config, known: &[KnownFile], matched: &MatchedFiles) -> Vec<ChangedSource> {
    let mut changes: BTreeMap<&str, ChangedSource> = BTreeMap::new();
    let read_again: HashMap<(usize, &str), ()> = matched
        .read
        .iter()
        .filter(|read| read.replaces.is_read_again())
        .map(|read| ((read.source, read.label.as_str()), ()))
        .collect();
    for (number, source) in config.sources.iter().enumerate() {
        let left = matched.left.get(&source.name).map_or(&[][..], Vec::as_slice);
        for file in known.iter().filter(|file| file.source == source.name) {
            let keys: BTreeSet<String> =
                file.mappings.iter().flat_map(|then| changed_keys(then, &source.mapping)).collect();
            let is_again = read_again.contains_key(&(number, file.file.as_str()));
            let is_only_more = file.mappings.iter().all(|then| is_only_more(then, &source.mapping));
            let is_gone = left.iter().any(|left| left.file == file.file);
            if !is_again && (!is_gone || keys.is_empty()) {
                continue;
            }
            let change = changes.entry(&source.name).or_default();
            change.source.clone_from(&source.name);
            change.keys.extend(keys);
            change.keys.sort();
            change.keys.dedup();
            match (is_again, is_only_more) {
                (true, _) => change.again.push(file.file.clone()),
                (false, false) => change.left.push((file.file.clone(), file.span_us)),
                (false, true) => change.lacking.push((file.file.clone(), file.span_us)),
            }
        }
    }
    changes.into_values().collect()
}

fn refuse_what_is_left(changes: &[ChangedSource]) -> Result<()> {
    let refused = changes.iter().filter(|change| !change.left.is_empty() || !change.lacking.is_empty());
    let mistakes = refused.map(|change| {
        let left = [change.left.as_slice(), &change.lacking].concat();
        ChangedSource { left, ..change.clone() }.mistake()
    });
    Error::all(mistakes).map_or(Ok(()), Err)
}

impl ChangedSource {
    /// What is wrong where files are gone that were read by another configuration.
    pub fn mistake(&self) -> Error {
        let day = |us: i64| {
            chrono::DateTime::from_timestamp_micros(us).map_or(String::new(), |at| at.date_naive().to_string())
        };
        let files = self.left.iter().map(|(file, span_us)| match span_us {
            Some((first, latest)) => format!("{file} ({} to {})", day(*first), day(*latest)),
            None => file.clone(),
        });
        Error::check(format!("`{}` is configured otherwise than when files were read that are gone now", self.source))
            .fact("keys", some_of(self.keys.iter().cloned()))
            .fact("files", some_of(files.collect::<Vec<_>>().into_iter()))
            .hint("the rows of these files stay as they were read; bring the files back, or lose their rows with `dropoff ingest --rebuild`")
    }
}

/// The first of some names, and how many more there are.
pub fn some_of(names: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown}, and {more} more") } else { shown }
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Every source's files, or all mistakes in one round: of the sources without files, and of those whose columns their files lack.
fn find_all(config: &Config) -> Result<Vec<(usize, LogFile)>> {
    let (files, mistakes) = find_each(config);
    if mistakes.is_empty() { Ok(files) } else { self::mistakes(config, &[]).map_or(Ok(files), Err) }
}

/// All that does not fit between the sources of a configuration and their logs. `unsound`: sources with mistakes of their own; only
/// what is whole of them is looked at.
pub fn mistakes(config: &Config, unsound: &[Unsound]) -> Option<Error> {
    let (files, mut mistakes) = find_each(config);
    let inspect = inspector(config);
    mistakes.extend(files.iter().filter_map(|(source, file)| inspect(*source, file).err()));
    for Unsound { source, can_be_read } in unsound {
        let mut alone = config.clone();
        alone.sources = vec![source.clone()];
        let (files, wrong) = find_each(&alone);
        mistakes.extend(wrong);
        if *can_be_read {
            let inspect = inspector(&alone);
            let wrong = files.iter().filter_map(|(source, file)| inspect(*source, file).err());
            // What is missing for a mistake that is said already is no bug.
            mistakes.extend(wrong.filter(|error| error.kind() != Kind::Bug));
        }
    }
    joined(mistakes)
}

fn find_each(config: &Config) -> (Vec<(usize, LogFile)>, Vec<Error>) {
    let (mut files, mut mistakes) = (Vec::new(), Vec::new());
    for (number, source) in config.sources.iter().enumerate() {
        let (found, wrong) = find_files(config, source);
        files.extend(found.into_iter().map(|file| (number, file)));
        mistakes.extend(wrong);
    }
    (files, mistakes)
}

/// Several files with the same mistake are named in one.
fn joined(mistakes: Vec<Error>) -> Option<Error> {
    Error::all(mistakes).map(|all| all.grouped("log", |logs| some_of(logs.into_iter())))
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
fn open_all(config: &Config, files: Vec<FileToRead>) -> Result<Vec<OpenLog>> {
    let inspect = inspector(config);
    let (mut logs, mut mistakes) = (Vec::new(), Vec::new());
    for to_read in files {
        match inspect(to_read.source, &to_read.file) {
            Ok(log) => logs.push(OpenLog { to_read, log }),
            Err(error) => mistakes.push(error),
        }
    }
    joined(mistakes).map_or(Ok(logs), Err)
}

/// Looks at logs by the source of their number.
fn inspector(config: &Config) -> impl Fn(usize, &LogFile) -> Result<Box<dyn Log>> + '_ {
    let compiler = Compiler::new();
    move |source, file| {
        let source = &config.sources[source];
        reader_of(&source.format).look(file, &Planner { source, config_path: &config.path, compiler: &compiler })
    }
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
