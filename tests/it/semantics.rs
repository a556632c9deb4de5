//! The journey rules: `docs/semantics.md` is the test.
//!
//! In: the page, read anew in every run, so that a change of it needs no compilation. Its clients are one table, and
//! [`hold`] holds whatever rebuilds journeys to it. Fails with all that is wrong with the page, else with every client
//! that is told otherwise: its name and rule, the line of the page, what was expected and what was found.

mod page;

use crate::project::repository;
use crate::reference::rebuild;
use crate::tiny_clients::difference;
use page::Client;

const PAGE: &str = "docs/semantics.md";

/// The chapters that something else tests: passages and evidence are counted by reports, whose twins in `tests/slt` tell
/// other clients.
const WITHOUT_CLIENTS: [&str; 1] = ["Passages and evidence"];

/// All tiny clients, in the order of the page.
fn clients() -> Vec<Client> {
    let text = std::fs::read_to_string(repository(PAGE)).expect("the page is there");
    page::read(&text, &WITHOUT_CLIENTS)
        .unwrap_or_else(|wrong| panic!("{PAGE} is not what it should be\n  {}", wrong.join("\n  ")))
}

/// Fails with all clients for which something was `found` that differs from what the page tells.
pub fn hold(found: impl Fn(&Client) -> Option<String>) {
    let clients = clients();
    let told = |client: &Client| {
        let Client { name, rule, line, .. } = client;
        found(client).map(|found| format!("{PAGE}:{line} `{name}` {rule}\n{found}\n"))
    };
    let wrong: Vec<String> = clients.iter().filter_map(told).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} clients are told otherwise\n\n{}",
        wrong.len(),
        clients.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_reference_tells_every_tiny_client_the_same() {
    hold(|client| difference(&client.lines, rebuild));
}
