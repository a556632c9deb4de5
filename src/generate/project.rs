//! The `dropoff.toml` of generated logs: the scenario's rules and causes, and what the columns mean.

use std::fmt::Write;
use std::path::Path;

use super::layout::Layout;
use super::log::{LOGS, unwritable};
use super::row::Column;
use super::scenario::{End, Scenario};
use crate::cause::RuleBook;
use crate::config;
use crate::error::{Error, Result};

const FILE: &str = "dropoff.toml";

/// Writes the configuration into `folder`, and checks it as every command does.
///
/// # Errors
/// Where it cannot be written, or something of the scenario does not fit into a configuration.
pub(super) fn write(folder: &Path, scenario: &Scenario, layouts: &[Layout]) -> Result<()> {
    let path = folder.join(FILE);
    let text = text(scenario, layouts).map_err(|error| Error::bug(error.to_string()))?;
    std::fs::write(&path, text).map_err(|error| unwritable(&path, &error.to_string()))?;
    let config = config::load(&path)?;
    RuleBook::of(&config)?;
    Ok(())
}

fn text(scenario: &Scenario, layouts: &[Layout]) -> std::result::Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "# Logs made by `dropoff generate`. What is to be found in them stands in `truth`.\n")?;
    writeln!(text, "[store]\npath = \"store\"\n")?;
    writeln!(text, "[journey]")?;
    writeln!(text, "gap         = {}", quoted(&scenario.gap.text))?;
    writeln!(text, "visit_gap   = {}", quoted(&scenario.visit_gap.text))?;
    writeln!(text, "goals       = [{}]", ends(scenario, End::Completed))?;
    writeln!(text, "refusals    = [{}]", ends(scenario, End::Refused))?;
    writeln!(text, "withdrawals = [{}]", ends(scenario, End::Withdrawn))?;
    for layout in layouts {
        source(&mut text, layout)?;
    }
    writeln!(text, "\n[causes]\nshipped = false")?;
    for cause in &scenario.causes {
        writeln!(text, "\n[[cause]]")?;
        writeln!(text, "family = {}", quoted(cause.family.name()))?;
        writeln!(text, "code   = {}", quoted(&cause.code))?;
        writeln!(text, "when   = {}", quoted(&cause.when))?;
    }
    Ok(text)
}

/// The points that end a journey so.
fn ends(scenario: &Scenario, end: End) -> String {
    let points = scenario.points.iter().filter(|point| point.end == Some(end)).map(|point| {
        let channel = &scenario.channels[point.channel].name;
        format!("{{ step = {}, channel = {} }}", quoted(&point.step), quoted(channel))
    });
    points.collect::<Vec<_>>().join(", ")
}

fn source(text: &mut String, layout: &Layout) -> std::fmt::Result {
    let (source, ending) = (&layout.source, layout.ending());
    writeln!(text, "\n[[source]]")?;
    writeln!(text, "name    = {}", quoted(source))?;
    writeln!(text, "files   = {}", quoted(&format!("{LOGS}/{source}-*.{ending}")))?;
    writeln!(text, "format  = {}", quoted(ending))?;
    writeln!(text, "duplicates = \"drop\"")?;
    if !layout.columns.contains(&Column::Channel) {
        writeln!(text, "channel = {}", quoted(source))?;
    }
    writeln!(text, "[source.columns]")?;
    let mut measures = Vec::new();
    for (column, name) in layout.columns.iter().zip(&layout.names) {
        match contact_column(*column) {
            Some(key) => writeln!(text, "{key} = {}", quoted(name))?,
            None => measures.push(name),
        }
    }
    if !measures.is_empty() {
        writeln!(text, "[source.measures]")?;
    }
    for name in measures {
        writeln!(text, "{name} = {{ column = {}, type = \"int\" }}", quoted(name))?;
    }
    Ok(())
}

/// The key under `[source.columns]`; none for measures.
fn contact_column(column: Column) -> Option<&'static str> {
    match column {
        Column::Client => Some("client"),
        Column::Time => Some("time"),
        Column::Channel => Some("channel"),
        Column::Step => Some("step"),
        Column::Motive => Some("motive"),
        Column::Agent => Some("agent"),
        Column::Site => Some("site"),
        Column::Duration => Some("duration"),
        Column::Direction => Some("direction"),
        Column::Measure(_) => None,
    }
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
