//! What was generated, counted on the way.

use super::journey::{Drawn, met};
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
    pub lost_to_cause: u64,
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
    pub lost_to_cause: u64,
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
    pub fn enter(&mut self, scenario: &Scenario, drawn: &Drawn, truth: &Truth) {
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
        totals.lost_to_cause += u64::from(truth.is_lost_to_cause);
        for (place, contact) in drawn.contacts.iter().enumerate() {
            let is_drop = truth.drop == Some(place);
            let is_lost = is_drop && truth.is_lost_to_cause;
            let point = &mut self.points[contact.point];
            point.met += 1;
            point.dropped += u64::from(is_drop);
            point.lost_to_cause += u64::from(is_lost);
            for cause in met(scenario, contact.met) {
                let slot = scenario.points[contact.point].causes.iter().position(|known| *known == cause);
                if let Some(tally) = slot.and_then(|slot| point.causes.get_mut(slot)) {
                    tally.exposed += 1;
                    tally.dropped += u64::from(is_drop);
                    tally.lost_to_cause += u64::from(is_lost);
                }
            }
        }
    }
}
