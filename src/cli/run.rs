//! `dropoff run`

use std::path::{Path, PathBuf};

use clap::Args;

use super::configuration::{self, Loaded};
use super::ingest::{bring_in, refuse_what_is_wrong};
use super::printer::Printer;
use super::report::say_written;
use super::show::{AnswerFormat, Show, Target};
use super::values::AsOf;
use crate::engine::Engine;
use crate::error::Result;
use crate::ingest::IngestMode;
use crate::query::{Params, QuerySet};

/// Ingest, then write all reports: what the nightly job calls
///
/// Writes report.html with every table and chart, and each table as CSV beside it. Run again, it does only what is new.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Where the reports go; `reports` beside the configuration where absent
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    as_of: AsOf,
}

pub(super) async fn run(command: Run, config: &Path, printer: &Printer) -> Result<()> {
    let Loaded { config, rules } = configuration::load_to_ingest(config)?;
    let queries = QuerySet::load(config.report.queries.as_deref())?.pick(&[])?;
    let target = Target::new(Some(command.out.unwrap_or_else(|| config.folder.join("reports"))))?;
    let outcome = bring_in(&config, IngestMode::New, printer).await?;
    let engine = Engine::with_rules(&config, rules, command.as_of.options()).await?;
    let warnings = engine.warnings(&config).await?;
    warnings.iter().for_each(|warning| printer.warn(warning));
    let params = Params::new();
    let answers = engine.answer_all(&queries, &params).await?;
    let as_of_us = command.as_of.moment;
    let show = Show { as_of_us, warnings: &warnings, ..Show::new(&config, &engine, printer, &params) };
    let tables = show.all(&answers, AnswerFormat::Csv, &target)?;
    let page = show.all(&answers, AnswerFormat::Html, &target)?;
    say_written(&page, printer);
    printer.say(format!("and {} tables as CSV beside it", tables.len()));
    refuse_what_is_wrong(&outcome, &config)
}
