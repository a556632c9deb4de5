//! What is known of one batch of whole clients: its journeys, and what columns are made of them.
//!
//! Parts that several columns share are made when the first of them asks, and kept.

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayAccessor, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, FixedSizeBinaryArray, Float64Array,
    RecordBatch, StringArray, TypedDictionaryArray, UInt32Array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::codes::{Codes, Encoded};
use super::kernel::{self, ByJourney, Causes, Contacts, Journey, NONE, Trace, Visits};
use super::{LogEnd, PassSettings};
use crate::error::{Error, Result};

pub(super) struct Rebuilt<'a> {
    pub batch: &'a RecordBatch,
    pub codes: &'a Codes,
    pub encoded: &'a Encoded,
    pub contacts: Contacts<'a>,
    pub trace: &'a Trace,
    pub pass: &'a PassSettings,
    /// One mask per row; empty until they are evaluated.
    pub signals: Vec<i64>,
    /// Empty until signals are evaluated.
    pub causes: Causes,
    shared: Shared,
}

/// What several columns are made of.
#[derive(Default)]
struct Shared {
    by_journey: OnceCell<ByJourney>,
    visits: OnceCell<Visits>,
    previous: OnceCell<Vec<u32>>,
    times_at_step: OnceCell<Vec<i32>>,
    unanswered: OnceCell<Vec<bool>>,
}

impl<'a> Rebuilt<'a> {
    pub fn new(
        batch: &'a RecordBatch,
        codes: &'a Codes,
        encoded: &'a Encoded,
        trace: &'a Trace,
        pass: &'a PassSettings,
    ) -> Self {
        let contacts = codes.contacts(encoded);
        let (signals, causes, shared) = (Vec::new(), Causes::default(), Shared::default());
        Rebuilt { batch, codes, encoded, contacts, trace, pass, signals, causes, shared }
    }

    pub fn end(&self) -> &LogEnd {
        &self.pass.end
    }

    pub fn by_journey(&self) -> &ByJourney {
        self.shared.by_journey.get_or_init(|| ByJourney::new(self.trace))
    }

    pub fn visits(&self) -> &Visits {
        let visits = || kernel::visits(&self.contacts, self.trace, self.pass.rules.visit_gap_us);
        self.shared.visits.get_or_init(visits)
    }

    /// The row before in the same journey; [`NONE`] at the first.
    pub fn previous(&self) -> &[u32] {
        self.shared.previous.get_or_init(|| kernel::previous(self.by_journey()))
    }

    pub fn times_at_step(&self) -> &[i32] {
        self.shared.times_at_step.get_or_init(|| kernel::times_at_step(&self.contacts, self.by_journey()))
    }

    pub fn unanswered(&self) -> &[bool] {
        self.shared.unanswered.get_or_init(|| kernel::unanswered(&self.contacts, self.by_journey()))
    }

    /// Start of a journey's first contact.
    pub fn started_at(&self, journey: &Journey) -> i64 {
        self.contacts.started_at[journey.first_row as usize]
    }

    /// The channels at these rows; null for [`NONE`].
    pub fn channels_at(&self, rows: &[u32]) -> Result<ArrayRef> {
        self.codes.channels.decode(codes_at(self.contacts.channel, rows))
    }

    /// The steps at these rows; null for [`NONE`].
    pub fn steps_at(&self, rows: &[u32]) -> Result<ArrayRef> {
        self.codes.steps.decode(codes_at(self.contacts.step, rows))
    }

    /// For each row of the batch, the time from the start of its `earlier` row to its own start, in units of `unit_us`
    /// microseconds; null for [`NONE`].
    pub fn since(&self, earlier: &[u32], unit_us: f64) -> impl Iterator<Item = Option<f64>> {
        let start = self.contacts.started_at;
        let passed = move |(row, &earlier): (usize, &u32)| {
            (earlier != NONE).then(|| (start[row] - start[earlier as usize]) as f64 / unit_us)
        };
        earlier.iter().enumerate().map(passed)
    }

    /// The running sum of a measure in each journey; null throughout where the contacts have no such number.
    pub fn sum_so_far(&self, measure: &str) -> Result<ArrayRef> {
        let column = self.batch.column_by_name(measure).filter(|column| column.data_type().is_numeric());
        let Some(column) = column else {
            return Ok(new_null_array(&DataType::Float64, self.batch.num_rows()));
        };
        let column = arrow::compute::cast(column, &DataType::Float64)?;
        let values = column.as_primitive::<Float64Type>();
        let sums = kernel::sum_so_far(self.by_journey(), |row| values.is_valid(row).then(|| values.value(row)));
        Ok(Arc::new(sums.into_iter().collect::<Float64Array>()))
    }

    pub fn clients(&self) -> Result<&FixedSizeBinaryArray> {
        Ok(self.contact_column("client")?.as_fixed_size_binary())
    }

    pub fn origin(&self) -> Result<Origin<'_>> {
        let text = |name: &str| {
            let words = self.contact_column(name)?.as_dictionary::<Int32Type>();
            words.downcast_dict::<StringArray>().ok_or_else(|| Error::bug(format!("`{name}` is not text")))
        };
        let rows = self.contact_column("row")?.as_primitive::<Int64Type>().values();
        Ok(Origin { source: text("source")?, file: text("file")?, rows })
    }

    /// A column of `contacts`, as it is.
    pub fn contact_column(&self, name: &str) -> Result<&ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")))
    }

    /// Which rows belong to a journey; `None` where all do.
    pub fn in_a_journey(&self) -> Option<BooleanArray> {
        let journey = &self.trace.journey;
        let outside = journey.contains(&NONE);
        let inside = || BooleanBuffer::collect_bool(journey.len(), |row| journey[row] != NONE);
        outside.then(|| BooleanArray::new(inside(), None))
    }

    /// Which rows are of the last visit of a dropped journey, where its cause comes from.
    pub fn in_a_last_visit(&self) -> BooleanArray {
        let visits = self.visits();
        let mut rows = BooleanBufferBuilder::new(visits.visit.len());
        rows.append_n(visits.visit.len(), false);
        for (journey, &drop_row) in self.trace.journeys.iter().zip(&visits.drop_row).filter(|(_, row)| **row != NONE) {
            kernel::visit_of(self.trace, visits, journey, drop_row).for_each(|row| rows.set_bit(row, true));
            rows.set_bit(drop_row as usize, true);
        }
        BooleanArray::new(rows.finish(), None)
    }

    /// One value per journey → that of each contact; null for rows in no journey.
    pub fn of_each_contact(&self, per_journey: &ArrayRef) -> Result<ArrayRef> {
        let outside = self.in_a_journey().map(|inside| NullBuffer::new(inside.values().clone()));
        let journey = self.trace.journey.iter();
        let of_row = match outside {
            None => UInt32Array::new(journey.copied().collect(), None),
            outside => UInt32Array::new(journey.map(|&j| if j == NONE { 0 } else { j }).collect(), outside),
        };
        Ok(arrow::compute::take(per_journey, &of_row, None)?)
    }
}

/// Where in the logs each contact stands.
pub(super) struct Origin<'a> {
    source: TypedDictionaryArray<'a, Int32Type, StringArray>,
    file: TypedDictionaryArray<'a, Int32Type, StringArray>,
    rows: &'a [i64],
}

impl<'a> Origin<'a> {
    pub fn source(&self, row: usize) -> &'a str {
        self.source.value(row)
    }

    pub fn file(&self, row: usize) -> &'a str {
        self.file.value(row)
    }

    /// The place in the file.
    pub fn row(&self, row: usize) -> i64 {
        self.rows[row]
    }
}

fn codes_at(codes: &[u32], rows: &[u32]) -> impl Iterator<Item = u32> {
    rows.iter().map(|&row| if row == NONE { 0 } else { codes[row as usize] })
}
