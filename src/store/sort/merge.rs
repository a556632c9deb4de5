//! The same part of several runs → pieces of sorted rows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;

use super::order::SortKeys;
use super::sorted_run::{SortedRun, SortedRunReader};
use crate::error::{Error, Result};

/// What rows are merged by: client, time, then the run.
type Head = Reverse<(u128, i64, usize)>;

/// Reads the parts of all runs.
pub(in crate::store) struct MergedRuns {
    runs: Vec<SortedRunReader>,
    /// Where each run stands; `None` at the end of the part.
    places: Vec<Option<RunPosition>>,
    heads: BinaryHeap<Head>,
}

/// A row of a block.
struct RunPosition {
    block: RecordBatch,
    keys: SortKeys,
    row: usize,
    /// The block's place among those of the piece, once a row of it was taken.
    taken_as: Option<usize>,
}

impl RunPosition {
    fn head(&self, run: usize) -> Head {
        Reverse((self.keys.client(self.row).unwrap_or(0), self.keys.time(self.row), run))
    }
}

impl MergedRuns {
    pub(super) fn new(runs: &[SortedRun]) -> Result<Self> {
        let runs = runs.iter().map(SortedRun::reader).collect::<Result<Vec<_>>>()?;
        let places = runs.iter().map(|_| None).collect();
        Ok(MergedRuns { runs, places, heads: BinaryHeap::new() })
    }

    /// Goes to the start of a part: a slice of clients, or [`SLICES`](crate::store::layout::SLICES) for those without.
    pub fn go_to(&mut self, part: usize) -> Result<()> {
        self.heads.clear();
        for run in 0..self.runs.len() {
            self.runs[run].go_to(part);
            self.next_block(run)?;
        }
        Ok(())
    }

    /// At least `rows` of the next rows of the part, or those that are left; `None` at its end. Rows of one client and
    /// time are never parted.
    pub fn next_piece(&mut self, rows: usize) -> Result<Option<RecordBatch>> {
        let mut blocks: Vec<RecordBatch> = Vec::new();
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(rows);
        let mut last = None;
        for place in self.places.iter_mut().flatten() {
            place.taken_as = None;
        }
        loop {
            let ended = {
                let Some(mut head) = self.heads.peek_mut() else { break };
                let Reverse((client, time, run)) = *head;
                if order.len() >= rows && last != Some((client, time)) {
                    break;
                }
                last = Some((client, time));
                let Some(place) = &mut self.places[run] else { return Err(Error::bug("a run stands nowhere")) };
                let block = *place.taken_as.get_or_insert_with(|| {
                    blocks.push(place.block.clone());
                    blocks.len() - 1
                });
                order.push((block, place.row));
                place.row += 1;
                if place.row < place.block.num_rows() {
                    *head = place.head(run);
                    continue;
                }
                PeekMut::pop(head);
                run
            };
            self.next_block(ended)?;
        }
        if order.is_empty() {
            return Ok(None);
        }
        let blocks: Vec<&RecordBatch> = blocks.iter().collect();
        Ok(Some(interleave_record_batch(&blocks, &order)?))
    }

    fn next_block(&mut self, run: usize) -> Result<()> {
        self.places[run] = match self.runs[run].next_block()? {
            None => None,
            Some(block) => {
                let place = RunPosition { keys: SortKeys::of(&block)?, block, row: 0, taken_as: None };
                self.heads.push(place.head(run));
                Some(place)
            }
        };
        Ok(())
    }
}
