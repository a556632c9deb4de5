//! The families of causes.

use serde::Deserialize;

/// The five families of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Technical,
    Ergonomic,
    Relational,
    Commercial,
    Organisational,
}

impl Family {
    pub const ALL: [Family; 5] =
        [Family::Technical, Family::Ergonomic, Family::Relational, Family::Commercial, Family::Organisational];

    /// The name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Family::Technical => "technical",
            Family::Ergonomic => "ergonomic",
            Family::Relational => "relational",
            Family::Commercial => "commercial",
            Family::Organisational => "organisational",
        }
    }
}
