//! The declaration of a column: name, type, meaning, which way a contact looks for it, and how it is made.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};

use super::super::kernel::Causes;
use super::super::rebuilt::{Origin, Rebuilt};
use crate::error::Result;

/// A column of `steps` or `journeys`.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    /// What it says, for the reference.
    pub help: &'static str,
    /// Whether the condition of a cause may read it.
    pub in_conditions: InConditions,
    data_type: fn() -> DataType,
    nullable: bool,
    values: Values,
}

/// Whether the condition of a cause may read a column, and which way a contact looks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InConditions {
    Never,
    /// It depends on the contact and on what came before it.
    LooksBack,
    /// It depends on what came after it too.
    LooksAhead,
}

/// What a value stands for.
#[derive(Debug)]
pub(super) enum Values {
    OfContacts(Recipe),
    /// In `steps`, each contact has that of its journey.
    OfJourneys(Recipe),
}

/// How the values are made, and from what besides the columns that every pass reads.
#[derive(Debug)]
pub(in super::super) enum Recipe {
    /// From the columns that every pass reads (`wanted::ALWAYS`).
    Base(fn(&Rebuilt<'_>) -> Result<ArrayRef>),
    /// The motives of journeys.
    Motives(fn(&Rebuilt<'_>) -> Result<ArrayRef>),
    /// The agent of each contact as a code, 0 for none.
    Agents(fn(&Rebuilt<'_>, &[u32]) -> Result<ArrayRef>),
    /// The outcome of each contact as a code, 0 for none.
    Outcomes(fn(&Rebuilt<'_>, &[u32]) -> Result<ArrayRef>),
    /// The moment that each contact promised, in microseconds; `i64::MIN` for none.
    Promises(fn(&Rebuilt<'_>, &[i64]) -> Result<ArrayRef>),
    /// Where in the logs each contact stands.
    Origins(fn(&Rebuilt<'_>, &Origin<'_>) -> Result<ArrayRef>),
    /// The sum of this measure so far; null throughout where no source has it as a number.
    SumSoFar(&'static str),
    /// The signals of each contact, as bits.
    Signals(fn(&[i64]) -> ArrayRef),
    /// The signals of each journey, as bits.
    JourneySignals(fn(&Causes) -> ArrayRef),
    /// The cause of each journey.
    Causes(fn(&Rebuilt<'_>, &Causes) -> Result<ArrayRef>),
}

impl Recipe {
    /// Makes the values.
    ///
    /// # Errors
    /// Never, unless the contacts lack a column that the pass asked for.
    pub fn make(&self, rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
        match self {
            Recipe::Base(make) | Recipe::Motives(make) => make(rebuilt),
            Recipe::Agents(make) => make(rebuilt, &rebuilt.encoded.agent),
            Recipe::Outcomes(make) => make(rebuilt, &rebuilt.encoded.outcome),
            Recipe::Promises(make) => make(rebuilt, &rebuilt.encoded.promised_by),
            Recipe::Origins(make) => make(rebuilt, &rebuilt.origin()?),
            Recipe::SumSoFar(measure) => rebuilt.sum_so_far(measure),
            Recipe::Signals(make) => Ok(make(&rebuilt.signals)),
            Recipe::JourneySignals(make) => Ok(make(&rebuilt.causes)),
            Recipe::Causes(make) => make(rebuilt, &rebuilt.causes),
        }
    }
}

impl Column {
    /// A column that may be null, and that no condition reads.
    pub(super) const fn new(
        name: &'static str,
        data_type: fn() -> DataType,
        values: Values,
        help: &'static str,
    ) -> Column {
        Column { name, help, in_conditions: InConditions::Never, data_type, nullable: true, values }
    }

    pub(super) const fn not_null(self) -> Column {
        Column { nullable: false, ..self }
    }

    /// The same column, which the condition of a cause may read.
    pub(super) const fn in_conditions(self, in_conditions: InConditions) -> Column {
        Column { in_conditions, ..self }
    }

    /// How its values are made, whatever they stand for.
    pub(in super::super) fn recipe(&self) -> &Recipe {
        match &self.values {
            Values::OfContacts(recipe) | Values::OfJourneys(recipe) => recipe,
        }
    }

    /// The values for each contact of a batch; rows in no journey hold anything.
    ///
    /// # Errors
    /// As [`Recipe::make`].
    pub(in super::super) fn for_contacts(&self, rebuilt: &Rebuilt<'_>) -> Result<ArrayRef> {
        match &self.values {
            Values::OfContacts(recipe) => recipe.make(rebuilt),
            Values::OfJourneys(recipe) => rebuilt.of_each_contact(&recipe.make(rebuilt)?),
        }
    }

    /// Its name and type.
    pub fn field(&self) -> Field {
        Field::new(self.name, (self.data_type)(), self.nullable)
    }
}
