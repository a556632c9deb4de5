//! The evidence for causes: it supports the causes that were planted, and hardly any others.
//!
//! Many logs, generated with effects and without; `hand_made`: logs in which a careless count goes wrong; `real_logs`:
//! golden values. Tests that take minutes are ignored: `cargo test --release evidence -- --ignored`.

mod hand_made;
mod real_logs;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use chrono::DateTime;
use dropoff::engine::Engine;
use dropoff::generate::{LogFormats, Options, Scenario, generate};
use tempfile::TempDir;

use crate::project::{Project, ok};
use crate::reports::{Row, report};

#[tokio::test(flavor = "multi_thread")]
async fn without_effects_hardly_a_cause_is_supported() {
    let found = ByChance::count(20_000, 1..=40).await;
    assert!(found.tests > 6 * found.logs, "nearly all causes are tested: {found:?}");
    assert!(found.supporting <= most(found.logs, 0.05), "{found:?}");
    assert!(found.to_fix <= most(found.logs, 0.05), "{found:?}");
    assert!(found.low_p <= most(found.tests, 0.05), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn without_effects_causes_are_supported_in_at_most_a_twentieth_of_200_logs() {
    let found = ByChance::count(100_000, 1..=200).await;
    assert!(found.supporting * 20 <= found.logs, "{found:?}");
    assert!(found.to_fix * 20 <= found.logs, "{found:?}");
    assert!((fewest(found.tests, 0.05)..=most(found.tests, 0.05)).contains(&found.low_p), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn intervals_hold_the_planted_drop_offs() {
    let found = Coverage::count(20_000, 1..=40).await;
    assert!(found.intervals > 250, "nearly all causes are tested: {found:?}");
    assert!(found.supported * 20 >= found.intervals * 19, "nearly all are supported: {found:?}");
    let expected = fewest(found.intervals, 0.90)..=most(found.intervals, 0.99);
    assert!(expected.contains(&found.covering), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn intervals_hold_the_planted_drop_offs_in_90_to_99_of_100() {
    let found = Coverage::count(100_000, 1..=200).await;
    assert!(found.covering * 100 >= found.intervals * 90, "{found:?}");
    assert!(found.covering * 100 <= found.intervals * 99, "{found:?}");
    for (cause, [covering, intervals]) in &found.by_cause {
        let expected = fewest(*intervals, 0.90)..=most(*intervals, 0.99);
        assert!(expected.contains(covering), "{cause}: {found:?}");
    }
}

/// What is found in logs where no cause has an effect.
#[derive(Debug, Default)]
struct ByChance {
    logs: usize,
    /// Logs in which `evidence` supports a cause.
    supporting: usize,
    /// Logs in which `what_to_fix_first` names one.
    to_fix: usize,
    tests: usize,
    /// Tests with a p value of at most 5%.
    low_p: usize,
}

impl ByChance {
    async fn count(contacts: u64, seeds: RangeInclusive<u64>) -> ByChance {
        let scenario = ok(Scenario::shipped()).without_effects();
        let mut found = ByChance::default();
        for seed in seeds {
            let (_folder, _project, engine) = planted(&scenario, contacts, seed).await;
            let tests = tested(&engine).await;
            found.logs += 1;
            found.supporting += usize::from(tests.iter().any(is_supported));
            found.to_fix += usize::from(!report(&engine, "what_to_fix_first", &[]).await.is_empty());
            found.tests += tests.len();
            found.low_p += tests.iter().filter(|test| test.number("p_value") <= 0.05).count();
        }
        found
    }
}

/// Intervals of attributable drop-offs, in logs where causes have effects.
#[derive(Debug, Default)]
struct Coverage {
    intervals: usize,
    /// Intervals that hold as many drop-offs as the log does have for the cause.
    covering: usize,
    supported: usize,
    /// Covering, and all.
    by_cause: BTreeMap<String, [usize; 2]>,
}

impl Coverage {
    async fn count(contacts: u64, seeds: RangeInclusive<u64>) -> Coverage {
        let scenario = ok(Scenario::shipped());
        let mut found = Coverage::default();
        for seed in seeds {
            let (folder, _project, engine) = planted(&scenario, contacts, seed).await;
            let lost = lost_to_causes(folder.path(), &engine);
            for test in tested(&engine).await {
                let cause = format!("{}.{}", test.text("family"), test.text("cause"));
                let interval = test.number("attributable_low")..=test.number("attributable_high");
                let is_covering = usize::from(interval.contains(&lost[&cause]));
                found.intervals += 1;
                found.covering += is_covering;
                found.supported += usize::from(is_supported(&test));
                let of_cause = found.by_cause.entry(cause).or_default();
                of_cause[0] += is_covering;
                of_cause[1] += 1;
            }
        }
        found
    }
}

/// A generated log, ingested. Log and store are there as long as folder and project are.
pub async fn planted(scenario: &Scenario, contacts: u64, seed: u64) -> (TempDir, Project, Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        contacts,
        seed,
        days: None,
        formats: LogFormats::Csv,
        scenario: scenario.clone(),
        file_rows: Options::FILE_ROWS,
    };
    ok(generate(folder.path(), &options, &AtomicU64::new(0)));
    let project = Project::of(&folder.path().join("dropoff.toml"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    (folder, project, engine)
}

/// Mature dropped journeys that would have gone on without a cause, over all points: as it came about in this log.
fn lost_to_causes(folder: &Path, engine: &Engine) -> BTreeMap<String, f64> {
    let mature_until_us = engine.horizon_us().expect("a log") - engine.maturity().after_us;
    let mut reader = csv::Reader::from_path(folder.join("truth/journeys.csv")).expect("the truth is there");
    let mut lost: BTreeMap<String, f64> = BTreeMap::new();
    for row in reader.deserialize() {
        let row: BTreeMap<String, String> = row.expect("the truth can be read");
        let ended_at = DateTime::parse_from_rfc3339(&row["ended_at"]).expect("a moment").timestamp_micros();
        for cause in row["lost_to"].split('+').filter(|cause| !cause.is_empty()) {
            *lost.entry(cause.to_owned()).or_default() += f64::from(u8::from(ended_at < mature_until_us));
        }
    }
    lost
}

/// The causes that were tested.
async fn tested(engine: &Engine) -> Vec<Row> {
    let rows = report(engine, "evidence", &[]).await;
    rows.into_iter().filter(|row| ["supported", "not supported"].contains(&row.text("verdict"))).collect()
}

fn is_supported(row: &Row) -> bool {
    row.text("verdict") == "supported"
}

/// The most of so many that may have a share by chance: passed once in a thousand times (binomial).
fn most(of: usize, share: f64) -> usize {
    let mut count = 0;
    // Logarithms, as the first chances may be too small for a number.
    let mut chance_ln = of as f64 * (1.0 - share).ln();
    let mut at_most = chance_ln.exp();
    while at_most < 0.999 {
        chance_ln += ((of - count) as f64 / (count + 1) as f64 * share / (1.0 - share)).ln();
        count += 1;
        at_most += chance_ln.exp();
    }
    count
}

/// The fewest, in the same way.
fn fewest(of: usize, share: f64) -> usize {
    of - most(of, 1.0 - share)
}

#[test]
fn bounds_are_those_of_the_binomial_distribution() {
    // scipy.stats.binom.ppf(0.999, ...)
    assert_eq!([most(40, 0.05), most(280, 0.05), most(280, 0.99), most(1400, 0.99)], [7, 26, 280, 1396]);
    assert_eq!([fewest(280, 0.90), fewest(1400, 0.05)], [235, 46]);
}
