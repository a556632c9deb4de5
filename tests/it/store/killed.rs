//! Killed at any moment and run again, an ingest ends in the same store.
//!
//! A kill is made after the fact: the commits that the ingest would not have come to are taken back.

use super::{ask, everything, new_project, project_of_one_night, write_second_night};
use crate::project::{Project, list, ok};
use crate::sql::{rows, wait};

/// Takes the last commit of a table back: what is there if the ingest is killed just before it.
pub(super) fn take_back(project: &Project, table: &str) {
    let commits = list(&project.path(&format!("store/{table}/_delta_log")));
    let last = commits.iter().rfind(|path| path.extension().is_some_and(|ending| ending == "json")).expect("a commit");
    std::fs::remove_file(last).expect("a commit can be removed");
}

/// The file that says which commit was the last; it is written when all is done.
fn last(project: &Project) -> Option<Vec<u8>> {
    std::fs::read(project.path("store/last.json")).ok()
}

fn put_back(project: &Project, last: Option<Vec<u8>>) {
    match last {
        Some(bytes) => project.write("store/last.json", bytes),
        None => std::fs::remove_file(project.path("store/last.json")).expect("the file can be removed"),
    }
}

/// An ingest commits `rejects`, then `files`, then `contacts`, and then says so.
#[test]
fn a_killed_ingest_never_happened_and_can_be_run_again() {
    for undone in [["contacts"].as_slice(), &["contacts", "files"], &["contacts", "files", "rejects"]] {
        let project = project_of_one_night();
        let (before, said) = (everything(&project, 2), last(&project));
        write_second_night(&project);
        ok(wait(project.ingest()));
        let after = everything(&project, 2);
        undone.iter().for_each(|table| take_back(&project, table));
        put_back(&project, said);
        assert_eq!(everything(&project, 2), before, "without the commits of {undone:?}");
        ok(wait(project.ingest()));
        assert_eq!(everything(&project, 2), after, "run again after {undone:?}");
    }
}

#[test]
fn an_ingest_that_was_killed_after_its_last_commit_has_happened() {
    let (first, second) = (project_of_one_night(), project_of_one_night());
    put_back(&first, None);
    let said = last(&second);
    write_second_night(&second);
    ok(wait(second.ingest()));
    put_back(&second, said);
    for project in [first, second] {
        let after = everything(&project, 2);
        assert!(ok(wait(project.ingest())).files.is_empty());
        assert_eq!(everything(&project, 2), after);
    }
}

#[test]
fn a_first_ingest_that_was_killed_can_be_run_again() {
    let project = project_of_one_night();
    let after = everything(&project, 2);
    take_back(&project, "contacts");
    put_back(&project, None);
    assert!(everything(&project, 2).iter().all(Vec::is_empty));
    ok(wait(project.ingest()));
    assert_eq!(everything(&project, 2), after);
}

/// Killed after the folder was made and before the table was.
#[test]
fn a_store_whose_making_was_cut_short_is_made_again() {
    let project = new_project();
    std::fs::create_dir_all(project.path("store/contacts/_delta_log")).unwrap();
    write_second_night(&project);
    ok(wait(project.ingest()));
    assert_eq!(rows(&ask(&project.config, "select count(*) from contacts", 2)), [["3"]]);
}

#[test]
fn what_a_killed_ingest_left_on_disk_is_swept() {
    let project = project_of_one_night();
    let left =
        ["store/contacts/00-0f-000099.parquet", "store/contacts/none-000002.parquet", "store/.sorting-x/0.arrow"];
    std::fs::create_dir(project.path("store/.sorting-x")).unwrap();
    left.iter().for_each(|name| project.write(name, "cut sho"));
    write_second_night(&project);
    ok(wait(project.ingest()));
    assert!(left.iter().all(|name| !project.path(name).exists()));
    assert!(!project.path("store/.sorting-x").exists());
}
