//! A page of rules as a table of tiny clients.
//!
//! In: the text of the page. Out: its clients, in its order. A client is a line with its name and its rule, and right
//! below it a block with its lines, in the language of `tiny_clients`:
//!
//! ````text
//! **`key_1`** All contacts of a client are one journey, whatever the channel.
//! ```text
//! Mon 10:00 web basket → journey 1, visit 1, silent
//! journey 1: dropped at web basket
//! ```
//! ````
//!
//! Fails with all that would leave something of the page unread, each with its line: a name without block, a block
//! without name, of another kind or without end, a name that comes twice, a number that is missing, a chapter without
//! clients.

use std::collections::BTreeMap;
use std::iter::{Enumerate, Peekable};
use std::str::Lines;

use crate::tiny_clients::lines;

const OPENS: &str = "```text";
const CLOSES: &str = "```";

/// A tiny client of the page.
pub struct Client {
    /// Such as `key_1`.
    pub name: String,
    /// The rule in words.
    pub rule: String,
    /// Where its name stands on the page, from 1.
    pub line: usize,
    /// With single spaces.
    pub lines: Vec<String>,
}

/// A chapter of the page, and how many clients it has.
struct Chapter<'a> {
    title: &'a str,
    line: usize,
    clients: usize,
}

/// Reads a page, of which the chapters `without_clients` have none.
pub fn read(page: &str, without_clients: &[&str]) -> Result<Vec<Client>, Vec<String>> {
    let mut clients: Vec<Client> = Vec::new();
    let mut wrong = Vec::new();
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    let mut rest = page.lines().enumerate().peekable();
    while let Some((index, text)) = rest.next() {
        let line = index + 1;
        if text.starts_with("##") {
            chapters.push(Chapter { title: text.trim_start_matches('#').trim(), line, clients: 0 });
        } else if let Some((name, rule)) = name_and_rule(text) {
            chapters.last_mut().into_iter().for_each(|chapter| chapter.clients += 1);
            match block(&mut rest) {
                Ok(lines) => clients.push(Client { name: name.to_owned(), rule: rule.to_owned(), line, lines }),
                Err(problem) => wrong.push(format!("line {line}: `{name}` {problem}")),
            }
        } else if is_fence(text) {
            wrong.push(format!("line {line}: a block without name: the line above is not **`name`** and the rule"));
            rest.by_ref().find(|(_, text)| is_fence(text));
        }
    }
    wrong.extend(wrong_names(&clients));
    wrong.extend(wrong_chapters(&chapters, without_clients));
    if wrong.is_empty() { Ok(clients) } else { Err(wrong) }
}

/// Takes ``**`key_1`** The rule.`` apart.
fn name_and_rule(text: &str) -> Option<(&str, &str)> {
    let (name, rule) = text.strip_prefix("**`")?.split_once("`** ")?;
    Some((name, rule.trim()))
}

fn is_fence(text: &str) -> bool {
    ["```", "~~~"].iter().any(|fence| text.trim_start().starts_with(fence))
}

/// The lines of the block that comes next, or what is wrong with it.
fn block(rest: &mut Peekable<Enumerate<Lines<'_>>>) -> Result<Vec<String>, String> {
    if rest.next_if(|(_, text)| *text == OPENS).is_none() {
        return Err(format!("has no block: the next line is not {OPENS}"));
    }
    let mut inside = String::new();
    for (_, text) in rest {
        if text == CLOSES {
            return Ok(lines(&inside));
        }
        if is_fence(text) {
            break;
        }
        inside += text;
        inside.push('\n');
    }
    Err(format!("has a block without end: no line is {CLOSES}"))
}

/// A name is a word and a number. The numbers of a word go from 1 upwards, so that a client that was lost leaves a gap.
fn wrong_names(clients: &[Client]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut words: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
    for Client { name, line, .. } in clients {
        let parts = name.rsplit_once('_').and_then(|(word, number)| Some((word, number.parse::<usize>().ok()?)));
        match parts {
            None => wrong.push(format!("line {line}: `{name}` is not a word, `_` and a number")),
            Some((word, number)) => {
                if let Some(first) = words.entry(word).or_default().insert(number, *line) {
                    wrong.push(format!("line {line}: `{name}` stands in line {first} already"));
                }
            }
        }
    }
    for (word, numbers) in words {
        let last = numbers.last_key_value().map_or(0, |(last, _)| *last);
        let missing = (1..=last).filter(|number| !numbers.contains_key(number));
        wrong.extend(missing.map(|number| format!("`{word}_{number}` is missing: there is `{word}_{last}`")));
    }
    wrong
}

fn wrong_chapters(chapters: &[Chapter<'_>], without_clients: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Chapter { title, line, clients } in chapters {
        match (*clients > 0, without_clients.contains(title)) {
            (false, false) => wrong.push(format!("line {line}: the chapter `{title}` has no clients")),
            (true, true) => wrong.push(format!("line {line}: the chapter `{title}` has clients, and should have none")),
            _ => {}
        }
    }
    let unknown = without_clients.iter().filter(|title| !chapters.iter().any(|chapter| chapter.title == **title));
    wrong.extend(unknown.map(|title| format!("there is no chapter `{title}`")));
    if chapters.is_empty() {
        wrong.push("there is no chapter".to_owned());
    }
    wrong
}

const SMALL: &str = "\
# Rules

## Key

**`key_1`** All are one.
```text
Mon 10:00 web   basket → journey 1, visit 1, silent,
                         position=1
journey 1: dropped at web basket
```

**`key_2`** Two are two.
```text
Mon 10:00 phone menu → no journey
```

## Evidence
";

#[test]
fn a_client_is_read_with_its_rule_and_its_line() {
    let clients = read(SMALL, &["Evidence"]).unwrap();
    let [first, second] = clients.as_slice() else { panic!("{} clients", clients.len()) };
    assert_eq!((first.name.as_str(), first.rule.as_str(), first.line), ("key_1", "All are one.", 5));
    let told = ["Mon 10:00 web basket → journey 1, visit 1, silent, position=1", "journey 1: dropped at web basket"];
    assert_eq!(first.lines, told);
    assert_eq!((second.name.as_str(), second.line), ("key_2", 12));
}

/// Each change of the page, and the first mistake that is then found.
#[test]
fn nothing_of_the_page_goes_unread() {
    let cases = [
        ("**`key_2`**", "`key_2`", "line 13: a block without name: the line above is not **`name`** and the rule"),
        ("two.\n```text", "two.\n\n```text", "line 12: `key_2` has no block: the next line is not ```text"),
        ("two.\n```text", "two.\n```", "line 12: `key_2` has no block: the next line is not ```text"),
        ("two.\n```text", "two.\n~~~", "line 12: `key_2` has no block: the next line is not ```text"),
        ("basket\n```\n", "basket\n", "line 5: `key_1` has a block without end: no line is ```"),
        ("no journey\n```\n", "no journey\n", "line 12: `key_2` has a block without end: no line is ```"),
        ("key_2", "key", "line 12: `key` is not a word, `_` and a number"),
        ("key_2", "key_1", "line 12: `key_1` stands in line 5 already"),
        ("key_2", "key_3", "`key_2` is missing: there is `key_3`"),
        ("## Evidence", "## Order\n## Evidence", "line 17: the chapter `Order` has no clients"),
        ("## Evidence", "", "there is no chapter `Evidence`"),
        ("## Key\n", "## Key\n## Evidence\n", "line 3: the chapter `Key` has no clients"),
    ];
    for (old, new, expected) in cases {
        assert!(SMALL.contains(old), "{old}");
        let wrong = read(&SMALL.replace(old, new), &["Evidence"]).err().unwrap_or_default();
        assert_eq!(wrong.first().map(String::as_str), Some(expected), "{old:?} is now {new:?}: {wrong:?}");
    }
    assert_eq!(read("", &[]).err(), Some(vec!["there is no chapter".to_owned()]));
}
