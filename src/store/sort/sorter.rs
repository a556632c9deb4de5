//! Collects contacts, sorts them run by run, and hands them back.
//!
//! Fails where a run cannot be written or read back.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use tempfile::TempDir;

use super::merge::MergedRuns;
use super::sorted_run::{SortedRun, cannot_write};
use crate::error::{Error, Result};

/// Collects contacts and hands them back sorted, part by part.
pub(in crate::store) struct Sorter {
    /// Runs are kept in a folder of their own under this one.
    folder: PathBuf,
    budget_bytes: usize,
    memory: Vec<RecordBatch>,
    memory_bytes: usize,
    runs: Vec<SortedRun>,
    /// The run that is being sorted, while more is collected.
    sorting: Option<JoinHandle<Result<SortedRun>>>,
    scratch: Option<TempDir>,
}

impl Sorter {
    /// `budget_bytes`: contacts collected before they are sorted and written to disk.
    pub fn new(folder: &Path, budget_bytes: usize) -> Self {
        Sorter {
            folder: folder.to_owned(),
            budget_bytes,
            memory: Vec::new(),
            memory_bytes: 0,
            runs: Vec::new(),
            sorting: None,
            scratch: None,
        }
    }

    /// Takes a batch. Batches come in the order that breaks ties.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.memory_bytes += batch.get_array_memory_size();
        self.memory.push(batch);
        if self.memory_bytes >= self.budget_bytes { self.sort_in_the_background() } else { Ok(()) }
    }

    /// Sorts what is left; nothing can be pushed any more.
    pub fn finish(mut self) -> Result<Sorted> {
        if self.scratch.is_some() {
            self.sort_in_the_background()?;
            self.wait()?;
        } else if !self.memory.is_empty() {
            self.runs.push(SortedRun::in_memory(std::mem::take(&mut self.memory))?);
        }
        Ok(Sorted { runs: std::mem::take(&mut self.runs), _scratch: self.scratch.take() })
    }

    fn sort_in_the_background(&mut self) -> Result<()> {
        self.wait()?;
        let batches = std::mem::take(&mut self.memory);
        self.memory_bytes = 0;
        if batches.is_empty() {
            return Ok(());
        }
        let scratch = match self.scratch.take() {
            Some(scratch) => scratch,
            None => {
                let made = tempfile::Builder::new().prefix(".sorting-").tempdir_in(&self.folder);
                made.map_err(|error| cannot_write(&self.folder, &error))?
            }
        };
        let path = scratch.path().join(format!("{}.arrow", self.runs.len()));
        self.scratch = Some(scratch);
        self.sorting = Some(std::thread::spawn(move || SortedRun::on_disk(batches, &path)));
        Ok(())
    }

    /// Takes over the run that is being sorted.
    fn wait(&mut self) -> Result<()> {
        if let Some(sorting) = self.sorting.take() {
            let run = sorting.join().map_err(|_| Error::bug("sorting contacts panicked"))??;
            self.runs.push(run);
        }
        Ok(())
    }
}

impl Drop for Sorter {
    /// The folder of runs must not go while one is written to it.
    fn drop(&mut self) {
        if let Some(sorting) = self.sorting.take() {
            let _ = sorting.join();
        }
    }
}

/// Sorted contacts; several threads may read different parts of them.
pub(in crate::store) struct Sorted {
    runs: Vec<SortedRun>,
    _scratch: Option<TempDir>,
}

impl Sorted {
    /// Reads parts, one after the other.
    pub fn reader(&self) -> Result<MergedRuns> {
        MergedRuns::new(&self.runs)
    }

    /// How many rows a part has.
    pub fn rows(&self, part: usize) -> usize {
        self.runs.iter().map(|run| run.rows(part)).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, DictionaryArray, FixedSizeBinaryBuilder, Int64Array, TimestampMicrosecondArray};
    use arrow::datatypes::{Field, Int32Type, Int64Type, Schema};
    use proptest::prelude::*;

    use super::super::order::{PARTS, SortKeys};
    use super::*;
    use crate::schema;

    /// Client and time; the rows of a batch.
    type Rows = Vec<(Option<u128>, i64)>;

    /// `number` is the place among all rows, from 0.
    fn batch(rows: &Rows, first_number: i64) -> RecordBatch {
        let mut clients = FixedSizeBinaryBuilder::new(16);
        for (client, _) in rows {
            match client {
                Some(client) => clients.append_value(client.to_be_bytes()).unwrap(),
                None => clients.append_null(),
            }
        }
        let times =
            TimestampMicrosecondArray::from_iter_values(rows.iter().map(|(_, time)| *time)).with_timezone("UTC");
        let numbers = Int64Array::from_iter_values((first_number..).take(rows.len()));
        let words: Vec<String> = rows.iter().map(|(_, time)| format!("step {time}")).collect();
        let words: DictionaryArray<Int32Type> = words.iter().map(String::as_str).collect();
        let fields = vec![
            Field::new("client", schema::id(), true),
            Field::new("started_at", schema::moment(), false),
            Field::new("number", arrow::datatypes::DataType::Int64, false),
            Field::new("step", schema::word(), true),
        ];
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(clients.finish()), Arc::new(times), Arc::new(numbers), Arc::new(words)];
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }

    /// The numbers of the rows as they come back, and the rows of each piece.
    fn sorted_back(batches: &[Rows], budget_bytes: usize, piece_rows: usize) -> (Vec<i64>, Vec<RecordBatch>) {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path(), budget_bytes);
        let mut number = 0;
        for rows in batches {
            sorter.push(batch(rows, number)).unwrap();
            number += rows.len() as i64;
        }
        let sorted = sorter.finish().unwrap();
        let mut merge = sorted.reader().unwrap();
        let mut pieces = Vec::new();
        for part in 0..PARTS {
            merge.go_to(part).unwrap();
            let before = pieces.len();
            while let Some(piece) = merge.next_piece(piece_rows).unwrap() {
                pieces.push(piece);
            }
            let rows: usize = pieces[before..].iter().map(RecordBatch::num_rows).sum();
            assert_eq!(rows, sorted.rows(part));
        }
        let numbers = pieces
            .iter()
            .flat_map(|piece| piece.column_by_name("number").unwrap().as_primitive::<Int64Type>().values().to_vec());
        (numbers.collect(), pieces)
    }

    /// Few clients and times, so that there are ties; some clients share their first half.
    fn any_rows() -> impl Strategy<Value = Rows> {
        let client = proptest::option::weighted(0.8, (0u128..4, 0u128..3).prop_map(|(high, low)| (high << 126) | low));
        proptest::collection::vec((client, 0i64..4), 0..40)
    }

    proptest! {
        #[test]
        fn rows_come_back_as_a_stable_sort_has_them(
            batches in proptest::collection::vec(any_rows(), 1..8),
            budget_bytes in prop_oneof![Just(1usize), Just(4_000), Just(1 << 20)],
            piece_rows in 1usize..30,
        ) {
            let mut expected: Vec<(Option<u128>, i64)> = batches.concat();
            let (numbers, pieces) = sorted_back(&batches, budget_bytes, piece_rows);
            let mut order: Vec<i64> = (0..expected.len() as i64).collect();
            order.sort_by_key(|&number| {
                let (client, time) = expected[number as usize];
                (client.is_none(), client, time)
            });
            prop_assert_eq!(&numbers, &order);
            expected.sort_by_key(|&(client, time)| (client.is_none(), client, time));

            // Rows of one client and time are in one piece, and every word is still with its row.
            let keys: Vec<Vec<(Option<u128>, i64)>> = pieces.iter().map(|piece| {
                let keys = SortKeys::of(piece).unwrap();
                (0..piece.num_rows()).map(|row| (keys.client(row), keys.time(row))).collect()
            }).collect();
            prop_assert!(keys.windows(2).all(|pair| pair[0].last() != pair[1].first()));
            prop_assert_eq!(keys.concat(), expected);
            for (piece, keys) in pieces.iter().zip(&keys) {
                let words = arrow::compute::cast(piece.column_by_name("step").unwrap(), &arrow::datatypes::DataType::Utf8).unwrap();
                let words = words.as_string::<i32>();
                let is_with_its_row = |(row, key): (usize, &(Option<u128>, i64))| words.value(row) == format!("step {}", key.1);
                prop_assert!(keys.iter().enumerate().all(is_with_its_row));
            }
        }
    }
}
