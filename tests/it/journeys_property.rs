//! The engine equals the naive reference on random logs, however the log is cut into batches and partitions.
//!
//! Logs are those of `random_logs`; every column of `steps` and `journeys` is compared. Further: what the engine makes
//! does not depend on the cut, nor on which columns are asked for. `PROPTEST_CASES` sets the number of logs; 256 where
//! absent.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::engine_under_test::{self, Shape, Tables, columns_of};
use crate::random_logs::{Log, log};
use crate::reference;
use crate::sql::{rows, sorted_rows};

const TABLES: [&str; 2] = ["steps", "journeys"];

/// Settings for a property that takes `times` as long as the main one.
pub fn fewer_cases(times: u32) -> ProptestConfig {
    ProptestConfig::with_cases((ProptestConfig::default().cases / times).max(1))
}

fn shape() -> impl Strategy<Value = Shape> {
    (1..=20_usize, 1..=4_usize).prop_map(|(batch_rows, partitions)| Shape { batch_rows, partitions })
}

/// A table, and some of its columns.
fn some_columns() -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let of_table = |table: &'static str| (Just(table), subsequence(columns_of(table), 1..=6));
    prop_oneof![of_table(TABLES[0]), of_table(TABLES[1])]
}

/// These columns of the whole table, rows sorted.
fn columns_of_the_whole(whole: &[RecordBatch], columns: &[String]) -> Vec<Vec<String>> {
    let picked = whole.iter().map(|batch| {
        let places = columns.iter().map(|name| batch.schema().index_of(name).expect("a column"));
        batch.project(&places.collect::<Vec<_>>()).expect("columns")
    });
    sorted_rows(&picked.collect::<Vec<_>>())
}

/// The same columns where nothing else is asked for, rows sorted.
fn columns_alone(tables: &Tables, table: &str, columns: &[String]) -> Vec<Vec<String>> {
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    sorted_rows(&tables.sql(&format!("select {} from {table}", quoted.join(", "))))
}

proptest! {
    #[test]
    fn the_engine_equals_the_reference(log in log(), shape in shape()) {
        let found = engine_under_test::rebuild(&log.contacts, &log.rules, shape);
        prop_assert_eq!(found, reference::rebuild(&log.contacts, &log.rules));
    }
}

proptest! {
    #![proptest_config(fewer_cases(4))]

    /// To the last byte, ids included.
    #[test]
    fn the_tables_do_not_depend_on_the_shape(log in log(), shape in shape(), other in shape()) {
        let Log { contacts, rules } = log;
        let (one, two) = (Tables::of(&contacts, &rules, shape), Tables::of(&contacts, &rules, other));
        for table in TABLES {
            let all = format!("select * from {table}");
            prop_assert_eq!(sorted_rows(&one.sql(&all)), sorted_rows(&two.sql(&all)));
        }
    }

    #[test]
    fn journey_ids_are_distinct(log in log(), shape in shape()) {
        let tables = Tables::of(&log.contacts, &log.rules, shape);
        let ids = rows(&tables.sql("select journey_id from journeys"));
        let of_steps = rows(&tables.sql("select journey_id from steps"));
        let distinct: BTreeSet<_> = ids.iter().collect();
        prop_assert_eq!(distinct.len(), ids.len());
        prop_assert_eq!(distinct, of_steps.iter().collect::<BTreeSet<_>>());
    }

    #[test]
    fn counting_needs_no_column(log in log(), shape in shape()) {
        let tables = Tables::of(&log.contacts, &log.rules, shape);
        let expected = reference::rebuild(&log.contacts, &log.rules);
        for (table, count) in [("steps", expected.steps.len()), ("journeys", expected.journeys.len())] {
            let counted = rows(&tables.sql(&format!("select count(*) from {table}")));
            prop_assert_eq!(counted, vec![vec![count.to_string()]]);
        }
    }
}

proptest! {
    #![proptest_config(fewer_cases(8))]

    #[test]
    fn some_columns_are_those_of_the_whole_table(
        log in log(),
        shape in shape(),
        asked in prop::collection::vec(some_columns(), 1..=4),
    ) {
        let tables = Tables::of(&log.contacts, &log.rules, shape);
        for (table, columns) in asked {
            let whole = tables.sql(&format!("select * from {table}"));
            let expected = columns_of_the_whole(&whole, &columns);
            prop_assert_eq!(columns_alone(&tables, table, &columns), expected, "{:?} of {}", columns, table);
        }
    }
}

/// Nothing that a column takes is there only because another one was asked for.
#[test]
fn every_column_can_be_asked_for_alone() {
    let mut runner = TestRunner::deterministic();
    for partitions in [1, 2, 3] {
        let Log { contacts, rules } = log().new_tree(&mut runner).unwrap().current();
        let tables = Tables::of(&contacts, &rules, Shape { batch_rows: 7, partitions });
        for table in TABLES {
            let whole = tables.sql(&format!("select * from {table}"));
            for column in columns_of(table) {
                let columns = [column];
                let expected = columns_of_the_whole(&whole, &columns);
                assert_eq!(columns_alone(&tables, table, &columns), expected, "{} of {table}", columns[0]);
            }
        }
    }
}
