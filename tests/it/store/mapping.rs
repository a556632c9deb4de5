//! A source that is configured otherwise: its files are read again, and those that are gone are named, at first with a
//! failure.

use dropoff::engine::{Engine, Options};
use dropoff::ingest::{IngestMode, Outcome, Progress, ingest};

use super::{
    PHONE, RULES, WEB, ask, configured, everything, new_project, project_of_one_night, write_log, write_second_night,
};
use crate::project::{Project, ok};
use crate::sql::{sorted_rows, wait};

/// The project with the channel of the web source corrected.
fn corrected(project: &Project) -> Project {
    let mut again = new_project();
    let config = configured(project, &[RULES, &WEB.replace("channel = \"web\"", "channel = \"app\""), PHONE]);
    again.config = config;
    again
}

fn bring(project: &Project, bring: IngestMode) -> Outcome {
    ok(wait(ingest(&project.config, &Progress::default(), bring)))
}

fn warnings(project: &Project) -> Vec<String> {
    let engine = ok(wait(Engine::open(&project.config, Options::default())));
    ok(wait(engine.warnings(&project.config))).into_iter().filter(|warning| warning.contains("otherwise")).collect()
}

#[test]
fn files_that_are_there_are_read_again_in_one_commit() {
    let project = project_of_one_night();
    write_second_night(&project);
    ok(wait(project.ingest()));
    let again = corrected(&project);
    assert_eq!(warnings(&again).len(), 1, "before the ingest it is said");
    let outcome = bring(&again, IngestMode::New);
    let change = &outcome.changes[0];
    assert_eq!((change.source.as_str(), change.keys.as_slice()), ("web", &["channel".to_owned()][..]));
    assert_eq!(
        (change.again.as_slice(), change.left.len()),
        (&["web-1.csv".to_owned(), "web-2.csv".to_owned()][..], 0)
    );
    assert_eq!(outcome.files.len(), 2, "the files of the other source are left alone");
    assert!(warnings(&again).is_empty());
    // As if it had never been otherwise.
    let mut fresh = corrected(&project);
    fresh.config.store.path = project.path("other-store");
    bring(&fresh, IngestMode::New);
    assert_eq!(everything(&again, 2), everything(&fresh, 2));
    assert!(bring(&again, IngestMode::New).files.is_empty(), "and then nothing is new");
    assert_eq!(everything(&again, 2), everything(&fresh, 2), "what was replaced is swept, nothing else");
    // The next night goes on from there.
    write_log(&project, "web-3.csv", "eve,2026-03-03 10:00,basket,,\n");
    assert_eq!(bring(&again, IngestMode::New).files.len(), 1);
    bring(&fresh, IngestMode::New);
    assert_eq!(everything(&again, 3), everything(&fresh, 1));
}

#[test]
fn rows_of_files_that_are_gone_stay_and_that_is_news_once() {
    let project = project_of_one_night();
    let before = sorted_rows(&ask(&project.config, "select * from contacts", 1));
    std::fs::remove_file(project.path("web-1.csv")).unwrap();
    write_log(&project, "web-2.csv", "eve,2026-03-01 10:00,menu,,\n");
    let again = corrected(&project);
    let refused = wait(ingest(&again.config, &Progress::default(), IngestMode::NewOrNothing)).unwrap_err();
    assert!(refused.to_string().contains("web-1.csv (2026-03-01 to 2026-03-01)"), "{refused}");
    let outcome = bring(&again, IngestMode::New);
    assert!(outcome.is_news);
    assert_eq!(
        outcome.changes[0].left,
        [("web-1.csv".to_owned(), Some((1_772_359_200_000_000, 1_772_359_200_000_000)))]
    );
    let after = sorted_rows(&ask(&again.config, "select * from contacts", 1));
    assert!(before.iter().all(|row| after.contains(row)), "what is stored stays");
    assert!(!bring(&again, IngestMode::New).is_news, "the second time it is no news");
    assert_eq!(warnings(&again).len(), 1, "but every report says it");
    bring(&again, IngestMode::All);
    assert!(warnings(&again).is_empty());
    let channels = sorted_rows(&ask(&again.config, "select distinct cast(channel as varchar) from contacts", 1));
    assert_eq!(channels, [["app"], ["phone"]]);
}

#[test]
fn a_key_that_is_only_new_is_not_said() {
    let mut project = project_of_one_night();
    let web = WEB.replace("measures = {", "measures = { device = \"device\",");
    project.config = configured(&project, &[RULES, &web, PHONE]);
    assert!(warnings(&project).is_empty());
}

#[test]
fn a_rejected_source_is_read_again_once_it_is_mended() {
    let project = new_project();
    write_log(&project, "web-1.csv", "ann,01/03/2026 10:00,basket,,1\nbob,02/03/2026 10:00,basket,,1\n");
    write_log(&project, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    let outcome = ok(wait(project.ingest()));
    let values: Vec<&str> = outcome.examples["web"].iter().map(|example| example.value.as_str()).collect();
    assert_eq!(values, ["01/03/2026 10:00", "02/03/2026 10:00"]);
    let mut again = new_project();
    let time = r#"time = { column = "time", format = "%d/%m/%Y %H:%M" }"#;
    again.config = configured(&project, &[RULES, &WEB.replace("time = \"time\"", time), PHONE]);
    assert_eq!(bring(&again, IngestMode::New).changes[0].again, ["web-1.csv"]);
    assert_eq!(sorted_rows(&ask(&again.config, "select count(*) from contacts", 1)), [["3"]]);
    assert_eq!(sorted_rows(&ask(&again.config, "select count(*) from rejects", 1)), [["0"]]);
}

#[test]
fn another_order_of_sources_is_taken_where_the_store_is_made_anew() {
    let project = project_of_one_night();
    let mut again = new_project();
    again.config = configured(&project, &[RULES, PHONE, WEB]);
    assert_eq!(bring(&again, IngestMode::All).files.len(), 2);
    let _ = everything(&again, 2);
}
