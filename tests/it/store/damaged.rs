//! A store that another program or the disk has changed is refused with what happened; it never gives another answer.

use std::path::{Path, PathBuf};

use dropoff::engine::{Engine, Options};
use dropoff::error::{Error, Kind, Result};
use dropoff::ingest::{IngestMode, Progress, ingest};

use super::killed::take_back;
use super::{EVERYTHING, everything, project_of_one_night, write_second_night};
use crate::project::{Project, list, ok};
use crate::sql::{sorted_rows, wait};

/// A project whose store has two nights.
fn two_nights() -> Project {
    let project = project_of_one_night();
    write_second_night(&project);
    ok(wait(project.ingest()));
    project
}

/// All tables, or the first error.
fn try_everything(project: &Project) -> Result<Vec<Vec<Vec<String>>>> {
    let engine = wait(Engine::open(&project.config, Options { partitions: Some(2), ..Options::default() }))?;
    EVERYTHING.iter().map(|sql| Ok(sorted_rows(&wait(engine.sql(sql))?.1))).collect()
}

#[track_caller]
fn assert_refused(project: &Project, words: &str) {
    let refused = |error: Error| {
        assert_eq!(error.kind(), Kind::Environment, "{error}");
        assert!(error.to_string().contains(words), "`{words}` is not in\n{error}");
    };
    refused(try_everything(project).expect_err("the store is refused"));
    refused(wait(project.ingest()).expect_err("no ingest goes on with it"));
}

/// The last commit of `contacts`.
fn last_commit(project: &Project) -> PathBuf {
    let commits = list(&project.path("store/contacts/_delta_log"));
    commits.into_iter().rfind(|path| path.extension().is_some_and(|ending| ending == "json")).expect("a commit")
}

fn data_files(folder: &Path) -> Vec<PathBuf> {
    list(folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet")).collect()
}

#[test]
fn a_lost_commit_and_a_changed_one_are_noticed() {
    let lost = two_nights();
    take_back(&lost, "contacts");
    assert_refused(&lost, "the last commit of `contacts` is gone");

    let changed = two_nights();
    let commit = changed.path("store/contacts/_delta_log/00000000000000000001.json");
    let text = std::fs::read_to_string(&commit).unwrap();
    std::fs::write(&commit, text.replace("\"web\"", "\"wab\"").replace("numRecords\\\":1", "numRecords\\\":9"))
        .unwrap();
    assert_refused(&changed, "was changed by something else");

    let unsaid = two_nights();
    std::fs::remove_file(unsaid.path("store/last.json")).unwrap();
    assert_refused(&unsaid, "`last.json` is gone");
}

/// Another program adds a commit of its own, in which it takes a file out.
#[test]
fn another_programs_commit_is_named() {
    let project = two_nights();
    let files = data_files(&project.path("store/contacts"));
    let gone = files[0].file_name().unwrap().to_string_lossy().into_owned();
    let next = project.path("store/contacts/_delta_log/00000000000000000003.json");
    assert!(!next.exists() && last_commit(&project).ends_with("00000000000000000002.json"));
    let info = r#"{"commitInfo":{"timestamp":1,"operation":"DELETE","engineInfo":"another-engine"}}"#;
    let remove = format!(r#"{{"remove":{{"path":"{gone}","deletionTimestamp":1,"dataChange":true}}}}"#);
    std::fs::write(next, format!("{info}\n{remove}\n")).unwrap();
    assert_refused(&project, "version 3: DELETE by another-engine");
}

#[test]
fn a_file_that_is_gone_or_shorter_is_named() {
    let gone = two_nights();
    let file = data_files(&gone.path("store/contacts")).remove(0);
    std::fs::remove_file(&file).unwrap();
    assert_refused(&gone, &format!("`{}` is not as it was written", file.display()));

    let short = two_nights();
    let file = data_files(&short.path("store/contacts")).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[1..]).unwrap();
    assert_refused(&short, &format!("{} bytes", bytes.len() - 1));
}

#[test]
fn a_table_without_its_ingest_is_noticed() {
    for table in ["files", "rejects"] {
        let project = two_nights();
        take_back(&project, table);
        assert_refused(&project, &format!("`{table}` has other data files"));
    }
}

#[test]
fn a_changed_store_can_be_made_anew() {
    let (project, whole) = (two_nights(), two_nights());
    take_back(&project, "contacts");
    ok(wait(ingest(&project.config, &Progress::default(), IngestMode::All)));
    assert_eq!(everything(&project, 2), everything(&whole, 2));
}

/// Whatever cannot be read of a store: it is put aside, and the logs are read into a new one.
#[test]
fn what_cannot_be_read_is_put_aside_where_the_store_is_made_anew() {
    let whole = two_nights();
    let spoiled = [
        "files/000001.parquet",
        "files/_delta_log/00000000000000000000.json",
        "contacts/_delta_log/00000000000000000001.json",
    ];
    for name in spoiled {
        let project = two_nights();
        project.write(&format!("store/{name}"), "nothing that reads");
        assert_refused(&project, "");
        let outcome = ok(wait(ingest(&project.config, &Progress::default(), IngestMode::All)));
        assert!(outcome.notes[0].contains("store.unreadable-1"), "{:?}", outcome.notes);
        assert!(project.path("store.unreadable-1").exists());
        assert_eq!(everything(&project, 2), everything(&whole, 2), "{name}");
    }
}

/// Where a log is wrong as well, nothing is moved: that is to be mended first.
#[test]
fn a_store_stays_where_it_is_until_nothing_else_is_wrong() {
    let project = two_nights();
    project.write("store/files/000001.parquet", "nothing that reads");
    project.write("web-3.csv", "another,header\n1,2\n");
    let error = wait(ingest(&project.config, &Progress::default(), IngestMode::All)).expect_err("a log lacks columns");
    assert_eq!(error.kind(), Kind::User, "{error}");
    assert!(project.path("store/files/000001.parquet").exists() && !project.path("store.unreadable-1").exists());
}

/// Without its commits a store looks as if it had never had any.
#[test]
fn a_store_that_lost_all_its_commits_is_not_empty() {
    let lost = two_nights();
    take_back(&lost, "contacts");
    take_back(&lost, "contacts");
    assert_refused(&lost, "the last commit of `contacts` is gone");
    let emptied = project_of_one_night();
    emptied.write("store/contacts/_delta_log/00000000000000000001.json", "");
    assert_refused(&emptied, "");
}

/// All files of the store but the lock.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = list(folder).into_iter().partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| files_of(folder));
    below.chain(files.into_iter().filter(|path| !path.ends_with(".lock"))).collect()
}

/// Whichever file, and bits all over it: the answers are the same, or there are none.
#[test]
fn no_flipped_bit_gives_another_answer() {
    /// Bits of each file: at its start, at its end, and in between.
    const PLACES: [f64; 4] = [0.0, 0.37, 0.71, 1.0];
    let project = two_nights();
    let whole = everything(&project, 2);
    let files = files_of(&project.path("store"));
    let mut refused = 0;
    for (number, path) in files.iter().enumerate() {
        let bytes = std::fs::read(path).unwrap();
        for place in PLACES {
            let place = ((bytes.len() - 1) as f64 * place) as usize;
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (number % 8);
            std::fs::write(path, &damaged).unwrap();
            let what = format!("byte {place} of {}", path.display());
            match try_everything(&project) {
                Ok(answers) => assert_eq!(answers, whole, "{what}"),
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.kind(), Kind::Environment, "{what}: {error}");
                }
            }
        }
        std::fs::write(path, &bytes).unwrap();
    }
    assert_eq!(everything(&project, 2), whole);
    assert!(refused > 2 * files.len(), "{refused} of {} were noticed", files.len() * PLACES.len());
}
