//! A scenario file as it is written, before it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::scenario::End;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioSheet {
    pub gap: String,
    pub visit_gap: String,
    pub returning: f64,
    pub duplicates: f64,
    pub without_client: f64,
    pub company_contacts: f64,
    pub motives: Vec<String>,
    pub start: Vec<WaySheet>,
    #[serde(default)]
    pub channel: BTreeMap<String, ChannelSheet>,
    pub point: Vec<PointSheet>,
    #[serde(default)]
    pub cause: Vec<CauseSheet>,
    #[serde(default)]
    pub letter: Vec<LetterSheet>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaySheet {
    pub point: String,
    pub weight: f64,
    #[serde(default)]
    pub retry: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelSheet {
    pub duration_s: Option<[i32; 2]>,
    #[serde(default)]
    pub agents: u16,
    #[serde(default)]
    pub sites: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointSheet {
    pub channel: String,
    pub step: String,
    #[serde(default)]
    pub drop: f64,
    #[serde(default)]
    pub next: Vec<WaySheet>,
    pub end: Option<End>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CauseSheet {
    pub family: String,
    pub code: String,
    #[serde(default)]
    pub at: Vec<String>,
    pub channel: Option<String>,
    pub exposure: f64,
    pub ratio: f64,
    pub measure: String,
    pub met: [i32; 2],
    #[serde(rename = "else")]
    pub otherwise: Option<[i32; 2]>,
    pub when: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LetterSheet {
    pub channel: String,
    pub step: String,
    pub weight: f64,
}
