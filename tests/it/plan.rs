//! Plans: contacts reach the journey pass without a sort, and only the columns that are needed are read.
//!
//! A report's plan is shown from the journey pass down. A sort, a repartition or a column too many there is a mistake
//! that no answer would show: it only makes the report slow. Right above the pass, groups are told apart by number.
//! That the reports of a run share a pass shows in no plan, so their answers are compared with those of each report
//! alone.

use arrow::array::RecordBatch;
use dropoff::engine::{Engine, Options};
use dropoff::query::{Cell, Params, QuerySet};
use insta::assert_snapshot;

use crate::engine_under_test::{Shape, Tables};
use crate::project::{Project, ok};
use crate::sample::sample;
use crate::sql::{rows, wait};
use crate::tiny_clients::usual_rules;

/// What must not stand between the pass and the contacts.
const COSTLY: [&str; 4] = ["SortExec", "SortPreservingMergeExec", "RepartitionExec", "CoalescePartitionsExec"];

const CONFIG: &str = r#"
[journey]
goals = ["paid"]

[[source]]
name = "web"
files = "web-*.csv"
channel = "web"
columns = { client = "client", time = "time", step = "step", motive = "motive" }
measures = { load_ms = { column = "load_ms", type = "int" }, menus = { column = "menus", type = "int" } }

[causes]
shipped = false

[[cause]]
family = "technical"
code = "slow_page"
when = "load_ms > 4000"
"#;

/// The report that answers the question dropoff is made for, about all journeys.
fn main_report() -> String {
    let queries = ok(ok(QuerySet::load(None)).pick(&["drop_offs_by_point_and_cause".to_owned()]));
    format!("explain {}", queries[0].sql.replace("steps_in_period", "steps"))
}

/// The physical plan from the journey pass down; of a scan of files, only the columns.
fn from_the_pass_down(explained: &[RecordBatch]) -> String {
    let explained = rows(explained);
    let physical = explained.iter().find(|row| row[0] == "physical_plan").expect("a physical plan");
    let plan = &physical[1];
    assert_eq!(plan.matches("JourneyExec").count(), 1, "the contacts are passed over once:\n{plan}");

    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut lines = plan.lines().skip_while(|line| !line.trim_start().starts_with("JourneyExec"));
    let pass = lines.next().expect("a journey pass");
    let below: Vec<&str> = lines.take_while(|&line| depth(line) > depth(pass)).collect();
    for costly in COSTLY {
        assert!(!below.iter().any(|line| line.contains(costly)), "{costly} below the pass:\n{plan}");
    }
    let shown = [pass].into_iter().chain(below).map(|line| without_files(&line[depth(pass)..]));
    shown.collect::<Vec<_>>().join("\n")
}

fn without_files(line: &str) -> String {
    match (line.split_once("file_groups="), line.split_once("projection=[")) {
        (Some((operator, _)), Some((_, rest))) => {
            let columns = rest.split_once(']').map_or(rest, |(columns, _)| columns);
            format!("{operator}projection=[{columns}]")
        }
        _ => line.to_owned(),
    }
}

#[test]
fn contacts_in_memory_reach_the_pass_as_they_lie() {
    let tables = Tables::of(&[], &usual_rules(), Shape { batch_rows: 10, partitions: 2 });
    assert_snapshot!(from_the_pass_down(&tables.sql(&main_report())), @"
    JourneyExec: table=steps, columns=[channel, step, point_is_mature, first_at_point, is_drop_off_point, status, family, cause]
      InMemoryExec: partitions=2, columns=[agent, case_id, channel, client, direction, ended_at, error, promised_by, started_at, step]
    ");
}

#[test]
fn counting_reads_what_journeys_are_cut_by() {
    let tables = Tables::of(&[], &usual_rules(), Shape { batch_rows: 10, partitions: 2 });
    assert_snapshot!(from_the_pass_down(&tables.sql("explain select count(*) from journeys")), @"
    JourneyExec: table=journeys, columns=[]
      InMemoryExec: partitions=2, columns=[case_id, channel, client, direction, ended_at, started_at, step]
    ");
}

/// With one ingest, files are read one after the other. With two, they are merged, by what breaks ties too.
#[test]
fn stored_contacts_reach_the_pass_as_they_lie() {
    let project = Project::new(CONFIG);
    let explained = || {
        let options = Options { partitions: Some(2), ..Options::default() };
        let engine = ok(wait(Engine::open(&project.config, options)));
        from_the_pass_down(&ok(wait(engine.sql(&main_report()))).1)
    };

    project.write("web-1.csv", log(1));
    ok(wait(project.ingest()));
    assert_snapshot!(explained(), @"
    JourneyExec: table=steps, columns=[channel, step, point_is_mature, first_at_point, is_drop_off_point, status, family, cause]
      ByClientExec: partitions=2, merged=1
        DataSourceExec: projection=[case_id, channel, client, direction, ended_at, load_ms, started_at, step]
    ");

    project.write("web-2.csv", log(2));
    ok(wait(project.ingest()));
    assert_snapshot!(explained(), @"
    JourneyExec: table=steps, columns=[channel, step, point_is_mature, first_at_point, is_drop_off_point, status, family, cause]
      ByClientExec: partitions=2, merged=2
        DataSourceExec: projection=[case_id, channel, client, direction, ended_at, load_ms, started_at, step, source, file, row]
    ");
}

#[test]
fn the_rows_of_the_pass_are_grouped_by_number() {
    let project = Project::new(CONFIG);
    project.write("web-1.csv", log(1));
    ok(wait(project.ingest()));
    let options = Options { partitions: Some(2), ..Options::default() };
    let engine = ok(wait(Engine::open(&project.config, options)));
    let explained = rows(&ok(wait(engine.sql(&main_report()))).1);
    let plan = &explained.iter().find(|row| row[0] == "physical_plan").expect("a physical plan")[1];
    assert_eq!(plan.matches("NumberedGroupsExec: by=[channel, step, family, cause]").count(), 1, "{plan}");
    assert!(!plan.contains("AggregateExec: mode=Partial"), "rows are grouped by hash:\n{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_answered_together_say_what_each_says_alone() {
    let (_project, engine) = sample().await;
    let queries = ok(QuerySet::load(None));
    let together = ok(engine.answer_all(queries.all(), &Params::new()).await);
    assert_eq!(together.len(), queries.all().len());
    let mut filled = 0;
    for (query, together) in queries.all().iter().zip(together) {
        let name = &query.name;
        assert_eq!(&together.query.name, name);
        let alone = ok(ok(engine.answer(query, &Params::new()).await).table());
        let together = ok(together.table());
        assert_eq!(together.columns, alone.columns, "{name}");
        assert_eq!(together.rows.len(), alone.rows.len(), "{name}");
        for (one, other) in together.rows.iter().zip(&alone.rows) {
            assert!(one.iter().zip(other).all(|(one, other)| same(one, other)), "{name}:\n{one:?}\n{other:?}");
        }
        filled += usize::from(!alone.rows.is_empty());
    }
    assert!(filled > 15, "{filled} reports have rows");
}

/// Equal, but for the order in which numbers were added up.
fn same(one: &Cell, other: &Cell) -> bool {
    match (one, other) {
        (Cell::Float(one), Cell::Float(other)) => one == other || (one - other).abs() <= 1e-9 * one.abs().max(1e-3),
        _ => one == other,
    }
}

/// The same clients every day.
fn log(day: u32) -> String {
    let lines = (1..=20).map(|client| format!("c{client},2026-03-0{day} 10:00,basket,order,{client}000,2\n"));
    "client,time,step,motive,load_ms,menus\n".to_owned() + &lines.collect::<String>()
}
