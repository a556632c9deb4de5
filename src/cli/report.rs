//! `dropoff report`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::configuration::{self, Loaded};
use super::printer::Printer;
use super::show::{AnswerFormat, Show, Target, what_rates_count};
use super::values::{AsOf, parameter};
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::query::{Answer, CHECK_CHAPTER, Params, Query, QuerySet};

/// Print reports, or write them to files
///
/// Without a name: all of them, but for the audits of the chapter `check`, which fail where they find rows. A report is a file of SQL with a header; a folder of your own (`[report] queries` in the
/// configuration) adds some.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// Which reports; `--list` shows them
    names: Vec<String>,

    /// List the reports and their parameters
    #[arg(long)]
    list: bool,

    #[arg(long, short, value_enum, default_value_t = AnswerFormat::Table)]
    format: AnswerFormat,

    /// Show all columns of a table; the widest reports show the main ones at first
    #[arg(long)]
    all_columns: bool,

    /// Write files to this folder instead of stdout
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    as_of: AsOf,

    /// A parameter of a report, such as since=2026-03-01
    #[arg(long = "param", short, value_name = "NAME=VALUE", value_parser = parameter)]
    params: Vec<(String, String)>,
}

pub(super) async fn run(command: Report, config: &Path, printer: &Printer) -> Result<()> {
    if command.list {
        // Without a configuration there are the shipped ones; one that was named must be there.
        let is_default = config == Path::new("dropoff.toml");
        let own =
            if is_default && !config.exists() { None } else { configuration::load(config)?.config.report.queries };
        return list(&QuerySet::load(own.as_deref())?, printer);
    }
    let Loaded { config, rules } = configuration::load(config)?;
    let queries = QuerySet::load(config.report.queries.as_deref())?.pick(&command.names)?;
    let target = Target::new(command.out)?;
    let engine = Engine::with_rules(&config, rules, command.as_of.options()).await?;
    let params: Params = command.params.into_iter().collect();
    engine.check_params(&queries, &params)?;
    let warnings = engine.warnings(&config).await?;
    warnings.iter().for_each(|warning| printer.warn(warning));
    say_what_rates_count(&queries, &engine, &config, printer);
    for query in &queries {
        let ignored = params.keys().filter(|name| !query.params.iter().any(|(known, _)| known == *name));
        let ignored: Vec<&str> = ignored.map(String::as_str).collect();
        if !ignored.is_empty() {
            printer.warn(format!(
                "`{}` has no parameter `{}`: it is about everything",
                query.name,
                ignored.join("`, `")
            ));
        }
    }
    let answers = engine.answer_all(&queries, &params).await?;
    let as_of_us = command.as_of.moment;
    let show = Show {
        as_of_us,
        all_columns: command.all_columns,
        warnings: &warnings,
        ..Show::new(&config, &engine, printer, &params)
    };
    let written = show.all(&answers, command.format, &target)?;
    say_written(&written, printer);
    refuse_bad_rows(&answers)
}

/// The head of reports that have rates.
pub(super) fn say_what_rates_count(queries: &[Arc<Query>], engine: &Engine, config: &Config, printer: &Printer) {
    if let (true, Some(counted)) =
        (queries.iter().any(|query| has_rates(query)), what_rates_count(engine, config.report.timezone))
    {
        printer.say(format!("rates count {counted}"));
    }
}

/// Whether a query, or one that it reads, tells mature from young.
fn has_rates(query: &Query) -> bool {
    query.sql.contains("mature") || query.views.iter().any(|view| has_rates(view))
}

/// Fails where an audit has found rows.
fn refuse_bad_rows(answers: &[Answer]) -> Result<()> {
    let failed = answers.iter().filter(|answer| answer.query.chapter == CHECK_CHAPTER && answer.row_count() > 0);
    let errors = failed.map(|answer| {
        Error::check(format!("the check `{}` failed", answer.query.name))
            .fact("found", format!("{} bad rows", answer.row_count()))
            .fact("expected", "none")
    });
    Error::all(errors).map_or(Ok(()), Err)
}

pub(super) fn say_written(written: &[PathBuf], printer: &Printer) {
    for path in written {
        printer.say(format!("wrote {}", path.display()));
    }
}

fn list(queries: &QuerySet, printer: &Printer) -> Result<()> {
    let width = queries.all().iter().map(|query| query.name.chars().count()).max().unwrap_or(0);
    let mut chapter = "";
    for query in queries.all() {
        if query.chapter != chapter {
            let gap = if chapter.is_empty() { "" } else { "\n" };
            chapter = &query.chapter;
            let title = chapter.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').replace('_', " ");
            printer.answer(format!("{gap}{title}\n"))?;
        }
        printer.answer(format!("  {:width$}  {}\n", query.name, query.question))?;
        for (name, param) in &query.params {
            printer.answer(format!("  {:width$}    --param {name}=…  {}\n", "", param.help))?;
        }
    }
    Ok(())
}
