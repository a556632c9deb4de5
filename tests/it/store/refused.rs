//! What does not fit the store is refused, with the reason, and the store stays as it was.

use std::fs::File;

use dropoff::config::Config;
use dropoff::engine::{Engine, Options};
use dropoff::error::Kind;
use dropoff::ingest::{Progress, ingest};

use super::{PHONE, RULES, WEB, configured, everything, project_of_one_night, write_second_night};
use crate::project::{Project, ok};
use crate::sql::wait;

/// The second night is refused under `config`, the store stays as it was, and under its own configuration all goes on.
fn assert_refused(project: &Project, config: &Config, kind: Kind, message: &str) {
    let before = everything(project, 2);
    write_second_night(project);
    let error = wait(ingest(config, &Progress::default())).expect_err("refused");
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(everything(project, 2), before);
    assert_eq!(ok(wait(project.ingest())).files.len(), 2);
}

/// The project's configuration with another key file.
fn with_key(project: &Project, name: &str) -> Config {
    let mut config = project.config.clone();
    config.store.key_file = project.path(name);
    config
}

#[test]
fn another_key_is_refused() {
    let project = project_of_one_night();
    project.write("other.key", "ffffffffffffffffffffffffffffffff\n");
    let config = with_key(&project, "other.key");
    assert_refused(&project, &config, Kind::User, "is not the one this store was made with");
    assert!(wait(Engine::open(&config, Options::default())).is_err());
}

/// A new key is made for a new store only: with one, every client of this store would look new.
#[test]
fn a_missing_key_is_refused() {
    let project = project_of_one_night();
    let config = with_key(&project, "lost.key");
    assert_refused(&project, &config, Kind::Environment, "cannot read the key file");
    assert!(!project.path("lost.key").exists());
}

#[test]
fn another_order_of_sources_is_refused() {
    let project = project_of_one_night();
    let config = configured(&project, &[RULES, PHONE, WEB]);
    assert_refused(&project, &config, Kind::User, "the order of the sources is not that of the store");
}

#[test]
fn another_type_of_a_measure_is_refused() {
    let project = project_of_one_night();
    let config = configured(&project, &[RULES, &WEB.replace("type = \"int\"", "type = \"text\""), PHONE]);
    assert_refused(&project, &config, Kind::User, "measure `load_ms` has another type in the store");
}

#[test]
fn a_log_that_lacks_a_column_is_refused_with_all_that_came_with_it() {
    let project = project_of_one_night();
    let config = configured(&project, &[RULES, &WEB.replace("step = \"step\"", "step = \"page\""), PHONE]);
    assert_refused(&project, &config, Kind::User, "has no column `page`");
}

#[test]
fn a_second_ingest_at_the_same_time_is_refused() {
    let project = project_of_one_night();
    let lock = File::create(project.path("store/.lock")).unwrap();
    lock.lock().unwrap();
    write_second_night(&project);
    let error = wait(project.ingest()).unwrap_err();
    assert!(error.to_string().contains("another ingest is running"), "{error}");
    drop(lock);
    assert_eq!(ok(wait(project.ingest())).files.len(), 2);
}
