//! A sample of clients: the same in every run, and no more of the store is read than it takes.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ident, lit};

/// Whether a row is of a sample of about `wanted` of `rows` contacts. Pseudonyms are spread evenly, so that those below one of them
/// are a sample of clients.
pub(super) fn is_in_sample(rows: usize, wanted: f64) -> Expr {
    let share = (wanted / rows.max(1) as f64).min(1.0);
    let end = (share * u128::MAX as f64) as u128;
    ident("client").lt(lit(ScalarValue::FixedSizeBinary(16, Some(end.to_be_bytes().to_vec()))))
}
