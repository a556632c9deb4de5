//! Where clients drop off, and which signals go with it: from the contact logs of every channel.
//!
//! ```text
//!  logs ──► ingest ──► store: contacts ──► journey ──► steps, journeys ──► queries/*.sql ──► tables, charts, HTML
//! ```
//!
//! The modules are listed from the ground up: each uses only modules above it. [`schema`] has the names and
//! types of the tables that pass between them.

// The ground, which knows nothing of journeys: errors, names and types of columns, text, statistics.
pub mod error;
pub mod notation;
pub mod schema;
pub mod shape;
pub mod sql;
pub mod statistics;
pub mod visible;
pub mod words;

// The rules of journeys, and the pass that applies them; the configuration parses into these rules.
pub mod journey;

pub mod config;
pub mod explain;
pub mod expression;
pub mod identity;

// From logs to stored contacts.
pub mod store;

pub mod ingest;

// From stored contacts to answers.
pub mod cause;
pub mod query;

pub mod engine;
pub mod report;

// Logs with planted truth.
pub mod generate;

pub mod cli;
