//! The account of the rows of a chunk, a file, or a source.

use std::ops::AddAssign;

/// What became of rows: `read = kept + skipped + rejected + duplicates`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Empty lines excluded.
    pub read: i64,
    pub kept: i64,
    pub skipped: i64,
    pub rejected: i64,
    /// Rows that were not stored, as an equal row is.
    pub duplicates: i64,
    /// Kept rows that name no client.
    pub without_client: i64,
    /// Kept rows that start at a local time that comes twice, as where clocks go back.
    pub ambiguous_times: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        let Counts { read, kept, skipped, rejected, duplicates, without_client, ambiguous_times } = other;
        self.read += read;
        self.kept += kept;
        self.skipped += skipped;
        self.rejected += rejected;
        self.duplicates += duplicates;
        self.without_client += without_client;
        self.ambiguous_times += ambiguous_times;
    }
}
