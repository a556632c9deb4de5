//! The store: however logs arrive, and whatever goes wrong on the way, it holds what one ingest of all of them gives.
//!
//! Small projects with a fixed key, so that the same logs have the same clients in all of them. Compared is everything
//! that SQL can read, except the number of the ingest and the time of change of a file.

mod damaged;
mod histories;
mod killed;
mod mapping;
mod nights;
mod refused;

use arrow::array::RecordBatch;
use dropoff::config::{self, Config};
use dropoff::engine::{Engine, Options};
use dropoff::ingest::Outcome;
use proptest::prelude::*;
use proptest::sample::select;

use crate::journeys_property::fewer_cases;
use crate::project::{Project, ok};
use crate::sql::{rows, sorted_rows, wait};

const WEB: &str = r#"
[[source]]
name = "web"
files = "web-*.csv"
channel = "web"
columns = { client = "client", time = "time", step = "step", case = "case" }
measures = { load_ms = { column = "ms", type = "int" } }
"#;

const PHONE: &str = r#"
[[source]]
name = "phone"
files = "phone-*.csv"
channel = "phone"
columns = { client = "client", time = "time", step = "step", case = "case" }
measures = { wait_ms = { column = "ms", type = "int" } }
"#;

const RULES: &str = r#"
[journey]
gap = "2d"
goals = ["paid"]
withdrawals = ["cancelled"]
"#;

const HEADER: &str = "client,time,step,case,ms\n";

const EVERYTHING: [&str; 5] = [
    "select * from contacts",
    "select * from steps",
    "select * from journeys",
    "select * from rejects",
    "select source, file, content, bytes, \"read\", kept, skipped, rejected, duplicates, without_client, \
     ambiguous_times, first_at, latest_at from files",
];

fn new_project() -> Project {
    let project = Project::new(&[RULES, WEB, PHONE].concat());
    project.write("store.key", "000102030405060708090a0b0c0d0e0f\n");
    project
}

/// With logs of a first night stored: each source has a contact, and the web log a row that cannot be read.
fn project_of_one_night() -> Project {
    let project = new_project();
    write_log(&project, "web-1.csv", "ann,2026-03-01 10:00,basket,,100\nann,soon,basket,,100\n");
    write_log(&project, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    ok(wait(project.ingest()));
    project
}

/// Logs of a second night, not stored yet.
fn write_second_night(project: &Project) {
    write_log(project, "web-2.csv", "ann,2026-03-01 09:00,help,,200\nbob,2026-03-02 10:00,paid,,\nbob,later,paid,,\n");
    write_log(project, "phone-2.csv", "ann,2026-03-01 10:00,menu,,\n");
}

fn write_log(project: &Project, name: &str, lines: &str) {
    project.write(name, HEADER.to_owned() + lines);
}

/// The same project with another configuration: store and logs are the same.
fn configured(project: &Project, toml: &[&str]) -> Config {
    project.write("other.toml", toml.concat());
    ok(config::load(&project.path("other.toml")))
}

fn ask(config: &Config, sql: &str, partitions: usize) -> Vec<RecordBatch> {
    let options = Options { partitions: Some(partitions), ..Options::default() };
    let engine = ok(wait(Engine::open(config, options)));
    ok(wait(engine.sql(sql))).1
}

/// All tables, rows sorted.
fn everything(project: &Project, partitions: usize) -> Vec<Vec<Vec<String>>> {
    EVERYTHING.iter().map(|sql| sorted_rows(&ask(&project.config, sql, partitions))).collect()
}

/// Half hours of two days, so that there are ties; some cannot be read.
fn moment() -> impl Strategy<Value = String> {
    let half_hour = (1..=2_u32, 0..24_u32, select(vec![0_u32, 30]));
    let readable = half_hour.prop_map(|(day, hour, minute)| format!("2026-03-0{day} {hour:02}:{minute:02}"));
    prop_oneof![12 => readable, 1 => Just("soon".to_owned())]
}

/// A line of a log, without its last cell, `ms`.
fn line() -> impl Strategy<Value = String> {
    let client = select(vec!["ann", "bob", "eve", "joe", "kim", "lou", ""]);
    let step = select(vec!["basket", "help", "menu", "paid", "cancelled"]);
    let case = select(vec!["", "", "", "A"]);
    (client, moment(), step, case).prop_map(|(client, moment, step, case)| format!("{client},{moment},{step},{case}"))
}

/// A log in which no line equals one of another log.
fn log(number: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 1..=12).prop_map(move |lines| {
        let numbered = lines.iter().zip(number * 1000..);
        numbered.map(|(line, ms)| format!("{line},{ms}\n")).collect()
    })
}

proptest! {
    #![proptest_config(fewer_cases(16))]

    /// Whichever file comes first, and however many parts the store is read in.
    #[test]
    fn logs_in_two_ingests_are_the_logs_in_one(
        web in (log(0), log(1)),
        phone in (log(2), log(3)),
        web_first in 0..2_usize,
        phone_first in 0..2_usize,
        partitions in (1..=3_usize, 1..=3_usize),
    ) {
        let web = [("web-1.csv", &web.0), ("web-2.csv", &web.1)];
        let phone = [("phone-1.csv", &phone.0), ("phone-2.csv", &phone.1)];
        let (at_once, in_parts) = (new_project(), new_project());
        for (web, phone) in [(web[web_first], phone[phone_first]), (web[1 - web_first], phone[1 - phone_first])] {
            for (name, lines) in [web, phone] {
                write_log(&at_once, name, lines);
                write_log(&in_parts, name, lines);
            }
            ok(wait(in_parts.ingest()));
        }
        ok(wait(at_once.ingest()));
        prop_assert_eq!(everything(&in_parts, partitions.0), everything(&at_once, partitions.1));
    }
}

#[test]
fn a_file_is_stored_once() {
    let project = project_of_one_night();
    let before = everything(&project, 2);
    let copy = std::fs::read(project.path("web-1.csv")).unwrap();
    project.write("web-copy.csv", copy);
    let Outcome { files, known, .. } = ok(wait(project.ingest()));
    assert!(files.is_empty());
    assert_eq!((known["web"], known["phone"]), (2, 1));
    assert_eq!(everything(&project, 2), before);
}

/// Equal is the whole row of the log, in one file they are several contacts, and across files the greatest number counts.
#[test]
fn equal_rows_of_a_file_are_meant_and_those_of_several_files_are_not() {
    let counts = |duplicates: &str| {
        let mut project = new_project();
        let web = WEB.replace("channel =", &format!("{duplicates}\nchannel ="));
        project.config = configured(&project, &[RULES, &web, PHONE]);
        let (row, nobody) = ("ann,2026-03-01 10:00,basket,,100\n", ",2026-03-01 10:00,basket,,100\n");
        write_log(&project, "web-1.csv", &[row, row, "ann,2026-03-01 10:00,basket,,101\n", nobody, nobody].concat());
        write_log(&project, "web-2.csv", &[row, row, row, nobody].concat());
        write_log(&project, "phone-1.csv", row);
        let files = ok(wait(project.ingest())).files;
        files.iter().map(|file| (file.outcome.counts.kept, file.outcome.counts.duplicates)).collect::<Vec<_>>()
    };
    assert_eq!(counts(""), [(5, 0), (1, 3), (1, 0)]);
    assert_eq!(counts("duplicates = \"drop\""), [(3, 2), (0, 4), (1, 0)]);
    assert_eq!(counts("duplicates = \"keep\""), [(5, 0), (4, 0), (1, 0)]);
}

/// Exports overlap: the last day of one night's file is the first of the next one's.
#[test]
fn a_row_that_an_earlier_ingest_stored_is_a_duplicate() {
    let (at_once, in_parts) = (new_project(), project_of_one_night());
    let overlapping = "ann,2026-03-01 10:00,basket,,100\nann,2026-03-01 12:00,basket,,100\n";
    for project in [&at_once, &in_parts] {
        write_log(project, "web-1.csv", "ann,2026-03-01 10:00,basket,,100\nann,soon,basket,,100\n");
        write_log(project, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
        write_log(project, "web-2.csv", overlapping);
        ok(wait(project.ingest()));
    }
    assert_eq!(everything(&in_parts, 2), everything(&at_once, 2));
}

/// A log that is written to all day: rows that were read before are not read twice, with a client or without.
#[test]
fn a_file_that_has_grown_brings_what_is_new() {
    let (at_once, in_parts) = (new_project(), new_project());
    let morning = "ann,2026-03-01 10:00,basket,,100\n,2026-03-01 10:00,basket,,100\n";
    let whole_day = morning.to_owned() + "ann,2026-03-01 18:00,basket,,100\n,2026-03-01 18:00,basket,,100\n";
    write_log(&in_parts, "web-1.csv", morning);
    write_log(&in_parts, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    ok(wait(in_parts.ingest()));
    write_log(&at_once, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    for project in [&at_once, &in_parts] {
        write_log(project, "web-1.csv", &whole_day);
    }
    ok(wait(at_once.ingest()));
    assert_eq!(ok(wait(in_parts.ingest())).grown, ["web-1.csv"]);
    // Not `files`, which has a row for each part.
    assert_eq!(everything(&in_parts, 2)[..3], everything(&at_once, 2)[..3]);
}

/// A log that has grown is the same log, though the configuration has come to read more of it: all of it is read again.
#[test]
fn a_grown_file_is_read_as_it_is_configured_now() {
    let mut project = new_project();
    let log = |rows: &str| format!("client,time,step,case,ms,device\n{rows}");
    let first =
        "ann,2026-03-01 10:00,basket,,100,tablet\nann,never,basket,,100,tablet\n,2026-03-01 11:00,basket,,1,tv\n";
    project.write("web-1.csv", log(first));
    write_log(&project, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    ok(wait(project.ingest()));

    let web = WEB.replace("measures = {", "measures = { device = \"device\",");
    project.config = configured(&project, &[RULES, &web, PHONE]);
    project.write("web-1.csv", log(&(first.to_owned() + "ann,2026-03-01 12:00,basket,,100,tablet\n")));
    let outcome = ok(wait(project.ingest()));

    let counts = outcome.files[0].outcome.counts;
    assert_eq!((counts.read, counts.kept, counts.rejected, counts.duplicates), (4, 3, 1, 0));
    assert_eq!((counts.without_client, outcome.rejected.len()), (1, 1));
    let asked = |sql: &str| rows(&ask(&project.config, sql, 2));
    assert_eq!(asked("select count(*) from contacts where source = 'web'"), [["3"]]);
    assert_eq!(asked("select distinct device from contacts where source = 'web' order by 1"), [["tablet"], ["tv"]]);
    assert_eq!(asked("select \"row\", reason from rejects"), [["2", "unreadable time"]]);
}

#[test]
fn a_new_measure_is_null_in_older_rows() {
    let mut project = project_of_one_night();
    let web = WEB.replace("measures = {", "measures = { device = \"device\",");
    project.config = configured(&project, &[RULES, &web, PHONE]);
    let devices = |project: &Project| rows(&ask(&project.config, "select file, device from contacts order by file", 2));
    assert_eq!(devices(&project), [["phone-1.csv", ""], ["web-1.csv", ""]]);
    project.write("web-2.csv", "client,time,step,case,ms,device\nann,2026-03-02 10:00,basket,,100,tablet\n");
    ok(wait(project.ingest()));
    assert_eq!(devices(&project), [["phone-1.csv", ""], ["web-1.csv", ""], ["web-2.csv", "tablet"]]);
}
