//! Random logs for property tests: small, full of ties and of gaps that are met to the microsecond.
//!
//! In: nothing. Out: the strategy [`log`], whose logs have 1 to 6 clients and 1 to 60 contacts in any order, with rules
//! to go with them. Moments lie on a coarse grid of half hours, all spans of the rules are multiples of it, and a
//! microsecond is added or taken now and then. Logs shrink to few, early, plain contacts. The tests below hold the
//! reference to the accounts that every report relies on, and the strategy to meeting the cases that matter.

use proptest::prelude::*;
use proptest::sample::select;

use crate::reference::{Answer, Contact, Rules, StepPattern, rebuild};

/// A log and the rules for it.
#[derive(Clone, Debug)]
pub struct Log {
    pub contacts: Vec<Contact>,
    pub rules: Rules,
}

/// A Monday: 1 January 2024, in microseconds since 1970.
const START: i64 = 1_704_067_200_000_000;
/// Half an hour.
const TICK: i64 = 1_800_000_000;

const FILES: &[&str] = &["a.csv", "b.csv"];
const CHANNELS: &[&str] = &["web", "phone", "email", "agency"];
const STEPS: &[&str] = &["basket", "basket", "help"];
const ENDINGS: &[&str] = &["cancelled", "refused", "paid", "signed"];
const MOTIVES: &[&str] = &["order", "claim", "breakdown"];
const CASES: &[&str] = &["A", "B"];
const OUTCOMES: &[&str] = &["yes", "no"];
const AGENTS: &[&str] = &["ann", "bob", "eve", "joe"];

/// Any log, with rules.
pub fn log() -> impl Strategy<Value = Log> {
    let contacts = prop::collection::vec(contact(), 1..=60);
    (1..=6_u32, 1..=3_usize, contacts, rules()).prop_map(|(clients, sources, contacts, rules)| {
        // Rows are numbered where they stand, which has nothing to do with their time.
        let place = |(contact, row): (Contact, i64)| Contact {
            row,
            client: contact.client.map(|client| client % clients),
            source: contact.source % sources,
            ..contact
        };
        Log { contacts: contacts.into_iter().zip(1..).map(place).collect(), rules: Rules { sources, ..rules } }
    })
}

fn contact() -> impl Strategy<Value = Contact> {
    let whose = (prop::option::weighted(0.95, 0..6_u32), 0..3_usize, word(FILES));
    let when = (moment(), prop::option::weighted(0.5, duration()), prop::option::weighted(0.3, promise()));
    let what = (maybe(0.95, CHANNELS), prop::option::weighted(0.95, step()), maybe(0.35, MOTIVES), maybe(0.12, CASES));
    let how = (direction(), maybe(0.5, OUTCOMES), maybe(0.5, AGENTS));
    let measures =
        (prop::bool::weighted(0.1), prop::option::weighted(0.4, wait()), prop::option::weighted(0.4, 0..9_i64));
    (whose, when, what, how, measures).prop_map(
        |(
            (client, source, file),
            (started_at, duration, promise),
            (channel, step, motive, case_id),
            (direction, outcome, agent),
            (error, wait_seconds, questions),
        )| Contact {
            client,
            source,
            file,
            row: 0,
            started_at,
            ended_at: duration.map(|span| started_at + span),
            channel,
            step,
            motive,
            case_id,
            direction,
            outcome,
            agent,
            promised_by: promise.map(|span| started_at + span),
            error,
            wait_seconds,
            questions,
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let gap = || select(vec![4 * TICK, 2 * TICK, 8 * TICK]);
    let gap_by_motive = prop::collection::btree_map(word(MOTIVES), gap(), 0..=2);
    let visit_gap = select(vec![TICK, 2 * TICK]);
    let goals = patterns(&[("paid", None), ("signed", Some("agency"))]);
    let refusals = patterns(&[("refused", None)]);
    let withdrawals = patterns(&[("cancelled", None), ("help", Some("agency"))]);
    let as_of = prop::option::weighted(0.4, moment());
    let funnel = patterns(&[("basket", None), ("help", Some("web")), ("basket", Some("web")), ("paid", None)]);
    let mature_after = (0..48_i64, beside()).prop_map(|(ticks, beside)| (ticks * TICK + beside).max(0));
    let split_cases = prop::collection::btree_set(word(CASES), 0..=1);
    let ends = (goals, refusals, withdrawals);
    let counted = (funnel, mature_after, split_cases);
    (gap(), visit_gap, gap_by_motive, ends, any::<bool>(), counted, as_of).prop_map(
        |(
            gap,
            visit_gap,
            gap_by_motive,
            (goals, refusals, withdrawals),
            by_motive,
            (funnel, mature_after, split_cases),
            as_of,
        )| Rules {
            gap,
            visit_gap,
            gap_by_motive,
            goals,
            refusals,
            withdrawals,
            by_motive,
            funnel,
            mature_after,
            split_cases,
            as_of,
            sources: 1,
        },
    )
}

/// On the grid, now and then a microsecond beside it: half of them close together, half of them far apart.
fn moment() -> impl Strategy<Value = i64> {
    (prop_oneof![0..12_i64, 0..96_i64], beside()).prop_map(|(ticks, beside)| START + ticks * TICK + beside)
}

/// From nothing to three hours: contacts overlap, touch and leave gaps.
fn duration() -> impl Strategy<Value = i64> {
    (0..=6_i64, beside()).prop_map(|(ticks, beside)| (ticks * TICK + beside).max(0))
}

/// Also promises for a moment that has passed when they are given.
fn promise() -> impl Strategy<Value = i64> {
    (-1..=8_i64, beside()).prop_map(|(ticks, beside)| ticks * TICK + beside)
}

/// Seconds and tenths of a second, which no sum of floats meets to the bit but in the same order.
fn wait() -> impl Strategy<Value = f64> {
    (0..6_000_i32).prop_map(|tenths| f64::from(tenths) / 10.0)
}

/// A microsecond before or after the grid, now and then.
fn beside() -> impl Strategy<Value = i64> {
    prop_oneof![6 => Just(0_i64), 1 => Just(1_i64), 1 => Just(-1_i64)]
}

fn step() -> impl Strategy<Value = String> {
    prop_oneof![12 => word(STEPS), 1 => word(ENDINGS)]
}

fn direction() -> impl Strategy<Value = Option<String>> {
    let direction = prop_oneof![
        6 => Just(None::<&str>),
        2 => Just(Some("inbound")),
        3 => Just(Some("outbound")),
        1 => Just(Some("system")),
    ];
    direction.prop_map(|direction| direction.map(str::to_owned))
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

fn maybe(probability: f64, words: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(probability, word(words))
}

/// Most of the patterns, sometimes only some.
fn patterns(all: &'static [(&'static str, Option<&'static str>)]) -> impl Strategy<Value = Vec<StepPattern>> {
    prop::collection::vec(prop::bool::weighted(0.9), all.len()).prop_map(move |kept| {
        let kept = all.iter().zip(kept).filter(|(_, kept)| *kept);
        kept.map(|((step, channel), _)| ((*step).to_owned(), channel.map(str::to_owned))).collect()
    })
}

// ---- the accounts ---------------------------------------------------------------------------------------------------

proptest! {
    /// Silent exits, drop-off points and dropped journeys are the same number, one by one.
    #[test]
    fn a_dropped_journey_has_one_silent_exit_at_its_drop_off_point(log in log()) {
        let answer = rebuild(&log.contacts, &log.rules);
        for (number, journey) in answer.journeys.iter().enumerate() {
            let steps: Vec<_> = answer.steps.iter().filter(|step| step.journey == number).collect();
            let silent = steps.iter().filter(|step| step.exit.as_deref() == Some("silent")).count();
            let points = steps.iter().filter(|step| step.is_drop_off_point).count();
            prop_assert_eq!(silent, usize::from(journey.status == "dropped"));
            prop_assert_eq!(points, silent);
            prop_assert!(steps.iter().all(|step| step.is_drop_off_point == (step.exit.as_deref() == Some("silent"))));
        }
    }

    /// Every contact of a client is in exactly one journey; one of the company in at most one.
    #[test]
    fn every_client_contact_is_in_one_journey(log in log()) {
        let Log { contacts, rules } = log;
        let answer = rebuild(&contacts, &rules);
        for (index, contact) in contacts.iter().enumerate() {
            let journeys = answer.steps.iter().filter(|step| step.contact == index).count();
            let ignored = answer.horizon.is_some_and(|horizon| contact.started_at > horizon);
            if contact.client.is_none() || ignored {
                prop_assert_eq!(journeys, 0);
            } else if contact.is_by_client() {
                prop_assert_eq!(journeys, 1);
            } else {
                prop_assert!(journeys <= 1);
            }
        }
    }

    /// Every visit but the last has one exit, unless it reached a goal; positions and visits have no holes.
    #[test]
    fn every_visit_is_accounted_for(log in log()) {
        let Log { contacts, rules } = log;
        let answer = rebuild(&contacts, &rules);
        for (number, journey) in answer.journeys.iter().enumerate() {
            let steps: Vec<_> = answer.steps.iter().filter(|step| step.journey == number).collect();
            prop_assert_eq!(steps.len(), journey.contacts);
            prop_assert!(steps.iter().zip(1..).all(|(step, position)| step.position == position));
            for visit in 1..=journey.visits {
                let of_visit: Vec<_> = steps.iter().filter(|step| step.visit == Some(visit)).collect();
                prop_assert!(!of_visit.is_empty());
                let goal = of_visit.iter().any(|step| rules.is_goal(&contacts[step.contact]));
                let last = visit == journey.visits;
                let exits = of_visit.iter().filter(|step| step.is_exit).count();
                let expected = if last { journey.status == "dropped" } else { !goal };
                prop_assert_eq!(exits, usize::from(expected));
            }
        }
    }

    /// The order of the rows in memory is of no account.
    #[test]
    fn a_log_read_backwards_gives_the_same_journeys(log in log()) {
        let mut backwards = log.contacts.clone();
        backwards.reverse();
        let mut answer = rebuild(&backwards, &log.rules);
        let last = backwards.len() - 1;
        answer.steps.iter_mut().for_each(|step| step.contact = last - step.contact);
        answer.journeys.iter_mut().for_each(|journey| journey.first_contact = last - journey.first_contact);
        prop_assert_eq!(answer, rebuild(&log.contacts, &log.rules));
    }
}

// ---- the reach of the strategy --------------------------------------------------------------------------------------

#[rustfmt::skip] // one line for each kind of thing
const WANTED: &[&str] = &[
    "completed", "refused", "dropped", "open",
    "moved", "retried", "silent",
    "error", "circles", "retold", "promise_broken", "unexplained",
    "kept", "late", "broken", "not_due",
    "unanswered", "no follow-up", "contradicts",
    "tie", "overlap", "exactly the visit gap", "just under the visit gap",
    "exactly the gap", "just over the gap",
    "company contact", "goes on after an end",
];

/// A property that is never put to the test would pass: the logs must hold what the rules distinguish.
#[test]
fn random_logs_meet_every_status_exit_cause_and_edge() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::collections::BTreeSet;

    let mut runner = TestRunner::deterministic();
    let mut met: BTreeSet<String> = BTreeSet::new();
    for _ in 0..500 {
        let Log { contacts, rules } = log().new_tree(&mut runner).expect("a log").current();
        let Answer { journeys, steps, .. } = rebuild(&contacts, &rules);
        met.extend(journeys.iter().map(|journey| journey.status.clone()));
        met.extend(journeys.iter().filter_map(|journey| journey.cause.clone()));
        met.extend(steps.iter().filter_map(|step| step.exit.clone()));
        met.extend(steps.iter().filter_map(|step| step.promise.clone()));
        for step in &steps {
            let flags = [
                ("unanswered", step.unanswered),
                ("no follow-up", step.no_follow_up),
                ("contradicts", step.contradicts),
            ];
            met.extend(flags.iter().filter(|(_, holds)| *holds).map(|(flag, _)| (*flag).to_owned()));
        }
        let mut ordered: Vec<&Contact> = contacts.iter().filter(|contact| contact.client.is_some()).collect();
        ordered.sort_by_key(|&contact| (contact.client, contact.order()));
        for pair in ordered.windows(2).filter(|pair| pair[0].client == pair[1].client) {
            let (before, after) = (pair[0], pair[1]);
            let apart = after.started_at - before.end();
            let edges = [
                ("tie", before.started_at == after.started_at),
                ("overlap", apart < 0),
                ("exactly the visit gap", apart == rules.visit_gap),
                ("just under the visit gap", apart == rules.visit_gap - 1),
                ("exactly the gap", apart == rules.gap),
                ("just over the gap", apart == rules.gap + 1),
                ("company contact", !after.is_by_client()),
                ("goes on after an end", rules.ends_a_journey(before)),
            ];
            met.extend(edges.iter().filter(|(_, holds)| *holds).map(|(edge, _)| (*edge).to_owned()));
        }
    }
    let missing: Vec<&&str> = WANTED.iter().filter(|wanted| !met.contains(**wanted)).collect();
    assert!(missing.is_empty(), "never met in 500 logs: {missing:?}");
}
