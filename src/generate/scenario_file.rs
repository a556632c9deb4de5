//! A scenario file → a checked scenario: the one that comes with dropoff, or the user's own.
//!
//! Fails where the file cannot be read or is not TOML of this form, and with everything in it that contradicts itself.

use std::path::Path;

use super::scenario::Scenario;
use super::scenario_check::check;
use super::sheet::ScenarioSheet;
use crate::error::{Error, Result};

impl Scenario {
    /// The scenario that comes with dropoff.
    ///
    /// # Errors
    /// Never, unless the file in this repository is broken.
    pub fn shipped() -> Result<Scenario> {
        parse(include_str!("scenario.toml"), "scenario.toml")
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// With everything in it that contradicts itself.
    pub fn load(path: &Path) -> Result<Scenario> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::user(format!("cannot read the scenario `{shown}`")).fact("found", error.to_string())
        })?;
        parse(&text, &shown)
    }
}

fn parse(text: &str, shown: &str) -> Result<Scenario> {
    let sheet: ScenarioSheet = toml::from_str(text).map_err(|error| {
        Error::user(format!("`{shown}` is not a scenario")).fact("problem", error.to_string().trim_end())
    })?;
    check(sheet, shown)
}

#[cfg(test)]
mod tests {
    use super::super::scenario::End;
    use super::*;
    use crate::journey::Family;

    #[test]
    fn the_shipped_scenario_uses_every_family_and_every_end() {
        let scenario = Scenario::shipped().unwrap();
        for family in Family::ALL {
            assert!(scenario.causes.iter().any(|cause| cause.family == family), "{}", family.name());
        }
        for end in [End::Completed, End::Refused, End::Withdrawn] {
            assert!(scenario.points.iter().any(|point| point.end == Some(end)), "{end:?}");
        }
        assert!(scenario.without_effects().causes.iter().all(|cause| cause.ratio == 1.0));
    }

    /// The mistakes of the shipped scenario after a change.
    fn mistakes(from: &str, to: &str) -> Vec<String> {
        let shipped = include_str!("scenario.toml");
        assert!(shipped.contains(from), "{from}");
        let error = parse(&shipped.replacen(from, to, 1), "x.toml").unwrap_err();
        error.mistakes().iter().map(|mistake| mistake.message.clone()).collect()
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(mistakes("weight = 6", "weight = 0"), ["a weight is not above 0"]);
        assert_eq!(mistakes("point = \"web.home\"", "point = \"web.hom\""), ["there is no point `web.hom`"]);
        assert_eq!(mistakes("duplicates       = 0.002", "duplicates = 1.5"), ["`duplicates` is no share"]);
        assert_eq!(mistakes("step    = \"home\"", "step = \"ho me\"")[0], "`ho me` is no plain name");
        assert_eq!(mistakes("end     = \"refused\"", "drop = 0.1"), ["point `agency.credit_refused` leads nowhere"]);
        assert_eq!(mistakes("ratio    = 4.0", "ratio = 0.0"), ["the ratio of `technical.error_shown` is not above 0"]);
        assert_eq!(mistakes("gap              = \"7d\"", "gap = \"7 days\""), ["`gap` is no span"]);
        assert_eq!(mistakes("family   = \"technical\"", "family = \"tecnical\""), ["unknown family `tecnical`"]);
        assert_eq!(mistakes("returning ", "retruning "), ["`x.toml` is not a scenario"]);
    }
}
