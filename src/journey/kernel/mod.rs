//! The rules of docs/semantics.md on plain slices: pure, synchronous, no Arrow and no SQL.
//!
//! ```text
//!  Contacts (whole clients, in order)
//!     │  trace    which journey each contact belongs to, and how each journey ends
//!     ▼
//!  Trace ──► visits    visits, exits, the drop-off point
//!        ├─► looking_back, points, answers, promises, contradictions
//!        │             a column of `steps` each: what a contact looks back on, its place among those at its point, what the
//!        │             company did about it, what another channel said
//!        ├─► maturity  what began long enough before the horizon for rates to count it
//!        ├─► funnel    how far it comes along a list of steps
//!        └─► causes    one primary cause per dropped journey, from the signals of its contacts
//! ```
//!
//! Row and journey numbers are indices into the batch; [`NONE`] is "no such row". Words (channels, steps, motives, agents,
//! cases) come as codes, 0 for null. Nothing here can fail.

mod answers;
mod by_journey;
mod causes;
mod contacts;
mod contradictions;
mod funnel;
mod journey;
mod looking_back;
mod maturity;
mod points;
mod promises;
mod trace;
mod visits;

pub use answers::{no_follow_up, unanswered};
pub use by_journey::ByJourney;
pub use causes::{CausePlace, Causes, Primary, causes, visit_of};
pub use contacts::{Contacts, Direction, Effect, is_for_messages};
pub use contradictions::contradicts;
pub use funnel::funnel_places;
pub use journey::{Ending, Journey, Status};
pub use looking_back::{
    agents_so_far, last_reminder, position, previous, reminders_so_far, sum_so_far, transfers_so_far, visits_so_far,
};
pub use maturity::{mature_contacts, mature_journeys, mature_points};
pub use points::{last_at_point, point_reached_at, times_at_step};
pub use promises::{Promise, promise, promise_broken};
pub use trace::{Trace, trace};
pub use visits::{Exit, Visits, visits};

/// No row, no journey.
pub const NONE: u32 = u32::MAX;
