//! What the pass adds to a contact in `steps`.

use std::sync::Arc;

use arrow::array::Int64Array;

use super::super::kernel::{self, Exit, Promise};
use super::arrays::{bits, flag, flags, float, floats, int, ints, moments, places, words};
use super::column::Values::{OfContacts, OfJourneys};
use super::column::{Column, InConditions, Recipe};
use super::of_journeys;
use crate::schema::{id, moment, word};

const SECOND_US: f64 = 1e6;
const DAY_US: f64 = 86_400e6;

/// In order; before them stand all columns of `contacts`.
pub static STEP_COLUMNS: &[Column] = &[
    Column::new(
        "journey_id",
        id,
        OfJourneys(Recipe::Origins(of_journeys::ids)),
        "the journey; see `journeys`",
    )
    .not_null(),
    Column::new(
        "journey_number",
        int,
        OfJourneys(Recipe::Base(of_journeys::numbers)),
        "of the journey; see `journeys`",
    )
    .not_null(),
    Column::new(
        "journey_started_at",
        moment,
        OfJourneys(Recipe::Base(of_journeys::started_at)),
        "start of the journey's first contact",
    )
    .not_null(),
    Column::new(
        "journey_closed_at",
        moment,
        OfJourneys(Recipe::Base(|rebuilt| {
            moments(rebuilt.trace.journeys.iter().map(|journey| journey.closed_at(rebuilt.contacts.gap_of_motive)))
        })),
        "when the journey was over: where it is completed, refused or withdrawn from, its `ended_at`; where it is dropped in \
         silence, the end of the last client contact plus its gap; null while it is open",
    ),
    Column::new(
        "journey_open_until",
        moment,
        OfJourneys(Recipe::Base(|rebuilt| {
            let open_until = |journey: &kernel::Journey| Some(journey.open_until(rebuilt.contacts.gap_of_motive));
            moments(rebuilt.trace.journeys.iter().map(open_until))
        })),
        "until when the journey waits for the client, or would have: the end of the last client contact plus its gap",
    )
    .not_null(),
    Column::new(
        "journey_is_mature",
        flag,
        OfJourneys(Recipe::Base(of_journeys::is_mature)),
        "of the journey; see `journeys`",
    )
    .not_null(),
    Column::new(
        "journey_is_piece",
        flag,
        OfJourneys(Recipe::Base(|rebuilt| {
            flags(&rebuilt.trace.journeys, |journey| journey.is_piece_of_a_case(&rebuilt.contacts))
        })),
        "the journey is what one of several clients has of a case: see `split_cases`",
    )
    .not_null(),
    Column::new(
        "is_mature",
        flag,
        OfContacts(Recipe::Base(|rebuilt| {
            let before = rebuilt.end().mature_before_us;
            flags(&kernel::mature_contacts(&rebuilt.contacts, rebuilt.trace, before), |&is| is)
        })),
        "the contact lies `mature_after` before the horizon, and in no piece: passages, exits and moves that rates count",
    )
    .not_null(),
    Column::new(
        "point_is_mature",
        flag,
        OfContacts(Recipe::Base(|rebuilt| {
            let before = rebuilt.end().mature_before_us;
            flags(&kernel::mature_points(&rebuilt.contacts, rebuilt.trace, before), |&is| is)
        })),
        "the same of the journey's first contact at this channel and step, of any direction: reach and drop-offs that rates of \
         a point count",
    )
    .not_null(),
    Column::new(
        "position",
        int,
        OfContacts(Recipe::Base(|rebuilt| ints(kernel::position(rebuilt.by_journey())))),
        "place in the journey, from 1",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "visit",
        int,
        OfContacts(Recipe::Base(|rebuilt| places(rebuilt.visits().visit.iter().map(|&visit| visit as i32)))),
        "visit, from 1; null for company contacts, and from the mark of a withdrawal on",
    ),
    Column::new(
        "first_at_point",
        flag,
        OfContacts(Recipe::Base(|rebuilt| flags(rebuilt.times_at_step(), |&times| times == 1))),
        "first contact of the journey at this channel and step; their sum is the reach of the point",
    )
    .not_null(),
    Column::new(
        "last_at_point",
        flag,
        OfContacts(Recipe::Base(|rebuilt| {
            let visit = &rebuilt.visits().visit;
            flags(&kernel::last_at_point(&rebuilt.contacts, rebuilt.by_journey(), visit), |&is_last| is_last)
        })),
        "of the contacts in a visit, the last of the journey at this channel and step",
    )
    .not_null(),
    Column::new(
        "point_reached_at",
        moment,
        OfContacts(Recipe::Base(|rebuilt| {
            let visit = &rebuilt.visits().visit;
            let reached = kernel::point_reached_at(&rebuilt.contacts, rebuilt.by_journey(), visit);
            moments(reached.into_iter().map(|at| (at != i64::MIN).then_some(at)))
        })),
        "of the contacts in a visit, the start of the journey's first one at this channel and step; null for all others",
    ),
    Column::new(
        "funnel_place",
        int,
        OfContacts(Recipe::Base(|rebuilt| places(kernel::funnel_places(&rebuilt.contacts, rebuilt.trace)))),
        "at the contact by which the journey comes to a place of the configured funnel, that place, from 1; in order, each once",
    ),
    Column::new(
        "is_exit",
        flag,
        OfContacts(Recipe::Base(|rebuilt| flags(&rebuilt.visits().exit, |&exit| exit != Exit::None))),
        "a visit that reached no goal ends here",
    )
    .not_null(),
    Column::new(
        "exit",
        word,
        OfContacts(Recipe::Base(|rebuilt| {
            let key = |exit: &Exit| *exit as i32 - Exit::Moved as i32;
            words(Exit::ALL.iter().filter_map(|exit| exit.name()), rebuilt.visits().exit.iter().map(key).collect())
        })),
        "`moved`, `retried` or `silent`",
    ),
    Column::new(
        "next_visit_channel",
        word,
        OfContacts(Recipe::Base(|rebuilt| rebuilt.channels_at(&rebuilt.visits().next_visit))),
        "where the client moved or retried: the channel of the next visit",
    ),
    Column::new(
        "is_drop_off_point",
        flag,
        OfContacts(Recipe::Base(|rebuilt| flags(&rebuilt.visits().exit, |&exit| exit == Exit::Silent))),
        "the drop-off point of a dropped journey",
    )
    .not_null(),
    Column::new(
        "previous_channel",
        word,
        OfContacts(Recipe::Base(|rebuilt| rebuilt.channels_at(rebuilt.previous()))),
        "channel of the contact before in the journey, of any direction",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "previous_step",
        word,
        OfContacts(Recipe::Base(|rebuilt| rebuilt.steps_at(rebuilt.previous()))),
        "its step",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "next_channel",
        word,
        OfContacts(Recipe::Base(|rebuilt| rebuilt.channels_at(&rebuilt.trace.next))),
        "channel of the contact after",
    ),
    Column::new(
        "next_step",
        word,
        OfContacts(Recipe::Base(|rebuilt| rebuilt.steps_at(&rebuilt.trace.next))),
        "its step",
    ),
    Column::new(
        "seconds_since_previous",
        float,
        OfContacts(Recipe::Base(|rebuilt| floats(rebuilt.since(rebuilt.previous(), SECOND_US)))),
        "from the start of the contact before to the start of this one",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "visits_so_far",
        int,
        OfContacts(Recipe::Base(|rebuilt| ints(kernel::visits_so_far(rebuilt.by_journey(), &rebuilt.visits().visit)))),
        "visits begun",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "times_at_step",
        int,
        OfContacts(Recipe::Base(|rebuilt| ints(rebuilt.times_at_step().to_vec()))),
        "contacts of the journey at this channel and step",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "agents_so_far",
        int,
        OfContacts(Recipe::Agents(|rebuilt, agent| ints(kernel::agents_so_far(rebuilt.by_journey(), agent)))),
        "different agents, on all channels and in all directions",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "transfers_so_far",
        int,
        OfContacts(Recipe::Agents(|rebuilt, agent| {
            ints(kernel::transfers_so_far(rebuilt.by_journey(), &rebuilt.visits().visit, agent))
        })),
        "changes of agent from one contact of a visit to the next, over all visits of the journey so far",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "reminders_so_far",
        int,
        OfContacts(Recipe::Base(|rebuilt| ints(kernel::reminders_so_far(&rebuilt.contacts, rebuilt.by_journey())))),
        "outbound contacts",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "days_since_reminder",
        float,
        OfContacts(Recipe::Base(|rebuilt| {
            floats(rebuilt.since(&kernel::last_reminder(&rebuilt.contacts, rebuilt.by_journey()), DAY_US))
        })),
        "from the start of the latest outbound contact up to this one to the start of this one; null before the first",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "unanswered",
        flag,
        OfContacts(Recipe::Base(|rebuilt| flags(rebuilt.unanswered(), |&is_unanswered| is_unanswered))),
        "a client contact by e-mail, letter, chat or SMS (channels of these names) that no outbound contact follows",
    )
    .not_null()
    .in_conditions(InConditions::LooksAhead),
    Column::new(
        "unanswered_days",
        float,
        OfContacts(Recipe::Base(|rebuilt| {
            let days = |start: i64| rebuilt.end().horizon_us.saturating_sub(start).max(0) as f64 / DAY_US;
            let messages = rebuilt.unanswered().iter().zip(rebuilt.contacts.started_at);
            floats(messages.map(|(&is_unanswered, &start)| is_unanswered.then(|| days(start))))
        })),
        "of an unanswered contact: from its start to the horizon",
    )
    .in_conditions(InConditions::LooksAhead),
    Column::new(
        "no_follow_up",
        flag,
        OfContacts(Recipe::Base(|rebuilt| {
            flags(&kernel::no_follow_up(&rebuilt.contacts, rebuilt.by_journey()), |&is_alone| is_alone)
        })),
        "a client contact of a journey without any outbound contact, earlier or later",
    )
    .not_null()
    .in_conditions(InConditions::LooksAhead),
    Column::new(
        "promise",
        word,
        OfContacts(Recipe::Promises(|rebuilt, promised_by| {
            let horizon = rebuilt.end().horizon_us;
            let promises = kernel::promise(&rebuilt.contacts, rebuilt.by_journey(), promised_by, horizon);
            let key = |promise: Option<Promise>| promise.map_or(-1, |promise| promise as i32);
            words(Promise::ALL.map(Promise::name), promises.into_iter().map(key).collect())
        })),
        "where something was promised: `kept` or `late` by the first outbound contact of the journey that starts after this \
         contact, by `promised_by` or after it; without one `broken` where `promised_by` lies before the horizon, else `not_due`",
    )
    .in_conditions(InConditions::LooksAhead),
    Column::new(
        "promise_broken",
        flag,
        OfContacts(Recipe::Promises(|rebuilt, promised_by| {
            let horizon = rebuilt.end().horizon_us;
            let broken = kernel::promise_broken(&rebuilt.contacts, rebuilt.by_journey(), promised_by, horizon);
            flags(&broken, |&is_broken| is_broken)
        })),
        "`promised_by` lies before the horizon, and no outbound contact of the journey starts after this contact and by then: \
         `promise` is `late` or `broken`, and its moment has passed by the horizon",
    )
    .not_null()
    .in_conditions(InConditions::LooksAhead),
    Column::new(
        "contradicts",
        flag,
        OfContacts(Recipe::Outcomes(|rebuilt, outcome| {
            flags(&kernel::contradicts(&rebuilt.contacts, rebuilt.by_journey(), outcome), |&contradicts| contradicts)
        })),
        "the last contact of the journey at this step on another channel has another `outcome`; contacts without step, channel \
         or outcome are passed over",
    )
    .not_null()
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "wait_so_far",
        float,
        OfContacts(Recipe::SumSoFar("wait_seconds")),
        "sum of the measure `wait_seconds` in the journey; null before its first value, and where no source has it as a number",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "questions_so_far",
        float,
        OfContacts(Recipe::SumSoFar("questions")),
        "the same of `questions`",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "menus_so_far",
        float,
        OfContacts(Recipe::SumSoFar("menus")),
        "the same of `menus`",
    )
    .in_conditions(InConditions::LooksBack),
    Column::new(
        "signals",
        bits,
        OfContacts(Recipe::Signals(|signals| Arc::new(Int64Array::from(signals.to_vec())))),
        "rules that hold on this contact, as bits; see `signals`",
    )
    .not_null(),
    Column::new(
        "journey_signals",
        bits,
        OfJourneys(Recipe::JourneySignals(of_journeys::signals)),
        "rules that held on any contact of the journey: `signals` of `journeys`",
    )
    .not_null(),
    Column::new("status", word, OfJourneys(Recipe::Base(of_journeys::statuses)), "of the journey").not_null(),
    Column::new(
        "family",
        word,
        OfJourneys(Recipe::Causes(of_journeys::families)),
        "family of the journey's primary cause; null unless it is dropped",
    ),
    Column::new(
        "cause",
        word,
        OfJourneys(Recipe::Causes(of_journeys::causes)),
        "primary cause of the journey; null unless it is dropped",
    ),
];
