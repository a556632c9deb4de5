//! `[journey]`: when a journey begins and ends. Also the step patterns that `[report]` shares.

use super::span;
use super::walk::{Table, Value};
use crate::journey::{Rules, StepPattern};

const KEYS: [&str; 8] =
    ["gap", "visit_gap", "goals", "refusals", "withdrawals", "by_motive", "gap_by_motive", "mature_after"];
const PATTERN_KEYS: [&str; 2] = ["step", "channel"];
const DAY_US: i64 = 86_400_000_000;
const MINUTE_US: i64 = 60_000_000;

/// Reads `[journey]`, with this funnel: the rules, and how long before the horizon rates take what began. Defaults: a gap of 7 days, a
/// visit gap of 30 minutes, no patterns, not by motive; what is mature is found from the logs.
pub(super) fn read(root: &Table<'_>, funnel: Vec<StepPattern>) -> (Rules, Option<i64>) {
    let section = root.section("journey", "journey", &KEYS);
    let gaps = section.open_section("gap_by_motive", "journey.gap_by_motive");
    let rules = Rules {
        gap_us: section.get("gap").and_then(|value| gap_us(&value)).unwrap_or(7 * DAY_US),
        gap_by_motive_us: gaps.iter().filter_map(|(motive, gap)| Some(((*motive).to_owned(), gap_us(gap)?))).collect(),
        visit_gap_us: section.get("visit_gap").and_then(|value| gap_us(&value)).unwrap_or(30 * MINUTE_US),
        goals: patterns(&section, "goals"),
        refusals: patterns(&section, "refusals"),
        withdrawals: patterns(&section, "withdrawals"),
        by_motive: section.get("by_motive").and_then(|value| value.truth()).unwrap_or(false),
        funnel,
    };
    (rules, section.get("mature_after").and_then(|value| gap_us(&value)))
}

/// The list of step patterns under a key; empty where it is absent.
pub(super) fn patterns(section: &Table<'_>, key: &str) -> Vec<StepPattern> {
    let items = section.get(key).and_then(|value| value.list("a list of steps")).unwrap_or_default();
    items.iter().filter_map(pattern).collect()
}

/// `"signed"` or `{ step = "signed", channel = "agency" }`
fn pattern(value: &Value<'_>) -> Option<StepPattern> {
    let line = value.line();
    if value.is_table() {
        let table = value.table(&value.as_place(), &PATTERN_KEYS)?;
        let channel = table.get("channel").and_then(|value| value.text()).map(str::to_owned);
        let step = table.need("step")?.text()?.to_owned();
        return Some(StepPattern { step, channel, line });
    }
    match value.as_text().filter(|text| !text.trim().is_empty()) {
        Some(step) => Some(StepPattern { step: step.to_owned(), channel: None, line }),
        None => {
            value.refuse("a step such as \"signed\", or { step = \"signed\", channel = \"agency\" }");
            None
        }
    }
}

fn gap_us(value: &Value<'_>) -> Option<i64> {
    let gap_us = value.as_text().and_then(span::parse).filter(|gap_us| *gap_us > 0);
    if gap_us.is_none() {
        value.refuse("a span longer than zero, such as \"7d\", \"30m\" or \"1h30m\"");
    }
    gap_us
}
