//! `dropoff demo`

use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, include_dir};

use super::configuration::{self, Loaded};
use super::ingest::bring_in;
use super::printer::Printer;
use super::report::{say_what_rates_count, say_written};
use super::show::{AnswerFormat, Show, Target};
use crate::engine::{Engine, Options};
use crate::error::{Error, Result};
use crate::ingest::IngestMode;
use crate::query::{Answer, Params, QuerySet};

static LOGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample_data/logs");
static CONFIG: &[u8] = include_bytes!("../../sample_data/dropoff.toml");

/// Reports that are printed; the page has them all.
const MAIN_REPORTS: [&str; 4] = ["overview", "drop_off_points", "drop_offs_by_cause", "moves"];

/// Write a sample project, run it whole, and show what it finds
///
/// A small internet provider's month of web, phone and agency logs. Run again, it reads nothing twice.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Folder of the sample project
    #[arg(default_value = "dropoff-demo", value_name = "DIR")]
    folder: PathBuf,
}

pub(super) async fn run(command: Demo, printer: &Printer) -> Result<()> {
    let folder = command.folder;
    write_sample(&folder)?;
    printer.say(format!("sample project in {}: its logs and dropoff.toml", folder.display()));
    let Loaded { config, rules } = configuration::load_to_ingest(&folder.join("dropoff.toml"))?;
    let target = Target::new(Some(folder.join("reports")))?;
    bring_in(&config, IngestMode::New, printer).await?;
    let engine = Engine::with_rules(&config, rules, Options::default()).await?;
    let queries = QuerySet::load(config.report.queries.as_deref())?.pick(&[])?;
    say_what_rates_count(&queries, &engine, &config, printer);
    let params = Params::new();
    let answers = engine.answer_all(&queries, &params).await?;
    let show = Show::new(&config, &engine, printer, &params);
    let main_answers: Vec<Answer> = MAIN_REPORTS
        .iter()
        .filter_map(|&name| answers.iter().find(|answer| answer.query.name == name).cloned())
        .collect();
    show.all(&main_answers, AnswerFormat::Table, &Target::Stdout)?;
    let written = show.all(&answers, AnswerFormat::Html, &target)?;
    printer.say("");
    say_written(&written, printer);
    printer.say(format!("next: cd {} && dropoff report --list", folder.display()));
    Ok(())
}

fn write_sample(folder: &Path) -> Result<()> {
    let logs = LOGS.files().map(|log| (Path::new("logs").join(log.path()), log.contents()));
    for (path, contents) in logs.chain([(PathBuf::from("dropoff.toml"), CONFIG)]) {
        let path = folder.join(path);
        let failed = |error: std::io::Error| {
            let message = format!("cannot write the sample to `{}`", path.display());
            Error::environment(message).fact("found", error.to_string())
        };
        match std::fs::read(&path) {
            Ok(there) if there == contents => continue,
            Ok(_) => {
                return Err(Error::user(format!("`{}` is there already, and is not the sample's", path.display()))
                    .hint("name another folder: dropoff demo DIR"));
            }
            Err(_) => {}
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&path, contents).map_err(failed)?;
    }
    Ok(())
}
