//! Rows of the store → batches of whole clients as the kernel reads them. Made before anything is timed.
//!
//! Generated logs have neither cases nor promises, so there are none here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use dropoff::journey::kernel::{Contacts, Direction, Effect, is_for_messages};
use dropoff::journey::{Rules, Signals};
use dropoff::words::Words;

use crate::decode::{BATCH_ROWS, read};
use crate::measure::Fallible;

/// What is read of the store, beside what conditions read.
const COLUMNS: [&str; 7] = ["client", "started_at", "ended_at", "channel", "step", "motive", "direction"];

/// The contacts of a store.
pub struct Encoded {
    pub batches: Vec<Batch>,
    effect_of_point: Vec<Effect>,
    gap_of_motive: Vec<i64>,
    is_message_channel: Vec<bool>,
}

/// Contacts of whole clients; see [`Contacts`].
pub struct Batch {
    clients: Vec<u32>,
    started_at: Vec<i64>,
    ended_at: Vec<i64>,
    point: Vec<u32>,
    channel: Vec<u32>,
    direction: Option<Vec<Direction>>,
    motive: Option<Vec<u32>>,
    /// Signals that fired, one mask per contact.
    pub signals: Vec<i64>,
}

impl Encoded {
    /// Reads the files. A client is in one file.
    pub fn new(files: &[PathBuf], rules: &Rules, signals: &Signals) -> Fallible<Encoded> {
        let mut columns = COLUMNS.map(str::to_owned).to_vec();
        columns.extend(signals.columns.fields().iter().map(|field| field.name().clone()));
        let mut encoder = Encoder::default();
        let mut batches = Vec::new();
        for path in files {
            let rows = read(path, Some(&columns))?;
            let client = column(&rows, "client")?.as_fixed_size_binary();
            let mut first = 0;
            while first < rows.num_rows() {
                let mut end = (first + BATCH_ROWS).min(rows.num_rows());
                while end < rows.num_rows() && client.value(end) == client.value(end - 1) {
                    end += 1;
                }
                batches.push(encoder.encode(&rows.slice(first, end - first), rules, signals)?);
                first = end;
            }
        }
        Ok(Encoded {
            batches,
            gap_of_motive: codes(&encoder.motives).map(|code| rules.gap_of(encoder.motives.word(code))).collect(),
            is_message_channel: codes(&encoder.channels)
                .map(|code| is_for_messages(encoder.channels.word(code)))
                .collect(),
            effect_of_point: encoder.effect_of_point,
        })
    }

    /// The kernel's view of a batch.
    pub fn contacts<'a>(&'a self, batch: &'a Batch) -> Contacts<'a> {
        Contacts {
            clients: &batch.clients,
            started_at: &batch.started_at,
            ended_at: &batch.ended_at,
            point: &batch.point,
            channel: &batch.channel,
            // Read only for `contradicts`, which is not asked for here.
            step: &batch.point,
            direction: batch.direction.as_deref(),
            motive: batch.motive.as_deref(),
            case: None,
            effect_of_point: &self.effect_of_point,
            // Read only for the funnel, and where cases are split.
            places_of_point: &[],
            is_split_case: &[],
            gap_of_motive: &self.gap_of_motive,
            is_message_channel: &self.is_message_channel,
        }
    }
}

/// Words and points of the batches so far.
#[derive(Default)]
struct Encoder {
    channels: Words,
    steps: Words,
    motives: Words,
    directions: Words,
    points: HashMap<(u32, u32), u32>,
    effect_of_point: Vec<Effect>,
}

impl Encoder {
    fn encode(&mut self, rows: &RecordBatch, rules: &Rules, signals: &Signals) -> Fallible<Batch> {
        let channel = self.channels.encode(column(rows, "channel")?)?;
        let step = self.steps.encode(column(rows, "step")?)?;
        let started_at = column(rows, "started_at")?.as_primitive::<TimestampMicrosecondType>().values();
        let ended_at = column(rows, "ended_at")?.as_primitive::<TimestampMicrosecondType>();
        let direction = filled(rows, "direction")?.map(|column| self.directions.encode(column)).transpose()?;
        Ok(Batch {
            clients: client_bounds(rows)?,
            ended_at: started_at.iter().zip(ended_at).map(|(&start, end)| end.unwrap_or(start)).collect(),
            started_at: started_at.to_vec(),
            point: self.points(&channel, &step, rules),
            channel,
            direction: direction
                .map(|codes| codes.iter().map(|&code| Direction::of(self.directions.word(code))).collect()),
            motive: filled(rows, "motive")?.map(|column| self.motives.encode(column)).transpose()?,
            signals: fired(rows, signals)?,
        })
    }

    fn points(&mut self, channel: &[u32], step: &[u32], rules: &Rules) -> Vec<u32> {
        let mut point = Vec::with_capacity(channel.len());
        for (&channel, &step) in channel.iter().zip(step) {
            let number = self.points.entry((channel, step)).or_insert_with(|| {
                self.effect_of_point.push(rules.effect_of(self.channels.word(channel), self.steps.word(step)));
                self.effect_of_point.len() as u32 - 1
            });
            point.push(*number);
        }
        point
    }
}

fn codes(words: &Words) -> impl Iterator<Item = u32> {
    0..words.count() as u32
}

/// The first row of each client, then the number of rows.
fn client_bounds(rows: &RecordBatch) -> Fallible<Vec<u32>> {
    let client = column(rows, "client")?.as_fixed_size_binary();
    let starts = (0..rows.num_rows()).filter(|&row| row == 0 || client.value(row) != client.value(row - 1));
    Ok(starts.chain([rows.num_rows()]).map(|row| row as u32).collect())
}

/// Which conditions hold, as bits. They must read nothing but columns of contacts.
fn fired(rows: &RecordBatch, signals: &Signals) -> Fallible<Vec<i64>> {
    let names = signals.columns.fields().iter().map(|field| field.name());
    let columns = names.map(|name| column(rows, name).cloned()).collect::<Fallible<Vec<_>>>()?;
    let seen = RecordBatch::try_new(Arc::clone(&signals.columns), columns)?;
    let mut masks = vec![0i64; rows.num_rows()];
    for (bit, signal) in signals.list.iter().enumerate() {
        let held = signal.condition.evaluate(&seen)?.into_array(rows.num_rows())?;
        let held = held.as_boolean();
        (0..held.len()).filter(|&row| held.is_valid(row) && held.value(row)).for_each(|row| masks[row] |= 1 << bit);
    }
    Ok(masks)
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> Fallible<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| format!("no column `{name}` in the store").into())
}

/// The column, where it says anything.
fn filled<'a>(rows: &'a RecordBatch, name: &str) -> Fallible<Option<&'a ArrayRef>> {
    Ok(Some(column(rows, name)?).filter(|column| column.logical_null_count() < column.len()))
}
