//! What does not fit the store is refused, with the reason, and the store stays as it was.

use std::fs::File;

use arrow::array::RecordBatch;

use dropoff::config::Config;
use dropoff::engine::{Engine, Options};
use dropoff::error::Kind;
use dropoff::ingest::{IngestMode, Progress, ingest};

use super::{PHONE, RULES, WEB, configured, everything, project_of_one_night, write_second_night};
use crate::project::{Project, ok};
use crate::sql::wait;

/// The second night is refused under `config`, the store stays as it was, and under its own configuration all goes on.
fn assert_refused(project: &Project, config: &Config, kind: Kind, message: &str) {
    let before = everything(project, 2);
    write_second_night(project);
    let error = wait(ingest(config, &Progress::default(), IngestMode::New)).expect_err("refused");
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

/// Whoever comes first makes key and store; the others are told so, and nothing is lost.
#[test]
fn of_many_first_ingests_at_once_one_makes_the_store() {
    for _ in 0..12 {
        let project = Project::new(&[RULES, WEB].concat());
        project.write("web-1.csv", "client,time,step,case,ms\nann,2026-03-01 10:00,basket,,100\n");
        let ingests: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..6).map(|_| scope.spawn(|| wait(project.ingest()))).collect();
            running.into_iter().map(|ingest| ingest.join().unwrap()).collect()
        });
        let stored = ingests.iter().flatten().filter(|outcome| !outcome.files.is_empty()).count();
        assert_eq!(stored, 1, "one has brought the log in");
        for error in ingests.iter().filter_map(|ingest| ingest.as_ref().err()) {
            assert_eq!(error.kind(), Kind::Environment, "{error}");
            assert!(error.to_string().contains("another ingest"), "{error}");
        }
        assert_eq!(ok(wait(project.ingest())).files.len(), 0, "the key is that of the store");
        let engine = ok(wait(Engine::open(&project.config, Options::default())));
        assert_eq!(ok(wait(engine.sql("select 1 from steps"))).1.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    }
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_refused_and_its_target_stays() {
    let project = project_of_one_night();
    project.write("victim.txt", "whole");
    std::fs::remove_file(project.path("store/.lock")).unwrap();
    std::os::unix::fs::symlink(project.path("victim.txt"), project.path("store/.lock")).unwrap();
    write_second_night(&project);
    let error = wait(project.ingest()).unwrap_err();
    assert_eq!(error.kind(), Kind::Environment);
    assert!(error.to_string().contains("is not a plain file"), "{error}");
    assert_eq!(std::fs::read_to_string(project.path("victim.txt")).unwrap(), "whole");
}

#[test]
fn an_ingest_that_finds_a_mistake_leaves_no_store_and_no_key() {
    let project = Project::new(&[RULES, WEB].concat());
    project.write("web-1.csv", "client,time,case,ms\nann,2026-03-01 10:00,,100\n");
    assert!(wait(project.ingest()).is_err());
    assert!(!project.path("store").exists() && !project.path("store.key").exists());
}
