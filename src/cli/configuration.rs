//! The configuration of a command, loaded and checked.
//!
//! In: the path of `dropoff.toml`. Fails with everything that is wrong in it, its rules included, before a log is opened.

use std::path::Path;

use crate::cause::RuleBook;
use crate::config::{self, Config, Draft, Unsound};
use crate::error::{Error, Mistake, Result};

/// A configuration, and its rules.
pub(super) struct Loaded {
    pub config: Config,
    pub rules: RuleBook,
}

/// Loads the configuration and compiles its rules: everything that can be wrong before a log is opened.
pub(super) fn load(path: &Path) -> Result<Loaded> {
    load_with(path, |_, _| None)
}

/// The same for commands that read logs: where something is wrong, the error also has all that does not fit the logs.
pub(super) fn load_to_ingest(path: &Path) -> Result<Loaded> {
    load_with(path, crate::ingest::mistakes)
}

fn load_with(path: &Path, of_logs: impl Fn(&Config, &[Unsound]) -> Option<Error>) -> Result<Loaded> {
    let Draft { config, mistakes, unsound } = config::draft(path)?;
    match (RuleBook::of(&config), mistakes) {
        (Ok(rules), None) => Ok(Loaded { config, rules }),
        (rules, mistakes) => {
            // A missing column may be one of a source with mistakes.
            let is_sure = |mistake: &Mistake| unsound.is_empty() || mistake.missing_column.is_none();
            let of_rules = rules.err().and_then(|error| error.retain(is_sure));
            let mut all: Vec<Error> = [mistakes, of_rules].into_iter().flatten().collect();
            all.extend(of_logs(&config, &unsound));
            Err(Error::all(all).unwrap_or_else(|| Error::bug("a rule that fails, and nothing is wrong")))
        }
    }
}
