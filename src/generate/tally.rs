//! What was generated, counted on the way.

use super::fate::{Loss, expected_loss};
use super::journey::{DrawnJourney, MOST_CONTACTS};
use super::scenario::Scenario;
use super::truth::{Status, Truth};

/// What was generated in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of all logs.
    pub rows: u64,
    /// Rows that say again what the row before says.
    pub duplicates: u64,
    /// Rows that name no client, the closing row of each log among them.
    pub without_client: u64,
    pub company_contacts: u64,
    pub clients: u64,
    pub journeys: u64,
    pub completed: u64,
    pub refused: u64,
    pub dropped: u64,
    pub open: u64,
    /// Visits after which the client came back on another channel.
    pub moved: u64,
    /// Visits after which the client came back on the same channel.
    pub retried: u64,
    /// Dropped journeys that would have gone on without the planted causes.
    pub lost_to_cause: u64,
    /// End of all logs, in seconds since 1970.
    pub horizon_s: i64,
}

impl Totals {
    /// Rows that are told apart: what a store keeps.
    pub fn contacts(&self) -> u64 {
        self.rows - self.duplicates
    }

    /// The counts by their names, in order.
    pub fn counts(&self) -> [(&'static str, u64); 14] {
        [
            ("contacts", self.contacts()),
            ("rows", self.rows),
            ("duplicates", self.duplicates),
            ("without_client", self.without_client),
            ("company_contacts", self.company_contacts),
            ("clients", self.clients),
            ("journeys", self.journeys),
            ("completed", self.completed),
            ("refused", self.refused),
            ("dropped", self.dropped),
            ("open", self.open),
            ("moved", self.moved),
            ("retried", self.retried),
            ("lost_to_cause", self.lost_to_cause),
        ]
    }
}

/// Counts of one point.
#[derive(Clone, Debug, Default)]
pub(super) struct PointTally {
    /// Contacts of clients here.
    pub met: u64,
    /// Journeys that dropped off here.
    pub dropped: u64,
    /// Of those, journeys that would have gone on without the planted causes.
    pub lost_to_cause: u64,
    /// How many these are on average, by the planted shares.
    pub expected_lost: f64,
    /// One for each cause of the point.
    pub causes: Vec<CauseTally>,
}

/// Counts of a cause at a point.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CauseTally {
    /// Contacts that met it here.
    pub exposed: u64,
    /// Journeys that met it at the contact after which they dropped off.
    pub dropped: u64,
    /// Of those, journeys that would have gone on without this cause alone.
    pub lost_to_cause: u64,
    /// How many these are on average, by the planted shares.
    pub expected_lost: f64,
}

/// Everything that is counted.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub totals: Totals,
    /// By point.
    pub points: Vec<PointTally>,
}

impl Tally {
    pub fn new(scenario: &Scenario, horizon_s: i64) -> Tally {
        let of_point =
            |causes: usize| PointTally { causes: vec![CauseTally::default(); causes], ..PointTally::default() };
        let points = scenario.points.iter().map(|point| of_point(point.causes.len())).collect();
        Tally { totals: Totals { horizon_s, ..Totals::default() }, points }
    }

    /// Counts a journey.
    pub fn enter(&mut self, scenario: &Scenario, drawn: &DrawnJourney, truth: &Truth) {
        let totals = &mut self.totals;
        totals.journeys += 1;
        *match truth.status {
            Status::Completed => &mut totals.completed,
            Status::Refused => &mut totals.refused,
            Status::Dropped => &mut totals.dropped,
            Status::Open => &mut totals.open,
        } += 1;
        totals.moved += truth.moved as u64;
        totals.retried += truth.retried as u64;
        totals.lost_to_cause += u64::from(truth.loss.is_to_causes);
        for (place, contact) in drawn.contacts.iter().enumerate() {
            let is_drop = truth.drop == Some(place);
            let loss = if is_drop { truth.loss } else { Loss::default() };
            // Silence here would be a drop-off by the end of the logs, and something could follow.
            let can_be_lost = contact.end() + scenario.gap.seconds < totals.horizon_s && place + 1 < MOST_CONTACTS;
            let expected = |causes| if can_be_lost { expected_loss(scenario, contact, causes) } else { 0.0 };
            let point = &mut self.points[contact.point];
            point.met += 1;
            point.dropped += u64::from(is_drop);
            point.lost_to_cause += u64::from(loss.is_to_causes);
            if contact.met == 0 {
                continue;
            }
            point.expected_lost += expected(contact.met);
            for (&cause, tally) in scenario.points[contact.point].causes.iter().zip(&mut point.causes) {
                let bit: u64 = 1 << cause;
                if contact.met & bit != 0 {
                    tally.exposed += 1;
                    tally.dropped += u64::from(is_drop);
                    tally.lost_to_cause += u64::from(loss.to & bit != 0);
                    tally.expected_lost += expected(bit);
                }
            }
        }
    }
}
