//! Where a contact lies: buckets are ranges of pseudonyms, so bucket order is client order.
//!
//! A data file of `contacts` holds one range of clients from one ingest, sorted. Its name says which:
//! `{first slice}-{last slice}-{ingest}.parquet`, a slice being one of 256 equal ranges of the pseudonym space, and `none`
//! for contacts without a client; one that was written again without some of its rows ends in the number of the ingest that did so. A
//! bucket is 16 slices; a file never crosses the edge of a bucket.

use crate::error::{Error, Result};

/// Equal ranges of the pseudonym space.
pub(super) const SLICES: usize = 256;

/// Slices of one bucket: the unit that is read side by side.
pub(super) const SLICES_PER_BUCKET: usize = 16;

/// Buckets of a store.
pub(super) const BUCKETS: usize = SLICES / SLICES_PER_BUCKET;

/// The slice of a client.
#[inline]
pub(super) fn slice_of(client: u128) -> usize {
    (client >> 120) as usize
}

/// What the name of a data file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Slices `first..=last`.
    Clients {
        first: usize,
        last: usize,
    },
    WithoutClient,
}

impl Place {
    /// Name of the data file that `ingest` writes at this place.
    pub fn file_name(self, ingest: i64) -> String {
        match self {
            Place::Clients { first, last } => format!("{first:02x}-{last:02x}-{ingest:06}.parquet"),
            Place::WithoutClient => format!("none-{ingest:06}.parquet"),
        }
    }

    /// Name of the data file that takes the place of one of `ingest`, written again by ingest `by`.
    pub fn rewritten_file_name(self, ingest: i64, by: i64) -> String {
        let name = self.file_name(ingest);
        format!("{}-{by:06}.parquet", name.trim_end_matches(".parquet"))
    }

    /// Reads a file name back: the place and the ingest whose rows it holds.
    pub fn parse(name: &str) -> Result<(Place, i64)> {
        let parsed = || {
            let mut parts = name.strip_suffix(".parquet")?.split('-');
            let first = parts.next()?;
            let place = if first == "none" {
                Place::WithoutClient
            } else {
                let slice = |text: &str| usize::from_str_radix(text, 16).ok().filter(|&slice| slice < SLICES);
                Place::Clients { first: slice(first)?, last: slice(parts.next()?)? }
            };
            let ingest = parts.next()?.parse().ok()?;
            let by: Option<i64> = parts.next().map(|by| by.parse().ok()).unwrap_or(Some(0));
            by.filter(|_| parts.next().is_none()).map(|_| (place, ingest))
        };
        parsed().ok_or_else(|| {
            Error::environment(format!("`{name}` is not a file of a dropoff store"))
                .fact("expected", "00-0f-000001.parquet")
        })
    }

    /// The bucket; `None` without client.
    pub fn bucket(self) -> Option<usize> {
        match self {
            Place::Clients { first, .. } => Some(first / SLICES_PER_BUCKET),
            Place::WithoutClient => None,
        }
    }
}

/// The first bucket of each of `partitions` runs of buckets, as even as can be; at most one run per bucket.
pub(super) fn partition_starts(partitions: usize) -> Vec<usize> {
    let partitions = partitions.clamp(1, BUCKETS);
    (0..partitions).map(|partition| partition * BUCKETS / partitions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for place in [Place::Clients { first: 0x10, last: 0x1f }, Place::WithoutClient] {
            assert_eq!(Place::parse(&place.file_name(12)).unwrap(), (place, 12));
            assert_eq!(Place::parse(&place.rewritten_file_name(12, 13)).unwrap(), (place, 12));
        }
        assert!(Place::parse("part-000.parquet").is_err());
    }

    #[test]
    fn partitions_cover_all_buckets_evenly() {
        assert_eq!(partition_starts(1), [0]);
        assert_eq!(partition_starts(2), [0, 8]);
        assert_eq!(partition_starts(3), [0, 5, 10]);
        assert_eq!(partition_starts(99).len(), BUCKETS);
    }

    #[test]
    fn a_slice_is_the_first_byte() {
        assert_eq!(slice_of(0xff << 120), 255);
        assert_eq!(slice_of(1 << 120), 1);
    }
}
