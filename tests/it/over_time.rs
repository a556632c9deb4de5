//! Reports over time: open journeys against golden values (`tests/golden/censoring.json`, made with its log by the
//! script beside it), and the parts of a change, which add up.

use dropoff::engine::Engine;
use dropoff::generate::Scenario;
use serde_json::Value;

use crate::evidence::planted;
use crate::project::{Project, ok, repository};
use crate::reports::{Row, assert_near, named_rows, report};

/// The rules that `tests/golden/censoring.py` goes by.
const FOLLOWED: &str = r#"
[journey]
gap = "6d"
visit_gap = "30m"
goals = ["paid"]
withdrawals = ["cancelled"]

[[source]]
name = "all"
files = "censoring.csv"
columns = { client = "client", time = "time", channel = "channel", step = "step" }
"#;

#[tokio::test]
async fn rates_that_count_open_journeys_are_golden() {
    let golden = |name: &str| std::fs::read_to_string(repository("tests/golden").join(name)).expect("golden values");
    let project = Project::new(FOLLOWED);
    project.write("censoring.csv", golden("censoring.csv"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    let exact = exact_rates(&engine).await;
    let rows = report(&engine, "censoring_aware_rate", &[]).await;
    let cases: Vec<Value> = serde_json::from_str(&golden("censoring.json")).expect("golden values are JSON");
    assert_eq!(rows.len(), cases.len());
    for case in cases {
        let is_at = |row: &&Row| ["channel", "step"].iter().all(|name| case[name].as_str() == Some(row.text(name)));
        let row = rows.iter().find(is_at).expect("the point is there");
        let exact = exact.iter().find(is_at).expect("the point is there");
        for column in ["reached", "open", "drops"] {
            assert_eq!(row.number(column), case[column].as_f64().expect("a number"), "{column}");
        }
        for column in ["rate", "low", "high", "followed_seconds"] {
            let expected = case[column].as_f64().expect("a number");
            assert_near(&format!("{} {column}", row.text("step")), exact.number(column), expected);
        }
        // The report counts time in parts, which may shift a rate a little.
        for column in ["rate", "low", "high"] {
            let cost = (row.number(column) - exact.number(column)).abs();
            assert!(cost < 0.002, "{} {column}: {cost}", row.text("step"));
        }
        assert!(row.number("drops") / row.number("reached") < row.number("rate"), "open journeys say something");
    }
}

/// The same rates, of times to the second.
async fn exact_rates(engine: &Engine) -> Vec<Row> {
    let sql = "select arrow_cast(channel, 'Utf8') as channel, arrow_cast(step, 'Utf8') as step,
            (kaplan_meier(seconds, drops, 1 - drops, 10))['share'] as rate,
            (kaplan_meier(seconds, drops, 1 - drops, 10))['low'] as low,
            (kaplan_meier(seconds, drops, 1 - drops, 10))['high'] as high,
            (kaplan_meier(seconds, drops, 1 - drops, 10))['within'] as followed_seconds
        from (
            select channel, step, cast(is_drop_off_point as bigint) as drops,
                cast(extract(epoch from case when is_drop_off_point then journey_closed_at else horizon end)
                    - extract(epoch from point_reached_at) as bigint) as seconds
            from settings cross join steps where last_at_point
        )
        group by channel, step";
    named_rows(engine, sql).await
}

/// Ten years of log, a gap of two days, and a page that is there for the last five days: the parts in which time is taken must
/// follow the gap, not the log.
#[tokio::test]
async fn a_new_point_in_a_long_log_is_followed_as_closely() {
    let project = Project::new(&FOLLOWED.replace("6d", "2d"));
    let mut log = "client,time,channel,step\n".to_owned();
    let mut row = |client: String, minute: u32, step: &str| {
        let at = chrono::DateTime::from_timestamp(1_450_000_000 + i64::from(minute) * 60, 0).expect("a moment");
        log.push_str(&format!("{client},{},web,{step}\n", at.format("%Y-%m-%d %H:%M")));
    };
    const DAY: u32 = 24 * 60;
    for client in 0..400 {
        row(format!("old{client}"), client * 9 * DAY, "old_page");
    }
    let end = 3_650 * DAY;
    for client in 0..1_000_u32 {
        let minute = end - 5 * DAY + client * 7;
        row(format!("new{client}"), minute, "new_page");
        if client % 5 > 1 {
            row(format!("new{client}"), minute + 5 + client % 900, "paid");
        }
    }
    row("last".to_owned(), end, "old_page");
    project.write("censoring.csv", log);
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    let exact = exact_rates(&engine).await;
    let rows = report(&engine, "censoring_aware_rate", &[]).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let exact = exact.iter().find(|exact| exact.text("step") == row.text("step")).expect("the point is there");
        let cost = (row.number("rate") - exact.number("rate")).abs();
        assert!(cost < 0.002, "{}: {} in place of {}", row.text("step"), row.number("rate"), exact.number("rate"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_the_sum_of_its_parts() {
    let (_folder, _project, engine) = planted(&ok(Scenario::shipped()), 60_000, 21).await;
    let (mut changed, mut moved) = (0, 0);
    let periods: [&[(&str, &str)]; 3] =
        [&[], &[("since", "2026-01-19"), ("until", "2026-02-02")], &[("before_since", "2026-01-05")]];
    for period in periods {
        let rows = report(&engine, "change", period).await;
        let of =
            |dimension: &str| rows.iter().filter(move |row| row.text("dimension") == dimension).collect::<Vec<_>>();
        let all = of("all");
        assert_eq!(all.len(), 1);
        let change = all[0].number("change");
        assert_near("change", change, all[0].number("rate") - all[0].number("before_rate"));
        changed += usize::from(change.abs() > 1e-6);
        for dimension in ["channel", "motive", "site"] {
            let values = of(dimension);
            assert!(values.len() > 2, "{dimension}");
            let sum = |column: &str| values.iter().map(|row| row.number(column)).sum::<f64>();
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
            assert!(near(sum("mix_effect") + sum("rate_effect"), change), "{dimension}");
            assert!(near(sum("change"), change), "{dimension}");
            assert!(near(sum("share"), 1.0) && near(sum("before_share"), 1.0), "{dimension}");
            assert!(near(sum("mature"), all[0].number("mature")), "{dimension}");
            for row in values {
                let (mix, rate) = (row.number("mix_effect"), row.number("rate_effect"));
                assert!(near(mix + rate, row.number("change")), "{dimension}: {row:?}");
                moved += usize::from(mix.abs() > 1e-6 && rate.abs() > 1e-6);
            }
        }
    }
    assert!(changed == 3 && moved > 30, "something did change: {changed}, {moved}");
}
