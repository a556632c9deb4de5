//! Tiny clients: a few contacts told in lines, with what the rules make of them.
//!
//! In: a text as below, and something that rebuilds journeys: the reference, or the engine. The text is told again with
//! the answer in place of what was expected; the two must be the same. Fails, by panic, where they differ or where the
//! text cannot be read.
//!
//! ```text
//! with by_motive, gap of claim 21d
//! Mon 10:00 phone hotline until 10:20 agent ann → journey 1, visit 1, moved, agents_so_far=1
//! Tue 10:00 email reminder outbound             → journey 1
//! Mon2 10:00 web basket motive order            → journey 1, visit 2, silent
//! journey 1: dropped at web basket, motive=order
//! point web basket: reach=1, silent=1, rate=1
//! ```
//!
//! - `with …`: rules other than the usual ones, which are in [`usual_rules`].
//! - A contact: day (`Mon2` is the Monday of the second week), time, channel, step, then `until`, `promised`, `motive`,
//!   `case`, `outcome`, `agent`, `waited` (the measure `wait_seconds`), `asked` (the measure `questions`), `client`,
//!   `source`, `file` or `row` with a value, or `inbound`, `outbound`, `system`, `nobody` (no client) or `error`. After the arrow: its journey, visit and exit, all that it has, and columns of `steps` by name.
//! - `journey N`: its status and drop-off point, and columns of `journeys` by name. Every journey has a line.
//! - `point`: the sums of a report over `steps`.

use std::collections::{BTreeMap, BTreeSet};
use std::str::SplitWhitespace;

use crate::reference::{Answer, Contact, Journey, Rules, SIGNALS, Step};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The first Monday: 1 January 2024.
const FIRST_MONDAY: i64 = 1_704_067_200 * SECOND;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Checks that `rebuild` makes of a tiny client what the text says.
pub fn check(name: &str, text: &str, rebuild: impl Fn(&[Contact], &Rules) -> Answer) {
    let expected = lines(text);
    let (contacts, rules) = read(&expected);
    let told = tell(&expected, &contacts, &rebuild(&contacts, &rules));
    assert!(told == expected, "client `{name}`\n\nexpected\n{}\n\nfound\n{}\n", expected.join("\n"), told.join("\n"));
}

/// The lines of a text, with single spaces.
pub fn lines(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(words).filter(|line| !line.is_empty()).collect()
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

// ---- reading --------------------------------------------------------------------------------------------------------

fn read(lines: &[String]) -> (Vec<Contact>, Rules) {
    let mut rules = usual_rules();
    let told = lines.iter().filter_map(|line| line.split_once(" → "));
    let contacts: Vec<Contact> = told.zip(1..).map(|((words, _), row)| contact(words, row)).collect();
    rules.sources = contacts.iter().map(|c| c.source + 1).max().unwrap_or(1);
    for rule in lines.iter().filter_map(|line| line.strip_prefix("with ")).flat_map(|rules| rules.split(", ")) {
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
    (contacts, rules)
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

// ---- telling again, with the answer ---------------------------------------------------------------------------------

fn tell(lines: &[String], contacts: &[Contact], answer: &Answer) -> Vec<String> {
    let mut told = Vec::new();
    let mut next_contact = 0..contacts.len();
    let mut next_journey = 0..answer.journeys.len();
    for line in lines {
        if let Some((words, place)) = line.split_once(" → ") {
            let contact = next_contact.next().expect("one contact per arrow");
            told.push(format!("{words} → {}", tell_place(contact, answer, place)));
        } else if line.starts_with("journey ") {
            told.extend(next_journey.next().map(|journey| tell_journey(journey, answer, line)));
        } else if let Some((point, sums)) = line.strip_prefix("point ").and_then(|line| line.split_once(": ")) {
            told.push(format!("point {point}: {}", tell_point(point, contacts, answer, sums)));
        } else {
            told.push(line.clone());
        }
    }
    told.extend(next_journey.map(|journey| tell_journey(journey, answer, "")));
    told
}

/// `a=1, b=2` with the values of now.
fn facts(asked: &str, value: impl Fn(&str) -> String) -> Vec<String> {
    let names = asked.split(", ").filter_map(|fact| fact.split_once('='));
    names.map(|(name, _)| format!("{name}={}", value(name))).collect()
}

fn tell_place(contact: usize, answer: &Answer, asked: &str) -> String {
    let Some(step) = answer.steps.iter().find(|step| step.contact == contact) else {
        return "no journey".to_owned();
    };
    let mut told = vec![format!("journey {}", step.journey + 1)];
    told.extend(step.visit.map(|visit| format!("visit {visit}")));
    told.extend(step.exit.clone());
    told.extend(facts(asked, |name| step_column(step, name)));
    told.join(", ")
}

fn tell_journey(number: usize, answer: &Answer, asked: &str) -> String {
    let journey = &answer.journeys[number];
    let mut told = format!("journey {}: {}", number + 1, journey.status);
    if answer.steps.iter().any(|step| step.journey == number && step.is_drop_off_point) {
        told += &format!(
            " at {} {}",
            journey.drop_channel.as_deref().unwrap_or("no-channel"),
            journey.drop_step.as_deref().unwrap_or("no-step")
        );
    }
    for fact in facts(asked, |name| journey_column(journey, name)) {
        told += &format!(", {fact}");
    }
    told
}

fn tell_point(point: &str, contacts: &[Contact], answer: &Answer, asked: &str) -> String {
    let mut words = point.split_whitespace();
    let channel = Some(next(&mut words)).filter(|word| *word != "no-channel");
    let step = Some(next(&mut words)).filter(|word| *word != "no-step");
    let steps: Vec<&Step> = answer.steps.iter().filter(|s| contacts[s.contact].point() == (channel, step)).collect();
    let reach = steps.iter().filter(|s| s.first_at_point).count();
    let open = steps.iter().filter(|s| s.first_at_point && s.status == "open").count();
    let exits = |exit: &str| steps.iter().filter(|s| s.exit.as_deref() == Some(exit)).count();
    let sum = |name: &str| match name {
        "reach" => reach.to_string(),
        "open" => open.to_string(),
        "moved" | "retried" | "silent" => exits(name).to_string(),
        "rate" => {
            let mature = || steps.iter().filter(|s| s.point_is_mature);
            let drops = mature().filter(|s| s.is_drop_off_point).count();
            let reached = mature().filter(|s| s.first_at_point && s.status != "open").count();
            decimal(drops as f64 / reached as f64)
        }
        _ => panic!("`{name}` is no sum over a point"),
    };
    facts(asked, sum).join(", ")
}

fn step_column(step: &Step, name: &str) -> String {
    match name {
        "position" => step.position.to_string(),
        "first_at_point" => yes_or_no(step.first_at_point),
        "is_mature" => yes_or_no(step.is_mature),
        "point_is_mature" => yes_or_no(step.point_is_mature),
        "journey_is_mature" => yes_or_no(step.journey_is_mature),
        "funnel_place" => or_none(&step.funnel_place.map(|place| place.to_string())),
        "last_at_point" => yes_or_no(step.last_at_point),
        "is_exit" => yes_or_no(step.is_exit),
        "is_drop_off_point" => yes_or_no(step.is_drop_off_point),
        "previous_channel" => or_none(&step.previous_channel),
        "previous_step" => or_none(&step.previous_step),
        "next_channel" => or_none(&step.next_channel),
        "next_step" => or_none(&step.next_step),
        "seconds_since_previous" => or_none(&step.seconds_since_previous.map(decimal)),
        "visits_so_far" => step.visits_so_far.to_string(),
        "times_at_step" => step.times_at_step.to_string(),
        "agents_so_far" => step.agents_so_far.to_string(),
        "transfers_so_far" => step.transfers_so_far.to_string(),
        "reminders_so_far" => step.reminders_so_far.to_string(),
        "days_since_reminder" => or_none(&step.days_since_reminder.map(decimal)),
        "unanswered" => yes_or_no(step.unanswered),
        "unanswered_days" => or_none(&step.unanswered_days.map(decimal)),
        "no_follow_up" => yes_or_no(step.no_follow_up),
        "promise" => or_none(&step.promise),
        "promise_broken" => yes_or_no(step.promise_broken),
        "contradicts" => yes_or_no(step.contradicts),
        "wait_so_far" => or_none(&step.wait_so_far.map(decimal)),
        "questions_so_far" => or_none(&step.questions_so_far.map(decimal)),
        "menus_so_far" => or_none(&step.menus_so_far.map(decimal)),
        "journey_number" => step.journey_number.to_string(),
        "signals" => signals(step.signals),
        "journey_signals" => signals(step.journey_signals),
        "status" => step.status.clone(),
        "family" => or_none(&step.family),
        "cause" => or_none(&step.cause),
        _ => panic!("`{name}` is no column of `steps`"),
    }
}

fn journey_column(journey: &Journey, name: &str) -> String {
    match name {
        "client" => journey.client.to_string(),
        "journey_number" => journey.number.to_string(),
        "is_mature" => yes_or_no(journey.is_mature),
        "motive" => or_none(&journey.motive),
        "case_id" => or_none(&journey.case_id),
        "started_at" => show_moment(journey.started_at),
        "ended_at" => show_moment(journey.ended_at),
        "contacts" => journey.contacts.to_string(),
        "visits" => journey.visits.to_string(),
        "channels" => journey.channels.join("+"),
        "first_channel" => or_none(&journey.first_channel),
        "first_step" => or_none(&journey.first_step),
        "last_channel" => or_none(&journey.last_channel),
        "last_step" => or_none(&journey.last_step),
        "drop_channel" => or_none(&journey.drop_channel),
        "drop_step" => or_none(&journey.drop_step),
        "family" => or_none(&journey.family),
        "cause" => or_none(&journey.cause),
        "signals" => signals(journey.signals),
        "duration_seconds" => decimal(journey.duration_seconds),
        _ => panic!("`{name}` is no column of `journeys`"),
    }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes".to_owned() } else { "no".to_owned() }
}

fn or_none(value: &Option<String>) -> String {
    value.clone().unwrap_or_else(|| "none".to_owned())
}

/// Up to three decimals.
fn decimal(value: f64) -> String {
    format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `error+circles`
fn signals(bits: i64) -> String {
    let codes: Vec<&str> = (0..SIGNALS.len()).filter(|&bit| (bits >> bit) & 1 == 1).map(|bit| SIGNALS[bit].1).collect();
    if codes.is_empty() { "none".to_owned() } else { codes.join("+") }
}

/// `Mon2 10:30`, to the minute.
fn show_moment(moment: i64) -> String {
    let since = moment - FIRST_MONDAY;
    let (days, minutes) = (since.div_euclid(DAY), since.rem_euclid(DAY) / (60 * SECOND));
    let week = if days < 7 { String::new() } else { (days / 7 + 1).to_string() };
    format!("{}{week} {:02}:{:02}", DAYS[days.rem_euclid(7) as usize], minutes / 60, minutes % 60)
}
