//! The operator, one report, all reports: what the engine answers, beside decoding what it reads.
//!
//! Which columns that are, the plan says: those of its scan of the store's files.

use std::sync::Arc;
use std::time::Instant;

use arrow::util::display::array_value_to_string;

use crate::decode::decode_columns;
use crate::measure::{Comparison, Fallible, Timed};
use crate::project::{Project, sum};
use dropoff::query::{Params, Query, QuerySet};

/// The report that dropoff is made for.
const REPORT: &str = "drop_offs_by_point_and_cause";

/// The pass with next to nothing done with its rows.
pub fn count(project: &Project) -> Fallible<Comparison<'_>> {
    let expected = project.found("select sum(contacts) as found from journeys")?;
    of_sql(project, "select count(*) as found from steps", expected)
}

/// The pass, and its rows counted by channel and step.
pub fn points(project: &Project) -> Fallible<Comparison<'_>> {
    let sql =
        "select channel, step, count(*) filter (where is_drop_off_point) as found from steps group by channel, step";
    of_sql(project, sql, project.totals.dropped)
}

fn of_sql<'a>(project: &'a Project, sql: &'static str, expected: u64) -> Fallible<Comparison<'a>> {
    Ok(Comparison {
        contacts: project.of_clients,
        thing: Timed::new(sql, expected, move || project.found(sql)),
        yardsticks: vec![decoding_alone(project, sql)?],
    })
}

/// Where clients drop off and why, by the rules of the generated configuration.
pub fn report(project: &Project) -> Fallible<Comparison<'_>> {
    let mut queries = QuerySet::load(None)?.pick(&[REPORT.to_owned()])?;
    let query = queries.pop().ok_or("no such report")?;
    // All journeys: what the parameters are where they are not given.
    let mut sql = query.sql.clone();
    for (name, _) in &query.params {
        sql = sql.replace(&format!("${name}"), "cast(null as date)");
    }
    let yardstick = decoding_alone(project, &sql)?;
    let thing = Timed::new(REPORT, project.totals.dropped, move || {
        sum(&project.wait(project.engine.answer(&query, &Params::new()))?, "drops")
    });
    Ok(Comparison { contacts: project.of_clients, thing, yardsticks: vec![yardstick] })
}

/// All reports of a run, from one pass, beside the slowest of them alone.
pub fn all_reports(project: &Project) -> Fallible<Comparison<'_>> {
    let queries = QuerySet::load(None)?.pick(&[])?;
    let mut rows = 0;
    let mut slowest: Option<(Arc<Query>, u64, f64)> = None;
    for query in &queries {
        let (rows_of_query, seconds) = alone(project, query)?;
        rows += rows_of_query;
        if slowest.as_ref().is_none_or(|(_, _, most)| seconds > *most) {
            slowest = Some((Arc::clone(query), rows_of_query, seconds));
        }
    }
    let (slowest, rows_of_slowest, _) = slowest.ok_or("no reports")?;
    let yardstick = Timed::new(format!("the slowest of them, `{}`", slowest.name), rows_of_slowest, move || {
        Ok(project.wait(project.engine.answer(&slowest, &Params::new()))?.row_count() as u64)
    });
    let thing = Timed::new("all reports", rows, move || {
        let answers = project.wait(project.engine.answer_all(&queries, &Params::new()))?;
        Ok(answers.iter().map(|answer| answer.row_count() as u64).sum())
    });
    Ok(Comparison { contacts: project.of_clients, thing, yardsticks: vec![yardstick] })
}

/// Rows of a report, and the better of two times.
fn alone(project: &Project, query: &Arc<Query>) -> Fallible<(u64, f64)> {
    let (mut rows, mut least) = (0, f64::INFINITY);
    for _ in 0..2 {
        let start = Instant::now();
        rows = project.wait(project.engine.answer(query, &Params::new()))?.row_count() as u64;
        least = least.min(start.elapsed().as_secs_f64());
    }
    Ok((rows, least))
}

fn decoding_alone<'a>(project: &'a Project, sql: &str) -> Fallible<Timed<'a>> {
    let files = project.files_of_clients()?;
    let columns = scanned_columns(project, sql)?;
    let name = format!("decoding {} columns", columns.len());
    Ok(Timed::new(name, project.of_clients, move || decode_columns(&files, &columns)))
}

/// The columns of the store's files that the plan of `sql` reads.
fn scanned_columns(project: &Project, sql: &str) -> Fallible<Vec<String>> {
    let (_, batches) = project.wait(project.engine.sql(&format!("explain {sql}")))?;
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let plan = array_value_to_string(batch.column(1), row)?;
            let scan = plan.lines().find(|line| line.contains("file_groups="));
            let columns = scan.and_then(|scan| scan.split_once("projection=[")?.1.split_once(']'));
            if let Some((columns, _)) = columns {
                return Ok(columns.split(", ").map(str::to_owned).collect());
            }
        }
    }
    Err(format!("no scan of the store in the plan of {sql}").into())
}
