//! The columns that a query asks for → what must be read and computed for them. Nothing else is.

use std::collections::BTreeSet;

use arrow::array::ArrayRef;
use arrow::datatypes::Schema;

use super::columns::{Column, JOURNEY_COLUMNS, Recipe, STEP_COLUMNS};
use super::inputs::Input;
use super::rebuilt::Rebuilt;
use super::{PassSettings, Rules};
use crate::error::{Error, Result};

/// The columns of `contacts` that are always read.
const ALWAYS: [&str; 7] = ["client", "started_at", "ended_at", "channel", "step", "case_id", "direction"];

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

    /// What the pass makes of the table; in `steps`, the columns of `contacts` stand before it.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Grain::Steps => STEP_COLUMNS,
            Grain::Journeys => JOURNEY_COLUMNS,
        }
    }
}

/// A column of one of the tables that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum AskedColumn<'a> {
    /// In `steps`: a column of `contacts`, as it is.
    OfContacts(&'a str),
    ForContacts(&'static Column),
    ForJourneys(&'static Column),
}

impl<'a> AskedColumn<'a> {
    /// The column of this name.
    ///
    /// # Errors
    /// Where `journeys` has none.
    pub fn new(grain: Grain, name: &'a str) -> Result<Self> {
        let made = grain.columns().iter().find(|column| column.name == name);
        match (grain, made) {
            (Grain::Steps, None) => Ok(AskedColumn::OfContacts(name)),
            (Grain::Steps, Some(column)) => Ok(AskedColumn::ForContacts(column)),
            (Grain::Journeys, Some(column)) => Ok(AskedColumn::ForJourneys(column)),
            (Grain::Journeys, None) => Err(Error::bug(format!("`journeys` has no column `{name}`"))),
        }
    }

    /// Its values: one per contact, where contacts in no journey hold anything, or one per journey.
    pub fn make(self, rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
        match self {
            AskedColumn::OfContacts(name) => rebuilt.contact_column(name).cloned(),
            AskedColumn::ForContacts(column) => column.for_contacts(rebuilt),
            AskedColumn::ForJourneys(column) => column.recipe().make(rebuilt),
        }
    }
}

/// What has to be read and computed for a set of output columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Columns of `contacts` to read.
    pub contact_columns: BTreeSet<String>,
    /// Which of them become codes or moments, besides those that always do.
    pub inputs: BTreeSet<Input>,
    /// Whether the signals of every contact are wanted. Causes alone take only those of contacts that a cause can come
    /// from.
    pub signals: bool,
    pub causes: bool,
}

impl Wanted {
    /// Works out what these columns take.
    ///
    /// # Errors
    /// Never, unless a column is none of its table.
    pub fn new<'a>(grain: Grain, columns: impl IntoIterator<Item = &'a str>, pass: &PassSettings) -> Result<Self> {
        let mut wanted = Wanted::default();
        wanted.read(&ALWAYS);
        if reads_motive(&pass.rules) {
            wanted.take(Input::Motive);
        }
        for name in columns {
            wanted.add(AskedColumn::new(grain, name)?, &pass.signals.contacts);
        }
        if wanted.signals || wanted.causes {
            for field in pass.signals.columns.fields() {
                wanted.add(AskedColumn::new(Grain::Steps, field.name())?, &pass.signals.contacts);
            }
        }
        Ok(wanted)
    }

    /// What both take.
    pub fn and(mut self, other: Wanted) -> Wanted {
        self.contact_columns.extend(other.contact_columns);
        self.inputs.extend(other.inputs);
        self.signals |= other.signals;
        self.causes |= other.causes;
        self
    }

    fn read(&mut self, columns: &[&str]) {
        self.contact_columns.extend(columns.iter().map(|column| (*column).to_owned()));
    }

    fn take(&mut self, input: Input) {
        self.inputs.insert(input);
        self.read(input.contact_columns());
    }

    fn add(&mut self, asked: AskedColumn<'_>, contacts: &Schema) {
        let column = match asked {
            AskedColumn::OfContacts(name) => return self.read(&[name]),
            AskedColumn::ForContacts(column) | AskedColumn::ForJourneys(column) => column,
        };
        match column.recipe() {
            Recipe::Base(_) => {}
            Recipe::Motives(_) => self.take(Input::Motive),
            Recipe::Agents(_) => self.take(Input::Agent),
            Recipe::Outcomes(_) => self.take(Input::Outcome),
            Recipe::Promises(_) => self.take(Input::PromisedBy),
            Recipe::Origins(_) => self.take(Input::Origin),
            // A measure that is no number, or that no source has, is not summed up, and not read.
            Recipe::SumSoFar(measure) => {
                if contacts.field_with_name(measure).is_ok_and(|field| field.data_type().is_numeric()) {
                    self.read(&[measure]);
                }
            }
            Recipe::Signals(_) => self.signals = true,
            Recipe::JourneySignals(_) => (self.signals, self.causes) = (true, true),
            Recipe::Causes(_) => self.causes = true,
        }
    }
}

fn reads_motive(rules: &Rules) -> bool {
    rules.by_motive || !rules.gap_by_motive_us.is_empty()
}
