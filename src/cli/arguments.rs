//! Commands and options, as clap parses them from the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::{causes, completions, demo, explain, generate, ingest, man, query, report, run};

/// Finds where clients drop off, and which signals go with it, from the contact logs of every channel
///
/// dropoff reads web, phone and agency logs (also e-mail, chat, letter, SMS), rebuilds each client's journey across channels, and
/// reports the points where clients drop off, by channel and by cause.
#[derive(Debug, Parser)]
#[command(
    name = "dropoff",
    version,
    max_term_width = 100,
    after_help = "exit codes: 0 done; 1 a check of the data failed; 2 you can fix it; 3 the environment failed; 70 a bug of dropoff\n\nnew here? dropoff demo"
)]
pub(super) struct Arguments {
    /// The configuration: where the logs are and what they mean
    #[arg(long, short, global = true, value_name = "FILE", default_value = "dropoff.toml")]
    pub config: PathBuf,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Demo(demo::Demo),
    Ingest(ingest::Ingest),
    Report(report::Report),
    Run(run::Run),
    Query(query::Query),
    Explain(explain::Explain),
    Causes(causes::Causes),
    Generate(generate::Generate),
    Completions(completions::Completions),
    Man(man::ManualPages),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
