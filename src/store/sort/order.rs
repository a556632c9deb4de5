//! The order of contacts: by client, then by time, ties as they came; contacts without a client last, by time.

use arrow::array::{Array, AsArray, FixedSizeBinaryArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;

use crate::error::{Error, Result};
use crate::store::layout::{SLICES, slice_of};

/// The columns that are sorted by.
pub(in crate::store) struct SortKeys {
    clients: FixedSizeBinaryArray,
    times: TimestampMicrosecondArray,
}

impl SortKeys {
    pub fn of(rows: &RecordBatch) -> Result<Self> {
        let column =
            |name: &str| rows.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
        Ok(SortKeys {
            clients: column("client")?.as_fixed_size_binary().clone(),
            times: column("started_at")?.as_primitive::<TimestampMicrosecondType>().clone(),
        })
    }

    pub fn client(&self, row: usize) -> Option<u128> {
        let bytes = self.clients.is_valid(row).then(|| self.clients.value(row))?;
        Some(u128::from_be_bytes(bytes.try_into().ok()?))
    }

    pub fn time(&self, row: usize) -> i64 {
        self.times.value(row)
    }

    fn part(&self, row: usize) -> usize {
        self.client(row).map_or(SLICES, slice_of)
    }
}

/// The part that a run keeps of each slice of clients; the last is that of contacts without a client.
pub(super) const PARTS: usize = SLICES + 1;

/// A row that is sorted: half of the client, start, batch, row in the batch. Half of the client nearly always tells
/// clients apart, and is half the memory to move.
type SortEntry = (u64, i64, u32, u32);

/// The rows of several batches in order.
pub(super) struct Order {
    /// Place among the rows of all batches, one after the other.
    pub rows: Vec<u32>,
    /// First row of each part, then the number of rows.
    pub starts: Vec<usize>,
}

/// Sorts the rows of several batches.
pub(super) fn sorted(batches: &[RecordBatch]) -> Result<Order> {
    let keys = batches.iter().map(SortKeys::of).collect::<Result<Vec<_>>>()?;
    let rows = || {
        let of_batch = |(batch, rows): (usize, &RecordBatch)| (0..rows.num_rows()).map(move |row| (batch, row));
        batches.iter().enumerate().flat_map(of_batch)
    };
    let mut starts = vec![0; PARTS + 1];
    rows().for_each(|(batch, row)| starts[keys[batch].part(row) + 1] += 1);
    (0..PARTS).for_each(|part| starts[part + 1] += starts[part]);

    let mut next = starts.clone();
    let mut entries: Vec<SortEntry> = vec![(0, 0, 0, 0); starts[PARTS]];
    for (batch, row) in rows() {
        let keys = &keys[batch];
        let client = keys.client(row).map_or(0, |client| (client >> 64) as u64);
        let place = &mut next[keys.part(row)];
        entries[*place] = (client, keys.time(row), batch as u32, row as u32);
        *place += 1;
    }
    let whole = |entry: &SortEntry| keys[entry.2 as usize].client(entry.3 as usize);
    for bounds in starts.windows(2) {
        let part = &mut entries[bounds[0]..bounds[1]];
        if !part.is_sorted() {
            part.sort_unstable();
        }
        for same_half in part.chunk_by_mut(|one, other| one.0 == other.0) {
            if same_half.iter().any(|entry| whole(entry) != whole(&same_half[0])) {
                same_half.sort_unstable_by_key(|entry| (whole(entry), *entry));
            }
        }
    }
    let mut first_rows = vec![0];
    first_rows.extend(batches.iter().scan(0, |rows, batch| {
        *rows += batch.num_rows() as u32;
        Some(*rows)
    }));
    let rows = entries.into_iter().map(|(_, _, batch, row)| first_rows[batch as usize] + row).collect();
    Ok(Order { rows, starts })
}
