//! Record batches sorted by client → batches of whole clients.
//!
//! The last client of a batch may go on in the next one, so its rows wait. Everything before it is passed on as it is,
//! without copying; only the rows of a client cut in two are put together.

use arrow::array::{Array, AsArray, FixedSizeBinaryArray, RecordBatch};

use crate::error::{Error, Result};

/// Rows of the client that the last batch ended with.
#[derive(Debug, Default)]
pub(super) struct WholeClients {
    waiting: Vec<RecordBatch>,
}

impl WholeClients {
    /// Takes the next batch; returns the clients that are complete now.
    pub fn push(&mut self, batch: RecordBatch) -> Result<Vec<RecordBatch>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let mut complete = Vec::with_capacity(2);
        let ids = client_ids(&batch)?;
        let mut first = 0;
        if let Some(waiting) = self.waiting.last() {
            let waiting_ids = client_ids(waiting)?;
            let id = waiting_ids.value(waiting_ids.len() - 1);
            first = rows_until(ids, |other| other == id);
            if first == batch.num_rows() {
                self.waiting.push(batch);
                return Ok(complete);
            }
            let mut parts = std::mem::take(&mut self.waiting);
            if first > 0 {
                parts.push(batch.slice(0, first));
            }
            complete.push(joined(parts)?);
        }
        let last_id = ids.value(ids.len() - 1);
        let last = rows_until(ids, |other| other != last_id);
        if last > first {
            complete.push(batch.slice(first, last - first));
        }
        self.waiting.push(batch.slice(last, batch.num_rows() - last));
        Ok(complete)
    }

    /// The last client, once there are no more batches.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>> {
        let parts = std::mem::take(&mut self.waiting);
        if parts.is_empty() { Ok(None) } else { joined(parts).map(Some) }
    }
}

fn client_ids(batch: &RecordBatch) -> Result<&FixedSizeBinaryArray> {
    batch
        .column_by_name("client")
        .and_then(|column| column.as_fixed_size_binary_opt())
        .ok_or_else(|| Error::bug("contacts without a client of 16 bytes"))
}

/// How many rows at the start are `same`, by halving: after the first that is not, none may be.
fn rows_until(ids: &FixedSizeBinaryArray, same: impl Fn(&[u8]) -> bool) -> usize {
    let (mut low, mut high) = (0, ids.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if same(ids.value(middle)) { low = middle + 1 } else { high = middle }
    }
    low
}

fn joined(mut parts: Vec<RecordBatch>) -> Result<RecordBatch> {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return Ok(only);
    }
    let schema = parts.first().map(RecordBatch::schema).ok_or_else(|| Error::bug("no rows to join"))?;
    Ok(arrow::compute::concat_batches(&schema, &parts)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::FixedSizeBinaryBuilder;
    use arrow::datatypes::{Field, Schema};

    use super::*;

    fn batch(clients: &[u8]) -> RecordBatch {
        let mut ids = FixedSizeBinaryBuilder::new(16);
        clients.iter().for_each(|&client| ids.append_value([client; 16]).unwrap());
        let schema = Schema::new(vec![Field::new("client", crate::schema::id(), true)]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ids.finish())]).unwrap()
    }

    fn sizes(batches: &[RecordBatch]) -> Vec<usize> {
        batches.iter().map(RecordBatch::num_rows).collect()
    }

    #[test]
    fn a_client_is_passed_on_once_the_next_one_begins() {
        let mut clients = WholeClients::default();
        assert_eq!(sizes(&clients.push(batch(&[1, 1, 2, 3, 3])).unwrap()), [3]);
        assert_eq!(sizes(&clients.push(batch(&[3, 3])).unwrap()), [0; 0]);
        assert_eq!(sizes(&clients.push(batch(&[3, 4, 5])).unwrap()), [5, 1]);
        assert_eq!(sizes(&clients.push(batch(&[6])).unwrap()), [1]);
        assert_eq!(clients.finish().unwrap().unwrap().num_rows(), 1);
        assert!(clients.finish().unwrap().is_none());
    }
}
