//! Asking SQL from a test: waiting for an answer, and the answer as text.
//!
//! In: futures, record batches. Out: rows of cells, each as text, empty for null. It panics where a cell cannot be shown.

use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// Runs work to its end, on the one runtime of all tests.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

/// The cells of all rows, in their order.
pub fn rows(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| array_value_to_string(column, row).expect("a cell"));
            rows.push(cells.collect());
        }
    }
    rows
}

/// The cells of all rows, in an order that depends on nothing else: for comparing tables whose rows come as they come.
pub fn sorted_rows(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = rows(batches);
    rows.sort();
    rows
}
