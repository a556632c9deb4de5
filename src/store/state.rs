//! What a store is after each commit, and whether it still is that.
//!
//! Every commit of `contacts` says in a property of the table which version it makes, which data files there are then in all tables,
//! and what the commit before it was, byte for byte. A file beside the tables says which commit was the last, so that it is noticed if
//! the log of `contacts` has lost its end. Whoever opens the store checks all of it, and that every data file is there: a store that
//! another program has changed is refused, never answered from.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;

use deltalake::kernel::Action;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use super::data_file::DataFile;
use super::delta::{Change, Delta, FORMAT_NOW, STATE};
use super::side_tables;
use crate::error::{Error, Result};
use crate::schema::table;

/// Says the version of the last commit.
const LAST: &str = "last.json";
/// The tables beside `contacts`.
const SIDE_TABLES: [&str; 5] = [table::REJECTS, table::FILES, table::SPLIT_CASES, table::COPIES, table::NAMES];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// The version of `contacts` that the commit makes.
    version: u64,
    /// Hash of what the log says of the data files of `contacts`.
    contacts: String,
    /// The same hash for each of the other tables, of the files of those ingests that are part of the store.
    tables: BTreeMap<String, String>,
    /// Hash of the commit before.
    before: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    version: u64,
    /// Hash of the commit.
    commit: String,
}

/// Makes a commit to `contacts` that says what the store is then. `ingests`: those that count then.
///
/// # Errors
/// Where the commit fails; the store is then as it was.
pub(super) async fn make(
    root: &Path,
    contacts: &Delta,
    mut change: Change,
    ingests: RangeInclusive<i64>,
) -> Result<()> {
    let mut files: BTreeMap<String, DataFile> =
        contacts.files()?.into_iter().map(|file| (file.name.clone(), file)).collect();
    for action in &change.actions {
        match action {
            Action::Remove(remove) => drop(files.remove(&remove.path)),
            other => files.extend(DataFile::of_action(other).map(|file| (file.name.clone(), file))),
        }
    }
    let before = commit_hash(contacts, contacts.version()).unwrap_or_default();
    let state = State {
        version: contacts.version() + 1,
        contacts: files_hash(files.values()),
        tables: tables(root, ingests).await?,
        before,
    };
    let text = serde_json::to_string(&state).map_err(|error| Error::bug(error.to_string()))?;
    change.properties.insert(STATE.to_owned(), text);
    contacts.commit(change).await?;
    let commit =
        commit_hash(contacts, state.version).ok_or_else(|| changed(root, "the commit that was just made is gone"))?;
    write_last(root, &Last { version: state.version, commit })
}

/// Names the last commit in `last.json`, where an ingest was cut short before it could. The caller has the lock.
pub(super) fn say_last(root: &Path, contacts: &Delta) -> Result<()> {
    let version = contacts.version();
    match commit_hash(contacts, version) {
        Some(commit) if version > 0 && read_last(root)?.is_none_or(|last| last.version != version) => {
            write_last(root, &Last { version, commit })
        }
        _ => Ok(()),
    }
}

/// Checks that the store is what its last commit says.
///
/// # Errors
/// Where it is not: what has happened, and at which version.
pub(super) async fn check(root: &Path, contacts: &Delta, format: i64, ingests: RangeInclusive<i64>) -> Result<()> {
    if format < FORMAT_NOW {
        return Ok(());
    }
    let now = contacts.version();
    let last = read_last(root)?;
    if *ingests.end() == 0 && last.is_none() {
        return Ok(());
    }
    if let Some(last) = last.as_ref().filter(|last| last.version > now) {
        return Err(changed(root, "the last commit of `contacts` is gone")
            .fact("found", format!("version {now}"))
            .fact("expected", format!("version {}", last.version)));
    }
    // Killed right after the first commit, there is no such file yet.
    if last.is_none() && now > 1 {
        return Err(changed(root, &format!("`{LAST}` is gone, which says which commit was the last")));
    }
    let text = contacts.property(STATE).unwrap_or_default();
    let Ok(state) = serde_json::from_str::<State>(text) else {
        return Err(changed(root, "the last commit of `contacts` does not say what the store is"));
    };
    if state.version != now {
        let (by, at) =
            (state.version + 1..=now).map(|version| (who(contacts, version), version)).next().unwrap_or_default();
        return Err(changed(root, "another program has changed `contacts`")
            .fact("found", format!("version {at}: {by}"))
            .fact("expected", format!("version {}", state.version)));
    }
    if let Some(version) = broken_link(contacts, last.as_ref()) {
        return Err(changed(root, "a commit of `contacts` is not as it was written")
            .fact("found", format!("version {version}")));
    }
    if files_hash(contacts.files()?.iter()) != state.contacts {
        return Err(changed(root, "`contacts` has other data files than its last commit says"));
    }
    for (name, known) in tables(root, ingests).await? {
        if state.tables.get(&name) != Some(&known) {
            return Err(changed(
                root,
                &format!("`{name}` has other data files than the last commit of `contacts` says"),
            ));
        }
    }
    for file in contacts.files()? {
        let path = contacts.folder().join(&file.name);
        let bytes = std::fs::metadata(&path).map(|facts| facts.len());
        if !matches!(bytes, Ok(bytes) if bytes == file.bytes) {
            let found = bytes.map_or_else(|error| error.to_string(), |bytes| format!("{bytes} bytes"));
            return Err(changed(root, &format!("`{}` is not as it was written", path.display()))
                .fact("found", found)
                .fact("expected", format!("{} bytes", file.bytes)));
        }
    }
    Ok(())
}

/// The version of a commit whose hash is not the one that the commit after it, or `last.json`, names. The check ends
/// where commits are no longer there: they have gone into a checkpoint.
fn broken_link(contacts: &Delta, last: Option<&Last>) -> Option<u64> {
    if let Some(last) = last
        && commit_hash(contacts, last.version).is_some_and(|found| found != last.commit)
    {
        return Some(last.version);
    }
    for version in (1..=contacts.version()).rev() {
        let before = commit_hash(contacts, version - 1)?;
        let state: State = serde_json::from_str(&stated(&commit(contacts, version)?)?).ok()?;
        if state.before != before {
            return Some(version - 1);
        }
    }
    None
}

fn commit_hash(contacts: &Delta, version: u64) -> Option<String> {
    commit(contacts, version).map(|text| hash(&text))
}

/// The text of a commit, if it is there.
fn commit(contacts: &Delta, version: u64) -> Option<Vec<u8>> {
    std::fs::read(contacts.folder().join("_delta_log").join(format!("{version:020}.json"))).ok()
}

/// What a commit says the store is.
fn stated(commit: &[u8]) -> Option<String> {
    actions(commit).find_map(|action| {
        let state = action.get("metaData")?.get("configuration")?.get(STATE)?;
        state.as_str().map(str::to_owned)
    })
}

fn actions(commit: &[u8]) -> impl Iterator<Item = serde_json::Value> + '_ {
    commit.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

fn changed(root: &Path, what: &str) -> Error {
    Error::environment(format!("the store at `{}` was changed by something else", root.display()))
        .fact("what", what)
        .hint("bring the store back from a copy, or make it anew from the logs with `dropoff ingest --rebuild`")
}

/// What the log of a table says of who made a version.
fn who(contacts: &Delta, version: u64) -> String {
    let text = commit(contacts, version).unwrap_or_default();
    let info = actions(&text).find_map(|action| {
        let info = action.get("commitInfo")?;
        let word = |key: &str| info.get(key).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
        Some(format!("{} by {}", word("operation"), word("engineInfo")))
    });
    info.unwrap_or_else(|| "not said by what".to_owned())
}

async fn tables(root: &Path, ingests: RangeInclusive<i64>) -> Result<BTreeMap<String, String>> {
    let mut tables = BTreeMap::new();
    for name in SIDE_TABLES {
        let files = side_tables::files(&root.join(name), ingests.clone()).await?;
        tables.insert(name.to_owned(), files_hash(files.iter()));
    }
    Ok(tables)
}

fn files_hash<'a>(files: impl Iterator<Item = &'a DataFile>) -> String {
    let text: String = files
        .map(|DataFile { name, bytes, rows, span_us, checksums }| {
            let checksums = checksums.as_ref().map_or_else(String::new, |sums| sums.text());
            format!("{name} {bytes} {rows} {span_us:?} {checksums}\n")
        })
        .collect();
    hash(text.as_bytes())
}

fn hash(text: &[u8]) -> String {
    format!("{:032x}", XxHash3_128::oneshot(text))
}

fn write_last(root: &Path, last: &Last) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::environment(format!("cannot write `{}`", root.join(LAST).display())).fact("found", error.to_string())
    };
    let text = serde_json::to_string(last).map_err(|error| failed(&error))?;
    let mut file = tempfile::NamedTempFile::new_in(root).map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(root.join(LAST)).map_err(|error| failed(&error))?;
    Ok(())
}

fn read_last(root: &Path) -> Result<Option<Last>> {
    let text = match std::fs::read_to_string(root.join(LAST)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::environment(format!("cannot read `{}`", root.join(LAST).display()))
                .fact("found", error.to_string()));
        }
    };
    match serde_json::from_str(&text) {
        Ok(last) => Ok(Some(last)),
        Err(_) => Err(changed(root, &format!("`{LAST}` does not say which commit was the last"))),
    }
}
