//! The columns of `steps` and `journeys`, each declared once: name, type, meaning, what it takes of the contacts, how it is made.
//!
//! ```text
//!  steps     contact columns, then STEP_COLUMNS     ┐
//!  journeys  JOURNEY_COLUMNS                        ┴─► schema, projection, output, docs/reference.md
//! ```
//!
//! A new column is an entry in one of the tables, and the function of the kernel that makes it.

mod arrays;
mod column;
mod journeys;
mod of_journeys;
mod steps;

use arrow::datatypes::Field;

pub(super) use column::Recipe;
pub use column::{Column, InConditions};
pub use journeys::JOURNEY_COLUMNS;
pub use steps::STEP_COLUMNS;

/// The types of [`STEP_COLUMNS`]: what `steps` has besides the columns of `contacts`, in order.
pub fn step_fields() -> Vec<Field> {
    STEP_COLUMNS.iter().map(Column::field).collect()
}

/// The types of [`JOURNEY_COLUMNS`], in order.
pub fn journey_fields() -> Vec<Field> {
    JOURNEY_COLUMNS.iter().map(Column::field).collect()
}

/// What the condition of a cause may read besides the columns of `contacts`.
pub fn context_fields() -> Vec<Field> {
    STEP_COLUMNS.iter().filter(|column| column.in_conditions != InConditions::Never).map(Column::field).collect()
}

/// Whether a column depends on what came after the contact.
pub fn looks_ahead(name: &str) -> bool {
    STEP_COLUMNS.iter().any(|column| column.name == name && column.in_conditions == InConditions::LooksAhead)
}
