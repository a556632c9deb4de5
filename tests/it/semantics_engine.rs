//! The engine makes of every tiny client what the reference makes of it: `docs/semantics.md` holds for what is shipped.

use std::panic::catch_unwind;

use crate::engine_under_test::{Shape, rebuild};
use crate::semantics::clients;
use crate::tiny_clients::check;

/// Whole, and cut up: contact by contact, and in the middle of clients.
const SHAPES: [Shape; 3] = [
    Shape { batch_rows: 100, partitions: 1 },
    Shape { batch_rows: 1, partitions: 1 },
    Shape { batch_rows: 2, partitions: 3 },
];

#[test]
fn the_engine_tells_every_tiny_client_the_same() {
    let differs = |name: &str, text: &str| {
        let told = |shape: Shape| check(name, text, |contacts, rules| rebuild(contacts, rules, shape));
        SHAPES.into_iter().any(|shape| catch_unwind(|| told(shape)).is_err())
    };
    let all = clients();
    assert!(!all.is_empty());
    let wrong = all.iter().filter(|&&(name, _, text)| differs(name, text)).map(|&(name, _, _)| name);
    let wrong: Vec<&str> = wrong.collect();
    assert!(wrong.is_empty(), "the engine tells these otherwise (see above): {}", wrong.join(", "));
}
