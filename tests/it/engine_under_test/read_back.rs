//! The tables `steps` and `journeys` → the reference's answer.
//!
//! Rows may come in any order. It panics where a table does not hold together: a contact's own columns are not those of the
//! log, or a journey has no first contact.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;

use super::{Tables, source_name};
use crate::reference::{Answer, Contact, Journey, Step};

/// All rows of both tables, as the reference numbers and orders them.
pub fn answer(tables: &Tables, contacts: &[Contact], horizon: Option<i64>) -> Answer {
    let steps = tables.sql("select * from steps");
    let of_first_contact = |row: &Row<'_>| row.count("position") == 1;
    let first_contacts: BTreeMap<u128, usize> =
        rows(&steps).filter(of_first_contact).map(|row| (row.id("journey_id"), row.count("contact"))).collect();

    let journeys = tables.sql("select * from journeys");
    let identified = |row: Row<'_>| {
        let id = row.id("journey_id");
        (id, journey(&row, tables.clients[&row.id("client")], first_contacts[&id]))
    };
    let mut journeys: Vec<(u128, Journey)> = rows(&journeys).map(identified).collect();
    journeys.sort_by_key(|(_, journey)| {
        let first = journey.first_contact;
        (journey.client, contacts[first].order(), first)
    });
    let numbers: BTreeMap<u128, usize> = journeys.iter().zip(0..).map(|((id, _), number)| (*id, number)).collect();

    let steps = rows(&steps).map(|row| {
        let contact = &contacts[row.count("contact")];
        assert_eq!(Some(tables.clients[&row.id("client")]), contact.client);
        assert_same_contact(&row, contact);
        step(&row, numbers[&row.id("journey_id")])
    });
    let mut steps: Vec<Step> = steps.collect();
    steps.sort_by_key(|step| (step.journey, step.position));
    Answer { journeys: journeys.into_iter().map(|(_, journey)| journey).collect(), steps, horizon }
}

fn journey(row: &Row<'_>, client: u32, first_contact: usize) -> Journey {
    Journey {
        client,
        first_contact,
        number: row.count("journey_number"),
        motive: row.text("motive"),
        case_id: row.text("case_id"),
        started_at: row.whole("started_at").expect("a start"),
        ended_at: row.whole("ended_at").expect("an end"),
        status: row.text("status").expect("a status"),
        is_mature: row.flag("is_mature"),
        contacts: row.count("contacts"),
        visits: row.count("visits"),
        channels: row.texts("channels"),
        first_channel: row.text("first_channel"),
        first_step: row.text("first_step"),
        last_channel: row.text("last_channel"),
        last_step: row.text("last_step"),
        drop_channel: row.text("drop_channel"),
        drop_step: row.text("drop_step"),
        family: row.text("family"),
        cause: row.text("cause"),
        signals: row.whole("signals").expect("signals"),
        duration_seconds: row.decimal("duration_seconds").expect("a duration"),
    }
}

fn step(row: &Row<'_>, journey: usize) -> Step {
    Step {
        contact: row.count("contact"),
        journey,
        position: row.count("position"),
        visit: row.whole("visit").map(|visit| visit as usize),
        first_at_point: row.flag("first_at_point"),
        last_at_point: row.flag("last_at_point"),
        point_reached_at: row.whole("point_reached_at"),
        is_mature: row.flag("is_mature"),
        point_is_mature: row.flag("point_is_mature"),
        funnel_place: row.whole("funnel_place").map(|place| place as usize),
        is_exit: row.flag("is_exit"),
        journey_number: row.count("journey_number"),
        journey_closed_at: row.whole("journey_closed_at"),
        journey_open_until: row.whole("journey_open_until").expect("a moment"),
        journey_is_mature: row.flag("journey_is_mature"),
        journey_is_piece: row.flag("journey_is_piece"),
        journey_started_at: row.whole("journey_started_at").expect("a journey has a start"),
        exit: row.text("exit"),
        next_visit_channel: row.text("next_visit_channel"),
        is_drop_off_point: row.flag("is_drop_off_point"),
        previous_channel: row.text("previous_channel"),
        previous_step: row.text("previous_step"),
        next_channel: row.text("next_channel"),
        next_step: row.text("next_step"),
        seconds_since_previous: row.decimal("seconds_since_previous"),
        visits_so_far: row.count("visits_so_far"),
        times_at_step: row.count("times_at_step"),
        agents_so_far: row.count("agents_so_far"),
        transfers_so_far: row.count("transfers_so_far"),
        reminders_so_far: row.count("reminders_so_far"),
        days_since_reminder: row.decimal("days_since_reminder"),
        unanswered: row.flag("unanswered"),
        unanswered_days: row.decimal("unanswered_days"),
        no_follow_up: row.flag("no_follow_up"),
        promise: row.text("promise"),
        promise_broken: row.flag("promise_broken"),
        contradicts: row.flag("contradicts"),
        wait_so_far: row.decimal("wait_so_far"),
        questions_so_far: row.decimal("questions_so_far"),
        menus_so_far: row.decimal("menus_so_far"),
        signals: row.whole("signals").expect("signals"),
        journey_signals: row.whole("journey_signals").expect("signals"),
        status: row.text("status").expect("a status"),
        family: row.text("family"),
        cause: row.text("cause"),
    }
}

/// The contact's own columns come through as they went in.
fn assert_same_contact(row: &Row<'_>, contact: &Contact) {
    let texts = [
        ("source", Some(source_name(contact.source))),
        ("file", Some(contact.file.clone())),
        ("channel", contact.channel.clone()),
        ("step", contact.step.clone()),
        ("motive", contact.motive.clone()),
        ("case_id", contact.case_id.clone()),
        ("direction", contact.direction.clone()),
        ("agent", contact.agent.clone()),
        ("outcome", contact.outcome.clone()),
    ];
    for (name, value) in texts {
        assert_eq!(row.text(name), value, "{name}");
    }
    let wholes = [
        ("row", Some(contact.row)),
        ("started_at", Some(contact.started_at)),
        ("ended_at", contact.ended_at),
        ("promised_by", contact.promised_by),
        ("questions", contact.questions),
    ];
    for (name, value) in wholes {
        assert_eq!(row.whole(name), value, "{name}");
    }
    assert_eq!(row.flag("error"), contact.error);
    assert_eq!(row.decimal("wait_seconds"), contact.wait_seconds);
}

// ---- cells ----------------------------------------------------------------------------------------------------------

/// One row of a table.
struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

fn rows(batches: &[RecordBatch]) -> impl Iterator<Item = Row<'_>> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| Row { batch, row }))
}

impl Row<'_> {
    /// A column of one value.
    fn cell(&self, name: &str) -> ArrayRef {
        let column = self.batch.column_by_name(name).unwrap_or_else(|| panic!("no column `{name}`"));
        column.slice(self.row, 1)
    }

    fn text(&self, name: &str) -> Option<String> {
        let cell = self.cell(name);
        cell.is_valid(0).then(|| array_value_to_string(&cell, 0).expect("text"))
    }

    /// A list of texts.
    fn texts(&self, name: &str) -> Vec<String> {
        let cell = self.cell(name);
        let items = cell.as_list::<i32>().value(0);
        items.as_string::<i32>().iter().map(|item| item.expect("no null in a list").to_owned()).collect()
    }

    /// A whole number; of a moment, its microseconds.
    fn whole(&self, name: &str) -> Option<i64> {
        let cell = cast(&self.cell(name), &DataType::Int64).expect("a whole number");
        cell.is_valid(0).then(|| cell.as_primitive::<Int64Type>().value(0))
    }

    fn count(&self, name: &str) -> usize {
        self.whole(name).and_then(|count| usize::try_from(count).ok()).expect("a count")
    }

    fn decimal(&self, name: &str) -> Option<f64> {
        let cell = self.cell(name);
        cell.is_valid(0).then(|| cell.as_primitive::<Float64Type>().value(0))
    }

    fn flag(&self, name: &str) -> bool {
        let cell = self.cell(name);
        assert!(cell.is_valid(0), "{name}");
        cell.as_boolean().value(0)
    }

    fn id(&self, name: &str) -> u128 {
        let cell = self.cell(name);
        u128::from_be_bytes(cell.as_fixed_size_binary().value(0).try_into().expect("16 bytes"))
    }
}
