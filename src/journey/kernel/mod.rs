//! The rules of docs/semantics.md on plain slices: pure, synchronous, no Arrow and no SQL.
//!
//! ```text
//!  Contacts (whole clients, in order)
//!     │  trace    which journey each contact belongs to, and how each journey ends
//!     ▼
//!  Trace ──► visits    visits, exits, the drop-off point
//!        ├─► context   counts and flags of each contact in its journey: what it looks back on (context), what the company
//!        │             did about it (answers, promises), what another channel said (contradictions)
//!        ├─► sums      a measure, summed up along each journey
//!        ├─► maturity  what began long enough before the horizon for rates to count it
//!        ├─► funnel    how far it comes along a list of steps
//!        └─► causes    one primary cause per dropped journey, from the signals of its contacts
//! ```
//!
//! Row and journey numbers are indices into the batch; [`NONE`] is "no such row". Words (channels, steps, motives, agents,
//! cases) come as codes, 0 for null. Nothing here can fail.

mod answers;
mod causes;
mod contacts;
mod context;
mod contradictions;
mod funnel;
mod maturity;
mod promises;
mod sums;
mod trace;
mod visits;

pub use causes::{Causes, causes};
pub use contacts::{Contacts, Direction, Effect};
pub use context::{Context, ContextParts, context};
pub use funnel::funnel_places;
pub use maturity::{mature_contacts, mature_journeys, mature_points};
pub use promises::Promise;
pub use sums::sum_so_far;
pub use trace::{Journey, Status, Trace, trace};
pub use visits::{Exit, Visits, visits};

/// No row, no journey.
pub const NONE: u32 = u32::MAX;
