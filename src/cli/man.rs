//! `dropoff man`

use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;

use super::printer::Printer;
use super::report::say_written;
use super::show::{Target, write};
use crate::error::{Error, Result};

/// Print the manual page, or write the pages of all commands to a folder
#[derive(Debug, Args)]
#[command(after_help = "example: dropoff man | man -l -")]
pub(super) struct ManualPages {
    /// Write dropoff.1 and a page for each command to this folder instead of stdout
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// `program`: all commands and their options.
pub(super) fn run(command: ManualPages, program: clap::Command, printer: &Printer) -> Result<()> {
    match Target::new(command.out)? {
        Target::Stdout => printer.data(&rendered(&Man::new(program))?),
        Target::Folder(folder) => {
            let written = pages(&folder, program)?;
            say_written(&written, printer);
            Ok(())
        }
    }
}

/// Writes the page of the program, and those of its commands.
fn pages(folder: &Path, program: clap::Command) -> Result<Vec<PathBuf>> {
    let mut program = program.disable_help_subcommand(true);
    // Commands get their full names: `dropoff-report`.
    program.build();
    let mut written = Vec::new();
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let page = Man::new(command.clone());
        let path = folder.join(page.get_filename());
        write(&path, &rendered(&page)?)?;
        written.push(path);
    }
    Ok(written)
}

fn rendered(page: &Man) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    page.render(&mut text).map_err(|error| Error::bug(error.to_string()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::arguments::Arguments;
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let written = pages(folder.path(), Arguments::command()).unwrap();
        assert_eq!(written.len(), 1 + Arguments::command().get_subcommands().count());
        let report = std::fs::read_to_string(folder.path().join("dropoff-report.1")).unwrap();
        assert!(report.contains(".TH dropoff-report 1") && report.contains("\\-\\-format"), "{report}");
    }
}
