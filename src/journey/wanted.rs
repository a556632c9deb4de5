//! From the columns a query asks for to what must be read and computed: nothing else is.

use std::collections::BTreeSet;

use arrow::datatypes::Schema;

use super::kernel::ContextParts;
use super::{JourneyPass, Rules};

/// Which table the pass makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// One row per contact that belongs to a journey.
    Steps,
    /// One row per journey.
    Journeys,
}

impl Grain {
    /// Name of the table.
    pub fn table(self) -> &'static str {
        match self {
            Grain::Steps => crate::schema::table::STEPS,
            Grain::Journeys => crate::schema::table::JOURNEYS,
        }
    }
}

/// What a set of output columns takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Columns of `contacts` to read.
    pub contact_columns: BTreeSet<String>,
    pub context: ContextParts,
    pub visits: bool,
    /// What fired on every contact; where only causes are wanted, it is enough to know it of the contacts they can come from.
    pub signals: bool,
    pub causes: bool,
}

impl Wanted {
    /// Works out what `columns` of `grain` take. Names that are not made by the pass are columns of `contacts`.
    pub fn new<'a>(grain: Grain, columns: impl IntoIterator<Item = &'a str>, pass: &JourneyPass) -> Self {
        let mut wanted = Wanted::default();
        wanted.read(["client", "started_at", "ended_at", "channel", "step", "case_id", "direction"]);
        if reads_motive(&pass.rules) {
            wanted.read(["motive"]);
        }
        for column in columns {
            match grain {
                Grain::Steps => wanted.add_step_column(column, &pass.signals.contacts),
                Grain::Journeys => wanted.add_journey_column(column),
            }
        }
        wanted.visits |= wanted.causes;
        if wanted.signals || wanted.causes {
            for field in pass.signals.columns.fields() {
                wanted.add_step_column(field.name(), &pass.signals.contacts);
            }
        }
        let of_visits = wanted.context;
        wanted.visits |= of_visits.visits_so_far
            || of_visits.transfers_so_far
            || of_visits.last_at_point
            || of_visits.point_reached_at;
        wanted
    }

    /// What both take.
    pub fn and(mut self, other: &Wanted) -> Wanted {
        self.contact_columns.extend(other.contact_columns.iter().cloned());
        self.context = self.context.and(other.context);
        self.visits |= other.visits;
        self.signals |= other.signals;
        self.causes |= other.causes;
        self
    }

    fn read<const N: usize>(&mut self, columns: [&str; N]) {
        self.contact_columns.extend(columns.map(str::to_owned));
    }

    /// A measure that is no number, or that no source has, is not summed up, and not read.
    fn read_number(&mut self, measure: &str, contacts: &Schema) {
        if contacts.field_with_name(measure).is_ok_and(|field| field.data_type().is_numeric()) {
            self.read([measure]);
        }
    }

    fn add_step_column(&mut self, column: &str, contacts: &Schema) {
        match column {
            "journey_id" => self.read(["source", "file", "row"]),
            "position" => self.context.position = true,
            "visit" | "is_exit" | "exit" | "next_visit_channel" | "is_drop_off_point" => self.visits = true,
            "last_at_point" => self.context.last_at_point = true,
            "point_reached_at" => self.context.point_reached_at = true,
            "first_at_point" | "times_at_step" => self.context.times_at_step = true,
            "previous_channel" | "previous_step" | "seconds_since_previous" => self.context.previous = true,
            "journey_number" | "journey_started_at" | "journey_closed_at" | "journey_open_until" | "next_channel"
            | "next_step" | "status" | "is_mature" | "point_is_mature" | "journey_is_mature" | "journey_is_piece"
            | "funnel_place" => {}
            "visits_so_far" => self.context.visits_so_far = true,
            "agents_so_far" => {
                self.context.agents_so_far = true;
                self.read(["agent"]);
            }
            "transfers_so_far" => {
                self.context.transfers_so_far = true;
                self.read(["agent"]);
            }
            "reminders_so_far" => self.context.reminders_so_far = true,
            "days_since_reminder" => self.context.last_reminder = true,
            "unanswered" | "unanswered_days" => self.context.unanswered = true,
            "no_follow_up" => self.context.no_follow_up = true,
            "promise" => {
                self.context.promise = true;
                self.read(["promised_by"]);
            }
            "promise_broken" => {
                self.context.promise_broken = true;
                self.read(["promised_by"]);
            }
            "contradicts" => {
                self.context.contradicts = true;
                self.read(["outcome"]);
            }
            "wait_so_far" => self.read_number("wait_seconds", contacts),
            "questions_so_far" => self.read_number("questions", contacts),
            "menus_so_far" => self.read_number("menus", contacts),
            "signals" => self.signals = true,
            "journey_signals" => (self.signals, self.causes) = (true, true),
            "family" | "cause" => self.causes = true,
            contact_column => self.read([contact_column]),
        }
    }

    fn add_journey_column(&mut self, column: &str) {
        match column {
            "journey_id" => self.read(["source", "file", "row"]),
            "motive" => self.read(["motive"]),
            "visits" | "drop_channel" | "drop_step" => self.visits = true,
            "family" | "cause" => self.causes = true,
            "signals" => (self.signals, self.causes) = (true, true),
            _ => {}
        }
    }
}

fn reads_motive(rules: &Rules) -> bool {
    rules.by_motive || !rules.gap_by_motive_us.is_empty()
}
