//! The engine makes of every tiny client what the page tells: `docs/semantics.md` holds for what is shipped.

use crate::engine_under_test::{Shape, rebuild};
use crate::semantics::hold;
use crate::tiny_clients::difference;

/// Whole, and cut up: contact by contact, and in the middle of clients.
const SHAPES: [Shape; 3] = [
    Shape { batch_rows: 100, partitions: 1 },
    Shape { batch_rows: 1, partitions: 1 },
    Shape { batch_rows: 2, partitions: 3 },
];

#[test]
fn the_engine_tells_every_tiny_client_the_same() {
    hold(|client| {
        SHAPES.into_iter().find_map(|shape| {
            let found = difference(&client.lines, |contacts, rules| rebuild(contacts, rules, shape))?;
            Some(format!("{shape:?}\n{found}"))
        })
    });
}
