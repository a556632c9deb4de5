//! What the pass over the contacts has to know: the rules of a journey, and the conditions that make signals.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;

use super::Rules;

/// One condition on one contact that may explain a drop-off.
#[derive(Clone, Debug)]
pub struct Signal {
    pub family: String,
    pub code: String,
    /// Boolean, over the columns of [`Signals::columns`].
    pub condition: Arc<dyn PhysicalExpr>,
}

/// The active signals, in order of priority: the place of a signal is its bit.
#[derive(Clone, Debug)]
pub struct Signals {
    /// The contact and context columns that the conditions read.
    pub columns: SchemaRef,
    pub list: Vec<Signal>,
}

impl Signals {
    /// No signals at all: every drop-off is unexplained.
    pub fn none() -> Self {
        Signals { columns: Arc::new(Schema::empty()), list: Vec::new() }
    }
}

/// Everything but the contacts.
#[derive(Clone, Debug)]
pub struct JourneyPass {
    pub rules: Rules,
    pub signals: Signals,
}

/// The columns a condition may use besides those of `contacts`: the contact's place in its journey.
pub fn context_fields() -> Vec<Field> {
    let word = crate::schema::word;
    vec![
        Field::new("position", DataType::Int32, false),
        Field::new("previous_channel", word(), true),
        Field::new("previous_step", word(), true),
        Field::new("seconds_since_previous", DataType::Float64, true),
        Field::new("visits_so_far", DataType::Int32, false),
        Field::new("times_at_step", DataType::Int32, false),
        Field::new("agents_so_far", DataType::Int32, false),
        Field::new("transfers_so_far", DataType::Int32, false),
        Field::new("reminders_so_far", DataType::Int32, false),
        Field::new("unanswered", DataType::Boolean, false),
        Field::new("promise_broken", DataType::Boolean, false),
    ]
}
