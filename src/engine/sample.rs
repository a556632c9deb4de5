//! A sample of clients: the same in every run, and no more of the store is read than it takes.

/// The end of a sample of about `wanted` of `rows` contacts, as SQL compares clients with it. Pseudonyms are spread evenly, so that
/// those below one of them are a sample of clients.
pub(super) fn end_of_sample(rows: usize, wanted: f64) -> String {
    let share = (wanted / rows.max(1) as f64).min(1.0);
    let end = (share * u128::MAX as f64) as u128;
    format!("arrow_cast(X'{end:032x}', 'FixedSizeBinary(16)')")
}
