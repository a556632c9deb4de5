//! The configuration of a command, loaded and checked.
//!
//! In: the path of `dropoff.toml`. Fails with everything that is wrong in it, its rules included, before a log is opened.

use std::path::Path;

use arrow::datatypes::Schema;

use crate::cause::RuleSet;
use crate::config::{self, Config, Draft, Unsound};
use crate::error::{Error, Mistake, Result};
use crate::schema;

/// Loads the configuration and checks its rules: everything that can be wrong before a log is opened.
pub(super) fn load(path: &Path) -> Result<Config> {
    load_with(path, |_, _| None)
}

/// The same, for what reads logs: where something is wrong, all that does not fit the logs is said with it, in one round.
pub(super) fn load_to_ingest(path: &Path) -> Result<Config> {
    load_with(path, crate::ingest::mistakes)
}

fn load_with(path: &Path, of_logs: impl Fn(&Config, &[Unsound]) -> Option<Error>) -> Result<Config> {
    let Draft { config, mistakes, unsound } = config::draft(path)?;
    let contacts = Schema::new([schema::contact_fields(), config::measure_fields(&config.sources)].concat());
    let of_rules = RuleSet::new(&config, &contacts).err();
    // A column that a source with mistakes would have brought is not missing.
    let is_sure = |mistake: &Mistake| unsound.is_empty() || mistake.missing_column.is_none();
    let of_rules = of_rules.and_then(|error| error.retain(is_sure));
    let mut all: Vec<Error> = [mistakes, of_rules].into_iter().flatten().collect();
    if !all.is_empty() {
        all.extend(of_logs(&config, &unsound));
    }
    Error::all(all).map_or(Ok(config), Err)
}
