//! Contacts of a client → journeys: the rules of a journey, and the one pass over the store that applies them.
//!
//! ```text
//!  contacts, by client and time ──► kernel ──► signals ──► causes ──► steps | journeys
//!        (JourneyTable::scan)       (pure)   (conditions)  (pure)      (record batches)
//! ```
//!
//! In: contacts partitioned by client and sorted by (client, time). Out: the tables `steps` and `journeys`, of which only
//! the columns a query asks for are made. The pass holds the contacts of one batch and of one unfinished client; it fails
//! only where its input does.

mod clients;
mod codes;
mod columns;
mod exec;
mod explanation;
mod family;
mod inputs;
pub mod kernel;
mod node;
mod pass_settings;
mod rebuilt;
mod rules;
mod signals;
mod stream;
mod together;
mod wanted;

pub use columns::{
    Column, InConditions, JOURNEY_COLUMNS, STEP_COLUMNS, context_fields, journey_fields, looks_ahead, step_fields,
};
pub use exec::JourneyExec;
pub use explanation::{Cause, Explanation, HeldRule, explanations};
pub use family::Family;
pub use node::{ByClient, JourneyTable};
pub use pass_settings::{PassSettings, Signal, Signals};
pub use rules::{LogEnd, Rules, StepPattern};
pub use together::share_pass;
pub use wanted::Grain;
