//! The arguments of the command line.

use clap::Parser;

/// Times the parts of dropoff, each beside its physical yardstick
#[derive(Debug, Parser)]
#[command(name = "yardsticks")]
pub struct Arguments {
    /// About how many rows the logs have
    #[arg(long, default_value = "1e6", value_parser = count)]
    pub contacts: u64,
    /// The same seed gives the same logs
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// How often everything is timed
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Only what has this in its name: kernel, operator, report, ingest, ingest-csv, …
    #[arg(long)]
    only: Option<String>,
    /// Puts the table into benches/README.md
    #[arg(long)]
    pub write: bool,
}

impl Arguments {
    /// The arguments of the process. `cargo bench` adds `--bench`, which says nothing here.
    pub fn read() -> Arguments {
        Arguments::parse_from(std::env::args().filter(|argument| argument != "--bench"))
    }

    pub fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| name.contains(only))
    }
}

/// A number of contacts such as `1e6`.
fn count(text: &str) -> Result<u64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 1.0);
    number.map(|number| number as u64).ok_or_else(|| "expected a number such as 1e6".to_owned())
}
