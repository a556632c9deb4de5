//! The list of rules, from the configuration alone: what each needs, which are active, and why others are not.

use arrow::datatypes::Schema;
use dropoff::cause::{Rule, RuleBook, RuleOrigin, RuleState};
use dropoff::config::{Config, measure_fields};
use dropoff::query::Answer;
use dropoff::report::csv::csv;
use dropoff::schema::contact_fields;

use crate::project::{Project, ok};

const SOURCE: &str = r#"
[[source]]
name = "web"
files = "web-*"
format = "csv"
channel = "web"
[source.columns]
client = "client"
time = "time"
step = "step"
direction = "direction"
[source.measures]
load_ms = { column = "ms", type = "int" }
error_code = "error"
upload_failed = { column = "failed_uploads", type = "int" }
offer = "offer"
"#;

const OFF: &str = r#"[causes]
off = [
    "relational.too_many_reminders",
    "commercial.*",
]
"#;

const OWN: &str = r#"
[[cause]]
family = "technical"
code = "slow_page"
when = "load_ms > 2000"

[[cause]]
family = "relational"
code = "one_agent"
when = "agent = 'ann' and channel = 'phone' and position > 1"
"#;

fn contacts(config: &Config) -> Schema {
    Schema::new([contact_fields(), measure_fields(&config.sources)].concat())
}

fn config(toml: &str) -> Config {
    Project::new(toml).config
}

/// The shipped rule, or the user's own, of this code.
#[track_caller]
fn rule<'a>(list: &'a RuleBook, is_own: bool, code: &str) -> &'a Rule {
    let is_it = |rule: &&Rule| rule.code == code && (rule.origin != RuleOrigin::Shipped) == is_own;
    list.rules.iter().find(is_it).unwrap_or_else(|| panic!("`{code}` is not in the list"))
}

fn needs(rule: &Rule) -> Vec<String> {
    rule.needs.iter().map(ToString::to_string).collect()
}

/// The line of a text on which this stands.
fn line(toml: &str, text: &str) -> usize {
    toml.lines().position(|line| line.contains(text)).expect("the text is there") + 1
}

#[test]
fn a_shipped_rule_is_active_or_says_why_not() {
    let toml = format!("{OFF}{SOURCE}{OWN}");
    let list = ok(RuleBook::of(&config(&toml)));
    let state = |code: &str| rule(&list, false, code).state.clone();
    let is_not_mapped = |code: &str| matches!(state(code), RuleState::NotMapped);

    let error_shown = rule(&list, false, "error_shown");
    assert_eq!((error_shown.priority(), needs(error_shown)), (Some(3), vec!["error_code (text)".to_owned()]));
    let RuleState::Replaced { line: own } = state("slow_page") else { panic!("the user has one of that name") };
    assert_eq!(own, line(&toml, "load_ms > 2000"));
    for (code, text) in [("price_too_high", "commercial.*"), ("too_many_reminders", "too_many_reminders")] {
        let RuleState::Off { line: Some(off) } = state(code) else { panic!("`{code}` is switched off") };
        assert_eq!(off, line(&toml, text));
    }
    let RuleState::OtherType { found } = state("upload_failed") else { panic!("a number is no condition") };
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["upload_failed (int)"]);

    assert!(is_not_mapped("line_dropped") && is_not_mapped("promise_not_kept"));
    assert_eq!(rule(&list, false, "line_dropped").not_mapped, ["line_dropped"]);
    let promise = rule(&list, false, "promise_not_kept");
    assert_eq!(needs(promise), ["promised_by (time)", "direction (text)"]);
    assert_eq!(promise.not_mapped, ["promised_by"], "`direction` is mapped");
}

#[test]
fn an_own_rule_is_active_also_where_its_columns_are_not_mapped() {
    let toml = format!("{SOURCE}{OWN}");
    let list = ok(RuleBook::of(&config(&toml)));
    let slow_page = rule(&list, true, "slow_page");
    assert_eq!(slow_page.origin, RuleOrigin::Own { line: line(&toml, "load_ms > 2000") });
    assert_eq!((slow_page.priority(), slow_page.not_mapped.len()), (Some(1), 0));
    let one_agent = rule(&list, true, "one_agent");
    assert_eq!((one_agent.priority(), needs(one_agent)), (Some(2), vec!["agent (text)".to_owned()]));
    assert_eq!(one_agent.not_mapped, ["agent"]);
}

#[test]
fn the_active_rules_of_the_list_are_those_that_are_tested() {
    let many: String =
        (0..60).map(|n| format!("[[cause]]\nfamily = 'commercial'\ncode = 'c{n}'\nwhen = 'true'\n")).collect();
    for toml in [SOURCE.to_owned(), format!("{OFF}{SOURCE}{OWN}"), format!("{SOURCE}{many}{OWN}")] {
        let config = config(&toml);
        let book = ok(RuleBook::of(&config));
        let tested = ok(book.signals(&contacts(&config))).list;
        let tested: Vec<_> = (1_usize..).zip(&tested).map(|(place, rule)| (place, rule.family, &rule.code)).collect();
        let active: Vec<_> =
            book.rules.iter().filter_map(|rule| Some((rule.priority()?, rule.family, &rule.code))).collect();
        assert_eq!(active, tested);
    }
}

#[test]
fn there_is_no_place_for_a_shipped_rule_after_63_others() {
    let own: String =
        (0..63).map(|n| format!("[[cause]]\nfamily = 'commercial'\ncode = 'c{n}'\nwhen = 'true'\n")).collect();
    let list = ok(RuleBook::of(&config(&format!("{SOURCE}{own}"))));
    assert!(matches!(rule(&list, false, "going_in_circles").state, RuleState::LeftOut));
    assert_eq!(rule(&list, true, "c62").priority(), Some(63));
}

#[test]
fn all_shipped_rules_can_be_switched_off() {
    let list = ok(RuleBook::of(&config(&format!("[causes]\nshipped = false\n{SOURCE}"))));
    assert!(list.rules.iter().all(|rule| matches!(rule.state, RuleState::Off { line: None })), "{list:?}");
}

#[test]
fn a_name_that_no_shipped_rule_has_is_refused_with_its_line() {
    let toml = format!("[causes]\noff = [\n  'commercial.*',\n  'relational.too_many_reminder',\n]\n{SOURCE}");
    let error = RuleBook::of(&config(&toml)).expect_err("there is no such rule").to_string();
    for words in [
        "there is no shipped rule `relational.too_many_reminder`\n",
        "dropoff.toml:4\n",
        "`too_many_reminders`",
        "did you mean `relational.too_many_reminders`?",
    ] {
        assert!(error.contains(words), "`{words}` is not in\n{error}");
    }
}

#[test]
fn without_a_configuration_there_are_the_shipped_rules_and_what_they_need() {
    let list = ok(RuleBook::shipped());
    assert!(
        list.rules.iter().all(|rule| matches!(rule.state, RuleState::Unknown) && rule.origin == RuleOrigin::Shipped)
    );
    assert_eq!(needs(rule(&list, false, "slow_page")), ["load_ms (int)"]);
    assert_eq!(needs(rule(&list, false, "transferred_again_and_again")), ["agent (text)"]);
}

#[test]
fn the_list_is_a_table_too() {
    let toml = format!("{OFF}{SOURCE}{OWN}");
    let table = ok(ok(RuleBook::of(&config(&toml))).table());
    let text = String::from_utf8(ok(csv(&Answer::adhoc(table.schema(), vec![table])))).expect("CSV is UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "priority,family,cause,rule,origin,line,state,needs,not_mapped");
    let written = line(&toml, "load_ms > 2000");
    assert_eq!(lines[1], format!("1,technical,slow_page,load_ms > 2000,own,{written},active,load_ms (int),"));
    let line_dropped = ",technical,line_dropped,line_dropped,shipped,,not_mapped,line_dropped (bool),line_dropped";
    assert!(lines.contains(&line_dropped), "{text}");
}
