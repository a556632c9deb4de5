//! Reads the lines of a tiny client: contacts, and the rules that hold for them.
//!
//! Panics where a line, or a word of it, says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::str::SplitWhitespace;

use super::{DAY, DAYS, FIRST_MONDAY, SECOND};
use crate::reference::{Contact, Rules};

/// A tiny client as it is told.
pub struct TinyClient<'a> {
    pub lines: Vec<Line<'a>>,
    /// One per line that tells a contact, in their order.
    pub contacts: Vec<Contact>,
    pub rules: Rules,
}

/// A line of a tiny client.
pub enum Line<'a> {
    With(&'a str),
    Contact { words: &'a str, place: &'a str },
    Journey(&'a str),
    Point { point: &'a str, sums: &'a str },
}

impl Line<'_> {
    fn of(line: &str) -> Line<'_> {
        if let Some(rules) = line.strip_prefix("with ") {
            Line::With(rules)
        } else if let Some((words, place)) = line.split_once(" → ") {
            Line::Contact { words, place }
        } else if line.starts_with("journey ") {
            Line::Journey(line)
        } else if let Some((point, sums)) = line.strip_prefix("point ").and_then(|line| line.split_once(": ")) {
            Line::Point { point, sums }
        } else {
            panic!("`{line}` is neither a contact nor a line `with …`, `journey …` or `point …`")
        }
    }
}

/// The rules where a text does not say otherwise. The logs are complete until eight weeks after the first Monday.
pub fn usual_rules() -> Rules {
    Rules {
        gap: span("7d"),
        visit_gap: span("30m"),
        gap_by_motive: BTreeMap::new(),
        goals: vec![("paid".to_owned(), None), ("signed".to_owned(), Some("agency".to_owned()))],
        refusals: vec![("refused".to_owned(), None)],
        withdrawals: vec![("cancelled".to_owned(), None)],
        by_motive: false,
        funnel: Vec::new(),
        mature_after: span("7d"),
        split_cases: BTreeSet::new(),
        as_of: Some(day("Mon9")),
        sources: 1,
    }
}

/// Reads a tiny client from its lines, in single spaces.
pub fn read(lines: &[String]) -> TinyClient<'_> {
    let lines: Vec<Line<'_>> = lines.iter().map(|line| Line::of(line)).collect();
    let told = lines.iter().filter_map(|line| if let Line::Contact { words, .. } = line { Some(*words) } else { None });
    let contacts: Vec<Contact> = told.zip(1..).map(|(words, row)| contact(words, row)).collect();
    assert!(!contacts.is_empty(), "there is no contact");
    let mut rules = usual_rules();
    rules.sources = contacts.iter().map(|c| c.source + 1).max().unwrap_or(1);
    for line in &lines {
        if let Line::With(other) = line {
            other.split(", ").for_each(|rule| change(&mut rules, rule));
        }
    }
    TinyClient { lines, contacts, rules }
}

/// Changes the rules as one part of a line `with …` says.
fn change(rules: &mut Rules, rule: &str) {
    match rule.split(' ').collect::<Vec<_>>().as_slice() {
        ["by_motive"] => rules.by_motive = true,
        ["gap", "of", motive, gap] => {
            rules.gap_by_motive.insert((*motive).to_owned(), span(gap));
        }
        ["as_of", on, at] => rules.as_of = Some(day(on) + time(at)),
        ["horizon", "from", "logs"] => rules.as_of = None,
        ["mature_after", after] => rules.mature_after = span(after),
        ["funnel", steps @ ..] => rules.funnel = steps.iter().map(|step| ((*step).to_owned(), None)).collect(),
        ["split", "case", case] => drop(rules.split_cases.insert((*case).to_owned())),
        ["sources", count] => rules.sources = number(count),
        _ => panic!("no rule reads `{rule}`"),
    }
}

fn contact(line: &str, row: i64) -> Contact {
    let mut words = line.split_whitespace();
    let day = day(next(&mut words));
    let mut contact = Contact {
        client: Some(1),
        source: 0,
        file: "a.csv".to_owned(),
        row,
        started_at: day + time(next(&mut words)),
        ended_at: None,
        channel: Some(next(&mut words)).filter(|word| *word != "no-channel").map(str::to_owned),
        step: Some(next(&mut words)).filter(|word| *word != "no-step").map(str::to_owned),
        motive: None,
        case_id: None,
        direction: None,
        outcome: None,
        agent: None,
        promised_by: None,
        error: false,
        wait_seconds: None,
        questions: None,
    };
    while let Some(word) = words.next() {
        match word {
            "inbound" | "outbound" | "system" => contact.direction = Some(word.to_owned()),
            "nobody" => contact.client = None,
            "error" => contact.error = true,
            "until" => contact.ended_at = Some(moment(&mut words, day)),
            "promised" => contact.promised_by = Some(moment(&mut words, day)),
            "motive" => contact.motive = Some(next(&mut words).to_owned()),
            "case" => contact.case_id = Some(next(&mut words).to_owned()),
            "outcome" => contact.outcome = Some(next(&mut words).to_owned()),
            "agent" => contact.agent = Some(next(&mut words).to_owned()),
            "waited" => contact.wait_seconds = Some(number(next(&mut words))),
            "asked" => contact.questions = Some(number(next(&mut words))),
            "client" => contact.client = Some(number(next(&mut words))),
            "source" => contact.source = number::<usize>(next(&mut words)) - 1,
            "file" => contact.file = next(&mut words).to_owned(),
            "row" => contact.row = number(next(&mut words)),
            _ => panic!("`{word}` in `{line}` says nothing about a contact"),
        }
    }
    contact
}

fn next<'a>(words: &mut SplitWhitespace<'a>) -> &'a str {
    words.next().expect("a word is missing at the end of a line")
}

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is not a number"))
}

/// `10:30`, on the day given, or `Tue 10:30`.
fn moment(words: &mut SplitWhitespace<'_>, same_day: i64) -> i64 {
    let word = next(words);
    if word.contains(':') { same_day + time(word) } else { day(word) + time(next(words)) }
}

/// The midnight before `Mon`, or `Mon2`.
fn day(word: &str) -> i64 {
    let (name, week) = word.split_at(3);
    let day = DAYS.iter().position(|day| *day == name).unwrap_or_else(|| panic!("`{word}` is no day"));
    let week: i64 = if week.is_empty() { 1 } else { number(week) };
    FIRST_MONDAY + (7 * (week - 1) + day as i64) * DAY
}

/// `10:30`, `10:30:05` or `10:30:00.000001`, since midnight.
fn time(word: &str) -> i64 {
    let parts: Vec<&str> = word.split(':').collect();
    let seconds = parts.get(2).map_or(0.0, |seconds| number::<f64>(seconds));
    (number::<i64>(parts[0]) * 3600 + number::<i64>(parts[1]) * 60) * SECOND + (seconds * 1e6).round() as i64
}

/// `7d`, `2h` or `30m`.
fn span(word: &str) -> i64 {
    let (count, unit) = word.split_at(word.len() - 1);
    let unit = match unit {
        "d" => DAY,
        "h" => 3600 * SECOND,
        "m" => 60 * SECOND,
        _ => panic!("`{word}` is no span"),
    };
    number::<i64>(count) * unit
}
