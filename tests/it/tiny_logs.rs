//! The tiny log at the head of a `.slt` file, as a project.
//!
//! In: the text of the file. Out: a project with one source per channel, in the order in which the channels first
//! occur, each with a log of its own, `web.csv` for `web`. Panics where a line of the log cannot be read.
//!
//! ```text
//! # log
//! # ana 1 10:00 web basket motive=order load_ms=200
//! # ana 2 09:30:05 phone menu
//! ```
//!
//! A line is a contact: client, day of January 2026 (32 is the first of February), time in UTC, channel, step, then any
//! of [`FURTHER`] with a value.

use chrono::{NaiveDate, TimeDelta};

use crate::project::Project;

/// The cells of a contact after client, time and step.
const FURTHER: [&str; 9] =
    ["motive", "case", "direction", "outcome", "agent", "promised_by", "error_code", "load_ms", "wait_seconds"];

/// The rules of every tiny log.
const RULES: &str = r#"
[journey]
gap = "3d"
visit_gap = "30m"
goals = ["done"]
refusals = ["refused"]
withdrawals = ["cancelled"]
by_motive = true
mature_after = "3d"

[causes]
shipped = false

[[cause]]
family = "technical"
code = "error"
when = "error_code is not null"

[[cause]]
family = "technical"
code = "slow_page"
when = "load_ms > 4000"

[[cause]]
family = "relational"
code = "long_wait"
when = "wait_seconds > 300"
"#;

/// The columns of every source.
const COLUMNS: &str = r#"
[source.columns]
client = "client"
time = "time"
step = "step"
motive = "motive"
case = "case"
direction = "direction"
outcome = "outcome"
agent = "agent"
promised_by = "promised_by"

[source.measures]
error_code = "error_code"
load_ms = { column = "load_ms", type = "int" }
wait_seconds = { column = "wait_seconds", type = "float" }
"#;

/// The project of a `.slt` file.
pub fn project(slt: &str) -> Project {
    let logs = logs(slt);
    let source =
        |channel: &str| format!("[[source]]\nname = '{channel}'\nfiles = '{channel}.csv'\nchannel = '{channel}'\n");
    let sources: String = logs.iter().map(|(channel, _)| source(channel) + COLUMNS).collect();
    let project = Project::new(&format!("{RULES}\n{sources}"));
    for (channel, csv) in &logs {
        project.write(&format!("{channel}.csv"), csv);
    }
    project
}

/// Channel and CSV of each log.
fn logs(slt: &str) -> Vec<(String, String)> {
    let lines = slt.lines().skip_while(|line| *line != "# log").skip(1);
    let mut logs: Vec<(String, String)> = Vec::new();
    for line in lines.map_while(|line| line.strip_prefix("# ")) {
        let (channel, row) = contact(line);
        match logs.iter_mut().find(|(known, _)| *known == channel) {
            Some((_, csv)) => csv.push_str(&row),
            None => logs.push((channel, format!("client,time,step,{}\n{row}", FURTHER.join(",")))),
        }
    }
    assert!(!logs.is_empty(), "the file opens with a log");
    logs
}

/// The channel of a line, and its row of the log.
fn contact(line: &str) -> (String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [client, day, time, channel, step, further @ ..] = words.as_slice() else {
        panic!("`{line}` is no contact");
    };
    let day: i64 = day.parse().unwrap_or_else(|_| panic!("`{day}` in `{line}` is no day"));
    let date = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day") + TimeDelta::days(day - 1);
    let mut cells = [""; FURTHER.len()];
    for word in further {
        let cell = word.split_once('=').and_then(|(name, value)| {
            let place = FURTHER.iter().position(|known| *known == name)?;
            Some((place, value))
        });
        let (place, value) = cell.unwrap_or_else(|| panic!("`{word}` in `{line}` says nothing about a contact"));
        cells[place] = value;
    }
    ((*channel).to_owned(), format!("{client},{date}T{time}Z,{step},{}\n", cells.join(",")))
}
