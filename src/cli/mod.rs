//! The command line: one file per command, and the one printer.
//!
//! In: arguments. Out: answers on stdout, everything else on stderr, an exit code. Arguments become checked values once; the
//! library does the work and returns values; only this stage prints.

mod account;
mod arguments;
mod causes;
mod completions;
mod configuration;
mod demo;
mod explain;
mod generate;
mod ingest;
mod man;
mod printer;
mod query;
mod report;
mod run;
mod show;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Result};
use arguments::{Arguments, Command};
use printer::Printer;

/// Stack of each thread, for walking over trees of expressions and plans as deep as SQL may be. Only what is used of it
/// takes memory.
const STACK_BYTES: usize = 64 << 20;

/// Parses the arguments of the process, runs the command, prints the error if there is one.
pub fn main() -> ExitCode {
    let started = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK_BYTES).spawn(run);
    match started.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) | Err(_) => {
            let error = Error::environment("cannot start").hint("is there memory for a thread?");
            Printer::new().error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn run() -> ExitCode {
    let printer = Printer::new();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // clap prints help and version. A mistake quotes what was typed, so it goes through the printer.
        Err(answer) if !answer.use_stderr() => answer.exit(),
        Err(mistake) => {
            printer.say(mistake.render().to_string().trim_end());
            return ExitCode::from(2);
        }
    };
    // A panic is a bug: it says where it happened, and the process ends with the code for bugs.
    let outcome = catch_unwind(AssertUnwindSafe(|| start(arguments, &printer)))
        .unwrap_or_else(|_| Err(Error::bug("something that cannot happen has happened")));
    match outcome.and_then(|()| printer.finish()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if printer.was_closed() => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn start(arguments: Arguments, printer: &Printer) -> Result<()> {
    // A store dates its commits from 1970 on.
    if std::time::SystemTime::now() < std::time::UNIX_EPOCH {
        return Err(Error::environment("the clock of this machine says a time before 1970").hint("set the clock"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Error::environment(format!("cannot start: {error}")))?;
    let config = &arguments.config;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo(command) => demo::run(command, printer).await,
            Command::Ingest(command) => ingest::run(command, config, printer).await,
            Command::Report(command) => report::run(command, config, printer).await,
            Command::Run(command) => run::run(command, config, printer).await,
            Command::Query(command) => query::run(command, config, printer).await,
            Command::Causes(command) => causes::run(command, config, printer),
            Command::Explain(command) => explain::run(command, config, printer).await,
            Command::Generate(command) => generate::run(command, printer).await,
            Command::Completions(command) => completions::run(&command, Arguments::command(), printer),
            Command::Man(command) => man::run(command, Arguments::command(), printer),
        }
    })
}
