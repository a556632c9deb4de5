//! Signals and causes: which conditions on a contact may explain a drop-off.
//!
//! In: the user's `[[cause]]` rules and the shipped ones. Out: one [`RuleBook`], in which it is decided, once, which rules are
//! active and why others are not. The journey pass, the table `signals` and the list of `dropoff causes` are views of it. A shipped
//! rule is active where the columns it needs are mapped, unless it is switched off; a user's rule of the same family and code
//! takes its place. Fails on a rule that names no column, or is no condition.

mod book;
mod columns;
mod listing;
mod rule;
mod shipped;
mod signals;

pub use book::RuleBook;
pub use columns::Need;
pub use rule::{ActiveRule, Rule, RuleOrigin, RuleState};
pub use shipped::{ShippedMeasure, ShippedRule, ShippedType, shipped_measures, shipped_rules};
