//! Queries of one's own: they read tables, shipped queries and each other; what several read says the same to all of them.

use std::sync::Arc;

use dropoff::error::Result;
use dropoff::query::{Cell, Params, Query, QuerySet};

use crate::project::{Project, ok, rows};
use crate::sample::sample;

const CONFIG: &str = r#"
[journey]
goals = ["paid"]

[[source]]
name = "web"
files = "web.csv"
channel = "web"
columns = { client = "client", time = "time", step = "step" }

[report]
queries = "reports"
"#;

const LOG: &str = "client,time,step
ana,2026-01-01 10:00,basket
ana,2026-01-01 10:05,payment
ben,2026-01-01 11:00,basket
ben,2026-01-01 11:05,paid
cam,2026-01-02 10:00,basket
zoe,2026-02-28 10:00,basket
";

/// A query file with one column for each name.
fn file(name: &str, reads: &[&str], columns: &[&str], sql: &str) -> String {
    let columns: String = columns.iter().map(|column| format!("-- {column} = {{ help = \"\" }}\n")).collect();
    format!(
        "-- ---\n-- name = \"{name}\"\n-- title = \"\"\n-- question = \"\"\n-- grain = \"\"\n-- reads = {reads:?}\n\
         -- [columns]\n{columns}-- ---\n{sql}\n"
    )
}

/// A project with these files in its folder of reports.
fn project(files: &[(&str, String)]) -> Project {
    let project = Project::new(CONFIG);
    project.write("web.csv", LOG);
    for folder in ["reports", "reports/views"] {
        std::fs::create_dir(project.path(folder)).expect("a folder can be made");
    }
    files.iter().for_each(|(path, text)| project.write(&format!("reports/{path}"), text));
    project
}

fn queries(project: &Project) -> Result<QuerySet> {
    QuerySet::load(project.config.report.queries.as_deref())
}

fn own(project: &Project, names: &[&str]) -> Vec<Arc<Query>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    ok(ok(queries(project)).pick(&names))
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_read_each_other_and_have_the_parameters_of_what_they_read() {
    let project = project(&[
        (
            "views/by_step.sql",
            file(
                "by_step",
                &["steps_in_period"],
                &["step", "contacts"],
                "select step, count(*) as contacts from steps_in_period group by step",
            ),
        ),
        ("most.sql", file("most", &["by_step"], &["most"], "select max(contacts) as most from by_step")),
        (
            "share.sql",
            file(
                "share",
                &["by_step", "most"],
                &["step", "share"],
                "select step, contacts * 100 / most as share from by_step cross join most order by step",
            ),
        ),
        ("exits.sql", file("exits", &["exits"], &["exits"], "select sum(exits) as exits from exits")),
    ]);
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    let picked = own(&project, &["most", "share", "exits"]);
    let all = ok(queries(&project));
    assert!(all.all().iter().all(|query| query.name != "by_step"), "a view is no report");

    let since = Params::from([("since".to_owned(), "2026-01-02".to_owned())]);
    for params in [Params::new(), since] {
        ok(engine.check_params(&picked, &params));
        let together = ok(engine.answer_all(&picked, &params).await);
        for (query, together) in picked.iter().zip(together) {
            let alone = ok(ok(engine.answer(query, &params).await).table());
            assert_eq!(ok(together.table()), alone, "{}", query.name);
        }
    }
    let share = ok(ok(engine.answer(&picked[1], &Params::new()).await).table());
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [("basket", 100), ("paid", 25), ("payment", 25)];
    assert_eq!(share.rows, expected.map(|(step, share)| vec![text(step), Cell::Int(share)]));
    let exits = ok(ok(engine.answer(&picked[2], &Params::new()).await).table());
    assert_eq!(exits.rows, [[Cell::Int(2)]], "ana and cam, by the shipped report");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_reads_journeys_and_what_is_kept_comes_to_its_end() {
    let project = project(&[
        ("views/sums.sql", file("sums", &["steps"], &["contacts"], "select count(*) as contacts from steps")),
        ("one.sql", file("one", &["sums"], &["contacts"], "select contacts from sums")),
        (
            "two.sql",
            file(
                "two",
                &["sums", "steps"],
                &["share"],
                "select count(*) * 100 / max(contacts) as share from sums cross join steps",
            ),
        ),
        ("three.sql", file("three", &["steps"], &["contacts"], "select count(*) as contacts from steps")),
    ]);
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    let answers = ok(engine.answer_all(&own(&project, &["one", "two", "three"]), &Params::new()).await);
    let found: Vec<_> = answers.iter().map(|answer| ok(answer.table()).rows[0][0].clone()).collect();
    assert_eq!(found, [6, 100, 6].map(Cell::Int));
}

#[test]
fn what_cannot_be_read_is_said_with_its_file() {
    let wrong = |files: &[(&str, String)]| match queries(&project(files)) {
        Ok(_) => panic!("that should not have been taken"),
        Err(error) => error.to_string(),
    };
    let reading = |name: &str, reads: &str| file(name, &[reads], &[], &format!("select * from {reads}"));
    let circle = wrong(&[("one.sql", reading("one", "two")), ("two.sql", reading("two", "one"))]);
    assert!(circle.contains("`one` reads itself") && circle.contains("two.sql"), "{circle}");
    let unknown = wrong(&[("one.sql", reading("one", "pasages"))]);
    assert!(unknown.contains("`pasages` is neither a table nor a query"), "{unknown}");
    assert!(unknown.contains("one.sql") && unknown.contains("did you mean `passages`?"), "{unknown}");
    let undeclared = wrong(&[("one.sql", file("one", &["passages"], &[], "select $sinse from passages"))]);
    assert!(undeclared.contains("`sinse` is not declared") && undeclared.contains("one.sql"), "{undeclared}");
    assert!(undeclared.contains("did you mean `since`?"), "{undeclared}");
}

/// The table is counted where it is read, by free SQL too.
#[tokio::test(flavor = "multi_thread")]
async fn candidates_are_counted_when_they_are_read() {
    let (_project, engine) = sample().await;
    for column in ["times_at_step", "motive"] {
        let counted = format!("select sum(passages), sum(dropped) from candidates where candidate = '{column}'");
        let passages = format!(
            "select count(*), count(*) filter (where is_drop_off_point) from passages where {column} is not null"
        );
        let counted = rows(&engine, &counted).await;
        assert_eq!(counted, rows(&engine, &passages).await, "{column}");
        assert!(counted[0][0].number().is_some_and(|passages| passages > 100.0), "{counted:?}");
    }
    let named = rows(&engine, "select distinct candidate from candidates limit 3").await;
    assert_eq!(named.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_orders_by_ids_says_what_to_add() {
    let (_project, engine) = sample().await;
    let rows_before = "rows between unbounded preceding and current row";
    let error = engine.sql("select row_number() over (order by journey_id) from journeys").await.unwrap_err();
    assert_eq!(error.kind().exit_code(), 2, "{error}");
    assert!(error.to_string().contains(rows_before), "{error}");
    ok(engine.sql(&format!("select row_number() over (order by journey_id {rows_before}) from journeys")).await);
}
