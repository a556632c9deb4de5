//! Whether a journey goes on after a contact, and whether it would have without the causes that were met there.
//!
//! One number from 0 to 1 is drawn for a contact, its fate: the journey falls silent where the fate is below the share of
//! the causes met. The same fate without a cause says what would have been.

use super::contact::{Contact, met};
use super::scenario::{End, Scenario, Way};

/// No cause makes a drop-off certain.
const MOST_DROP: f64 = 0.95;

/// What a journey that fell silent is lost to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    /// It would have gone on had no cause been met.
    pub is_to_causes: bool,
    /// Causes without which, each alone, it would have gone on; as bits by their priority.
    pub to: u64,
}

impl Loss {
    /// The loss of a journey that falls silent with this fate, where it could have gone on this way.
    pub fn of(scenario: &Scenario, contact: &Contact, fate: f64, way: &Way) -> Loss {
        if is_withdrawal(scenario, way) {
            return Loss::default();
        }
        let goes_on_without = |causes: u64| fate >= silence(scenario, contact.point, contact.met & !causes);
        let alone = met(scenario, contact.met).filter(|cause| goes_on_without(1 << *cause));
        Loss { to: alone.fold(0, |all, cause| all | (1 << cause)), is_to_causes: goes_on_without(contact.met) }
    }
}

/// The share of contacts at a point after which the journey falls silent, where these causes are met.
pub(super) fn silence(scenario: &Scenario, point: usize, causes: u64) -> f64 {
    let ratio: f64 = met(scenario, causes).map(|cause| scenario.causes[cause].ratio).product();
    (scenario.points[point].drop * ratio).min(MOST_DROP)
}

/// The chance that the journey is lost to these causes after a contact that could be followed by another. Below 0 where
/// they keep clients.
pub(super) fn expected_loss(scenario: &Scenario, contact: &Contact, causes: u64) -> f64 {
    let ways = &scenario.points[contact.point].next;
    let staying: f64 = ways.iter().filter(|way| !is_withdrawal(scenario, way)).map(|way| way.weight).sum();
    let all: f64 = ways.iter().map(|way| way.weight).sum();
    let due = silence(scenario, contact.point, contact.met) - silence(scenario, contact.point, contact.met & !causes);
    if all > 0.0 { due * staying / all } else { 0.0 }
}

/// Whether this way leads to a withdrawal: the journey would then end as dropped too, at the same point.
fn is_withdrawal(scenario: &Scenario, way: &Way) -> bool {
    scenario.points[way.point].end == Some(End::Withdrawn)
}

#[cfg(test)]
mod tests {
    use super::super::journey::DrawnJourney;
    use super::super::random::Random;
    use super::*;

    /// A contact at a point of the shipped scenario that meets these causes, and their bits.
    fn contact<const N: usize>(scenario: &Scenario, step: &str, codes: [&str; N]) -> (Contact, [u64; N]) {
        let mut drawn = DrawnJourney::default();
        drawn.draw(scenario, 0, &mut Random::new(1, 1));
        let point = scenario.points.iter().position(|point| point.step == step).unwrap();
        let bit = |code: &str| 1_u64 << scenario.causes.iter().position(|cause| cause.code == code).unwrap();
        let bits = codes.map(bit);
        (Contact { point, met: bits.iter().sum(), ..drawn.contacts[0] }, bits)
    }

    /// A way from the contact's point that leads to a withdrawal, or one that does not.
    fn way<'a>(scenario: &'a Scenario, contact: &Contact, withdraws: bool) -> &'a Way {
        let mut ways = scenario.points[contact.point].next.iter();
        ways.find(|way| is_withdrawal(scenario, way) == withdraws).unwrap()
    }

    #[test]
    fn is_lost_to_each_cause_without_which_it_would_have_gone_on() {
        // Shares: 0.05 without causes, 0.125 with the slow page, 0.2 with the error, 0.5 with both.
        let scenario = Scenario::shipped().unwrap();
        let (contact, [error, slow]) = contact(&scenario, "payment", ["error_shown", "slow_page"]);
        let on = way(&scenario, &contact, false);
        let lost = |fate| {
            let loss = Loss::of(&scenario, &contact, fate, on);
            (loss.is_to_causes, loss.to)
        };
        assert_eq!(lost(0.04), (false, 0));
        assert_eq!(lost(0.1), (true, 0));
        assert_eq!(lost(0.15), (true, error));
        assert_eq!(lost(0.3), (true, error | slow));
        assert_eq!(Loss::of(&scenario, &contact, 0.3, way(&scenario, &contact, true)), Loss::default());
    }

    #[test]
    fn the_expected_loss_is_the_share_that_is_due_to_the_cause_without_withdrawals() {
        let scenario = Scenario::shipped().unwrap();
        let (contact, [error, slow]) = contact(&scenario, "payment", ["error_shown", "slow_page"]);
        for (causes, due) in [(error, 0.375), (slow, 0.3), (error | slow, 0.45), (0, 0.0)] {
            // One client of twenty who go on withdraws.
            let expected = due * 19.0 / 20.0;
            assert!((expected_loss(&scenario, &contact, causes) - expected).abs() < 1e-9, "{causes}");
        }
        let without = scenario.clone().without_effects();
        assert_eq!(expected_loss(&without, &contact, error | slow), 0.0);
    }
}
