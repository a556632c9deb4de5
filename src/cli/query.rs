//! `dropoff query`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::configuration::{self, Loaded};
use super::printer::Printer;
use super::report::say_written;
use super::show::{AnswerFormat, Show, Target};
use super::values::AsOf;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::query::{Answer, Params};

/// Ask the tables in SQL
///
/// Tables: contacts, steps, journeys, rejects, files, signals, split_cases, settings, funnel_steps, candidates, and the
/// views steps_in_period, journeys_in_period, passages, exposures and primary_causes. The SQL can only read.
#[derive(Debug, Args)]
#[command(after_help = "example: dropoff query \"select status, count(*) from journeys group by status\"")]
pub(super) struct Query {
    /// A select; `-` reads it from stdin
    sql: String,

    #[arg(long, short, value_enum, default_value_t = AnswerFormat::Table)]
    format: AnswerFormat,

    /// Write a file to this folder instead of stdout
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    as_of: AsOf,
}

pub(super) async fn run(command: Query, config: &Path, printer: &Printer) -> Result<()> {
    let Loaded { config, rules } = configuration::load(config)?;
    if matches!(command.format, AnswerFormat::Svg | AnswerFormat::Png) {
        return Err(Error::user("free SQL has no chart").hint("a report file can have one: see docs/guide.md"));
    }
    let target = Target::new(command.out)?;
    let sql = if command.sql == "-" {
        let mut sql = String::new();
        std::io::stdin()
            .read_to_string(&mut sql)
            .map_err(|error| Error::environment(format!("cannot read stdin: {error}")))?;
        sql
    } else {
        command.sql
    };
    let engine = Engine::with_rules(&config, rules, command.as_of.options()).await?;
    let (schema, batches) = engine.sql(&sql).await?;
    let answer = Answer::adhoc(schema, batches);
    let (params, as_of_us) = (Params::new(), command.as_of.moment);
    let show = Show { as_of_us, all_columns: true, ..Show::new(&config, &engine, printer, &params) };
    let written = show.all(&[answer], command.format, &target)?;
    say_written(&written, printer);
    Ok(())
}
