//! What a row of a log says, column by column.

use super::contact::NO_VALUE;
use super::pending_row::{PendingRow, RowKind};
use super::scenario::Scenario;

/// Step of the last row of every log.
const LOG_CLOSED: &str = "log_closed";

/// A column of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Client,
    Time,
    Channel,
    Step,
    Motive,
    Agent,
    Site,
    Duration,
    Direction,
    /// The measure of a cause.
    Measure(usize),
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Empty,
    /// Number of a client.
    Client(u64),
    /// Seconds since 1970.
    Time(i64),
    /// A plain name.
    Text(&'a str),
    Int(i32),
}

impl Column {
    /// The columns of a channel's log.
    pub fn of_channel(scenario: &Scenario, number: usize) -> Vec<Column> {
        let channel = &scenario.channels[number];
        let optional = [
            (channel.agents > 0, Column::Agent),
            (channel.sites > 0, Column::Site),
            (channel.duration_s.is_some(), Column::Duration),
        ];
        let optional = optional.into_iter().filter(|(is_there, _)| *is_there).map(|(_, column)| column);
        let measures = scenario.causes_on(number).into_iter().map(Column::Measure);
        let first = [Column::Client, Column::Time, Column::Step, Column::Motive];
        first.into_iter().chain(optional).chain([Column::Direction]).chain(measures).collect()
    }

    /// The columns of the log of company contacts.
    pub fn of_letters() -> Vec<Column> {
        vec![Column::Client, Column::Time, Column::Channel, Column::Step, Column::Motive, Column::Direction]
    }

    /// The name in logs.
    pub fn name(self, scenario: &Scenario) -> &str {
        match self {
            Column::Client => "client_id",
            Column::Time => "time",
            Column::Channel => "channel",
            Column::Step => "step",
            Column::Motive => "motive",
            Column::Agent => "agent",
            Column::Site => "site",
            Column::Duration => "duration_s",
            Column::Direction => "direction",
            Column::Measure(cause) => &scenario.causes[cause].measure,
        }
    }
}

/// A row to be written.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub scenario: &'a Scenario,
    pub pending: &'a PendingRow,
    /// The kind of `pending`, or `Unknown` for its twin by somebody who is not known.
    pub kind: RowKind,
}

impl<'a> Row<'a> {
    /// What stands in a column.
    pub fn cell(&self, column: Column) -> Cell<'a> {
        let pending = self.pending;
        let place = usize::from(pending.place);
        match (column, self.kind) {
            (Column::Time, _) => Cell::Time(pending.at),
            (Column::Client, RowKind::Client | RowKind::Letter) => Cell::Client(pending.client),
            (Column::Step, RowKind::Client | RowKind::Unknown) => Cell::Text(&self.scenario.points[place].step),
            (Column::Step, RowKind::Letter) => Cell::Text(&self.scenario.letters[place].step),
            (Column::Step, RowKind::Closing) => Cell::Text(LOG_CLOSED),
            (Column::Channel, RowKind::Letter) => Cell::Text(&self.scenario.letters[place].channel),
            (Column::Motive, RowKind::Client | RowKind::Letter) => {
                Cell::Text(&self.scenario.motives[usize::from(pending.motive)])
            }
            (Column::Agent, RowKind::Client | RowKind::Unknown) => Cell::Int(i32::from(pending.agent)),
            (Column::Site, RowKind::Client | RowKind::Unknown) => Cell::Int(i32::from(pending.site)),
            (Column::Duration, RowKind::Client | RowKind::Unknown) => Cell::Int(pending.duration_s),
            (Column::Direction, RowKind::Letter) => Cell::Text("outbound"),
            (Column::Direction, RowKind::Closing) => Cell::Text("system"),
            (Column::Measure(cause), RowKind::Client) => self.measure(place, cause),
            _ => Cell::Empty,
        }
    }

    fn measure(&self, point: usize, cause: usize) -> Cell<'a> {
        let slot = self.scenario.points[point].causes.iter().position(|known| *known == cause);
        let value = slot.and_then(|slot| self.pending.measures.get(slot)).copied();
        value.filter(|value| *value != NO_VALUE).map_or(Cell::Empty, Cell::Int)
    }
}
