//! `dropoff explain`

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use datafusion::common::ScalarValue;

use super::configuration;
use super::printer::Printer;
use super::values::AsOf;
use crate::config::{Config, StepPattern};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::report::format::{self, show};
use crate::report::{Answer, Cell, Format, Layout, Table, text};

/// Show one journey contact by contact, and why it got its status and cause
///
/// Every contact is traced to its row in a log. Give a journey id (or how it starts), or a client.
#[derive(Debug, Args)]
#[command(
    after_help = "example: dropoff explain --client C000123\n         dropoff query \"select journey_id from journeys where status = 'dropped' limit 5\""
)]
pub(super) struct Explain {
    /// Id of a journey, or how it starts: hexadecimal digits
    #[arg(required_unless_present = "client", conflicts_with = "client")]
    journey: Option<String>,

    /// All journeys of this client, by the id that the logs have
    #[arg(long, value_name = "ID")]
    client: Option<String>,

    #[command(flatten)]
    as_of: AsOf,
}

pub(super) async fn run(command: Explain, config: &Path, printer: &Printer) -> Result<()> {
    let config = configuration::load(config)?;
    let range = command.journey.as_deref().map(ids_that_start_with).transpose()?;
    let engine = Engine::open(&config, command.as_of.options()).await?;
    let (filter, values) = match (range, &command.client) {
        (Some((low, high)), _) => {
            ("journey_id >= $low and journey_id <= $high", vec![("low".to_owned(), low), ("high".to_owned(), high)])
        }
        (None, Some(client)) => ("client = $client", vec![("client".to_owned(), engine.client(client)?)]),
        (None, None) => return Err(Error::user("no journey is given")),
    };
    let explainer = Explainer { config: &config, engine: &engine, width: printer.width() };
    let journeys = explainer
        .ask(&format!("select * from journeys where {filter} order by started_at, journey_id"), values)
        .await?;
    if journeys.rows.is_empty() {
        let what = command
            .journey
            .map_or_else(|| "this client has no journey".to_owned(), |id| format!("there is no journey `{id}`"));
        return Err(
            Error::user(what).hint("dropoff query \"select journey_id, status, drop_step from journeys limit 10\"")
        );
    }
    if command.client.is_none() && journeys.rows.len() > 1 {
        let ids: Vec<String> =
            (0..journeys.rows.len().min(10)).map(|row| value(&journeys, row, "journey_id")).collect();
        return Err(Error::user("several journeys start like this").fact("found", ids.join("\n")));
    }
    for row in 0..journeys.rows.len() {
        let gap = if row > 0 { "\n" } else { "" };
        printer.answer(format!("{gap}{}", explainer.explain(&journeys, row).await?))?;
    }
    Ok(())
}

/// The lowest and the highest id that start with these digits.
fn ids_that_start_with(digits: &str) -> Result<(ScalarValue, ScalarValue)> {
    let fits = !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let id = |fill: char| {
        let whole: String = digits.chars().chain(std::iter::repeat(fill)).take(32).collect();
        u128::from_str_radix(&whole, 16)
            .ok()
            .map(|id| ScalarValue::FixedSizeBinary(16, Some(id.to_be_bytes().to_vec())))
    };
    match (fits, id('0'), id('f')) {
        (true, Some(low), Some(high)) => Ok((low, high)),
        _ => {
            Err(Error::user(format!("`{digits}` is not a journey id")).fact("expected", "up to 32 hexadecimal digits"))
        }
    }
}

struct Explainer<'a> {
    config: &'a Config,
    engine: &'a Engine,
    width: Option<usize>,
}

impl Explainer<'_> {
    async fn ask(&self, sql: &str, values: Vec<(String, ScalarValue)>) -> Result<Table> {
        let (schema, batches) = self.engine.sql_with(sql, values).await?;
        Answer::adhoc(schema, batches).table()
    }

    async fn explain(&self, journeys: &Table, row: usize) -> Result<String> {
        let id = value(journeys, row, "journey_id");
        let (bytes, _) = ids_that_start_with(&id)?;
        let journey = || vec![("journey".to_owned(), bytes.clone())];
        let contacts = self.ask("select * from steps where journey_id = $journey order by position", journey()).await?;
        let mut out = String::new();
        let about = ["motive", "case_id"].map(|name| (name, value(journeys, row, name)));
        let about: String = about
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!(", {} {text}", name.trim_end_matches("_id")))
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "journey {id}{about}");
        let _ = writeln!(out, "client  {}", value(journeys, row, "client"));
        let _ = writeln!(out, "\n{}", self.why_status(journeys, row, &contacts));
        if value(journeys, row, "status") == "dropped" {
            let _ = writeln!(out, "{}", self.why_cause(journeys, row, &contacts)?);
        }
        let shown = self.contact_list(&contacts, journey()).await?;
        let _ = write!(out, "\n{shown}");
        Ok(out)
    }

    fn why_status(&self, journeys: &Table, row: usize, contacts: &Table) -> String {
        let status = value(journeys, row, "status");
        let journey = &self.config.journey;
        let reached = |patterns: &[StepPattern]| {
            (0..contacts.rows.len()).find(|&contact| {
                patterns.iter().any(|pattern| {
                    pattern.step == value(contacts, contact, "step")
                        && pattern
                            .channel
                            .as_ref()
                            .is_none_or(|channel| *channel == value(contacts, contact, "channel"))
                })
            })
        };
        let at = |contact: usize| {
            let (step, when) = (value(contacts, contact, "step"), self.time(contacts, contact, "started_at"));
            format!("contact {}, `{step}` at {when}", contact + 1)
        };
        match status.as_str() {
            "completed" => format!("completed: {} is a goal", reached(&journey.goals).map_or_else(String::new, at)),
            "refused" => format!("refused: {} is a refusal", reached(&journey.refusals).map_or_else(String::new, at)),
            _ => {
                let point =
                    format!("at {} / {}", value(journeys, row, "drop_channel"), value(journeys, row, "drop_step"));
                if let Some(contact) = reached(&journey.withdrawals) {
                    return format!("dropped {point}: {} is a withdrawal", at(contact));
                }
                let last = (0..contacts.rows.len())
                    .rev()
                    .find(|&contact| !matches!(value(contacts, contact, "direction").as_str(), "outbound" | "system"));
                let (Some(last), Some(horizon)) = (last, self.engine.horizon_us()) else { return status };
                let motive = value(journeys, row, "motive");
                let gap = journey.gap_by_motive_us.get(&motive).copied().unwrap_or(journey.gap_us);
                let end = ["ended_at", "started_at"].iter().find_map(|name| match cell(contacts, last, name) {
                    Cell::Moment(end) => Some(*end),
                    _ => None,
                });
                let over = end.unwrap_or(horizon).saturating_add(gap);
                let span = show(&Cell::Float(gap as f64 / 1e6), Format::Seconds, self.config.report.timezone);
                let (over, horizon) = (self.moment(over), self.moment(horizon));
                let silent = format!(
                    "no goal, refusal or withdrawal; contact {}, the client's last, plus the gap of {span} is {over}",
                    last + 1
                );
                if status == "open" {
                    format!("open: {silent}, not before the horizon {horizon}")
                } else {
                    format!("dropped {point}: {silent}, before the horizon {horizon}")
                }
            }
        }
    }

    fn why_cause(&self, journeys: &Table, row: usize, contacts: &Table) -> Result<String> {
        let (family, cause) = (value(journeys, row, "family"), value(journeys, row, "cause"));
        let rules = &self.engine.rules().rules;
        let mask = |table: &Table, row: usize| match cell(table, row, "signals") {
            Cell::Int(mask) => *mask as i64,
            _ => 0,
        };
        let held = |contact: usize, bit: usize| mask(contacts, contact) >> bit & 1 == 1;
        let all = 0..contacts.rows.len();
        let point = all.clone().find(|&contact| *cell(contacts, contact, "is_drop_off_point") == Cell::Bool(true));
        let Some(bit) = rules.iter().position(|rule| rule.family == family && rule.code == cause) else {
            return Ok("unexplained: no rule held at the drop-off point, nor in its visit".to_owned());
        };
        let visit = |contact: usize| value(contacts, contact, "visit");
        let at_point = point.filter(|&point| held(point, bit));
        let in_visit = || {
            point.and_then(|point| all.clone().find(|&contact| visit(contact) == visit(point) && held(contact, bit)))
        };
        let Some(contact) = at_point.or_else(in_visit) else { return Err(Error::bug("a cause that held nowhere")) };
        let values: Vec<String> = rules[bit]
            .columns()
            .iter()
            .map(|name| format!("{name} = {}", shown_or_null(value(contacts, contact, name))))
            .collect();
        let place = if at_point.is_some() { "the drop-off point" } else { "in the visit of the drop-off point" };
        let mut why = format!(
            "{family}.{cause}: `{}` held at contact {}, {place} ({})",
            rules[bit].when,
            contact + 1,
            values.join(", ")
        );
        let others: Vec<String> = rules
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != bit && all.clone().any(|contact| held(contact, *other)))
            .map(|(other, rule)| {
                let at: Vec<String> = all
                    .clone()
                    .filter(|&contact| held(contact, other))
                    .map(|contact| (contact + 1).to_string())
                    .collect();
                format!("{}.{} at contact {}", rule.family, rule.code, at.join(", "))
            })
            .collect();
        if !others.is_empty() {
            let _ = write!(why, "\nalso held: {}", others.join("; "));
        }
        Ok(why)
    }

    /// The contacts, without the columns that say nothing here.
    async fn contact_list(&self, contacts: &Table, journey: Vec<(String, ScalarValue)>) -> Result<String> {
        let says_something = |name: &&str| (0..contacts.rows.len()).any(|row| *cell(contacts, row, name) != Cell::Null);
        let measures = contacts.columns.iter().map(|column| column.name.as_str());
        let fixed: Vec<String> = crate::schema::contact_fields()
            .iter()
            .chain(&crate::schema::step_fields())
            .map(|field| field.name().clone())
            .collect();
        let measures: Vec<&str> = measures.filter(|name| !fixed.iter().any(|known| known == name)).collect();
        let columns = [
            "position",
            "started_at",
            "ended_at",
            "channel",
            "step",
            "direction",
            "outcome",
            "agent",
            "site",
            "promised_by",
        ];
        let listed: Vec<String> = columns
            .into_iter()
            .chain(measures)
            .chain(["visit", "exit", "source", "file", "row"])
            .filter(says_something)
            .map(|name| format!("\"{name}\""))
            .collect();
        let sql = format!("select {} from steps where journey_id = $journey order by position", listed.join(", "));
        let (schema, batches) = self.engine.sql_with(&sql, journey).await?;
        text(
            &Answer::adhoc(schema, batches),
            Layout { width: self.width, timezone: self.config.report.timezone, all_columns: true },
        )
    }

    fn time(&self, table: &Table, row: usize, name: &str) -> String {
        match cell(table, row, name) {
            Cell::Moment(micros) => self.moment(*micros),
            _ => String::new(),
        }
    }

    fn moment(&self, micros: i64) -> String {
        format::moment(micros, self.config.report.timezone)
    }
}

fn cell<'a>(table: &'a Table, row: usize, name: &str) -> &'a Cell {
    let place = table.columns.iter().position(|column| column.name == name);
    place.and_then(|place| table.rows[row].get(place)).unwrap_or(&Cell::Null)
}

fn value(table: &Table, row: usize, name: &str) -> String {
    match cell(table, row, name) {
        Cell::Null => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Bool(truth) => truth.to_string(),
        other => show(other, Format::Time, chrono_tz::Tz::UTC),
    }
}

fn shown_or_null(text: String) -> String {
    if text.is_empty() { "null".to_owned() } else { text }
}
