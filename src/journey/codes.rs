//! Arrow columns of contacts → the slices the kernel reads: words become codes, times become microseconds.
//!
//! Codes are kept from batch to batch, so the dictionary of a Parquet row group is looked up once. Case ids are the
//! exception: they are many and matter only within a client, so they start anew with each batch.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;

use super::inputs::Input;
use super::kernel::{Contacts, Direction, Effect, is_for_messages};
use super::{PassSettings, Rules};
use crate::error::{Error, Result};
use crate::words::Words;

/// Words and points of the batches seen so far.
#[derive(Debug)]
pub(super) struct Codes {
    pub channels: Words,
    pub steps: Words,
    motives: Words,
    agents: Words,
    outcomes: Words,
    cases: Words,
    directions: Words,
    points: Points,
    effect_of_point: Vec<Effect>,
    places_of_point: Vec<Vec<i32>>,
    is_split_case: Vec<bool>,
    gap_of_motive: Vec<i64>,
    is_message_channel: Vec<bool>,
}

/// Number of each (channel, step) seen: one row of numbers per channel, [`UNSEEN`] where there is none yet.
#[derive(Debug, Default)]
struct Points {
    by_channel: Vec<Vec<u32>>,
}

const UNSEEN: u32 = u32::MAX;

impl Points {
    fn make_room(&mut self, channels: usize, steps: usize) {
        self.by_channel.resize_with(channels, Vec::new);
        self.by_channel.iter_mut().for_each(|numbers| numbers.resize(steps, UNSEEN));
    }

    #[inline]
    fn number(&mut self, channel: u32, step: u32, next: impl FnOnce() -> u32) -> u32 {
        let number = &mut self.by_channel[channel as usize][step as usize];
        if *number == UNSEEN {
            *number = next();
        }
        *number
    }
}

/// The columns of one batch, as codes.
#[derive(Debug)]
pub(super) struct Encoded {
    pub clients: Vec<u32>,
    pub started_at: TimestampMicrosecondArray,
    ended_at: Vec<i64>,
    point: Vec<u32>,
    pub channel: Vec<u32>,
    pub step: Vec<u32>,
    direction: Option<Vec<Direction>>,
    motive: Option<Vec<u32>>,
    case: Option<Vec<u32>>,
    /// Empty where it is not among the inputs; so are the two below.
    pub agent: Vec<u32>,
    pub outcome: Vec<u32>,
    /// Microseconds; `i64::MIN` where nothing was promised.
    pub promised_by: Vec<i64>,
}

impl Codes {
    pub fn new(rules: &Rules) -> Self {
        Codes {
            channels: Words::default(),
            steps: Words::default(),
            motives: Words::default(),
            agents: Words::default(),
            outcomes: Words::default(),
            cases: Words::default(),
            directions: Words::default(),
            points: Points::default(),
            effect_of_point: Vec::new(),
            places_of_point: Vec::new(),
            is_split_case: Vec::new(),
            gap_of_motive: vec![rules.gap_us],
            is_message_channel: vec![false],
        }
    }

    /// Encodes a batch of whole clients, with these inputs of columns.
    pub fn encode(&mut self, batch: &RecordBatch, pass: &PassSettings, inputs: &BTreeSet<Input>) -> Result<Encoded> {
        let PassSettings { rules, end, .. } = pass;
        let column = |name: &str| batch.column_by_name(name);
        let wanted = |name: &str| column(name).ok_or_else(|| Error::bug(format!("contacts without `{name}`")));
        let started_at = wanted("started_at")?.as_primitive::<TimestampMicrosecondType>().clone();
        let channel = self.channels.encode(wanted("channel")?)?;
        let step = self.steps.encode(wanted("step")?)?;
        self.cases.clear();
        let has_values = |column: &&ArrayRef| column.logical_null_count() < column.len();
        let encoded = Encoded {
            clients: client_bounds(wanted("client")?)?,
            ended_at: ends(&started_at, column("ended_at")),
            point: self.number_points(&channel, &step, rules),
            channel,
            step,
            direction: match column("direction").filter(has_values) {
                None => None,
                Some(direction) => Some(self.directions_of(direction)?),
            },
            motive: match inputs.contains(&Input::Motive) {
                true => {
                    Some(wanted("motive")?).filter(has_values).map(|motive| self.motives.encode(motive)).transpose()?
                }
                false => None,
            },
            case: column("case_id").filter(has_values).map(|case| self.cases.encode(case)).transpose()?,
            agent: match inputs.contains(&Input::Agent) {
                true => self.agents.encode(wanted("agent")?)?,
                false => Vec::new(),
            },
            outcome: match inputs.contains(&Input::Outcome) {
                true => self.outcomes.encode(wanted("outcome")?)?,
                false => Vec::new(),
            },
            promised_by: match inputs.contains(&Input::PromisedBy) {
                true => moments(wanted("promised_by")?),
                false => Vec::new(),
            },
            started_at,
        };
        self.is_split_case.clear();
        if !end.split_cases.is_empty() {
            let is_split = |code| self.cases.word(code).is_some_and(|case| end.split_cases.contains(case));
            self.is_split_case.extend((0..self.cases.count() as u32).map(is_split));
        }
        for code in self.gap_of_motive.len()..self.motives.count() {
            self.gap_of_motive.push(rules.gap_of(self.motives.word(code as u32)));
        }
        for code in self.is_message_channel.len()..self.channels.count() {
            self.is_message_channel.push(is_for_messages(self.channels.word(code as u32)));
        }
        Ok(encoded)
    }

    /// The kernel's view of an encoded batch.
    pub fn contacts<'a>(&'a self, encoded: &'a Encoded) -> Contacts<'a> {
        Contacts {
            clients: &encoded.clients,
            started_at: encoded.started_at.values(),
            ended_at: &encoded.ended_at,
            point: &encoded.point,
            channel: &encoded.channel,
            step: &encoded.step,
            direction: encoded.direction.as_deref(),
            motive: encoded.motive.as_deref(),
            case: encoded.case.as_deref(),
            effect_of_point: &self.effect_of_point,
            places_of_point: &self.places_of_point,
            is_split_case: &self.is_split_case,
            gap_of_motive: &self.gap_of_motive,
            is_message_channel: &self.is_message_channel,
        }
    }

    /// The motives of `codes` as a dictionary column.
    pub fn motives(&self, codes: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        self.motives.decode(codes)
    }

    /// The case id of a code of the batch encoded last.
    pub fn case(&self, code: u32) -> Option<&str> {
        self.cases.word(code)
    }

    fn number_points(&mut self, channel: &[u32], step: &[u32], rules: &Rules) -> Vec<u32> {
        let (channels, steps) = (&self.channels, &self.steps);
        let (effect_of_point, places_of_point) = (&mut self.effect_of_point, &mut self.places_of_point);
        self.points.make_room(channels.count(), steps.count());
        let points = &mut self.points;
        let number = |(&channel, &step): (&u32, &u32)| {
            points.number(channel, step, || {
                let (channel, step) = (channels.word(channel), steps.word(step));
                effect_of_point.push(rules.effect_of(channel, step));
                places_of_point.push(rules.funnel_places_of(channel, step));
                effect_of_point.len() as u32 - 1
            })
        };
        channel.iter().zip(step).map(number).collect()
    }

    fn directions_of(&mut self, column: &ArrayRef) -> Result<Vec<Direction>> {
        let codes = self.directions.encode(column)?;
        let of_code = |code| Direction::of(self.directions.word(code));
        let meaning: Vec<Direction> = (0..self.directions.count() as u32).map(of_code).collect();
        Ok(codes.into_iter().map(|code| meaning[code as usize]).collect())
    }
}

/// The first row of each client, then the number of rows.
fn client_bounds(column: &ArrayRef) -> Result<Vec<u32>> {
    let ids = column
        .as_fixed_size_binary_opt()
        .filter(|ids| ids.value_length() == 16)
        .ok_or_else(|| Error::bug("a client is not 16 bytes"))?;
    let mut bounds = Vec::with_capacity(ids.len() / 4 + 2);
    let bytes = &ids.value_data()[..ids.len() * 16];
    let mut last: Option<&[u8]> = None;
    for (row, id) in bytes.chunks_exact(16).enumerate() {
        if last != Some(id) {
            bounds.push(row as u32);
            last = Some(id);
        }
    }
    bounds.push(ids.len() as u32);
    Ok(bounds)
}

fn ends(started_at: &TimestampMicrosecondArray, ended_at: Option<&ArrayRef>) -> Vec<i64> {
    match ended_at.filter(|column| column.null_count() < column.len()) {
        None => started_at.values().to_vec(),
        Some(column) => {
            let ended_at = column.as_primitive::<TimestampMicrosecondType>();
            started_at.values().iter().zip(ended_at.iter()).map(|(&start, end)| end.unwrap_or(start)).collect()
        }
    }
}

fn moments(column: &ArrayRef) -> Vec<i64> {
    column.as_primitive::<TimestampMicrosecondType>().iter().map(|moment| moment.unwrap_or(i64::MIN)).collect()
}
