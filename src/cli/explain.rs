//! `dropoff explain`

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use datafusion::common::ScalarValue;

use super::configuration::{self, Loaded};
use super::printer::Printer;
use super::values::AsOf;
use crate::cause::ActiveRule;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::journey::Explanation;
use crate::journey::kernel::{CausePlace, Ending, Status};
use crate::notation;
use crate::query::{Answer, Cell, Table, ValueFormat};
use crate::report::format::show;
use crate::report::{Layout, text};

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
    let Loaded { config, rules } = configuration::load(config)?;
    let range = command.journey.as_deref().map(id_range).transpose()?;
    let engine = Engine::with_rules(&config, rules, command.as_of.options()).await?;
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

/// The lowest and the highest 128-bit id that start with these digits.
fn id_range(digits: &str) -> Result<(ScalarValue, ScalarValue)> {
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
        let (bytes, _) = id_range(&id)?;
        let journey = || vec![("journey".to_owned(), bytes.clone())];
        let contacts = self.ask("select * from steps where journey_id = $journey order by position", journey()).await?;
        let why = self.why(journeys, row).await?;
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
        let point = format!("{} / {}", value(journeys, row, "drop_channel"), value(journeys, row, "drop_step"));
        let _ = writeln!(out, "\n{}", self.status_line(why.ending, &point, &contacts));
        if why.ending.status() == Status::Dropped {
            let _ = writeln!(out, "{}", self.cause_lines(&why, &contacts));
        }
        let shown = self.contact_list(&contacts, journey()).await?;
        let _ = write!(out, "\n{shown}");
        Ok(out)
    }

    /// What the rules of journeys say of the journey.
    async fn why(&self, journeys: &Table, row: usize) -> Result<Explanation> {
        let (client, _) = id_range(&value(journeys, row, "client"))?;
        let all = self.engine.explanations(&client).await?;
        let number = value(journeys, row, "journey_number");
        let this = all.into_iter().find(|explanation| explanation.journey_number.to_string() == number);
        this.ok_or_else(|| Error::bug("a journey that nothing explains"))
    }

    /// The line of the status, and why. `point`: the drop-off point, where there is one.
    fn status_line(&self, ending: Ending, point: &str, contacts: &Table) -> String {
        let at = |contact: u32| {
            let row = contact as usize - 1;
            let (step, when) = (value(contacts, row, "step"), self.time(contacts, row, "started_at"));
            format!("contact {contact}, `{step}` at {when}")
        };
        let silent = |last: u32, gap: i64, over_at: i64| {
            let span = show(&Cell::Float(gap as f64 / 1e6), ValueFormat::Seconds, self.config.report.timezone);
            let over = self.moment(over_at);
            format!(
                "no goal, refusal or withdrawal; contact {last}, the client's last, plus the gap of {span} is {over}"
            )
        };
        let horizon = || self.engine.horizon_us().map_or_else(String::new, |horizon| self.moment(horizon));
        match ending {
            Ending::Goal { contact } => format!("completed: {} is a goal", at(contact)),
            Ending::Refusal { contact } => format!("refused: {} is a refusal", at(contact)),
            Ending::Withdrawal { contact } => format!("dropped at {point}: {} is a withdrawal", at(contact)),
            Ending::Silence { last_contact, gap, over_at } => {
                format!("dropped at {point}: {}, before the horizon {}", silent(last_contact, gap, over_at), horizon())
            }
            Ending::Waiting { last_contact, gap, over_at } => {
                format!("open: {}, not before the horizon {}", silent(last_contact, gap, over_at), horizon())
            }
        }
    }

    fn cause_lines(&self, why: &Explanation, contacts: &Table) -> String {
        let rules = self.engine.rules().active();
        let Some(cause) = why.cause else {
            return "unexplained: no rule held at the drop-off point, nor in its visit".to_owned();
        };
        let ActiveRule { rule, condition } = rules[cause.bit];
        let row = cause.contact as usize - 1;
        let values = condition.columns().into_iter().map(|name| {
            let shown = shown_or_null(value(contacts, row, &name));
            format!("{name} = {shown}")
        });
        let place = match cause.fired {
            CausePlace::DropOffPoint => "the drop-off point",
            CausePlace::ItsVisit => "in the visit of the drop-off point",
        };
        let mut lines = format!(
            "{}: `{}` held at contact {}, {place} ({})",
            rule.name(),
            rule.when,
            cause.contact,
            values.collect::<Vec<_>>().join(", ")
        );
        let others = why.held.iter().filter(|held| held.bit != cause.bit).map(|held| {
            let at: Vec<String> = held.contacts.iter().map(u32::to_string).collect();
            format!("{} at contact {}", rules[held.bit].rule.name(), at.join(", "))
        });
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            let _ = write!(lines, "\nalso held: {}", others.join("; "));
        }
        lines
    }

    /// The contacts, without the columns that say nothing here.
    async fn contact_list(&self, contacts: &Table, journey: Vec<(String, ScalarValue)>) -> Result<String> {
        let says_something = |name: &&str| (0..contacts.rows.len()).any(|row| *cell(contacts, row, name) != Cell::Null);
        let measures = contacts.columns.iter().map(|column| column.name.as_str());
        let fixed: Vec<String> = crate::schema::contact_fields()
            .iter()
            .chain(&crate::journey::step_fields())
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
        notation::moment(micros, self.config.report.timezone)
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
        other => show(other, ValueFormat::Time, chrono_tz::Tz::UTC),
    }
}

fn shown_or_null(text: String) -> String {
    if text.is_empty() { "null".to_owned() } else { text }
}
