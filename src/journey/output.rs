//! Kernel results → the columns of `steps` and `journeys`.

use std::hash::Hasher;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeBinaryBuilder, Float64Array, Int32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, UInt32Array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::Rules;
use super::codes::{Codes, Encoded};
use super::kernel::{self, Causes, Context, Exit, Journey, NONE, Promise, Status, Trace, Visits, sum_so_far};
use super::pass::Signals;
use crate::error::{Error, Result};

/// Family and code of a dropped journey for which no signal fired.
pub(super) const UNEXPLAINED: &str = "unexplained";

const SECOND_US: f64 = 1e6;
const DAY_US: f64 = 86_400e6;

/// Everything known of one batch of whole clients.
pub(super) struct Found<'a> {
    pub batch: &'a RecordBatch,
    pub encoded: &'a Encoded,
    pub trace: &'a Trace,
    pub visits: Option<Visits>,
    pub context: Context,
    pub rules: &'a Rules,
    pub signals: Vec<i64>,
    pub causes: Option<Causes>,
}

impl Found<'_> {
    fn visits(&self) -> Result<&Visits> {
        self.visits.as_ref().ok_or_else(|| Error::bug("visits were not asked for"))
    }

    fn causes(&self) -> Result<&Causes> {
        self.causes.as_ref().ok_or_else(|| Error::bug("causes were not asked for"))
    }

    /// A column of `steps`, one value per row of the batch; rows in no journey hold anything.
    pub fn step_column(&self, name: &str, codes: &mut Codes, signals: &Signals) -> Result<ArrayRef> {
        let context = &self.context;
        Ok(match name {
            "journey_id" => {
                let ids = self.journey_ids()?;
                let mut column = FixedSizeBinaryBuilder::with_capacity(self.trace.journey.len(), 16);
                for &journey in &self.trace.journey {
                    column.append_value(if journey == NONE { &[0; 16] } else { ids.value(journey as usize) })?;
                }
                Arc::new(column.finish())
            }
            "journey_number" => self.per_row(&self.journey_column("journey_number", codes, signals)?)?,
            "journey_started_at" => self.per_row(&self.journey_column("started_at", codes, signals)?)?,
            "journey_closed_at" => {
                let closed_at = |journey: &Journey| journey.closed_at(codes.gap_of_motive());
                let per_journey: TimestampMicrosecondArray = self.trace.journeys.iter().map(closed_at).collect();
                let per_journey: ArrayRef = Arc::new(per_journey.with_timezone("UTC"));
                self.per_row(&per_journey)?
            }
            "journey_open_until" => {
                let open_until = |journey: &Journey| Some(journey.open_until(codes.gap_of_motive()));
                let per_journey: TimestampMicrosecondArray = self.trace.journeys.iter().map(open_until).collect();
                let per_journey: ArrayRef = Arc::new(per_journey.with_timezone("UTC"));
                self.per_row(&per_journey)?
            }
            "journey_is_mature" => self.per_row(&self.journey_column("is_mature", codes, signals)?)?,
            "journey_is_piece" => {
                let contacts = codes.contacts(self.encoded);
                let per_journey: ArrayRef =
                    Arc::new(flags(&self.trace.journeys, |journey| journey.is_piece_of_a_case(&contacts)));
                self.per_row(&per_journey)?
            }
            "is_mature" => {
                let contacts = codes.contacts(self.encoded);
                Arc::new(flags(&kernel::mature_contacts(&contacts, self.trace, self.rules.mature_before_us), |&is| is))
            }
            "point_is_mature" => {
                let contacts = codes.contacts(self.encoded);
                Arc::new(flags(&kernel::mature_points(&contacts, self.trace, self.rules.mature_before_us), |&is| is))
            }
            "funnel_place" => {
                let places = kernel::funnel_places(&codes.contacts(self.encoded), self.trace);
                Arc::new(places.into_iter().map(|place| (place != 0).then_some(place)).collect::<Int32Array>())
            }
            "position" => Arc::new(Int32Array::from(context.position.clone())),
            "visit" => {
                let visit = self.visits()?.visit.iter();
                Arc::new(visit.map(|&visit| (visit != 0).then_some(visit as i32)).collect::<Int32Array>())
            }
            "first_at_point" => Arc::new(flags(&context.times_at_step, |&times| times == 1)),
            "last_at_point" => Arc::new(flags(&context.last_at_point, |&is_last| is_last)),
            "point_reached_at" => {
                let moments = context.point_reached_at.iter().map(|&at| (at != i64::MIN).then_some(at));
                Arc::new(moments.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
            "is_exit" => Arc::new(flags(&self.visits()?.exit, |&exit| exit != Exit::None)),
            "exit" => {
                let exit = &self.visits()?.exit;
                let names = Exit::ALL.iter().filter_map(|exit| exit.name());
                let key = |exit: Exit| exit as i32 - Exit::Moved as i32;
                words(StringArray::from_iter_values(names), exit.iter().map(|&exit| key(exit)).collect())?
            }
            "next_visit_channel" => {
                neighbours(&self.visits()?.next_visit, &self.encoded.channel, |c| codes.channels.decode(c))?
            }
            "is_drop_off_point" => Arc::new(flags(&self.visits()?.exit, |&exit| exit == Exit::Silent)),
            "previous_channel" => neighbours(&context.previous, &self.encoded.channel, |c| codes.channels.decode(c))?,
            "previous_step" => neighbours(&context.previous, &self.encoded.step, |c| codes.steps.decode(c))?,
            "next_channel" => neighbours(&self.trace.next, &self.encoded.channel, |c| codes.channels.decode(c))?,
            "next_step" => neighbours(&self.trace.next, &self.encoded.step, |c| codes.steps.decode(c))?,
            "seconds_since_previous" => Arc::new(self.since(&context.previous, SECOND_US)),
            "visits_so_far" => Arc::new(Int32Array::from(context.visits_so_far.clone())),
            "times_at_step" => Arc::new(Int32Array::from(context.times_at_step.clone())),
            "agents_so_far" => Arc::new(Int32Array::from(context.agents_so_far.clone())),
            "transfers_so_far" => Arc::new(Int32Array::from(context.transfers_so_far.clone())),
            "reminders_so_far" => Arc::new(Int32Array::from(context.reminders_so_far.clone())),
            "days_since_reminder" => Arc::new(self.since(&context.last_reminder, DAY_US)),
            "unanswered" => Arc::new(flags(&context.unanswered, |&is_unanswered| is_unanswered)),
            "unanswered_days" => {
                let days = |start: i64| self.rules.horizon_us.saturating_sub(start).max(0) as f64 / DAY_US;
                let messages = context.unanswered.iter().zip(self.encoded.started_at.values().iter());
                let waited = messages.map(|(&is_unanswered, &start)| is_unanswered.then(|| days(start)));
                Arc::new(waited.collect::<Float64Array>())
            }
            "no_follow_up" => Arc::new(flags(&context.no_follow_up, |&is_alone| is_alone)),
            "promise" => {
                let names = StringArray::from_iter_values(Promise::ALL.map(Promise::name));
                let key = |promise: &Option<Promise>| promise.map_or(-1, |promise| promise as i32);
                words(names, context.promise.iter().map(key).collect())?
            }
            "promise_broken" => Arc::new(flags(&context.promise_broken, |&is_broken| is_broken)),
            "contradicts" => Arc::new(flags(&context.contradicts, |&contradicts| contradicts)),
            "wait_so_far" => self.sum_so_far("wait_seconds")?,
            "questions_so_far" => self.sum_so_far("questions")?,
            "menus_so_far" => self.sum_so_far("menus")?,
            "signals" => Arc::new(Int64Array::from(self.signals.clone())),
            "journey_signals" => self.per_row(&self.journey_column("signals", codes, signals)?)?,
            "status" => self.per_row(&self.journey_column("status", codes, signals)?)?,
            "family" => self.per_row(&self.journey_column("family", codes, signals)?)?,
            "cause" => self.per_row(&self.journey_column("cause", codes, signals)?)?,
            contact_column => self
                .batch
                .column_by_name(contact_column)
                .cloned()
                .ok_or_else(|| Error::bug(format!("contacts without `{contact_column}`")))?,
        })
    }

    /// A column of `journeys`, one value per journey of the batch.
    pub fn journey_column(&self, name: &str, codes: &mut Codes, signals: &Signals) -> Result<ArrayRef> {
        let journeys = &self.trace.journeys;
        let start = self.encoded.started_at.values();
        let started_at = |journey: &Journey| start[journey.first_row as usize];
        let code_at = |codes: &[u32], row: u32| if row == NONE { 0 } else { codes[row as usize] };
        let Encoded { channel, step, .. } = self.encoded;
        Ok(match name {
            "journey_id" => Arc::new(self.journey_ids()?),
            "client" => {
                let clients = self.batch.column_by_name("client").ok_or_else(|| Error::bug("no client"))?;
                let rows: Int32Array = journeys.iter().map(|journey| Some(journey.first_row as i32)).collect();
                arrow::compute::take(clients, &rows, None)?
            }
            "journey_number" => Arc::new(journeys.iter().map(|j| Some(j.number as i32)).collect::<Int32Array>()),
            "motive" => codes.motives(journeys.iter().map(|journey| journey.motive))?,
            "case_id" => Arc::new(journeys.iter().map(|journey| codes.case(journey.case)).collect::<StringArray>()),
            "started_at" => Arc::new(times(journeys.iter().map(started_at))),
            "ended_at" => Arc::new(times(journeys.iter().map(|journey| journey.ended_at))),
            "status" => status_words(journeys)?,
            "is_mature" => {
                let contacts = codes.contacts(self.encoded);
                Arc::new(flags(&kernel::mature_journeys(&contacts, self.trace, self.rules.mature_before_us), |&is| is))
            }
            "contacts" => Arc::new(journeys.iter().map(|j| Some(j.contacts as i32)).collect::<Int32Array>()),
            "visits" => Arc::new(self.visits()?.visits.iter().map(|&n| Some(n as i32)).collect::<Int32Array>()),
            "channels" => Arc::new(self.channels(codes)),
            "first_channel" => codes.channels.decode(journeys.iter().map(|j| code_at(channel, j.first_row)))?,
            "first_step" => codes.steps.decode(journeys.iter().map(|j| code_at(step, j.first_row)))?,
            "last_channel" => codes.channels.decode(journeys.iter().map(|j| code_at(channel, j.last_client_row)))?,
            "last_step" => codes.steps.decode(journeys.iter().map(|j| code_at(step, j.last_client_row)))?,
            "drop_channel" => {
                codes.channels.decode(self.visits()?.drop_row.iter().map(|&row| code_at(channel, row)))?
            }
            "drop_step" => codes.steps.decode(self.visits()?.drop_row.iter().map(|&row| code_at(step, row)))?,
            "family" => self.cause_words(signals.list.iter().map(|signal| signal.family.as_str()))?,
            "cause" => self.cause_words(signals.list.iter().map(|signal| signal.code.as_str()))?,
            "signals" => Arc::new(Int64Array::from(self.causes()?.signals.clone())),
            "duration_seconds" => {
                let seconds = |j: &Journey| Some((j.ended_at - started_at(j)) as f64 / 1e6);
                Arc::new(journeys.iter().map(seconds).collect::<Float64Array>())
            }
            other => return Err(Error::bug(format!("`journeys` has no column `{other}`"))),
        })
    }

    /// From the start of these rows, one for each row of the batch, to its own; null for [`NONE`].
    fn since(&self, earlier: &[u32], unit_us: f64) -> Float64Array {
        let start = self.encoded.started_at.values();
        let passed = |(row, &earlier): (usize, &u32)| {
            (earlier != NONE).then(|| (start[row] - start[earlier as usize]) as f64 / unit_us)
        };
        earlier.iter().enumerate().map(passed).collect()
    }

    /// The running sum of a measure in each journey; null throughout where the contacts have no such number.
    fn sum_so_far(&self, measure: &str) -> Result<ArrayRef> {
        let column = self.batch.column_by_name(measure).filter(|column| column.data_type().is_numeric());
        let Some(column) = column else {
            return Ok(new_null_array(&DataType::Float64, self.batch.num_rows()));
        };
        let column = arrow::compute::cast(column, &DataType::Float64)?;
        let values = column.as_primitive::<Float64Type>();
        let sums = sum_so_far(self.trace, |row| values.is_valid(row).then(|| values.value(row)));
        Ok(Arc::new(sums.into_iter().collect::<Float64Array>()))
    }

    /// Which rows belong to a journey; `None` where all do.
    pub fn in_a_journey(&self) -> Option<BooleanArray> {
        let outside = self.trace.journey.contains(&NONE);
        outside.then(|| flags(&self.trace.journey, |&journey| journey != NONE))
    }

    /// Which rows are of the last visit of a dropped journey, where its cause comes from.
    pub fn in_a_last_visit(&self) -> Option<BooleanArray> {
        let visits = self.visits.as_ref()?;
        let mut rows = BooleanBufferBuilder::new(visits.visit.len());
        rows.append_n(visits.visit.len(), false);
        for (journey, &drop_row) in self.trace.journeys.iter().zip(&visits.drop_row).filter(|(_, row)| **row != NONE) {
            let last_visit = visits.visit[drop_row as usize];
            let of_it = self.trace.rows(journey).filter(|&row| visits.visit[row] == last_visit);
            of_it.for_each(|row| rows.set_bit(row, true));
            rows.set_bit(drop_row as usize, true);
        }
        Some(BooleanArray::new(rows.finish(), None))
    }

    fn per_row(&self, per_journey: &ArrayRef) -> Result<ArrayRef> {
        let outside = self.in_a_journey().map(|inside| NullBuffer::new(inside.values().clone()));
        let journey = self.trace.journey.iter();
        let of_row = match outside {
            None => UInt32Array::new(journey.copied().collect(), None),
            outside => UInt32Array::new(journey.map(|&j| if j == NONE { 0 } else { j }).collect(), outside),
        };
        Ok(arrow::compute::take(per_journey, &of_row, None)?)
    }

    /// 128 bits of the client and the first contact of each journey: the same in every run, as long as
    /// the first contact stays the first.
    fn journey_ids(&self) -> Result<FixedSizeBinaryArray> {
        let column = |name: &str| self.batch.column_by_name(name).ok_or_else(|| Error::bug(format!("no `{name}`")));
        let clients = column("client")?.as_fixed_size_binary();
        let rows = column("row")?.as_primitive::<Int64Type>();
        let source = column("source")?.as_dictionary::<Int32Type>();
        let source = source.downcast_dict::<StringArray>().ok_or_else(|| Error::bug("source is not text"))?;
        let file = column("file")?.as_dictionary::<Int32Type>();
        let file = file.downcast_dict::<StringArray>().ok_or_else(|| Error::bug("file is not text"))?;
        let mut ids = FixedSizeBinaryBuilder::with_capacity(self.trace.journeys.len(), 16);
        for journey in &self.trace.journeys {
            let row = journey.first_row as usize;
            let mut hasher = SipHasher24::new();
            hasher.write(clients.value(row));
            hasher.write(&rows.value(row).to_le_bytes());
            for text in
                [arrow::array::ArrayAccessor::value(&source, row), arrow::array::ArrayAccessor::value(&file, row)]
            {
                hasher.write(&(text.len() as u64).to_le_bytes());
                hasher.write(text.as_bytes());
            }
            ids.append_value(hasher.finish128().as_bytes())?;
        }
        Ok(ids.finish())
    }

    fn channels(&self, codes: &Codes) -> arrow::array::ListArray {
        let mut lists = ListBuilder::new(StringBuilder::new());
        let mut used = Vec::new();
        for journey in &self.trace.journeys {
            used.clear();
            for row in self.trace.rows(journey).filter(|&row| self.encoded.is_client_contact(row)) {
                let channel = self.encoded.channel[row];
                if channel != 0 && !used.contains(&channel) {
                    used.push(channel);
                    lists.values().append_option(codes.channels.word(channel));
                }
            }
            lists.append(true);
        }
        lists.finish()
    }

    /// The word of each journey's primary cause: keys are bits, and one more for what no signal explains.
    fn cause_words<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<ArrayRef> {
        let names = StringArray::from_iter_values(names.chain([UNEXPLAINED]));
        let unexplained = names.len() as i32 - 1;
        let primary = self.trace.journeys.iter().zip(&self.causes()?.primary);
        let key = |(journey, bit): (&Journey, &Option<u32>)| match (journey.status, bit) {
            (Status::Dropped, Some(bit)) => *bit as i32,
            (Status::Dropped, None) => unexplained,
            _ => -1,
        };
        words(names, primary.map(key).collect())
    }
}

fn flags<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::collect_bool(rows.len(), |row| holds(&rows[row])), None)
}

fn times(values: impl Iterator<Item = i64>) -> TimestampMicrosecondArray {
    TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC")
}

/// A column of a few words; a key below 0 is null.
fn words(words: StringArray, keys: Vec<i32>) -> Result<ArrayRef> {
    let is_null = |row: usize| keys[row] < 0;
    let nulls = (0..keys.len())
        .any(is_null)
        .then(|| NullBuffer::new(BooleanBuffer::collect_bool(keys.len(), |row| !is_null(row))));
    let keys = match nulls {
        None => Int32Array::new(keys.into(), None),
        Some(nulls) => Int32Array::new(keys.into_iter().map(|key| key.max(0)).collect(), Some(nulls)),
    };
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words))?))
}

fn status_words(journeys: &[Journey]) -> Result<ArrayRef> {
    let names = StringArray::from_iter_values(Status::ALL.iter().map(|status| status.name()));
    words(names, journeys.iter().map(|journey| journey.status as i32).collect())
}

fn neighbours(
    neighbour: &[u32],
    code: &[u32],
    decode: impl FnOnce(std::vec::IntoIter<u32>) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    let codes = neighbour.iter().map(|&row| if row == NONE { 0 } else { code[row as usize] });
    decode(codes.collect::<Vec<u32>>().into_iter())
}
