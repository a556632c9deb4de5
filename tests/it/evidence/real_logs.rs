//! Causes in real logs, those of `docs/examples`: no difference is found where there is none, and figures are those of
//! other libraries (`tests/golden/real_logs.json`, made by the script beside it). Skipped where a log is absent.

use std::collections::BTreeMap;

use dropoff::ingest::find_files;
use dropoff::query::Cell;
use serde_json::Value;

use super::{is_supported, tested};
use crate::project::{Project, ok, repository};
use crate::reports::{assert_near, report};

/// The log of `docs/examples/receipt`, with the way an application came in as a measure, and all on one channel: so
/// passages of all ways are compared at the same step.
const PERMITS: &str = r#"
[journey]
gap = "30d"
visit_gap = "30m"
goals = ["T10 Determine necessity to stop indication"]

[[source]]
name = "permits"
files = 'LOG'
channel = "permit"
columns = { client = "case:concept:name", case = "case:concept:name", time = "time:timestamp", step = "concept:name" }
measures = { came_by = "case:channel" }

[causes]
shipped = false

[[cause]]
family = "organisational"
code = "by_internet"
when = "came_by = 'Internet'"

[[cause]]
family = "organisational"
code = "at_the_desk"
when = "came_by = 'Desk'"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn applications_by_internet_and_at_the_desk_do_not_differ() {
    let log = repository("../shared/data/receipt.csv.gz");
    if !log.exists() {
        println!("skipped: the log of the example `receipt` is not there");
        return;
    }
    let project = Project::new(&PERMITS.replace("LOG", &log.display().to_string()));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    let verdicts: Vec<String> = tested(&engine).await.iter().map(|row| row.text("verdict").to_owned()).collect();
    assert_eq!(verdicts, ["not supported"; 2], "both are tested");
    for name in ["evidence_by_point", "evidence_by_channel"] {
        assert!(!report(&engine, name, &[]).await.iter().any(is_supported), "{name}");
    }
    assert!(report(&engine, "what_to_fix_first", &[]).await.is_empty());
    // However small a difference would be.
    let drivers = report(&engine, "drivers", &[("effect", "1.0"), ("passages", "1")]).await;
    assert!(drivers.iter().all(|row| row.text("candidate") != "came_by"), "{drivers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_in_real_logs_have_the_evidence_that_other_libraries_find() {
    let text = std::fs::read_to_string(repository("tests/golden/real_logs.json")).expect("golden values");
    let cases: Vec<BTreeMap<String, Value>> = serde_json::from_str(&text).expect("golden values are JSON");
    assert!(!cases.is_empty());
    for case in cases {
        let (log, cause) = (case["log"].as_str().expect("a log"), case["cause"].as_str().expect("a cause"));
        let mut project = Project::of(&repository("docs/examples").join(log).join("dropoff.toml"));
        let days = case["mature_after_days"].as_i64().expect("days");
        project.config.mature_after_us = Some(days * 86_400_000_000);
        if project.config.sources.iter().any(|source| !find_files(&project.config, source).1.is_empty()) {
            println!("skipped: the log of the example `{log}` is not there");
            continue;
        }
        ok(project.ingest().await);
        let engine = ok(project.open().await);
        let rows = report(&engine, "evidence", &[]).await;
        let row = rows.iter().find(|row| row.text("cause") == cause).expect("the cause is active");
        for (column, expected) in case.iter().filter(|(column, _)| *column != "mature_after_days") {
            match expected {
                Value::Number(expected) => {
                    let expected = expected.as_f64().expect("a number");
                    assert_near(&format!("{cause} {column}"), row.number(column), expected);
                }
                Value::Null => assert_eq!(row.cell(column), &Cell::Null, "{cause} {column}"),
                _ => {}
            }
        }
    }
}
