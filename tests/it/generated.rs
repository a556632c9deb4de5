//! Generated logs, against the truth that was written beside them: every journey, every point, every total.
//!
//! The truth is worked out from what was drawn, so these tests go the whole way: logs in three formats, the store, the
//! journey pass, causes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, SecondsFormat};
use dropoff::engine::Engine;
use dropoff::generate::{LogFormats, Options, Scenario, Totals, generate};
use tempfile::TempDir;

use crate::known_rows::{assert_same, found, pseudonym};
use crate::project::{Project, list, ok};

/// Other gaps, steps and rates than the shipped scenario; journeys that start with a withdrawal; a sure drop-off.
const SHOP: &str = r#"
gap              = "26h"
visit_gap        = "5m"
returning        = 0.7
duplicates       = 0.05
without_client   = 0.1
company_contacts = 0.6
motives          = ["buy"]
start            = [{ point = "app.start", weight = 8 }, { point = "chat.cancelled", weight = 1 }]

[channel.chat]
duration_s = [0, 4000]
agents     = 3

[[point]]
channel = "app"
step    = "start"
drop    = 0.1
next    = [{ point = "app.start", weight = 3, retry = true }, { point = "app.basket", weight = 5 }]

[[point]]
channel = "app"
step    = "basket"
drop    = 0.3
next    = [
    { point = "app.paid", weight = 2 },
    { point = "app.basket", weight = 2 },
    { point = "app.basket", weight = 1, retry = true },
    { point = "chat.help", weight = 3 },
]

[[point]]
channel = "app"
step    = "paid"
end     = "completed"

[[point]]
channel = "chat"
step    = "help"
next    = [
    { point = "chat.help", weight = 6 },
    { point = "chat.paid", weight = 1 },
    { point = "app.basket", weight = 2 },
    { point = "chat.no_credit", weight = 1 },
    { point = "chat.cancelled", weight = 1 },
]

[[point]]
channel = "chat"
step    = "paid"
end     = "completed"

[[point]]
channel = "chat"
step    = "no_credit"
end     = "refused"

[[point]]
channel = "chat"
step    = "cancelled"
end     = "withdrawn"

[[cause]]
family   = "ergonomic"
code     = "clumsy"
channel  = "app"
exposure = 0.3
ratio    = 20.0
measure  = "taps"
met      = [10, 99]
else     = [0, 9]
when     = "taps > 9"

[[cause]]
family   = "organisational"
code     = "not_known"
at       = ["app.basket", "chat.help"]
exposure = 0.4
ratio    = 0.5
measure  = "not_known"
met      = [1, 1]
when     = "not_known = 1"

[[letter]]
channel = "email"
step    = "start"
weight  = 1
"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_journey_of_half_a_million_contacts_is_found_as_it_was_planted() {
    let generated = Generated::new(Options { file_rows: 120_000, ..options(500_000, 7) });
    assert!((90_000..120_000).contains(&generated.totals.journeys), "{:?}", generated.totals);
    generated.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_every_journey_of_another_scenario() {
    let scenario = scenario_of(SHOP);
    for (formats, days) in [(LogFormats::Csv, 20), (LogFormats::Ndjson, 3), (LogFormats::Parquet, 1)] {
        let days = Some(days);
        Generated::new(Options { formats, days, scenario: scenario.clone(), ..options(30_000, 11) }).check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_effects_nothing_is_lost_to_causes() {
    let scenario = ok(Scenario::shipped()).without_effects();
    let generated = Generated::new(Options { scenario, ..options(20_000, 5) });
    assert_eq!(generated.totals.lost_to_cause, 0);
    assert!(generated.totals.dropped > 0);
    assert!(generated.truth("journeys").iter().all(|row| row[10] == "false" && row[11].is_empty()));
    assert!(generated.truth("rates").iter().all(|row| row[10] == "0" && row[11] == "0.000"));
    generated.check().await;
}

#[test]
fn contacts_meet_and_leave_at_the_planted_rates() {
    let generated = Generated::new(Options { formats: LogFormats::Csv, ..options(400_000, 3) });
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let mut causes = 0;
    for row in generated.truth("rates").iter().filter(|row| !row[2].is_empty()) {
        let (exposure, met, exposed) = (number(&row[3]), number(&row[6]), number(&row[7]));
        // Five standard deviations.
        let tolerance = 5.0 * (exposure * (1.0 - exposure) / met).sqrt();
        assert!((exposed / met - exposure).abs() < tolerance, "{row:?}");
        causes += 1;
    }
    assert!(causes > 10);
    assert!(generated.totals.lost_to_cause * 10 > generated.totals.dropped);
}

#[test]
fn as_many_are_lost_to_causes_as_the_planted_shares_let_expect() {
    let generated = Generated::new(Options { formats: LogFormats::Csv, ..options(400_000, 3) });
    generated.check_losses();
    let mut causes = 0;
    for row in generated.truth("rates").iter().filter(|row| row[11] != "0.000") {
        let [lost, expected] = [&row[10], &row[11]].map(|text| text.parse::<f64>().expect("a number"));
        // Five standard deviations: a loss is drawn at each contact, with a chance that is known by then.
        assert!((lost - expected).abs() < 5.0 * expected.sqrt() + 1.0, "{row:?}");
        causes += usize::from(!row[2].is_empty());
    }
    assert!(causes > 10);
    // No cause of the shipped scenario keeps clients: who is lost to one of them is lost to all together.
    let journeys = generated.truth("journeys");
    assert!(journeys.iter().all(|row| row[11].is_empty() || row[10] == "true"));
    assert!(journeys.iter().any(|row| row[11].contains('+')));
    assert!(journeys.iter().any(|row| row[11].is_empty() && row[10] == "true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_company_wrote_before_a_contact_has_nothing_to_do_with_a_drop_off_there() {
    let (shipped, rate) = (include_str!("../../src/generate/scenario.toml"), "company_contacts = 0.1");
    assert!(shipped.contains(rate));
    let scenario = scenario_of(&shipped.replacen(rate, "company_contacts = 0.4", 1));
    let generated = Generated::new(Options { scenario, ..options(300_000, 13) });
    let project = Project::of(&generated.folder.path().join("dropoff.toml"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    // So long before the end that silence is a drop-off, whatever the contact.
    let before = moment((generated.totals.horizon_s - 8 * 86_400) * 1_000_000);
    let written_last = "previous_channel in ('email', 'sms', 'letter')";
    for condition in ["reminders_so_far > 0", "reminders_so_far > 1", written_last] {
        let sql = format!(
            "select
                channel,
                step,
                count(*),
                sum(case when {condition} then 1 else 0 end),
                sum(case when is_drop_off_point then 1 else 0 end),
                sum(case when {condition} and is_drop_off_point then 1 else 0 end)
            from steps
            where direction is null and started_at < cast('{before}' as timestamp(6) with time zone)
            group by channel, step"
        );
        let (mut surplus, mut variance, mut written) = (0.0_f64, 0.0_f64, 0.0_f64);
        for row in found(&engine, &sql, moment).await {
            let number = |place: usize| row[place].parse::<f64>().expect("a number");
            let (all, met, dropped, both) = (number(2), number(3), number(4), number(5));
            if all > 1.0 {
                // Mean and variance of the hypergeometric distribution, as in the test of Mantel and Haenszel.
                surplus += both - met * dropped / all;
                variance += met * (all - met) * dropped * (all - dropped) / (all * all * (all - 1.0));
                written += met;
            }
        }
        assert!(written > 1_000.0, "{condition}: {written}");
        assert!(surplus.abs() < 4.0 * variance.sqrt(), "{condition}: {}", surplus / variance.sqrt());
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let made = |seed| Generated::new(Options { file_rows: 2_000, ..options(20_000, seed) });
    let (one, again, other) = (made(1), made(1), made(2));
    let files = files_of(one.folder.path());
    let named = |name: &str| files.keys().filter(|file| file.contains(name)).count();
    assert!(named("web-") > 2 && named("phone-") > 1 && named("agency-") > 0 && named("letters-") > 0);
    assert!(files == files_of(again.folder.path()), "the same options give the same bytes");
    let others = files_of(other.folder.path());
    let same = files.iter().filter(|(name, bytes)| others.get(*name) == Some(*bytes)).map(|(name, _)| name);
    assert_eq!(same.collect::<Vec<_>>(), ["dropoff.toml"]);
}

#[test]
fn about_as_many_rows_as_were_asked_for() {
    for contacts in [20_000, 100_000] {
        let rows = Generated::new(options(contacts, 9)).totals.rows;
        assert!(rows.abs_diff(contacts) * 8 < contacts, "{rows}");
    }
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine.txt"), "mine").expect("a file can be written");
    let error = generate(folder.path(), &options(1_000, 1), &AtomicU64::new(0)).unwrap_err().to_string();
    assert!(error.contains("is not empty"), "{error}");
    assert_eq!(list(folder.path()).len(), 1);
}

#[test]
fn what_is_wrong_with_a_scenario_is_said_before_a_row_is_written() {
    refuses(SHOP, "app.basket\", weight = 5", "app.baskt\", weight = 5", "did you mean `app.basket`?");
    refuses(SHOP, "returning        = 0.7", "returning = 1.7", "`returning` is no share");
    refuses(SHOP, "gap              = \"26h\"", "gap = \"1h\"", "the gaps are too short");
    refuses(SHOP, "channel  = \"app\"", "channel = \"apps\"", "`ergonomic.clumsy` stands at no point");
    refuses(SHOP, "when     = \"taps > 9\"", "", "missing field `when`");
    // These are found in the configuration that is written first.
    refuses(SHOP, "when     = \"taps > 9\"", "when = \"tapps > 9\"", "tapps");
    refuses(SHOP, "measure  = \"taps\"", "measure = \"visits\"", "visits");
}

/// Generating from the changed scenario fails with a user's error that says so, and no log is written.
fn refuses(scenario: &str, from: &str, to: &str, said: &str) {
    assert!(scenario.contains(from), "{from}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, scenario.replacen(from, to, 1)).expect("a scenario can be written");
    let into = folder.path().join("generated");
    let made = Scenario::load(&path)
        .and_then(|scenario| generate(&into, &Options { scenario, ..options(1_000, 1) }, &AtomicU64::new(0)));
    let error = made.expect_err("the scenario is refused");
    assert!(error.to_string().contains(said), "{error}");
    assert_eq!(error.kind(), dropoff::error::Kind::User);
    assert!(!into.join("logs").exists() || list(&into.join("logs")).is_empty());
}

fn options(contacts: u64, seed: u64) -> Options {
    let scenario = ok(Scenario::shipped());
    Options { contacts, seed, days: None, formats: LogFormats::Mixed, scenario, file_rows: Options::FILE_ROWS }
}

fn scenario_of(text: &str) -> Scenario {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, text).expect("a scenario can be written");
    ok(Scenario::load(&path))
}

/// All files below a folder: name and bytes.
fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for path in list(folder) {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(files_of(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            files.insert(name, std::fs::read(&path).expect("a file can be read"));
        }
    }
    files
}

/// Generated logs, and what was said of them.
struct Generated {
    folder: TempDir,
    totals: Totals,
}

impl Generated {
    fn new(options: Options) -> Generated {
        let folder = tempfile::tempdir().expect("a folder");
        let progress = AtomicU64::new(0);
        let totals = ok(generate(folder.path(), &options, &progress));
        assert_eq!(progress.load(Ordering::Relaxed), totals.rows);
        Generated { folder, totals }
    }

    /// The rows of a table of truth.
    fn truth(&self, name: &str) -> Vec<Vec<String>> {
        let path = self.folder.path().join("truth").join(name).with_extension("csv");
        let mut reader = csv::Reader::from_path(path).expect("the truth is there");
        let records = reader.records().map(|record| record.expect("the truth can be read"));
        records.map(|record| record.iter().map(str::to_owned).collect()).collect()
    }

    /// Ingests the logs, and compares everything with the truth.
    async fn check(&self) {
        self.check_losses();
        let project = Project::of(&self.folder.path().join("dropoff.toml"));
        ok(project.ingest().await);
        let engine = ok(project.open().await);
        self.check_account(&engine).await;
        self.check_journeys(&engine).await;
        self.check_points(&engine).await;
        self.check_totals(&engine).await;
    }

    async fn check_account(&self, engine: &Engine) {
        let sql = "select sum(\"read\"), sum(kept), sum(skipped), sum(rejected), sum(duplicates), sum(without_client)
            from files";
        let totals = &self.totals;
        let counts = [totals.rows, totals.contacts(), 0, 0, totals.duplicates, totals.without_client];
        assert_eq!(found(engine, sql, moment).await, [counts.map(|count| count.to_string()).to_vec()]);
        assert_eq!(engine.horizon_us(), Some(totals.horizon_s * 1_000_000));
    }

    async fn check_journeys(&self, engine: &Engine) {
        let sql =
            "select client, started_at, ended_at, status, drop_channel, drop_step, family, cause, contacts, visits
            from journeys";
        let mut expected = self.truth("journeys");
        assert!(expected.is_sorted_by_key(|row| row[1].clone()), "in the order of their starts");
        for row in &mut expected {
            row[0] = pseudonym(engine, &row[0]);
            row.truncate(10);
        }
        assert_same("journeys", 2, &expected, &found(engine, sql, moment).await);
    }

    /// Journeys and rates say the same of losses.
    fn check_losses(&self) {
        let mut by_point: BTreeMap<[String; 3], u64> = BTreeMap::new();
        for row in self.truth("journeys") {
            let causes = row[11].split('+').filter(|cause| !cause.is_empty());
            let of_all = (row[10] == "true").then_some("");
            for cause in causes.chain(of_all) {
                assert_eq!(row[3], "dropped");
                *by_point.entry([row[4].as_str(), row[5].as_str(), cause].map(str::to_owned)).or_default() += 1;
            }
        }
        let of_all = by_point.iter().filter(|(point, _)| point[2].is_empty()).map(|(_, lost)| lost);
        assert_eq!(of_all.sum::<u64>(), self.totals.lost_to_cause);
        let rates = self.truth("rates");
        let lost = rates.iter().filter(|row| row[10] != "0");
        let expected: BTreeMap<[String; 3], u64> =
            lost.map(|row| ([0, 1, 2].map(|place| row[place].clone()), row[10].parse().expect("a number"))).collect();
        assert_eq!(by_point, expected);
    }

    async fn check_points(&self, engine: &Engine) {
        let of_points = "select channel, step, count(*), sum(case when is_drop_off_point then 1 else 0 end)
            from steps where direction is null group by channel, step";
        let rates = self.truth("rates");
        let points = rates.iter().filter(|row| row[2].is_empty() && row[6] != "0");
        let expected: Vec<Vec<String>> =
            points.map(|row| [0, 1, 6, 8].map(|place| row[place].clone()).to_vec()).collect();
        assert_same("points", 2, &expected, &found(engine, of_points, moment).await);

        let signals = found(engine, "select mask, family, cause from signals order by mask", moment).await;
        for signal in signals {
            let (mask, cause) = (&signal[0], format!("{}.{}", signal[1], signal[2]));
            let of_cause = format!(
                "select channel, step, count(*), sum(case when is_drop_off_point then 1 else 0 end)
                from steps where (signals & {mask}) <> 0 group by channel, step"
            );
            let met = rates.iter().filter(|row| row[2] == cause && row[7] != "0");
            let expected: Vec<Vec<String>> =
                met.map(|row| [0, 1, 7, 9].map(|place| row[place].clone()).to_vec()).collect();
            assert_same(&cause, 2, &expected, &found(engine, &of_cause, moment).await);
        }
    }

    async fn check_totals(&self, engine: &Engine) {
        let totals = &self.totals;
        let written: BTreeMap<String, String> =
            self.truth("totals").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        for (name, count) in totals.counts() {
            assert_eq!(written[name], count.to_string(), "{name}");
        }
        assert_eq!(written["horizon"], moment(totals.horizon_s * 1_000_000));
        assert_eq!(totals.journeys, totals.completed + totals.refused + totals.dropped + totals.open);

        let sql = "select
                count(*),
                sum(case when status = 'completed' then 1 else 0 end),
                sum(case when status = 'refused' then 1 else 0 end),
                sum(case when status = 'dropped' then 1 else 0 end),
                sum(case when status = 'open' then 1 else 0 end),
                count(distinct client)
            from journeys";
        let counts = [totals.journeys, totals.completed, totals.refused, totals.dropped, totals.open, totals.clients];
        assert_eq!(found(engine, sql, moment).await, [counts.map(|count| count.to_string()).to_vec()]);

        let sql = "select
                sum(case when \"exit\" = 'moved' then 1 else 0 end),
                sum(case when \"exit\" = 'retried' then 1 else 0 end),
                sum(case when \"exit\" = 'silent' then 1 else 0 end),
                sum(case when direction = 'outbound' then 1 else 0 end)
            from steps";
        let counts = [totals.moved, totals.retried, totals.dropped, totals.company_contacts];
        assert_eq!(found(engine, sql, moment).await, [counts.map(|count| count.to_string()).to_vec()]);
    }
}

/// With a fraction only where there is one, which would be wrong.
fn moment(micros: i64) -> String {
    let at = DateTime::from_timestamp_micros(micros).expect("a moment of this century");
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
