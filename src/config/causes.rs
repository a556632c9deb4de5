//! `[causes]` and `[[cause]]`: the user's rules, in order of priority, and which of the shipped ones follow.

use std::collections::BTreeMap;

use super::model::{CauseConfig, CauseRule, RulePattern, StratumColumn};
use super::walk::{Table, Value, one_of};
use crate::journey::Family;

const KEYS: [&str; 3] = ["shipped", "off", "strata"];
const RULE_KEYS: [&str; 3] = ["family", "code", "when"];

/// Each rule takes one bit of the 64-bit `signals` columns, whose sign bit stays free.
const MOST_RULES: usize = 63;

/// Reads the rules. A condition stays text: it is checked against the columns where rules are compiled, and so are the
/// names of shipped rules.
pub(super) fn read(root: &Table<'_>) -> CauseConfig {
    let section = root.section("causes", "causes", &KEYS);
    let shipped = section.get("shipped").and_then(|value| value.truth()).unwrap_or(true);
    let off = section.get("off").and_then(|value| value.list("a list of shipped rules")).unwrap_or_default();
    let off = off.iter().filter_map(pattern).collect();
    let strata =
        section.get("strata").and_then(|value| value.list("a list of `motive` and `segment`")).unwrap_or_default();
    let strata =
        strata.iter().filter_map(|value| value.choice(&StratumColumn::ALL.map(|stratum| (stratum.name(), stratum))));
    let strata = strata.collect();
    let tables = root.sections("cause", &RULE_KEYS);
    let mut rules = Vec::new();
    let mut first_lines: BTreeMap<(Family, String), usize> = BTreeMap::new();
    for table in &tables {
        let Some(rule) = rule(table) else { continue };
        let name = (rule.family, rule.code.clone());
        if let Some(first_line) = first_lines.get(&name) {
            let message = format!("cause `{}` of family `{}` is given twice", rule.code, rule.family.name());
            table.report(table.mistake(message).fact("first", table.document().place_of(*first_line)));
        } else {
            first_lines.insert(name, table.line());
        }
        rules.push(rule);
    }
    if let Some(table) = tables.get(MOST_RULES) {
        let mistake = table.mistake("too many `[[cause]]` rules").fact("found", tables.len().to_string());
        table.report(mistake.fact("expected", format!("at most {MOST_RULES}")));
    }
    CauseConfig { shipped, off, strata, rules }
}

fn rule(table: &Table<'_>) -> Option<CauseRule> {
    let families = Family::ALL.map(|family| (family.name(), family));
    let family = table.need("family").and_then(|value| value.choice(&families));
    let code = table.need("code").and_then(|value| value.text());
    let when = table.need("when").and_then(|value| value.sql());
    Some(CauseRule { family: family?, code: code?.to_owned(), when: when? })
}

/// `"relational.too_many_reminders"` or `"commercial.*"`
fn pattern(value: &Value<'_>) -> Option<RulePattern> {
    let halves = value.as_text().and_then(|text| text.split_once('.')).filter(|(_, code)| !code.trim().is_empty());
    let Some((name, code)) = halves else {
        value.refuse("a shipped rule such as \"relational.too_many_reminders\", or a family such as \"commercial.*\"");
        return None;
    };
    let Some(family) = Family::ALL.into_iter().find(|family| family.name() == name) else {
        let names = Family::ALL.map(Family::name);
        value.report(value.unknown("family", name).fact("expected", one_of(&names)).did_you_mean(name, names));
        return None;
    };
    Some(RulePattern { family, code: (code != "*").then(|| code.to_owned()), line: value.line() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file::parse;

    fn pattern(family: Family, code: Option<&str>, line: usize) -> RulePattern {
        RulePattern { family, code: code.map(str::to_owned), line }
    }

    #[test]
    fn shipped_rules_are_switched_off_one_by_one_or_by_family() {
        let text = "[causes]\noff = [\n  'relational.long_wait',\n  'commercial.*',\n]\n";
        let source = "[[source]]\nname = 'a'\nfiles = 'a.csv'\nchannel = 'web'\n";
        let columns = "[source.columns]\nclient = 'id'\ntime = 'at'\n";
        let config = parse(&format!("{text}{source}{columns}"), Path::new("x.toml")).unwrap();
        let [long_wait, commercial] = config.causes.off.as_slice() else { panic!("two patterns") };
        assert_eq!(*long_wait, pattern(Family::Relational, Some("long_wait"), 3));
        assert_eq!(*commercial, pattern(Family::Commercial, None, 4));
        let (technical, relational) = (Family::Technical, Family::Relational);
        assert!(long_wait.covers(relational, "long_wait") && !long_wait.covers(relational, "not_recognised"));
        assert!(commercial.covers(Family::Commercial, "price_too_high") && !commercial.covers(technical, "slow_page"));
        assert!(config.causes.shipped);
    }

    #[test]
    fn what_names_no_family_is_refused_on_its_line() {
        let text = "[causes]\noff = [\n  'comercial.*',\n  'long_wait',\n  'technical.',\n  7,\n]\n";
        let error = parse(text, Path::new("x.toml")).unwrap_err();
        let mistakes: Vec<(&str, &str)> = error
            .mistakes()
            .iter()
            .map(|mistake| (mistake.facts[0].1.as_str(), mistake.message.as_str()))
            .filter(|(place, _)| *place != "x.toml")
            .collect();
        let expected = [
            ("x.toml:3", "unknown family `comercial` in `[causes]`"),
            ("x.toml:4", "wrong value for `off` in `[causes]`"),
            ("x.toml:5", "wrong value for `off` in `[causes]`"),
            ("x.toml:6", "wrong value for `off` in `[causes]`"),
        ];
        assert_eq!(mistakes, expected);
        assert!(error.to_string().contains("did you mean `commercial`?"), "{error}");
    }
}
