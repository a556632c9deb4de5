//! The journey rules as tiny clients, one test each: `docs/semantics.md` as a program.
//!
//! In: the clients of the chapters below, told in the language of `tiny_clients`. Fails where the reference makes
//! something else of a client than its lines say, or where the page and the tests are not in step. [`clients`] is the
//! whole table; whatever else rebuilds journeys can be held to it with `tiny_clients::check`.

use crate::tiny_clients::lines;

/// A tiny client: name, the rule in words, the lines.
pub type Client = (&'static str, &'static str, &'static str);

/// Makes a test of each client, and the table `CLIENTS`.
macro_rules! clients {
    ($(#[doc = $rule:literal] $name:ident = $text:literal;)*) => {
        pub const CLIENTS: &[crate::semantics::Client] = &[$((stringify!($name), $rule, $text)),*];

        $(
            #[doc = $rule]
            #[test]
            fn $name() {
                crate::tiny_clients::check(stringify!($name), $text, crate::reference::rebuild);
            }
        )*
    };
}

mod boundary;
mod cause;
mod company;
mod context;
mod key;
mod maturity;
mod status;
mod visit;

/// All tiny clients, in the order of the page.
pub fn clients() -> Vec<Client> {
    [
        key::CLIENTS,
        boundary::CLIENTS,
        status::CLIENTS,
        company::CLIENTS,
        visit::CLIENTS,
        maturity::CLIENTS,
        context::CLIENTS,
        cause::CLIENTS,
    ]
    .concat()
}

/// Every client stands in a row of the page, with its rule and its lines, and every row of the page is a client here.
#[test]
fn the_page_and_the_tests_say_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/semantics.md");
    let page = std::fs::read_to_string(path).expect("docs/semantics.md is there");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let named: Vec<&str> = rows.iter().filter_map(|row| row.split('`').nth(1)).collect();
    let names: Vec<&str> = clients().iter().map(|(name, _, _)| *name).collect();
    assert_eq!(named, names, "rows of docs/semantics.md, clients of tests/it/semantics");
    for (row, (name, rule, text)) in rows.iter().zip(clients()) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells[1], rule.trim(), "the rule of `{name}` in docs/semantics.md");
        let told: Vec<&str> = cells[2..].iter().flat_map(|cell| cell.split("<br>")).collect();
        assert_eq!(told, lines(text), "the lines of `{name}` in docs/semantics.md");
    }
}
