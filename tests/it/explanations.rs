//! Explanations agree with `journeys` and `steps`, on random logs.
//!
//! In: logs of `random_logs`. The reference says what became of each journey and what each contact knows; the explanations are the
//! engine's. Fails where a contact, a rule or a moment that is named does not do what it is said to.

use dropoff::journey::Explanation;
use dropoff::journey::kernel::{CausePlace, Ending};
use proptest::prelude::*;

use crate::engine_under_test::{Shape, Tables};
use crate::journeys_property::fewer_cases;
use crate::random_logs::{Log, log};
use crate::reference::{self, Contact, Journey, SIGNALS, Step, StepPattern};

proptest! {
    #![proptest_config(fewer_cases(4))]

    #[test]
    fn explanations_agree_with_journeys(log in log(), batch_rows in 1..=20_usize, partitions in 1..=4_usize) {
        let Log { contacts, rules } = log;
        let tables = Tables::of(&contacts, &rules, Shape { batch_rows, partitions });
        let expected = reference::rebuild(&contacts, &rules);
        for (number, journey) in expected.journeys.iter().enumerate() {
            let explanations = tables.explanations(journey.client);
            let of_client = expected.journeys.iter().filter(|other| other.client == journey.client).count();
            prop_assert_eq!(explanations.len(), of_client);
            let this = |explanation: &&Explanation| explanation.journey_number as usize == journey.number;
            let explanation = explanations.iter().find(this).expect("every journey is explained");
            let steps: Vec<&Step> = expected.steps.iter().filter(|step| step.journey == number).collect();
            check_ending(explanation.ending, journey, &steps, &contacts, &rules);
            check_cause(explanation, journey, &steps);
        }
    }
}

/// The step at this place of the journey, from 1.
fn at<'a>(steps: &[&'a Step], place: u32) -> &'a Step {
    steps[place as usize - 1]
}

fn check_ending(ending: Ending, journey: &Journey, steps: &[&Step], contacts: &[Contact], rules: &reference::Rules) {
    assert_eq!(ending.status().name(), journey.status);
    let is_first_of = |patterns: &[StepPattern], place: u32| {
        let matches = |step: &&Step| {
            let Contact { step, channel, .. } = &contacts[step.contact];
            patterns.iter().any(|(wanted, on)| step.as_ref() == Some(wanted) && (on.is_none() || channel == on))
        };
        steps.iter().position(matches) == Some(place as usize - 1)
    };
    match ending {
        Ending::Goal { contact } => assert!(is_first_of(&rules.goals, contact)),
        Ending::Refusal { contact } => assert!(is_first_of(&rules.refusals, contact)),
        Ending::Withdrawal { contact } => assert!(is_first_of(&rules.withdrawals, contact)),
        Ending::Silence { last_contact, gap, over_at } | Ending::Waiting { last_contact, gap, over_at } => {
            assert_eq!(over_at, steps[0].journey_open_until);
            let last = &contacts[at(steps, last_contact).contact];
            assert_eq!(last.ended_at.unwrap_or(last.started_at) + gap, over_at);
            let is_of_the_client =
                |step: &Step| matches!(contacts[step.contact].direction.as_deref(), None | Some("inbound"));
            assert!(is_of_the_client(at(steps, last_contact)));
            assert!(!steps[last_contact as usize..].iter().any(|step| is_of_the_client(step)));
        }
    }
}

fn check_cause(explanation: &Explanation, journey: &Journey, steps: &[&Step]) {
    let holds = |step: &Step, bit: usize| step.signals >> bit & 1 == 1;
    for (bit, _) in SIGNALS.iter().enumerate() {
        let held: Vec<u32> = (1..).zip(steps).filter(|(_, step)| holds(step, bit)).map(|(place, _)| place).collect();
        let said = explanation.held.iter().find(|held| held.bit == bit);
        assert_eq!(said.map_or(Vec::new(), |said| said.contacts.clone()), held);
    }
    let Some(cause) = explanation.cause else {
        return assert!(matches!(journey.cause.as_deref(), None | Some("unexplained")));
    };
    let (family, code) = SIGNALS[cause.bit];
    assert_eq!((journey.family.as_deref(), journey.cause.as_deref()), (Some(family), Some(code)));
    let contact = at(steps, cause.contact);
    assert!(holds(contact, cause.bit));
    let point = steps.iter().find(|step| step.is_drop_off_point).expect("a dropped journey has a drop-off point");
    match cause.fired {
        CausePlace::DropOffPoint => assert!(contact.is_drop_off_point),
        CausePlace::ItsVisit => assert!(point.signals == 0 && contact.visit == point.visit),
    }
}
