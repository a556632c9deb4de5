//! The engine under the same tests as the reference. In: contacts and rules. The tables `steps` and `journeys` are
//! asked in SQL. Out: the reference's [`Answer`], so that both can be compared.
//!
//! The order of the rules is made here, by sorting; the pass relies on it. A [`Shape`] says how the contacts are cut: it
//! must not change the answer. Dictionaries are built anew for every batch, so that codes differ from batch to batch. It
//! panics where the engine fails.

mod in_memory;
mod read_back;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryBuilder, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use dropoff::expression::{Compiler, Expression};
use dropoff::journey::{
    self, ByClient, Explanation, Family, Grain, JourneyTable, LogEnd, PassSettings, Signal, Signals, StepPattern,
};
use dropoff::schema;

use crate::reference::{self, Answer, Contact, Rules, SIGNALS};
use crate::sql::wait;
use in_memory::InMemoryContacts;

/// How contacts are cut up before the pass sees them.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Rows of a batch; the last of a partition may have fewer. A client may go on in the next one.
    pub batch_rows: usize,
    /// Ranges of clients; some may be empty.
    pub partitions: usize,
}

/// Rebuilds the journeys of all clients with the engine.
pub fn rebuild(contacts: &[Contact], rules: &Rules, shape: Shape) -> Answer {
    let tables = Tables::of(contacts, rules, shape);
    read_back::answer(&tables, contacts, horizon(contacts, rules))
}

/// Names of the columns of `steps` or `journeys`, in order.
pub fn columns_of(table: &str) -> Vec<String> {
    let fields = match table {
        schema::table::STEPS => [contact_fields(), journey::step_fields()].concat(),
        _ => journey::journey_fields(),
    };
    fields.iter().map(|field| field.name().clone()).collect()
}

/// The tables `steps` and `journeys` of a log.
pub struct Tables {
    context: SessionContext,
    by_client: Arc<dyn ByClient>,
    pass: Arc<PassSettings>,
    /// Number of each client by its id.
    clients: BTreeMap<u128, u32>,
}

impl Tables {
    /// Makes the tables; nothing is computed before they are asked for.
    pub fn of(contacts: &[Contact], rules: &Rules, shape: Shape) -> Tables {
        // Ids are spread evenly, and in the order of the numbers.
        let numbers: BTreeSet<u32> = contacts.iter().filter_map(|contact| contact.client).collect();
        let apart = u128::MAX / (numbers.len() as u128 + 1);
        let ids: BTreeMap<u32, u128> =
            numbers.iter().zip(1..).map(|(&number, place)| (number, place * apart)).collect();

        let has_client = |(index, contact): (usize, &Contact)| Some((ids[&contact.client?], index));
        let mut ordered: Vec<(u128, usize)> = contacts.iter().enumerate().filter_map(has_client).collect();
        ordered.sort_by_key(|&(id, index)| (id, contacts[index].order(), index));

        let width = u128::MAX / shape.partitions as u128;
        let starts: Vec<u128> = (0..shape.partitions).map(|partition| partition as u128 * width).collect();
        let mut partitions = vec![Vec::new(); shape.partitions];
        for (id, index) in ordered {
            partitions[starts.partition_point(|&start| start <= id) - 1].push((id, index));
        }
        let schema: SchemaRef = Arc::new(Schema::new(contact_fields()));
        let cut = |rows: &Vec<(u128, usize)>| -> Vec<RecordBatch> {
            rows.chunks(shape.batch_rows).map(|rows| batch(&schema, contacts, rows)).collect()
        };
        let partitions: Vec<Vec<RecordBatch>> = partitions.iter().map(cut).collect();
        let by_client: Arc<dyn ByClient> = Arc::new(InMemoryContacts { schema, partitions, starts });

        let pass = PassSettings {
            rules: rules_of_the_pass(rules),
            end: end_of(contacts, rules),
            signals: THE_SIGNALS.clone(),
        };
        let pass = Arc::new(pass);
        let config = SessionConfig::new().with_target_partitions(shape.partitions);
        let context = SessionContext::new_with_config(config);
        for grain in [Grain::Steps, Grain::Journeys] {
            let table = JourneyTable::new(Arc::clone(&by_client), Arc::clone(&pass), grain);
            context.register_table(grain.table(), Arc::new(table)).expect("a table");
        }
        Tables { context, by_client, pass, clients: ids.into_iter().map(|(number, id)| (id, number)).collect() }
    }

    /// Why each journey of a client is what it is.
    pub fn explanations(&self, client: u32) -> Vec<Explanation> {
        let id = self.clients.iter().find(|(_, number)| **number == client).map(|(id, _)| *id).expect("a client");
        let id = ScalarValue::FixedSizeBinary(16, Some(id.to_be_bytes().to_vec()));
        let session = self.context.state();
        wait(journey::explanations(self.by_client.as_ref(), &self.pass, &session, &id)).expect("an explanation")
    }

    /// Runs SQL over the tables.
    pub fn sql(&self, sql: &str) -> Vec<RecordBatch> {
        let answer: Result<_, DataFusionError> = wait(async { self.context.sql(sql).await?.collect().await });
        answer.unwrap_or_else(|error| panic!("{sql}\n{error}"))
    }
}

// ---- the rules ------------------------------------------------------------------------------------------------------

/// The earliest, over the sources, of the latest contact; or the moment given. `None` where there is neither.
fn horizon(contacts: &[Contact], rules: &Rules) -> Option<i64> {
    let mut latest: BTreeMap<usize, i64> = BTreeMap::new();
    for contact in contacts {
        let known = latest.entry(contact.source).or_insert(contact.started_at);
        *known = contact.started_at.max(*known);
    }
    rules.as_of.or_else(|| latest.into_values().min())
}

fn source_name(place: usize) -> String {
    format!("source {place}")
}

fn rules_of_the_pass(rules: &Rules) -> journey::Rules {
    let steps = |patterns: &[reference::StepPattern]| -> Vec<StepPattern> {
        let pattern = |(step, channel): &reference::StepPattern| (step.clone(), channel.clone());
        patterns.iter().map(pattern).map(|(step, channel)| StepPattern { step, channel, line: 0 }).collect()
    };
    journey::Rules {
        gap_us: rules.gap,
        gap_by_motive_us: rules.gap_by_motive.clone(),
        visit_gap_us: rules.visit_gap,
        by_motive: rules.by_motive,
        goals: steps(&rules.goals),
        refusals: steps(&rules.refusals),
        withdrawals: steps(&rules.withdrawals),
        funnel: steps(&rules.funnel),
    }
}

fn end_of(contacts: &[Contact], rules: &Rules) -> LogEnd {
    let horizon_us = horizon(contacts, rules).unwrap_or(i64::MAX);
    let split_cases = Arc::new(rules.split_cases.iter().cloned().collect());
    LogEnd { horizon_us, mature_before_us: horizon_us - rules.mature_after, split_cases }
}

/// The conditions of [`SIGNALS`], in their order.
const CONDITIONS: [&str; SIGNALS.len()] = ["error", "times_at_step >= 3", "agents_so_far >= 3", "promise_broken"];

static THE_SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
    let all: SchemaRef = Arc::new(Schema::new([contact_fields(), journey::context_fields()].concat()));
    let compiler = Compiler::new();
    let compile = |sql| compiler.compile_condition(sql, &all).expect("a condition");
    let conditions: [Expression; SIGNALS.len()] = CONDITIONS.map(compile);
    let read: BTreeSet<String> = conditions.iter().flat_map(Expression::columns).collect();
    let fields = all.fields().iter().filter(|field| read.contains(field.name())).map(|field| field.as_ref().clone());
    let columns: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let signal = |((family, code), condition): (&(&str, &str), &Expression)| Signal {
        family: Family::ALL.into_iter().find(|known| known.name() == *family).expect("a family"),
        code: (*code).to_owned(),
        condition: condition.over(&columns).expect("its columns are there"),
    };
    let list = SIGNALS.iter().zip(&conditions).map(signal).collect();
    Signals { columns, contacts: Arc::new(Schema::new(contact_fields())), list }
});

// ---- the contacts ---------------------------------------------------------------------------------------------------

/// The columns of `contacts` with measures: those of a [`Contact`], and `contact`, the contact's place in the log.
fn contact_fields() -> Vec<Field> {
    let measures = vec![
        Field::new("error", DataType::Boolean, true),
        Field::new("wait_seconds", DataType::Float64, true),
        Field::new("questions", DataType::Int64, true),
        Field::new("contact", DataType::Int64, true),
    ];
    [schema::contact_fields(), measures].concat()
}

/// The contacts at these places, each with the id of its client.
fn batch(schema: &SchemaRef, contacts: &[Contact], rows: &[(u128, usize)]) -> RecordBatch {
    let here = || rows.iter().map(move |&(_, index)| &contacts[index]);
    let texts = |value: fn(&Contact) -> Option<&str>| here().map(value);
    let words = |value: fn(&Contact) -> Option<&str>| -> ArrayRef {
        Arc::new(texts(value).collect::<DictionaryArray<Int32Type>>())
    };
    let moments = |value: fn(&Contact) -> Option<i64>| -> ArrayRef {
        Arc::new(here().map(value).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let column = |field: &Arc<Field>| -> ArrayRef {
        match field.name().as_str() {
            "client" => {
                let mut ids = FixedSizeBinaryBuilder::new(16);
                rows.iter().for_each(|(id, _)| ids.append_value(id.to_be_bytes()).expect("16 bytes"));
                Arc::new(ids.finish())
            }
            "source" => {
                let names: Vec<String> = here().map(|contact| source_name(contact.source)).collect();
                Arc::new(names.iter().map(|name| Some(name.as_str())).collect::<DictionaryArray<Int32Type>>())
            }
            "file" => words(|contact| Some(&contact.file)),
            "row" => Arc::new(Int64Array::from_iter_values(here().map(|contact| contact.row))),
            "started_at" => moments(|contact| Some(contact.started_at)),
            "ended_at" => moments(|contact| contact.ended_at),
            "channel" => words(|contact| contact.channel.as_deref()),
            "step" => words(|contact| contact.step.as_deref()),
            "motive" => words(|contact| contact.motive.as_deref()),
            "case_id" => Arc::new(texts(|contact| contact.case_id.as_deref()).collect::<StringArray>()),
            "direction" => words(|contact| contact.direction.as_deref()),
            "outcome" => words(|contact| contact.outcome.as_deref()),
            "agent" => words(|contact| contact.agent.as_deref()),
            "promised_by" => moments(|contact| contact.promised_by),
            "error" => Arc::new(here().map(|contact| Some(contact.error)).collect::<BooleanArray>()),
            "wait_seconds" => Arc::new(here().map(|contact| contact.wait_seconds).collect::<Float64Array>()),
            "questions" => Arc::new(here().map(|contact| contact.questions).collect::<Int64Array>()),
            "contact" => Arc::new(Int64Array::from_iter_values(rows.iter().map(|&(_, index)| index as i64))),
            // Nothing that the journey rules look at.
            _ => new_null_array(field.data_type(), rows.len()),
        }
    };
    RecordBatch::try_new(Arc::clone(schema), schema.fields().iter().map(column).collect()).expect("a batch")
}
