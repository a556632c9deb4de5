//! What the pass over the contacts has to know: the rules of a journey, and the conditions that make signals.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;

use super::{Family, LogEnd, Rules};

/// One condition on one contact that may explain a drop-off.
#[derive(Clone, Debug)]
pub struct Signal {
    pub family: Family,
    pub code: String,
    /// Boolean, over the columns of [`Signals::columns`].
    pub condition: Arc<dyn PhysicalExpr>,
}

/// The active signals, in order of priority: the place of a signal is its bit.
#[derive(Clone, Debug)]
pub struct Signals {
    /// The contact and context columns that the conditions read.
    pub columns: SchemaRef,
    /// All columns of the contacts. A measure that they lack is not summed up in `steps`.
    pub contacts: SchemaRef,
    pub list: Vec<Signal>,
}

impl Signals {
    /// No signals at all: every drop-off is unexplained.
    pub fn none() -> Self {
        let nothing = Arc::new(Schema::empty());
        Signals { columns: Arc::clone(&nothing), contacts: nothing, list: Vec::new() }
    }
}

/// All that the pass takes besides the contacts.
#[derive(Clone, Debug)]
pub struct PassSettings {
    pub rules: Rules,
    pub end: LogEnd,
    pub signals: Signals,
}
