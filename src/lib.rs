//! Where clients drop off, and which signals go with it: from the contact logs of every channel.
//!
//! ```text
//!  logs ──► ingest ──► store: contacts ──► journey ──► steps, journeys ──► queries/*.sql ──► tables, charts, HTML
//! ```
//!
//! The modules stand in the order of the flow; a stage uses only those before it. They meet in [`schema`] and in tables.

pub mod error;
pub mod schema;
pub mod shape;
pub mod sql;
pub mod visible;
pub mod words;

pub mod config;
pub mod explain;
pub mod expression;
pub mod identity;

pub mod store;

pub mod ingest;

pub mod journey;

pub mod cause;

pub mod generate;

pub mod grouping;

pub mod statistics;

pub mod report;

pub mod engine;

pub mod cli;
