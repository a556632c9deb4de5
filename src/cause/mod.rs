//! Signals and causes: which conditions on a contact may explain a drop-off.
//!
//! In: the user's `[[cause]]` rules and the shipped ones. Out: compiled [`Signals`](crate::journey::Signals), in order
//! of priority, for the journey pass; the table `signals` that says what each bit means; and the list of all rules,
//! active or not. A shipped rule is active where the columns it needs are mapped, unless it is switched off; a user's
//! rule of the same family and code takes its place. Fails on a rule that names no column, or is no condition.

mod choice;
mod columns;
mod listing;
mod rules;
mod shipped;

pub use columns::Need;
pub use listing::{ListedRule, RuleList, RuleOrigin, RuleState};
pub use rules::{Rule, RuleSet};
pub use shipped::{ShippedMeasure, ShippedRule, ShippedType, shipped_measures, shipped_rules};
