//! The sample project, against the answers that another program worked out from the same logs.
//!
//! `sample_data/README.md` says what the files in `sample_data/answers` hold. All of it is compared, to the last
//! journey.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat};
use dropoff::engine::Engine;

use crate::known_rows::{assert_same, found, pseudonym};
use crate::project::{Project, ok, repository};

/// The sample project, ingested. The store is there as long as the project is.
pub async fn sample() -> (Project, Engine) {
    let project = Project::of(&repository("sample_data/dropoff.toml"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    (project, engine)
}

#[tokio::test]
async fn every_row_of_the_logs_is_accounted_for() {
    let (_project, engine) = sample().await;
    let sql =
        "select source, sum(\"read\"), sum(kept), sum(skipped), sum(rejected), sum(duplicates), sum(without_client)
        from files group by source";
    assert_same("files.csv", 1, &answers("files.csv"), &found(&engine, sql, moment).await);
}

#[tokio::test]
async fn the_horizon_is_where_the_first_log_ends() {
    let (_project, engine) = sample().await;
    let expected = std::fs::read_to_string(answer_file("horizon.txt")).expect("the answers are there");
    assert_eq!(engine.horizon_us().map(moment).as_deref(), Some(expected.trim()));
}

#[tokio::test]
async fn every_journey_is_as_it_was() {
    let (_project, engine) = sample().await;
    let mut expected = answers("journeys.csv");
    for journey in &mut expected {
        journey[0] = pseudonym(&engine, &journey[0]);
    }
    let sql =
        "select client, motive, started_at, ended_at, status, contacts, visits, drop_channel, drop_step, family, cause
        from journeys";
    assert_same("journeys.csv", 3, &expected, &found(&engine, sql, moment).await);
}

#[tokio::test]
async fn every_point_has_its_reach_drops_and_exits() {
    let (_project, engine) = sample().await;
    let sql = "select
            channel,
            step,
            sum(case when first_at_point then 1 else 0 end),
            sum(case when is_drop_off_point then 1 else 0 end),
            sum(case when \"exit\" = 'moved' then 1 else 0 end),
            sum(case when \"exit\" = 'retried' then 1 else 0 end),
            sum(case when \"exit\" = 'silent' then 1 else 0 end)
        from steps group by channel, step";
    assert_same("points.csv", 2, &answers("points.csv"), &found(&engine, sql, moment).await);
}

fn answer_file(name: &str) -> PathBuf {
    repository("sample_data/answers").join(name)
}

/// The rows of a file of answers.
fn answers(name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(answer_file(name)).expect("the answers are there");
    let records = reader.records().map(|record| record.expect("the answers can be read"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

fn moment(micros: i64) -> String {
    let at = DateTime::from_timestamp_micros(micros).expect("a moment of March 2026");
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
