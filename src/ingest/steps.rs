//! Which of the steps that the configuration names some contact has had. A goal that none has is misspelt, or has not
//! been reached yet.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::journey::StepPattern;

/// Steps that are remembered.
const MOST_SEEN: usize = 10_000;

/// The named steps, as contacts come by.
pub(super) struct NamedSteps {
    /// Those that no contact has had so far, each with its role, such as `goal`.
    pub absent: Vec<(&'static str, StepPattern)>,
    /// Steps that came by while some were looked for: among them may be the one that was meant.
    pub seen: BTreeSet<String>,
    /// Step and channel of the others.
    met: BTreeSet<(String, Option<String>)>,
}

impl NamedSteps {
    /// `noted`: what [`NamedSteps::text`] said after the last ingest.
    pub fn new(config: &Config, noted: Option<&str>) -> Self {
        let met: BTreeSet<(String, Option<String>)> =
            noted.and_then(|noted| serde_json::from_str(noted).ok()).unwrap_or_default();
        let named = config.named_steps().into_iter();
        let named = named.flat_map(|(what, patterns)| patterns.iter().map(move |pattern| (what, pattern.clone())));
        let absent = named.filter(|(_, pattern)| !met.contains(&key(pattern))).collect();
        NamedSteps { absent, seen: BTreeSet::new(), met }
    }

    /// Looks at the next contacts.
    pub fn look(&mut self, contacts: &RecordBatch) -> Result<()> {
        if self.absent.is_empty() || contacts.num_rows() == 0 {
            return Ok(());
        }
        let (step, channel) = (WordColumn::of(contacts, "step")?, WordColumn::of(contacts, "channel")?);
        let is_met = |(_, pattern): &(_, StepPattern)| {
            step.has(&pattern.step)
                && (0..contacts.num_rows()).any(|row| pattern.matches(channel.word(row), step.word(row)))
        };
        let (now, absent) = std::mem::take(&mut self.absent).into_iter().partition(is_met);
        self.absent = absent;
        self.met.extend(now.iter().map(|(_, pattern): &(_, StepPattern)| key(pattern)));
        for step in step.words.iter().flatten() {
            if self.seen.len() < MOST_SEEN && !self.seen.contains(step) {
                self.seen.insert(step.to_owned());
            }
        }
        Ok(())
    }

    /// What is to be said of those that are absent.
    pub fn absences(&self, config: &Config) -> Vec<String> {
        let absence = |(what, pattern): &(&'static str, StepPattern)| {
            pattern.absence(what, &config.path, self.seen.iter().map(String::as_str))
        };
        self.absent.iter().map(absence).collect()
    }

    /// The steps that were met, to be noted.
    pub fn text(&self) -> String {
        serde_json::json!(self.met).to_string()
    }
}

fn key(pattern: &StepPattern) -> (String, Option<String>) {
    (pattern.step.clone(), pattern.channel.clone())
}

/// A column of words.
struct WordColumn<'a> {
    places: &'a arrow::array::Int32Array,
    words: &'a StringArray,
}

impl<'a> WordColumn<'a> {
    fn of(contacts: &'a RecordBatch, name: &str) -> Result<Self> {
        let column = contacts.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")))?;
        let words = column.as_dictionary::<Int32Type>();
        Ok(WordColumn { places: words.keys(), words: words.values().as_string() })
    }

    /// Whether the dictionary has this word: most steps that are looked for are in few batches.
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == Some(word))
    }

    fn word(&self, row: usize) -> Option<&'a str> {
        self.places.is_valid(row).then(|| self.words.value(self.places.value(row) as usize))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray};

    use super::*;

    fn contacts(rows: &[(Option<&str>, &str)]) -> RecordBatch {
        let step: DictionaryArray<Int32Type> = rows.iter().map(|(step, _)| *step).collect();
        let channel: DictionaryArray<Int32Type> = rows.iter().map(|(_, channel)| Some(*channel)).collect();
        RecordBatch::try_from_iter([("step", Arc::new(step) as ArrayRef), ("channel", Arc::new(channel) as ArrayRef)])
            .unwrap()
    }

    fn absent(steps: &NamedSteps) -> Vec<&str> {
        steps.absent.iter().map(|(_, pattern)| pattern.step.as_str()).collect()
    }

    #[test]
    fn a_step_is_met_on_its_channel_and_stays_met() {
        let pattern = |step: &str, channel: Option<&str>| {
            ("goal", StepPattern { step: step.to_owned(), channel: channel.map(str::to_owned), line: 1 })
        };
        let absent_now = vec![pattern("paid", None), pattern("signed", Some("agency")), pattern("signd", None)];
        let mut steps = NamedSteps { absent: absent_now, seen: BTreeSet::new(), met: BTreeSet::new() };
        steps.look(&contacts(&[(Some("signed"), "web"), (None, "agency"), (Some("home"), "web")])).unwrap();
        assert_eq!(absent(&steps), ["paid", "signed", "signd"]);
        steps.look(&contacts(&[(Some("paid"), "web"), (Some("signed"), "agency")])).unwrap();
        assert_eq!(absent(&steps), ["signd"]);
        assert!(steps.seen.contains("home"));
        assert_eq!(steps.text(), r#"[["paid",null],["signed","agency"]]"#);
    }
}
