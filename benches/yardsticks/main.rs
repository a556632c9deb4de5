//! How far dropoff is from what the machine can do: each part of the work beside its physical yardstick.
//!
//! ```text
//!  cargo bench --bench yardsticks -- --contacts 1e7 --only kernel --write
//!
//!  generated logs ──► ingest-csv, -ndjson, -parquet      beside: parsing the same files; writing the same rows
//!               └────► operator-*, report, all-reports   beside: decoding the same columns; the slowest report
//! ```
//!
//! In: logs generated from the seed, in a temporary folder (`TMPDIR`) that goes at the end. Out: a table on stdout, and
//! with `--write` in benches/README.md. Everything counts what it did; where the count is wrong, no time is shown.
//! Memory: `ingest-*` hold the store's rows, about 200 bytes a contact; the others less.

mod arguments;
mod decode;
mod encoded;
mod ingests;
mod kernels;
mod machine;
mod measure;
mod parse;
mod project;
mod queries;
mod table;
mod threads;
mod write;

use std::process::ExitCode;

use arguments::Arguments;
use dropoff::generate::LogFormats;
use measure::{Comparison, Fallible};
use project::Project;

/// Something that is timed, with logs of one format.
struct Subject {
    name: &'static str,
    logs: LogFormats,
    prepare: fn(&Project) -> Fallible<Comparison<'_>>,
}

const SUBJECTS: &[Subject] = &[
    Subject { name: "kernel", logs: LogFormats::Csv, prepare: kernels::of_the_report },
    Subject { name: "operator-count", logs: LogFormats::Csv, prepare: queries::count },
    Subject { name: "operator-points", logs: LogFormats::Csv, prepare: queries::points },
    Subject { name: "report", logs: LogFormats::Csv, prepare: queries::report },
    Subject { name: "all-reports", logs: LogFormats::Csv, prepare: queries::all_reports },
    Subject { name: "ingest-csv", logs: LogFormats::Csv, prepare: ingests::csv },
    Subject { name: "ingest-ndjson", logs: LogFormats::Ndjson, prepare: ingests::ndjson },
    Subject { name: "ingest-parquet", logs: LogFormats::Parquet, prepare: ingests::parquet },
];

fn main() -> ExitCode {
    match run(&Arguments::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Fallible<()> {
    let chosen: Vec<&Subject> = SUBJECTS.iter().filter(|subject| arguments.wants(subject.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        return Err(format!("nothing has that in its name: there are {}", names.join(", ")).into());
    }
    let mut measured = Vec::new();
    for logs in [LogFormats::Csv, LogFormats::Ndjson, LogFormats::Parquet] {
        let of_format: Vec<&&Subject> = chosen.iter().filter(|subject| subject.logs == logs).collect();
        if of_format.is_empty() {
            continue;
        }
        eprintln!("{logs:?}: making logs and their store");
        let project = Project::new(logs, arguments)?;
        for subject in of_format {
            eprintln!("{}", subject.name);
            measured.push((subject.prepare)(&project)?.measure(subject.name, arguments.rounds)?);
        }
    }
    let section = table::section(arguments, &measured)?;
    print!("{section}");
    if arguments.write { table::write(&section) } else { Ok(()) }
}
