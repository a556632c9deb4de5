//! Tells a tiny client again, with the answer in place of what was expected.
//!
//! Panics where a line asks for a column that nothing has.

use super::reading::{Line, TinyClient};
use super::{DAY, DAYS, FIRST_MONDAY, SECOND};
use crate::reference::{Answer, Contact, Journey, SIGNALS, Step};

/// The lines of a tiny client, with what the answer has at what they tell.
pub fn tell(client: &TinyClient<'_>, answer: &Answer) -> Vec<String> {
    let mut told = Vec::new();
    let mut next_contact = 0..client.contacts.len();
    let mut next_journey = 0..answer.journeys.len();
    for line in &client.lines {
        match line {
            Line::With(rules) => told.push(format!("with {rules}")),
            Line::Contact { words, place } => {
                let contact = next_contact.next().expect("one contact per arrow");
                told.push(format!("{words} → {}", tell_place(contact, answer, place)));
            }
            Line::Journey(asked) => told.extend(next_journey.next().map(|number| tell_journey(number, answer, asked))),
            Line::Point { point, sums } => {
                told.push(format!("point {point}: {}", tell_point(point, &client.contacts, answer, sums)));
            }
        }
    }
    told.extend(next_journey.map(|number| tell_journey(number, answer, "")));
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
    let Some((channel, step)) = point.split_once(' ') else { panic!("`{point}` is not a channel and a step") };
    let point = (Some(channel).filter(|word| *word != "no-channel"), Some(step).filter(|word| *word != "no-step"));
    let steps: Vec<&Step> = answer.steps.iter().filter(|s| contacts[s.contact].point() == point).collect();
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
