//! What `journeys` says of a journey.

use super::arrays::{bits, flag, float, floats, int, ints, list_of_text, moments, text};
use super::column::Values::OfJourneys;
use super::column::{Column, Recipe};
use super::of_journeys;
use crate::schema::{id, moment, word};

/// In order.
pub static JOURNEY_COLUMNS: &[Column] = &[
    Column::new(
        "journey_id",
        id,
        OfJourneys(Recipe::Origins(of_journeys::ids)),
        "made of the client and the place of the first contact: the same in every run",
    )
    .not_null(),
    Column::new("client", id, OfJourneys(Recipe::Base(of_journeys::clients)), "pseudonym").not_null(),
    Column::new(
        "journey_number",
        int,
        OfJourneys(Recipe::Base(of_journeys::numbers)),
        "among the client's journeys, from 1, in the order in which they started",
    )
    .not_null(),
    Column::new(
        "motive",
        word,
        OfJourneys(Recipe::Motives(|rebuilt| {
            rebuilt.codes.motives(rebuilt.trace.journeys.iter().map(|journey| journey.motive))
        })),
        "first motive that a client contact brought",
    ),
    Column::new("case_id", text, OfJourneys(Recipe::Base(of_journeys::case_ids)), "case id"),
    Column::new("started_at", moment, OfJourneys(Recipe::Base(of_journeys::started_at)), "start of the first contact")
        .not_null(),
    Column::new(
        "ended_at",
        moment,
        OfJourneys(Recipe::Base(|rebuilt| {
            moments(rebuilt.trace.journeys.iter().map(|journey| Some(journey.ended_at)))
        })),
        "end of the last client contact; or of the company contact that ended the journey after it",
    )
    .not_null(),
    Column::new(
        "status",
        word,
        OfJourneys(Recipe::Base(of_journeys::statuses)),
        "`completed`, `refused`, `dropped`, `open`",
    )
    .not_null(),
    Column::new(
        "is_mature",
        flag,
        OfJourneys(Recipe::Base(of_journeys::is_mature)),
        "the first contact lies `mature_after` before the horizon, and the journey is no piece",
    )
    .not_null(),
    Column::new(
        "contacts",
        int,
        OfJourneys(Recipe::Base(|rebuilt| {
            ints(rebuilt.trace.journeys.iter().map(|journey| journey.contacts as i32).collect())
        })),
        "contacts of any direction",
    )
    .not_null(),
    Column::new(
        "visits",
        int,
        OfJourneys(Recipe::Base(|rebuilt| ints(rebuilt.visits().visits.iter().map(|&visits| visits as i32).collect()))),
        "visits",
    )
    .not_null(),
    Column::new(
        "channels",
        list_of_text,
        OfJourneys(Recipe::Base(of_journeys::channels)),
        "channels of client contacts, in order of first use",
    )
    .not_null(),
    Column::new(
        "first_channel",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.channels_at(&of_journeys::first_rows(rebuilt)))),
        "channel of the first client contact",
    ),
    Column::new(
        "first_step",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.steps_at(&of_journeys::first_rows(rebuilt)))),
        "its step",
    ),
    Column::new(
        "last_channel",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.channels_at(&of_journeys::last_client_rows(rebuilt)))),
        "channel of the last client contact, a withdrawal included",
    ),
    Column::new(
        "last_step",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.steps_at(&of_journeys::last_client_rows(rebuilt)))),
        "its step",
    ),
    Column::new(
        "drop_channel",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.channels_at(&rebuilt.visits().drop_row))),
        "channel of the drop-off point; null unless dropped",
    ),
    Column::new(
        "drop_step",
        word,
        OfJourneys(Recipe::Base(|rebuilt| rebuilt.steps_at(&rebuilt.visits().drop_row))),
        "its step",
    ),
    Column::new(
        "family",
        word,
        OfJourneys(Recipe::Causes(of_journeys::families)),
        "family of the primary cause; `unexplained` where no rule held; null unless dropped",
    ),
    Column::new(
        "cause",
        word,
        OfJourneys(Recipe::Causes(of_journeys::causes)),
        "primary cause; `unexplained` where no rule held; null unless dropped",
    ),
    Column::new(
        "signals",
        bits,
        OfJourneys(Recipe::JourneySignals(of_journeys::signals)),
        "rules that held on any of its contacts",
    )
    .not_null(),
    Column::new(
        "duration_seconds",
        float,
        OfJourneys(Recipe::Base(|rebuilt| {
            let journeys = rebuilt.trace.journeys.iter();
            floats(journeys.map(|journey| Some((journey.ended_at - rebuilt.started_at(journey)) as f64 / 1e6)))
        })),
        "from `started_at` to `ended_at`",
    )
    .not_null(),
];
