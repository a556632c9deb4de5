//! Tiny clients: a few contacts told in lines, with what the rules make of them.
//!
//! In: lines as below, and something that rebuilds journeys: the reference, or the engine. The lines are told again with
//! the answer in place of what was expected. Out: what differs, or why a line cannot be read or the client not rebuilt.
//!
//! ```text
//! with by_motive, gap of claim 21d
//! Mon  10:00 phone hotline  until 10:20 agent ann → journey 1, visit 1, moved, agents_so_far=1
//! Tue  10:00 email reminder outbound              → journey 1
//! Mon2 10:00 web   basket   motive order          → journey 1, visit 2, silent,
//!                                                   visits_so_far=2
//! journey 1: dropped at web basket, motive=order
//! point web basket: reach=1, silent=1, rate=1
//! ```
//!
//! - Spaces may stand in line; a line that is set in goes on with the one above.
//! - `with …`: rules other than the usual ones, which are in [`usual_rules`].
//! - A contact: day (`Mon2` is the Monday of the second week), time, channel, step, then `until`, `promised`, `motive`,
//!   `case`, `outcome`, `agent`, `waited` (the measure `wait_seconds`), `asked` (the measure `questions`), `client`,
//!   `source`, `file` or `row` with a value, or `inbound`, `outbound`, `system`, `nobody` (no client) or `error`. After
//!   the arrow: its journey, visit and exit, all that it has, and columns of `steps` by name.
//! - `journey N`: its status and drop-off point, and columns of `journeys` by name. Every journey has a line.
//! - `point`: the sums of a report over `steps`.
//! - No other line is read.

mod reading;
mod telling;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reference::{self, Answer, Contact, Rules};
pub use reading::usual_rules;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The first Monday: 1 January 2024.
const FIRST_MONDAY: i64 = 1_704_067_200 * SECOND;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What differs between the lines of a tiny client and what `rebuild` makes of it; nothing if all is the same.
pub fn difference(expected: &[String], rebuild: impl Fn(&[Contact], &Rules) -> Answer) -> Option<String> {
    let told = catch_unwind(AssertUnwindSafe(|| {
        let client = reading::read(expected);
        let answer = rebuild(&client.contacts, &client.rules);
        telling::tell(&client, &answer)
    }));
    let found = match told {
        Ok(told) if told == expected => return None,
        Ok(told) => told.join("\n    "),
        Err(panic) => format!("a panic: {}", message(&*panic)),
    };
    Some(format!("  expected\n    {}\n  found\n    {found}", expected.join("\n    ")))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// The lines of a text, with single spaces.
pub fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match lines.last_mut() {
            _ if words.is_empty() => {}
            Some(above) if line.starts_with(char::is_whitespace) => *above += &format!(" {words}"),
            _ => lines.push(words),
        }
    }
    lines
}

const CLIENT: &str = "
Mon 10:00 web   basket  → journey 1, visit 1, moved
Mon 11:00 phone hotline → journey 1, visit 2, silent,
                          position=2
journey 1: dropped at phone hotline
point phone hotline: reach=1
";

#[test]
fn a_client_told_as_it_is_has_no_difference() {
    assert_eq!(difference(&lines(CLIENT), reference::rebuild), None);
}

#[test]
fn a_difference_shows_what_was_expected_and_what_was_found() {
    let found = difference(&lines(&CLIENT.replace("position=2", "position=3")), reference::rebuild);
    let line = "Mon 11:00 phone hotline → journey 1, visit 2, silent, position=";
    let found = found.unwrap();
    let (expected, found) = found.split_once("  found\n").unwrap();
    assert!(expected.contains(&format!("{line}3\n")), "{expected}");
    assert!(found.contains(&format!("{line}2\n")), "{found}");
}

/// Each change of the client, and the difference that is then found.
#[test]
fn a_line_that_says_nothing_is_a_difference() {
    let cases = [
        ("Mon 10:00 web   basket  →", "Mon 10:00 web   basket  ->", "is neither a contact nor"),
        ("point phone hotline: reach=1", "points: reach=1", "is neither a contact nor"),
        ("point phone hotline: reach=1", "point phone hotline:", "is neither a contact nor"),
        ("point phone hotline: reach=1", "with by_motives", "no rule reads `by_motives`"),
        ("web   basket ", "web   basket reason order", "`reason` in"),
        ("position=2", "positions=2", "`positions` is no column of `steps`"),
    ];
    for (old, new, expected) in cases {
        assert!(CLIENT.contains(old), "{old}");
        let found = difference(&lines(&CLIENT.replace(old, new)), reference::rebuild).unwrap_or_default();
        assert!(found.contains(expected), "{new}: {found}");
    }
    let found = difference(&lines("journey 1: open"), reference::rebuild).unwrap_or_default();
    assert!(found.contains("there is no contact"), "{found}");
}
