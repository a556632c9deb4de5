//! What the journey rules say of a drawn journey, written out anew: not by way of the logs, nor by the engine's code.
//!
//! In: a journey, cut at the end of the logs. Out: its row of truth. A journey has one motive and no case, and only its
//! last contact can end it, so the rules are few.

use super::contact::{Contact, met};
use super::fate::Loss;
use super::journey::DrawnJourney;
use super::scenario::{End, Scenario};

/// How a journey stands at the end of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Completed,
    Refused,
    Dropped,
    Open,
}

impl Status {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Refused => "refused",
            Status::Dropped => "dropped",
            Status::Open => "open",
        }
    }
}

/// The truth of one journey.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub started_at: i64,
    /// End of the last contact of the client.
    pub ended_at: i64,
    pub status: Status,
    /// Place of the contact at the drop-off point; only of dropped journeys.
    pub drop: Option<usize>,
    /// The primary cause; `None` where nothing explains the drop-off, or nothing dropped.
    pub cause: Option<usize>,
    pub contacts: usize,
    pub visits: usize,
    /// Visits after which the client came back on another channel.
    pub moved: usize,
    /// Visits after which the client came back on the same channel.
    pub retried: usize,
    /// Nothing, unless it dropped off in silence.
    pub loss: Loss,
}

/// Applies the rules; `None` where nothing is left of the journey.
pub(super) fn truth(scenario: &Scenario, drawn: &DrawnJourney, log_end: i64) -> Option<Truth> {
    let contacts = drawn.contacts.as_slice();
    let (first, last) = (contacts.first()?, contacts.last()?);
    let end = scenario.points[last.point].end;
    let status = match end {
        Some(End::Completed) => Status::Completed,
        Some(End::Refused) => Status::Refused,
        Some(End::Withdrawn) => Status::Dropped,
        None if last.end() + scenario.gap.seconds >= log_end => Status::Open,
        None => Status::Dropped,
    };
    // A withdrawal marks the end: it is in no visit, unless nothing came before it.
    let in_visits = match contacts.split_last() {
        Some((_, before)) if end == Some(End::Withdrawn) && !before.is_empty() => before,
        _ => contacts,
    };
    let visits = Visits::of(scenario, in_visits);
    let is_dropped = status == Status::Dropped;
    let last_visit = &in_visits[visits.last_start..];
    let at_point = in_visits.last().map_or(0, |contact| contact.met);
    let in_last_visit = last_visit.iter().fold(0, |all, contact| all | contact.met);
    let explaining = if at_point != 0 { at_point } else { in_last_visit };
    Some(Truth {
        started_at: first.at,
        ended_at: last.end(),
        status,
        drop: is_dropped.then(|| in_visits.len() - 1),
        cause: met(scenario, explaining).next().filter(|_| is_dropped),
        contacts: contacts.len() + drawn.letters.len(),
        visits: visits.moved + visits.retried + 1,
        moved: visits.moved,
        retried: visits.retried,
        loss: if is_dropped { drawn.loss } else { Loss::default() },
    })
}

/// Visits of a journey.
#[derive(Default)]
struct Visits {
    moved: usize,
    retried: usize,
    /// Place of the first contact of the last visit.
    last_start: usize,
}

impl Visits {
    fn of(scenario: &Scenario, contacts: &[Contact]) -> Visits {
        let mut visits = Visits::default();
        for (place, pair) in contacts.windows(2).enumerate() {
            let [before, after] = pair else { continue };
            let channel = |contact: &Contact| scenario.points[contact.point].channel;
            if channel(before) != channel(after) {
                visits.moved += 1;
            } else if after.at - before.end() >= scenario.visit_gap.seconds {
                visits.retried += 1;
            } else {
                continue;
            }
            visits.last_start = place + 1;
        }
        visits
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    const LATE: i64 = 1_000_000_000;

    fn drawn(scenario: &Scenario, number: u64) -> DrawnJourney {
        let mut drawn = DrawnJourney::default();
        drawn.draw(scenario, 0, &mut Random::new(3, number));
        drawn
    }

    #[test]
    fn pauses_stand_clear_of_both_gaps() {
        let scenario = Scenario::shipped().unwrap();
        for number in 0..2_000 {
            let drawn = drawn(&scenario, number);
            for pair in drawn.contacts.windows(2) {
                let pause = pair[1].at - pair[0].end();
                assert!((2..=600).contains(&pause) || (60..=259_200).contains(&pause), "{pause}");
            }
            let last_end = drawn.contacts.last().unwrap().end();
            assert!(drawn.letters.iter().all(|letter| 0 < letter.at && letter.at < last_end + 7 * 86_400 - 3600));
            assert!(drawn.letters.is_sorted_by(|one, next| one.at < next.at));
            assert!(drawn.contacts.iter().all(|contact| drawn.letters.iter().all(|letter| letter.at != contact.at)));
            assert!(drawn.next_start.is_none_or(|next| next >= last_end + 7 * 86_400 + 7200));
        }
    }

    #[test]
    fn nothing_is_sent_after_what_ends_a_journey() {
        let scenario = Scenario::shipped().unwrap();
        let mut sent = [0; 2];
        for number in 0..5_000 {
            let drawn = drawn(&scenario, number);
            let last = drawn.contacts.last().unwrap();
            let has_ended = scenario.points[last.point].end.is_some();
            let after = drawn.letters.iter().filter(|letter| letter.at >= last.at).count();
            assert!(after == 0 || !has_ended);
            sent[usize::from(after > 0)] += drawn.letters.len();
        }
        assert!(sent.iter().all(|count| *count > 100), "{sent:?}");
    }

    #[test]
    fn a_journey_that_is_cut_is_open() {
        let scenario = Scenario::shipped().unwrap();
        let mut cut = 0;
        for number in 0..2_000 {
            let mut drawn = drawn(&scenario, number);
            let before = drawn.contacts.len();
            drawn.cut(100);
            let truth = truth(&scenario, &drawn, 100).unwrap();
            if drawn.contacts.len() < before {
                cut += 1;
                assert_eq!((truth.status, truth.drop, truth.loss), (Status::Open, None, Loss::default()));
            }
        }
        assert!(cut > 500, "{cut}");
    }

    #[test]
    fn a_withdrawal_is_not_the_point() {
        let scenario = Scenario::shipped().unwrap();
        let mut withdrawn = 0;
        for number in 0..20_000 {
            let drawn = drawn(&scenario, number);
            let last = drawn.contacts.last().unwrap();
            if scenario.points[last.point].end == Some(End::Withdrawn) {
                withdrawn += 1;
                let truth = truth(&scenario, &drawn, LATE).unwrap();
                assert_eq!((truth.status, truth.drop), (Status::Dropped, Some(drawn.contacts.len() - 2)));
                assert_eq!((truth.ended_at, truth.loss), (last.end(), Loss::default()));
            }
        }
        assert!(withdrawn > 100, "{withdrawn}");
    }
}
