//! Arrow columns of contacts → the slices the kernel reads: words become codes, times become microseconds.
//!
//! Codes are kept from batch to batch, so the dictionary of a Parquet row group is looked up once. Case ids are the
//! exception: they are many and matter only within a client, so they start anew with each batch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int32Type, TimestampMicrosecondType};

use super::Rules;
use super::kernel::{Contacts, Direction, Effect};
use crate::error::{Error, Result};

/// Channels on which a contact by the client is a message that waits for an answer.
const MESSAGE_CHANNELS: [&str; 4] = ["email", "letter", "chat", "sms"];

/// Distinct words seen so far, numbered from 1; 0 is null.
#[derive(Debug, Default)]
pub(super) struct Words {
    codes: HashMap<String, u32>,
    words: Vec<String>,
    /// The dictionary seen last, and the codes of its entries.
    last: Option<(ArrayRef, Vec<u32>)>,
    /// The words as an Arrow column, and how many there were when it was made.
    values: Option<(usize, ArrayRef)>,
}

impl Words {
    fn clear(&mut self) {
        self.codes.clear();
        self.words.clear();
        self.last = None;
        self.values = None;
    }

    fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.codes.get(word) {
            return code;
        }
        self.words.push(word.to_owned());
        let code = self.words.len() as u32;
        self.codes.insert(word.to_owned(), code);
        code
    }

    /// The word of a code; `None` for 0.
    pub fn word(&self, code: u32) -> Option<&str> {
        (code != 0).then(|| self.words[code as usize - 1].as_str())
    }

    /// One more than the highest code.
    fn len(&self) -> usize {
        self.words.len() + 1
    }

    fn encode(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        match column.data_type() {
            DataType::Dictionary(_, _) => self.encode_dictionary(column),
            DataType::Utf8 => Ok(column.as_string::<i32>().iter().map(|word| self.code_or_null(word)).collect()),
            DataType::Utf8View => Ok(column.as_string_view().iter().map(|word| self.code_or_null(word)).collect()),
            other => Err(Error::bug(format!("text of type {other} in a column of contacts"))),
        }
    }

    fn code_or_null(&mut self, word: Option<&str>) -> u32 {
        word.map_or(0, |word| self.code(word))
    }

    fn encode_dictionary(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        let column = column.as_dictionary::<Int32Type>();
        let values = column.values();
        let known = self.last.as_ref().is_some_and(|(last, _)| last.to_data().ptr_eq(&values.to_data()));
        if !known {
            let entries = arrow::compute::cast(values, &DataType::Utf8)?;
            let codes = entries.as_string::<i32>().iter().map(|word| self.code_or_null(word)).collect();
            self.last = Some((Arc::clone(values), codes));
        }
        let Some((_, codes)) = &self.last else { return Err(Error::bug("no dictionary")) };
        let keys = column.keys();
        Ok(match keys.nulls() {
            None => keys.values().iter().map(|&key| codes[key as usize]).collect(),
            Some(nulls) => {
                let keys = keys.values().iter().zip(nulls.iter());
                keys.map(|(&key, valid)| if valid { codes[key as usize] } else { 0 }).collect()
            }
        })
    }

    /// The words of `codes` as a dictionary column.
    pub fn decode(&mut self, codes: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        let codes: Vec<i32> = codes.map(|code| code as i32 - 1).collect();
        if self.words.len() > codes.len() {
            // Where words are as many as rows (addresses as steps, say), only those that are used are carried along.
            let used = codes.iter().map(|&code| self.word((code + 1) as u32));
            return Ok(Arc::new(used.collect::<DictionaryArray<Int32Type>>()));
        }
        let nulls = codes.contains(&-1).then(|| NullBuffer::from_iter(codes.iter().map(|&code| code >= 0)));
        let keys = match nulls {
            None => Int32Array::new(codes.into(), None),
            Some(nulls) => Int32Array::new(codes.into_iter().map(|code| code.max(0)).collect(), Some(nulls)),
        };
        let is_current = self.values.as_ref().is_some_and(|(count, _)| *count == self.words.len());
        if !is_current {
            // A dictionary without entries is awkward for readers: an empty word stands in, never pointed at.
            let words = if self.words.is_empty() { vec![String::new()] } else { self.words.clone() };
            self.values = Some((self.words.len(), Arc::new(StringArray::from(words))));
        }
        let Some((_, values)) = &self.values else { return Err(Error::bug("no words")) };
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(values))?))
    }
}

/// Words and points of the batches seen so far.
#[derive(Debug)]
pub(super) struct Codes {
    pub channels: Words,
    pub steps: Words,
    motives: Words,
    agents: Words,
    cases: Words,
    directions: Words,
    /// Number of each (channel, step) seen.
    points: HashMap<(u32, u32), u32>,
    effect_of_point: Vec<Effect>,
    gap_of_motive: Vec<i64>,
    is_message_channel: Vec<bool>,
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
    pub motive: Option<Vec<u32>>,
    case: Option<Vec<u32>>,
    agent: Option<Vec<u32>>,
    promised_by: Option<Vec<i64>>,
}

impl Encoded {
    /// Whether the client, not the company, began this contact.
    pub fn is_client_contact(&self, row: usize) -> bool {
        self.direction.as_ref().is_none_or(|direction| !direction[row].is_company())
    }
}

impl Codes {
    pub fn new(rules: &Rules) -> Self {
        Codes {
            channels: Words::default(),
            steps: Words::default(),
            motives: Words::default(),
            agents: Words::default(),
            cases: Words::default(),
            directions: Words::default(),
            points: HashMap::new(),
            effect_of_point: Vec::new(),
            gap_of_motive: vec![rules.gap_us],
            is_message_channel: vec![false],
        }
    }

    /// Encodes a batch of whole clients.
    pub fn encode(&mut self, batch: &RecordBatch, rules: &Rules) -> Result<Encoded> {
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
            motive: column("motive").filter(has_values).map(|motive| self.motives.encode(motive)).transpose()?,
            case: column("case_id").filter(has_values).map(|case| self.cases.encode(case)).transpose()?,
            agent: column("agent").filter(has_values).map(|agent| self.agents.encode(agent)).transpose()?,
            promised_by: column("promised_by").filter(has_values).map(moments),
            started_at,
        };
        for code in self.gap_of_motive.len()..self.motives.len() {
            self.gap_of_motive.push(rules.gap_of(self.motives.word(code as u32)));
        }
        for code in self.is_message_channel.len()..self.channels.len() {
            let is_message = self.channels.word(code as u32).is_some_and(|word| MESSAGE_CHANNELS.contains(&word));
            self.is_message_channel.push(is_message);
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
            direction: encoded.direction.as_deref(),
            motive: encoded.motive.as_deref(),
            case: encoded.case.as_deref(),
            agent: encoded.agent.as_deref(),
            promised_by: encoded.promised_by.as_deref(),
            effect_of_point: &self.effect_of_point,
            gap_of_motive: &self.gap_of_motive,
            is_message_channel: &self.is_message_channel,
        }
    }

    /// The motives of `codes` as a dictionary column.
    pub fn motives(&mut self, codes: impl Iterator<Item = u32>) -> Result<ArrayRef> {
        self.motives.decode(codes)
    }

    /// The case id of a code of the batch encoded last.
    pub fn case(&self, code: u32) -> Option<&str> {
        self.cases.word(code)
    }

    fn number_points(&mut self, channel: &[u32], step: &[u32], rules: &Rules) -> Vec<u32> {
        let (mut last, mut last_point) = ((u32::MAX, u32::MAX), 0);
        let mut number = |pair: (u32, u32)| {
            if pair != last {
                last = pair;
                last_point = *self.points.entry(pair).or_insert_with(|| {
                    let effect = rules.effect_of(self.channels.word(pair.0), self.steps.word(pair.1));
                    self.effect_of_point.push(effect);
                    self.effect_of_point.len() as u32 - 1
                });
            }
            last_point
        };
        channel.iter().zip(step).map(|(&channel, &step)| number((channel, step))).collect()
    }

    fn directions_of(&mut self, column: &ArrayRef) -> Result<Vec<Direction>> {
        let codes = self.directions.encode(column)?;
        let meaning: Vec<Direction> = (0..self.directions.len() as u32)
            .map(|code| match self.directions.word(code) {
                None | Some("inbound") => Direction::Client,
                Some("outbound") => Direction::Outbound,
                Some(_) => Direction::System,
            })
            .collect();
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
