//! `[causes]` and `[[cause]]`: the user's rules, in order of priority, and whether the shipped ones follow.

use std::collections::BTreeMap;

use super::model::{CauseConfig, CauseRule, Family};
use super::walk::Table;

const KEYS: [&str; 1] = ["shipped"];
const RULE_KEYS: [&str; 3] = ["family", "code", "when"];

/// Each rule takes one bit of the 64-bit `signals` columns, whose sign bit stays free.
const MOST_RULES: usize = 63;

/// Reads the rules. A condition stays text: it is checked against the columns where rules are compiled.
pub(super) fn read(root: &Table<'_>) -> CauseConfig {
    let section = root.section("causes", "causes", &KEYS);
    let shipped = section.get("shipped").and_then(|value| value.truth()).unwrap_or(true);
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
    CauseConfig { shipped, rules }
}

fn rule(table: &Table<'_>) -> Option<CauseRule> {
    let families = Family::ALL.map(|family| (family.name(), family));
    let family = table.need("family").and_then(|value| value.choice(&families));
    let code = table.need("code").and_then(|value| value.text());
    let when = table.need("when").and_then(|value| value.sql());
    Some(CauseRule { family: family?, code: code?.to_owned(), when: when? })
}
