//! What the configuration names and the contacts do not have: not wrong, but worth saying.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch};

use super::Engine;
use crate::config::Config;
use crate::error::Result;
use crate::journey::StepPattern;

/// Points, of those with most contacts, among which the one is looked for that was meant.
const MOST_POINTS: usize = 10_000;

/// Files of which every row was rejected.
const UNREAD_FILES: &str = "select source, file from files group by source, file \
    having sum(rejected) > 0 and sum(kept) + sum(duplicates) = 0 order by source, file limit 5";

impl Engine {
    /// One line for a configuration without goals, and for each goal, refusal, withdrawal and funnel step that occurs in no contact;
    /// for rates that leave much out; and for cases that name several clients.
    pub async fn warnings(&self, config: &Config) -> Result<Vec<String>> {
        let mut warnings = self.oddities.clone();
        let unread = self.sql(UNREAD_FILES).await?.1;
        for (source, files) in names(&unread)? {
            warnings.push(format!(
                "nothing of `{files}` could be read (source `{source}`): none of its rows is in any figure"
            ));
        }
        let maturity = self.maturity();
        if maturity.is_below_the_gap && maturity.has_any {
            warnings.push(format!(
                "rates count what began {} before the horizon, which is less than the gap: hardly a drop-off can be known there, and drop-off rates are far too low; bring more logs, or see `[journey] mature_after`",
                maturity.after(),
            ));
        } else if maturity.has_many_open() {
            warnings.push(format!(
                "{} of the mature journeys ({} before the horizon) are still open: rates leave them out, and may be off (`[journey] mature_after`)",
                maturity.open_percent(),
                maturity.after(),
            ));
        }
        for stale in self.stale.iter().filter(|stale| !stale.is_only_more) {
            let keys: Vec<&str> = stale.keys.iter().map(String::as_str).collect();
            warnings.push(format!(
                "`{}` is configured otherwise than when {} of its files were read ({}): their rows are as they were read then",
                stale.source,
                stale.files.len(),
                keys.join(", "),
            ));
        }
        let split = self.split_cases();
        if split > 0 {
            let name = if split == 1 { "1 case names".to_owned() } else { format!("{split} cases name") };
            warnings.push(format!("{name} several clients: rates leave out what each client has of it, counts do not"));
        }
        if config.rules.goals.is_empty() {
            let why = "no goal is configured, so every journey that ends counts as dropped";
            warnings.push(format!("{why} ({}, `[journey] goals`)", config.path.display()));
        }
        warnings.extend(self.absent_steps(config).await?);
        Ok(warnings)
    }

    /// One line for each goal, refusal, withdrawal and funnel step of the configuration that occurs in no contact.
    pub async fn absent_steps(&self, config: &Config) -> Result<Vec<String>> {
        let named = config.named_steps();
        let steps: BTreeSet<&str> =
            named.iter().flat_map(|(_, patterns)| *patterns).map(|pattern| pattern.step.as_str()).collect();
        let listed: Vec<String> = steps.iter().map(|step| format!("'{}'", step.replace('\'', "''"))).collect();
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let condition = format!("where step in ({}) group by channel, step", listed.join(", "));
        let points = self.points(&condition).await?;
        let occurs = |pattern: &StepPattern| {
            points.iter().any(|(channel, step)| pattern.matches(Some(channel.as_str()), Some(step.as_str())))
        };
        let mut near: Option<Vec<(String, String)>> = None;
        let mut warnings = Vec::new();
        for (what, patterns) in named {
            for pattern in patterns.iter().filter(|pattern| !occurs(pattern)) {
                let near = match &mut near {
                    Some(known) => known,
                    none => none.insert(
                        self.points(&format!(
                            "group by channel, step order by count(*) desc, step, channel limit {MOST_POINTS}"
                        ))
                        .await?,
                    ),
                };
                warnings.push(pattern.absence(what, &config.path, near.iter().map(|(_, step)| step.as_str())));
            }
        }
        Ok(warnings)
    }

    /// Channels and steps of contacts; `rest` follows the table in SQL.
    async fn points(&self, rest: &str) -> Result<Vec<(String, String)>> {
        let (_, batches) = self.sql(&format!("select channel, step from contacts {rest}")).await?;
        names(&batches)
    }
}

/// Rows of two texts; those without the second are left out.
fn names(batches: &[RecordBatch]) -> Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    for batch in batches {
        let text = |place: usize| arrow::compute::cast(batch.column(place), &arrow::datatypes::DataType::Utf8);
        let (first, second) = (text(0)?, text(1)?);
        let (first, second) = (first.as_string::<i32>(), second.as_string::<i32>());
        let name = |row: usize| if first.is_valid(row) { first.value(row).to_owned() } else { String::new() };
        let whole = (0..batch.num_rows()).filter(|&row| second.is_valid(row));
        names.extend(whole.map(|row| (name(row), second.value(row).to_owned())));
    }
    Ok(names)
}
