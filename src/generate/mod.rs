//! Synthetic logs of any size with planted drop-off points and causes, and the truth beside them.
//!
//! ```text
//!  scenario ──► journeys, drawn as they start ──► calendar of pending contacts ──► logs, in time order
//!                   └──► truth: what must be found in the logs
//! ```
//!
//! In: a [`Scenario`] and [`Options`]. Out: a folder with logs, a `dropoff.toml` that fits them, and three tables of truth,
//! worked out by the journey rules from what was drawn, not from the logs. The same options give the same bytes. Time
//! goes forward, and memory holds the contacts of journeys under way: it depends on how many clients a day there are, not
//! on the size of the logs. Fails on a scenario that contradicts itself, on a folder that is not empty, and where files
//! cannot be written.

mod calendar;
mod checker;
mod contact;
mod fate;
mod journey;
mod layout;
mod log;
mod options;
mod parquet_log;
mod pending_row;
mod project;
mod random;
mod row;
mod scenario;
mod scenario_check;
mod scenario_file;
mod sheet;
mod simulation;
mod tally;
mod text;
mod text_log;
mod truth;
mod truth_files;

pub use options::{LogFormats, Options};
pub use scenario::Scenario;
pub use simulation::generate;
pub use tally::Totals;
