//! `[report]`: the funnel, the user's own reports, the zone of shown times.

use std::path::Path;

use chrono_tz::Tz;

use super::journey::patterns;
use super::model::ReportConfig;
use super::timezone;
use super::walk::Table;
use crate::journey::StepPattern;

const KEYS: [&str; 3] = ["funnel", "queries", "timezone"];

/// Reads `[report]`, and the funnel apart. The folder of queries starts from `folder`; the zone is UTC by default.
pub(super) fn read(root: &Table<'_>, folder: &Path) -> (ReportConfig, Vec<StepPattern>) {
    let section = root.section("report", "report", &KEYS);
    let report = ReportConfig {
        queries: section.get("queries").and_then(|value| value.text()).map(|queries| folder.join(queries)),
        timezone: section.get("timezone").and_then(|value| timezone::read(&value)).unwrap_or(Tz::UTC),
    };
    (report, patterns(&section, "funnel"))
}
