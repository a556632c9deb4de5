//! Raw rows → contacts and rejects: every cell is cast, column by column.
//!
//! A row is rejected for its first cell that cannot be cast, in the order of the columns of `contacts`. Rows that `skip` holds
//! for are left out before anything is cast.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, BooleanBuilder, DictionaryArray, FixedSizeBinaryBuilder, Float64Builder,
    Int32Array, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use arrow::datatypes::{Int32Type, SchemaRef, TimestampMicrosecondType};

use super::cells::{Cell, Texts};
use super::numbers::{number, seconds, truth, whole};
use super::plan::{ContactEnd, MeasurePlan, Plan};
use super::raw::{RawChunk, Rejects};
use super::time::TimeReader;
use crate::config::{Decimal, MeasureType};
use crate::error::Result;
use crate::identity::Key;
use crate::store::Counts;

/// What became of the rows of one chunk.
#[derive(Debug)]
pub(super) struct CastChunk {
    /// Contacts, with row numbers from 0 at the start of the chunk.
    pub contacts: RecordBatch,
    pub rejects: Rejects,
    /// How many row numbers the chunk takes up.
    pub length: i64,
    /// The row that was taken though its line has no end yet.
    pub open_row: Option<i64>,
    /// Without duplicates, which are found when rows are stored.
    pub counts: Counts,
    /// First and latest start, in microseconds; and the same without the open row.
    pub span_us: Option<(i64, i64)>,
    pub whole_span_us: Option<(i64, i64)>,
}

/// Casts chunks of one log.
#[derive(Clone, Debug)]
pub(super) struct Caster {
    pub key: Key,
    pub source: String,
    pub file: String,
    /// All columns of `contacts` as they are stored, measures of every source included.
    pub contacts: SchemaRef,
}

impl Caster {
    /// Casts rows by the plan of their log.
    pub fn cast(&self, plan: &Plan, raw: RawChunk) -> Result<CastChunk> {
        let RawChunk { mut rows, mut numbers, mut contents, length, rejects } = raw;
        let (rows_read, was_waiting) = (rows.num_rows() as i64 + rejects.total(), rejects.is_waiting);
        let mut skipped = 0;
        if let Some(skip) = &plan.skip {
            let skip = skip.holds(&rows)?;
            skipped = skip.true_count() as i64;
            if skipped > 0 {
                let keep = arrow::compute::not(&skip)?;
                rows = arrow::compute::filter_record_batch(&rows, &keep)?;
                for values in [&mut numbers, &mut contents] {
                    let mut kept = keep.values().iter();
                    values.retain(|_| kept.next().unwrap_or(true));
                }
            }
        }
        let mut faults = Faults { numbers: &numbers, is_faulty: vec![false; rows.num_rows()], rejects };
        let mut cast = self.columns(plan, &rows, &mut faults)?;
        let Faults { is_faulty, mut rejects, .. } = faults;
        rejects.sort();
        // A waiting row is counted once it has an end.
        let read = rows_read - i64::from(rejects.is_waiting && !was_waiting);
        let open_row = rejects.open().filter(|open| numbers.last() == Some(open) && !rejects.is_waiting);
        let keep = BooleanArray::from_iter(is_faulty.iter().map(|is_faulty| Some(!is_faulty)));
        cast.columns.insert("row", Arc::new(Int64Array::from(numbers)));
        cast.columns.insert("row_content", Arc::new(Int64Array::from(contents)));
        let contacts = self.contacts(cast.columns, rows.num_rows())?;
        let contacts = if keep.true_count() == keep.len() {
            contacts
        } else {
            arrow::compute::filter_record_batch(&contacts, &keep)?
        };
        let kept = |row: &usize| !is_faulty[*row];
        let without_client = cast.without_client.iter().filter(|row| kept(row)).count() as i64;
        let ambiguous_times = cast.ambiguous_times.iter().filter(|row| kept(row)).count() as i64;
        let span_us = span(&contacts)?;
        let whole_span_us = match (open_row, contacts.num_rows()) {
            (Some(_), rows @ 1..) => span(&contacts.slice(0, rows - 1))?,
            _ => span_us,
        };
        let rejected = rejects.total();
        let counts = Counts { read, skipped, rejected, without_client, ambiguous_times, ..Counts::default() };
        Ok(CastChunk { contacts, rejects, length, open_row, counts, span_us, whole_span_us })
    }

    fn columns<'p>(&self, plan: &'p Plan, rows: &RecordBatch, faults: &mut Faults<'_>) -> Result<CastColumns<'p>> {
        let count = rows.num_rows();
        let mut cast = CastColumns::default();
        let clients = self.clients(&plan.client.texts(rows)?, count, &mut cast.without_client)?;
        cast.columns.insert("client", clients);
        let (started_at, starts) = times("time", &plan.time, rows, true, faults, &mut cast.ambiguous_times)?;
        cast.columns.insert("started_at", started_at);
        match &plan.end {
            ContactEnd::NotSaid => {}
            ContactEnd::At(cell, reader) => {
                let time = (cell.clone(), reader.clone());
                cast.columns.insert("ended_at", times("end_time", &time, rows, false, faults, &mut Vec::new())?.0);
            }
            ContactEnd::After(cell) => {
                cast.columns.insert("ended_at", durations(cell, rows, &starts, plan.decimal, faults)?);
            }
        }
        for (name, cell) in &plan.words {
            cast.columns.insert(name, words(&cell.texts(rows)?, count)?);
        }
        if let Some(cell) = &plan.case_id {
            let texts = cell.texts(rows)?;
            let mut cases = StringBuilder::new();
            (0..count).for_each(|row| cases.append_option(texts.get(row)));
            cast.columns.insert("case_id", Arc::new(cases.finish()));
        }
        if let Some(cell) = &plan.direction {
            cast.columns.insert("direction", directions(&cell.texts(rows)?, count, faults)?);
        }
        if let Some(time) = &plan.promised_by {
            cast.columns.insert("promised_by", times("promised_by", time, rows, false, faults, &mut Vec::new())?.0);
        }
        if let Some(cell) = &plan.score {
            cast.columns.insert("score", floats("score", &cell.texts(rows)?, count, plan.decimal, faults));
        }
        for measure in &plan.measures {
            cast.columns.insert(&measure.name, measure_column(measure, rows, plan.decimal, faults)?);
        }
        Ok(cast)
    }

    fn clients(&self, texts: &Texts<'_>, count: usize, without_client: &mut Vec<usize>) -> Result<ArrayRef> {
        let mut clients = FixedSizeBinaryBuilder::with_capacity(count, 16);
        for row in 0..count {
            match texts.get(row) {
                Some(id) => clients.append_value(self.key.pseudonym(id).to_be_bytes())?,
                None => {
                    clients.append_null();
                    without_client.push(row);
                }
            }
        }
        Ok(Arc::new(clients.finish()))
    }

    /// All columns of `contacts`, in order; those the log does not fill are null.
    fn contacts(&self, mut columns: BTreeMap<&str, ArrayRef>, count: usize) -> Result<RecordBatch> {
        columns.insert("source", constant(&self.source, count)?);
        columns.insert("file", constant(&self.file, count)?);
        let in_order = self.contacts.fields().iter().map(|field| {
            columns.remove(field.name().as_str()).unwrap_or_else(|| new_null_array(field.data_type(), count))
        });
        Ok(RecordBatch::try_new(Arc::clone(&self.contacts), in_order.collect())?)
    }
}

fn measure_column(
    measure: &MeasurePlan,
    rows: &RecordBatch,
    decimal: Decimal,
    faults: &mut Faults<'_>,
) -> Result<ArrayRef> {
    let texts = measure.cell.texts(rows)?;
    let (name, count) = (measure.name.as_str(), rows.num_rows());
    Ok(match measure.kind {
        MeasureType::Text => words(&texts, count)?,
        MeasureType::Float => floats(name, &texts, count, decimal, faults),
        MeasureType::Int => {
            let mut values = Int64Builder::with_capacity(count);
            for row in 0..count {
                values.append_option(
                    faults.read(row, name, texts.get(row), "unreadable number", |text| whole(text, decimal)),
                );
            }
            Arc::new(values.finish())
        }
        MeasureType::Bool => {
            let mut values = BooleanBuilder::with_capacity(count);
            for row in 0..count {
                values.append_option(faults.read(row, name, texts.get(row), "neither true nor false", truth));
            }
            Arc::new(values.finish())
        }
        MeasureType::Time => {
            let time = (measure.cell.clone(), measure.time.clone());
            times(name, &time, rows, false, faults, &mut Vec::new())?.0
        }
    })
}

/// First and latest start of contacts, in microseconds.
fn span(contacts: &RecordBatch) -> Result<Option<(i64, i64)>> {
    let started_at =
        contacts.column(contacts.schema().index_of("started_at")?).as_primitive::<TimestampMicrosecondType>();
    Ok(arrow::compute::min(started_at).zip(arrow::compute::max(started_at)))
}

/// Columns, as far as they are cast.
#[derive(Default)]
struct CastColumns<'a> {
    columns: BTreeMap<&'a str, ArrayRef>,
    without_client: Vec<usize>,
    ambiguous_times: Vec<usize>,
}

/// The first fault of each row.
struct Faults<'a> {
    numbers: &'a [i64],
    is_faulty: Vec<bool>,
    rejects: Rejects,
}

impl Faults<'_> {
    fn note(&mut self, row: usize, column: &str, value: Option<&str>, reason: &'static str) {
        if !self.is_faulty[row] {
            self.is_faulty[row] = true;
            self.rejects.add_cell(self.numbers[row], column, value, reason);
        }
    }

    /// Reads a cell; notes a fault where there is text that cannot be read.
    fn read<T>(
        &mut self,
        row: usize,
        column: &str,
        text: Option<&str>,
        reason: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = text?;
        let value = read(text);
        if value.is_none() {
            self.note(row, column, Some(text), reason);
        }
        value
    }
}

/// A column of moments. Also returns them as they are, 0 where there is none.
fn times(
    name: &str,
    (cell, reader): &(Cell, TimeReader),
    rows: &RecordBatch,
    is_required: bool,
    faults: &mut Faults<'_>,
    ambiguous: &mut Vec<usize>,
) -> Result<(ArrayRef, Vec<i64>)> {
    let texts = cell.texts(rows)?;
    let mut column = TimestampMicrosecondBuilder::with_capacity(rows.num_rows());
    let mut moments = vec![0; rows.num_rows()];
    for (row, at) in moments.iter_mut().enumerate() {
        match texts.get(row).map(|text| (text, reader.read(text))) {
            Some((_, Ok(moment))) => {
                column.append_value(moment.us);
                *at = moment.us;
                if moment.is_ambiguous {
                    ambiguous.push(row);
                }
            }
            Some((text, Err(reason))) => {
                faults.note(row, name, Some(text), reason);
                append_missing(&mut column, is_required);
            }
            None if is_required => {
                faults.note(row, name, None, "no time");
                append_missing(&mut column, is_required);
            }
            None => column.append_null(),
        }
    }
    Ok((Arc::new(column.finish().with_timezone("UTC")), moments))
}

/// A rejected row still has to fit a column that allows no null.
fn append_missing(column: &mut TimestampMicrosecondBuilder, is_required: bool) {
    if is_required { column.append_value(0) } else { column.append_null() }
}

/// Contacts that would last longer (a hundred years) are slips.
const LONGEST_SECONDS: f64 = 100.0 * 366.0 * 86_400.0;

fn durations(
    cell: &Cell,
    rows: &RecordBatch,
    starts: &[i64],
    decimal: Decimal,
    faults: &mut Faults<'_>,
) -> Result<ArrayRef> {
    let texts = cell.texts(rows)?;
    let mut ends = TimestampMicrosecondBuilder::with_capacity(rows.num_rows());
    for (row, start) in starts.iter().enumerate() {
        let read = |text: &str| seconds(text, decimal).filter(|seconds| (0.0..LONGEST_SECONDS).contains(seconds));
        let span = faults.read(row, "duration", texts.get(row), "unreadable duration", read);
        ends.append_option(span.map(|seconds| start + (seconds * 1e6).round() as i64));
    }
    Ok(Arc::new(ends.finish().with_timezone("UTC")))
}

fn words(texts: &Texts<'_>, count: usize) -> Result<ArrayRef> {
    let mut words = StringDictionaryBuilder::<Int32Type>::new();
    for row in 0..count {
        match texts.get(row) {
            Some(word) => {
                words.append(word)?;
            }
            None => words.append_null(),
        }
    }
    Ok(Arc::new(words.finish()))
}

fn directions(texts: &Texts<'_>, count: usize, faults: &mut Faults<'_>) -> Result<ArrayRef> {
    let mut words = StringDictionaryBuilder::<Int32Type>::new();
    for row in 0..count {
        let known =
            |text: &str| ["inbound", "outbound", "system"].into_iter().find(|known| text.eq_ignore_ascii_case(known));
        match faults.read(row, "direction", texts.get(row), "not inbound, outbound or system", known) {
            Some(direction) => {
                words.append(direction)?;
            }
            None => words.append_null(),
        }
    }
    Ok(Arc::new(words.finish()))
}

fn floats(name: &str, texts: &Texts<'_>, count: usize, decimal: Decimal, faults: &mut Faults<'_>) -> ArrayRef {
    let mut values = Float64Builder::with_capacity(count);
    for row in 0..count {
        values.append_option(faults.read(row, name, texts.get(row), "unreadable number", |text| number(text, decimal)));
    }
    Arc::new(values.finish())
}

fn constant(text: &str, count: usize) -> Result<ArrayRef> {
    let keys = Int32Array::from(vec![0; count]);
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(StringArray::from(vec![text])))?))
}
