//! What holds of every figure of every report: a share is between 0 and 1, and the same figures are the same bytes.
//!
//! The logs: those of `random_logs`, many of them side by side in one log, and generated ones.

use std::fmt::Write;

use dropoff::engine::{Engine, Options};
use dropoff::generate::Scenario;
use dropoff::query::{Cell, Params, QuerySet, ValueFormat};
use dropoff::report::csv;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::evidence::planted;
use crate::project::{Project, ok};
use crate::random_logs::{Log, log};
use crate::reference::Contact;

const RULES: &str = r#"
[journey]
gap = "4h"
visit_gap = "30m"
goals = ["paid"]
refusals = ["refused"]
withdrawals = ["cancelled"]
by_motive = BY_MOTIVE

[report]
funnel = ["basket", "help", "basket", "paid"]

[causes]
shipped = false
strata = STRATA

[[cause]]
family = "technical"
code = "error"
when = "error"

[[cause]]
family = "relational"
code = "long_wait"
when = "wait_seconds > 200"

[[cause]]
family = "relational"
code = "ann"
when = "agent = 'ann'"

[[source]]
name = "all"
files = "all.csv"
duplicates = "keep"

[source.columns]
client = "client"
time = "time"
end_time = "end"
channel = "channel"
step = "step"
motive = "motive"
case = "case"
direction = "direction"
outcome = "outcome"
agent = "agent"

[source.measures]
error = { column = "error", type = "bool" }
wait_seconds = { column = "wait", type = "float" }
questions = { column = "questions", type = "int" }
"#;

/// Logs side by side, each with clients and cases of its own.
async fn side_by_side(logs: usize, runner: &mut TestRunner, by_motive: bool, strata: &str) -> (Project, Engine) {
    let mut text = "client,time,end,channel,step,motive,case,direction,outcome,agent,error,wait,questions\n".to_owned();
    for number in 0..logs {
        let Log { contacts, .. } = log().new_tree(runner).expect("a log").current();
        contacts.iter().for_each(|contact| text.push_str(&row(number, contact)));
    }
    let project = Project::new(&RULES.replace("BY_MOTIVE", &by_motive.to_string()).replace("STRATA", strata));
    project.write("all.csv", text);
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    (project, engine)
}

fn row(log: usize, contact: &Contact) -> String {
    let moment = |us: i64| chrono::DateTime::from_timestamp_micros(us).expect("a moment").to_rfc3339();
    let text = |word: &Option<String>| word.clone().unwrap_or_default();
    let mut row = String::new();
    let cells = [
        contact.client.map_or(String::new(), |client| format!("{log}-{client}")),
        moment(contact.started_at),
        contact.ended_at.map_or(String::new(), moment),
        text(&contact.channel),
        text(&contact.step),
        text(&contact.motive),
        contact.case_id.as_ref().map_or(String::new(), |case| format!("{log}-{case}")),
        text(&contact.direction),
        text(&contact.outcome),
        text(&contact.agent),
        contact.error.to_string(),
        contact.wait_seconds.map_or(String::new(), |wait| wait.to_string()),
        contact.questions.map_or(String::new(), |questions| questions.to_string()),
    ];
    writeln!(row, "{}", cells.join(",")).expect("text");
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn no_share_of_any_report_is_below_0_or_above_1() {
    let mut runner = TestRunner::deterministic();
    let (mut shares, mut tested) = (0, 0);
    for (logs, by_motive, strata) in
        [(1, true, "[]"), (2, false, "[]"), (40, true, "['motive']"), (150, false, "['motive']")]
    {
        let (_project, engine) = side_by_side(logs, &mut runner, by_motive, strata).await;
        let queries = ok(ok(QuerySet::load(None)).pick(&[]));
        for answer in ok(engine.answer_all(&queries, &Params::new()).await) {
            let table = ok(answer.table());
            for (place, column) in
                table.columns.iter().enumerate().filter(|(_, column)| column.format == ValueFormat::Share)
            {
                let cells =
                    table.rows.iter().map(|row| &row[place]).chain(table.totals.iter().map(|total| &total[place]));
                for cell in cells {
                    if let Some(share) = cell.number() {
                        let name = format!("{} {}", answer.query.name, column.name);
                        assert!((-1e-12..=1.0 + 1e-12).contains(&share), "{name}: {share}");
                        shares += 1;
                    }
                }
            }
            let verdicts = table.rows.iter().flatten();
            tested += verdicts
                .filter(|cell| matches!(cell, Cell::Text(text) if text == "supported" || text == "not supported"))
                .count();
        }
    }
    assert!(shares > 500 && tested > 10, "shares {shares}, causes tested {tested}");
}

/// Sums of floats depend on the order in which they are added up, which must not depend on threads.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_figures_are_the_same_bytes() {
    let (_folder, project, _) = planted(&ok(Scenario::shipped()), 40_000, 5).await;
    let queries = ok(ok(QuerySet::load(None)).pick(&[]));
    let mut first: Vec<Vec<u8>> = Vec::new();
    for partitions in [4, 4, 3, 1] {
        let options = Options { partitions: Some(partitions), ..Options::default() };
        let engine = ok(Engine::open(&project.config, options).await);
        let answers = ok(engine.answer_all(&queries, &Params::new()).await);
        let written: Vec<Vec<u8>> = answers.iter().map(|answer| ok(csv::csv(answer))).collect();
        if first.is_empty() {
            first = written;
            continue;
        }
        for ((answer, one), other) in answers.iter().zip(&first).zip(&written) {
            let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
            assert_eq!(one, other, "{} on {partitions} partitions", answer.query.name);
        }
    }
}

/// A case that passes from one client to another is no drop-off of the first.
#[tokio::test]
async fn cases_that_name_several_clients_are_counted_and_in_no_rate() {
    let project = Project::new(&RULES.replace("BY_MOTIVE", "false").replace("STRATA", "[]"));
    let header = "client,time,end,channel,step,motive,case,direction,outcome,agent,error,wait,questions";
    let contact = |client: &str, time: &str, step: &str, case: &str| {
        format!("{client},2026-03-0{time},,web,{step},,{case},,,,,,")
    };
    let rows = [
        contact("ann", "1T10:00Z", "basket", "A"),
        contact("bob", "1T11:00Z", "paid", "A"),
        contact("cam", "1T10:00Z", "basket", "B"),
        contact("cam", "1T10:30Z", "paid", "B"),
        contact("dan", "1T10:00Z", "basket", "C"),
        contact("eve", "9T10:00Z", "basket", "D"),
    ];
    project.write("all.csv", format!("{header}\n{}\n", rows.join("\n")));
    assert_eq!(ok(project.ingest().await).split_cases, 1);
    assert_eq!(ok(project.ingest().await).split_cases, 1, "nothing new, and still known");
    let engine = ok(project.open().await);
    assert_eq!(engine.split_cases(), 1);
    let row = |measure: &'static str, rows: &[crate::reports::Row]| {
        rows.iter().find(|row| row.text("measure") == measure).map(|row| row.number("value"))
    };
    let overview = crate::reports::report(&engine, "overview", &[]).await;
    assert_eq!(row("cases that name several clients", &overview), Some(1.0));
    assert_eq!(row("dropped", &overview), Some(2.0), "ann's piece counts as dropped, and is in no rate");
    assert_eq!(row("mature and closed", &overview), Some(2.0));
    assert_eq!(row("drop-off rate", &overview), Some(1.0));
}
