//! `dropoff causes`

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::printer::Printer;
use crate::cause::{Need, Rule, RuleBook, RuleOrigin, RuleState, ShippedMeasure, shipped_measures};
use crate::config;
use crate::error::Result;
use crate::journey::Family;
use crate::query::Answer;
use crate::report::{csv, json};
use crate::schema::plain_type;
use crate::visible::one_line;

/// Lines are no longer than this, nor than the terminal is wide.
const WIDEST: usize = 100;
const NARROWEST: usize = 60;

/// List the rules that may explain a drop-off: what each needs, and whether it is active
///
/// Your own rules and the shipped ones, by family. A shipped rule is active where the columns it needs are mapped,
/// unless it is switched off. Nothing has to be ingested; without a configuration, the shipped rules are listed with
/// what they need.
#[derive(Debug, Args)]
pub(super) struct Causes {
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

/// What the list is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// Text for a terminal
    Table,
    Csv,
    Json,
}

pub(super) fn run(command: Causes, config: &Path, printer: &Printer) -> Result<()> {
    // Without a configuration there are the shipped ones; one that was named must be there.
    let is_default = config == Path::new("dropoff.toml");
    let book = if is_default && !config.exists() {
        printer.say("there is no `dropoff.toml` here: these are the shipped rules");
        RuleBook::shipped()?
    } else {
        RuleBook::of(&config::load(config)?)?
    };
    if command.format == ListFormat::Table {
        let width = printer.width().unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        let file = config.display().to_string();
        return printer.answer(Page { rules: &book.rules, file: &file, width }.text(&shipped_measures()?));
    }
    let table = book.table()?;
    let answer = Answer::adhoc(table.schema(), vec![table]);
    printer.data(&if command.format == ListFormat::Csv { csv::csv(&answer)? } else { json::json(&answer)? })
}

/// The list as text.
struct Page<'a> {
    rules: &'a [Rule],
    /// The configuration, as mistakes call it.
    file: &'a str,
    width: usize,
}

impl Page<'_> {
    /// The rules by family, in the order in which they are tested, then the measures that shipped rules look for.
    fn text(&self, measures: &[ShippedMeasure]) -> String {
        let mut text = self.heading();
        for family in Family::ALL {
            let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.family == family).collect();
            if !rules.is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "\n{}", family.name());
            }
            rules.into_iter().for_each(|rule| self.rule(rule, &mut text));
        }
        let _ = writeln!(text, "\nmeasures that shipped rules look for");
        let name_width = longest(measures.iter().map(|measure| measure.name.as_str()));
        for measure in measures {
            let kind = plain_type(measure.field().data_type());
            let _ = writeln!(text, "  {:name_width$}  {kind:5}  {}", measure.name, measure.help);
        }
        text
    }

    fn heading(&self) -> String {
        let all = self.rules.len();
        if self.rules.iter().all(|rule| matches!(rule.state, RuleState::Unknown)) {
            return format!("{all} rules are shipped; a rule is active where the columns it needs are mapped\n");
        }
        let active = self.rules.iter().filter(|rule| rule.priority().is_some()).count();
        format!("{active} of {all} rules are active: those with a number, 1 before 2\n")
    }

    /// Number, code and condition; under the condition what there is to say about the rule.
    fn rule(&self, rule: &Rule, text: &mut String) {
        let number = rule.priority().map_or_else(String::new, |priority| priority.to_string());
        let code_width = longest(self.rules.iter().map(|rule| rule.code.as_str())).min(32);
        let indent = 2 + 2 + 2 + code_width + 2;
        let width = self.width.saturating_sub(indent);
        let lines = wrap(&one_line(&rule.when), width).into_iter().chain(wrap(&self.notes(rule).join("; "), width));
        for (place, line) in lines.enumerate() {
            let _ = match place {
                0 => writeln!(text, "  {number:>2}  {:code_width$}  {line}", rule.code),
                _ => writeln!(text, "{:indent$}{line}", ""),
            };
        }
    }

    fn notes(&self, rule: &Rule) -> Vec<String> {
        let mut notes = Vec::new();
        if let RuleOrigin::Own { line } = rule.origin {
            notes.push(format!("your own ({})", self.place(line)));
        }
        if !rule.needs.is_empty() {
            notes.push(format!("needs {}", listed(&rule.needs)));
        }
        if !rule.not_mapped.is_empty() {
            notes.push(format!("not mapped: {}", rule.not_mapped.join(", ")));
        }
        match &rule.state {
            RuleState::Replaced { line } => notes.push(format!("replaced by your own ({})", self.place(*line))),
            RuleState::Off { line: Some(line) } => notes.push(format!("switched off ({})", self.place(*line))),
            RuleState::Off { line: None } => notes.push("switched off (`causes.shipped`)".to_owned()),
            RuleState::OtherType { found } => notes.push(format!("does not fit: {}", listed(found))),
            RuleState::LeftOut => notes.push("left out: there are too many rules before it".to_owned()),
            RuleState::Active { .. } | RuleState::NotMapped | RuleState::Unknown => {}
        }
        notes
    }

    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
    }
}

/// `load_ms (int), agent (text)`
fn listed(needs: &[Need]) -> String {
    needs.iter().map(Need::to_string).collect::<Vec<String>>().join(", ")
}

fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// Lines of at most `width`, broken at spaces; none for a text that says nothing.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::expression::Compiler;

    fn rule(code: &str, when: &str, origin: RuleOrigin, state: RuleState) -> Rule {
        let (family, code, when) = (Family::Technical, code.to_owned(), when.to_owned());
        let needs = vec![Need { column: "load_ms".to_owned(), kind: "int".to_owned() }];
        Rule { family, code, when, origin, needs, not_mapped: Vec::new(), state }
    }

    fn active() -> RuleState {
        let columns = std::sync::Arc::new(Schema::new(vec![Field::new("load_ms", DataType::Int64, true)]));
        let condition = Compiler::new().compile_condition("load_ms > 2000", &columns).unwrap();
        RuleState::Active { priority: 1, condition }
    }

    fn page(rules: &[Rule], width: usize) -> String {
        Page { rules, file: "dropoff.toml", width }.text(&[])
    }

    #[test]
    fn a_rule_says_what_it_needs_and_what_stands_in_its_way() {
        let (shipped, own) = (RuleOrigin::Shipped, RuleOrigin::Own { line: 37 });
        let load_ms = Need { column: "load_ms".to_owned(), kind: "bool".to_owned() };
        let not_mapped = vec!["load_ms".to_owned()];
        let rules = [
            rule("slow_page", "load_ms\n  > 2000", own, active()),
            rule("slow_page", "load_ms > 4000", shipped, RuleState::Replaced { line: 37 }),
            rule("loaded", "load_ms > 0", shipped, RuleState::Off { line: Some(4) }),
            Rule { not_mapped, ..rule("very_slow", "load_ms > 9000", shipped, RuleState::NotMapped) },
            rule("fast", "load_ms < 9", shipped, RuleState::OtherType { found: vec![load_ms] }),
        ];
        assert_eq!(
            page(&rules, 100),
            "\
1 of 5 rules are active: those with a number, 1 before 2

technical
   1  slow_page  load_ms > 2000
                 your own (dropoff.toml:37); needs load_ms (int)
      slow_page  load_ms > 4000
                 needs load_ms (int); replaced by your own (dropoff.toml:37)
      loaded     load_ms > 0
                 needs load_ms (int); switched off (dropoff.toml:4)
      very_slow  load_ms > 9000
                 needs load_ms (int); not mapped: load_ms
      fast       load_ms < 9
                 needs load_ms (int); does not fit: load_ms (bool)

measures that shipped rules look for
"
        );
    }

    #[test]
    fn no_line_is_longer_than_the_width() {
        let when = "channel in ('web', 'app') and load_ms > 4000 and previous_channel = 'phone'".repeat(3);
        let long = rule("slow_page", &when, RuleOrigin::Shipped, RuleState::LeftOut);
        let shown = page(&[long], 60);
        assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    }

    #[test]
    fn without_a_configuration_the_shipped_rules_say_what_they_need() {
        let shipped = RuleBook::shipped().unwrap().rules;
        let shown = Page { rules: &shipped, file: "dropoff.toml", width: WIDEST }.text(&shipped_measures().unwrap());
        assert!(shown.lines().all(|line| line.chars().count() <= WIDEST), "{shown}");
        assert!(shown.contains(" needs load_ms (int)\n") && !shown.contains("not mapped"), "{shown}");
    }
}
