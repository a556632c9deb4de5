//! The rules that come with dropoff, read from `shipped.toml`.

use serde::Deserialize;

use crate::error::{Error, Result};

/// One shipped rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedRule {
    pub family: String,
    pub code: String,
    pub when: String,
    /// What must be mapped besides the columns in `when`.
    #[serde(default)]
    pub needs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedFile {
    cause: Vec<ShippedRule>,
}

/// The shipped rules, in order of priority.
///
/// # Errors
/// Never, unless the file in this repository is broken.
pub fn shipped_rules() -> Result<Vec<ShippedRule>> {
    let file: ShippedFile =
        toml::from_str(include_str!("shipped.toml")).map_err(|error| Error::bug(error.to_string()))?;
    Ok(file.cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Family;

    #[test]
    fn every_family_has_shipped_rules_and_no_rule_comes_twice() {
        let rules = shipped_rules().unwrap();
        for family in Family::ALL {
            assert!(rules.iter().any(|rule| rule.family == family.name()), "{}", family.name());
        }
        let mut names: Vec<_> = rules.iter().map(|rule| (&rule.family, &rule.code)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), rules.len());
    }
}
