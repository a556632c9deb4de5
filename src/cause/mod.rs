//! Signals and causes: which conditions on a contact may explain a drop-off.
//!
//! In: the user's `[[cause]]` rules and the shipped ones. Out: compiled [`Signals`](crate::journey::Signals), in order of
//! priority, for the journey pass, and the table `signals` that says what each bit means. A shipped rule is active where the columns it reads are mapped; a
//! user's rule of the same family and code takes its place. Fails on a rule that names no column, or is no condition.

mod rules;
mod shipped;

pub use rules::{Rule, RuleSet};
pub use shipped::{ShippedRule, shipped_rules};
