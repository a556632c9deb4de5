//! A project: configuration, logs and store, the store always in a folder of its own that goes with the test.
//!
//! In: a configuration as text, or one of this repository. Out: the project, to ingest and to ask. Making a project
//! panics where it fails; ingesting and opening give the crate's own result.

use std::path::{Path, PathBuf};

use dropoff::config::{self, Config};
use dropoff::engine::{Engine, Options};
use dropoff::error::Result;
use dropoff::ingest::{IngestMode, Outcome, Progress, ingest};
use dropoff::query::{Answer, Cell};
use tempfile::TempDir;

/// A configuration, and the folder of its store.
pub struct Project {
    pub config: Config,
    folder: TempDir,
}

impl Project {
    /// A new project with this `dropoff.toml`, and no logs yet.
    pub fn new(toml: &str) -> Project {
        let folder = tempfile::tempdir().expect("a folder for the project");
        let path = folder.path().join("dropoff.toml");
        std::fs::write(&path, toml).expect("a configuration can be written");
        Project { config: ok(config::load(&path)), folder }
    }

    /// A project of this repository: its logs where they are, its store elsewhere.
    pub fn of(path: &Path) -> Project {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let mut config = ok(config::load(path));
        config.store.path = folder.path().join("store");
        config.store.key_file = folder.path().join("store.key");
        Project { config, folder }
    }

    /// The path of a file in the project's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the project's folder.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("a log can be written");
    }

    pub async fn ingest(&self) -> Result<Outcome> {
        ingest(&self.config, &Progress::default(), IngestMode::New).await
    }

    pub async fn open(&self) -> Result<Engine> {
        Engine::open(&self.config, Options::default()).await
    }
}

/// The rows that SQL gives.
pub async fn rows(engine: &Engine, sql: &str) -> Vec<Vec<Cell>> {
    let (schema, batches) = ok(engine.sql(sql).await);
    ok(Answer::adhoc(schema, batches).table()).rows
}

/// What must succeed; where it does not, the test fails with the message a user would read.
#[track_caller]
pub fn ok<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// A path from the root of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What stands in a folder, in the order of the names.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    paths
}
