//! `dropoff completions`

use clap::Args;
use clap_complete::Shell;

use super::printer::Printer;
use crate::error::Result;

/// Print what a shell needs to complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "example: dropoff completions bash > ~/.local/share/bash-completion/completions/dropoff")]
pub(super) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

/// `program`: all commands and their options.
pub(super) fn run(command: &Completions, mut program: clap::Command, printer: &Printer) -> Result<()> {
    let mut script = Vec::new();
    let name = program.get_name().to_owned();
    clap_complete::generate(command.shell, &mut program, name, &mut script);
    printer.data(&script)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::super::arguments::Arguments;
    use super::*;

    #[test]
    fn every_shell_completes_every_command() {
        let names: Vec<String> = Arguments::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        for &shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "dropoff", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(names.iter().all(|name| script.contains(name.as_str())), "{shell}");
        }
    }
}
