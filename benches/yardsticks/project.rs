//! Generated logs, the store that they were brought into, and an engine over it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use dropoff::config::{self, Config};
use dropoff::engine::{Engine, Options};
use dropoff::generate::{self, LogFormats, Scenario, Totals, generate};
use dropoff::ingest::{IngestMode, Progress, ingest};
use dropoff::query::{Answer, Cell};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::measure::Fallible;

/// A project in a folder that goes with it.
pub struct Project {
    pub config: Config,
    /// What was planted.
    pub totals: Totals,
    pub engine: Engine,
    /// Contacts in the store that have a client.
    pub of_clients: u64,
    runtime: Runtime,
    folder: TempDir,
}

impl Project {
    pub fn new(formats: LogFormats, arguments: &Arguments) -> Fallible<Project> {
        let folder = tempfile::tempdir()?;
        let options = generate::Options {
            contacts: arguments.contacts,
            seed: arguments.seed,
            days: None,
            formats,
            scenario: Scenario::shipped()?,
            file_rows: generate::Options::FILE_ROWS,
        };
        let totals = generate(folder.path(), &options, &AtomicU64::new(0))?;
        let config = config::load(&folder.path().join("dropoff.toml"))?;
        let runtime = Runtime::new()?;
        runtime.block_on(ingest(&config, &Progress::default(), IngestMode::New))?;
        let engine = runtime.block_on(Engine::open(&config, Options::default()))?;
        let mut project = Project { config, totals, engine, of_clients: 0, runtime, folder };
        project.of_clients = project.found("select count(*) as found from contacts where client is not null")?;
        Ok(project)
    }

    /// A path in the project's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files of all logs.
    pub fn logs(&self) -> Fallible<Vec<PathBuf>> {
        list(&self.path("logs"))
    }

    /// The store's files of contacts, in the order of the clients. All are of one ingest.
    pub fn data_files(&self) -> Fallible<Vec<PathBuf>> {
        let mut files = list(&self.config.store.path.join("contacts"))?;
        files.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
        Ok(files)
    }

    /// The data files that hold contacts with a client, from which journeys are read.
    pub fn files_of_clients(&self) -> Fallible<Vec<PathBuf>> {
        let mut files = self.data_files()?;
        files.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("none-")));
        Ok(files)
    }

    /// Does work of the library to its end.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The sum of the column `found` of what SQL answers.
    pub fn found(&self, sql: &str) -> Fallible<u64> {
        let (schema, batches) = self.wait(self.engine.sql(sql))?;
        sum(&Answer::adhoc(schema, batches), "found")
    }
}

/// The sum of a column of counts.
pub fn sum(answer: &Answer, column: &str) -> Fallible<u64> {
    let table = answer.table()?;
    let place = table.position(column)?;
    Ok(table.rows.iter().filter_map(|row| row.get(place).and_then(Cell::number)).sum::<f64>() as u64)
}

/// What stands in a folder, in the order of the names.
fn list(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Makes a folder that holds nothing, whatever was there.
pub fn make_empty(folder: &Path) -> Fallible<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(std::fs::create_dir_all(folder)?)
}
