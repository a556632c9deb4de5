//! Looks at all files of all sources before a row of any is read, so that all that does not fit is said at once.

use super::files::{LogFile, find_files};
use super::formats::{Log, reader_of};
use super::matched_files::FileToRead;
use super::open_log::OpenLog;
use super::plan::Planner;
use crate::config::{Config, Unsound};
use crate::error::{Error, Kind, Result};
use crate::expression::Compiler;
use crate::notation::some_of;

/// Every source's files, or all mistakes in one round: of the sources without files, and of those whose columns their files lack.
pub(super) fn find_all(config: &Config) -> Result<Vec<(usize, LogFile)>> {
    let (files, mistakes) = find_each(config);
    if mistakes.is_empty() { Ok(files) } else { self::mistakes(config, &[]).map_or(Ok(files), Err) }
}

/// All that does not fit between the sources of a configuration and their logs. `unsound`: sources with mistakes of
/// their own, which are looked at as far as they can be read.
pub fn mistakes(config: &Config, unsound: &[Unsound]) -> Option<Error> {
    let (files, mut mistakes) = find_each(config);
    let inspect = inspector(config);
    mistakes.extend(files.iter().filter_map(|(source, file)| inspect(*source, file).err()));
    for Unsound { source, can_be_read } in unsound {
        let mut alone = config.clone();
        alone.sources = vec![source.clone()];
        let (files, wrong) = find_each(&alone);
        mistakes.extend(wrong);
        if *can_be_read {
            let inspect = inspector(&alone);
            let wrong = files.iter().filter_map(|(source, file)| inspect(*source, file).err());
            // Placeholders of mistakes that are reported already can look like bugs here.
            mistakes.extend(wrong.filter(|error| error.kind() != Kind::Bug));
        }
    }
    joined(mistakes)
}

fn find_each(config: &Config) -> (Vec<(usize, LogFile)>, Vec<Error>) {
    let (mut files, mut mistakes) = (Vec::new(), Vec::new());
    for (number, source) in config.sources.iter().enumerate() {
        let (found, wrong) = find_files(config, source);
        files.extend(found.into_iter().map(|file| (number, file)));
        mistakes.extend(wrong);
    }
    (files, mistakes)
}

/// Several files with the same mistake are named in one.
fn joined(mistakes: Vec<Error>) -> Option<Error> {
    Error::all(mistakes).map(|all| all.grouped("log", |logs| some_of(logs.into_iter())))
}

/// Looks at every new file before a row of any is read, and before anything is written.
pub(super) fn open_all(config: &Config, files: Vec<FileToRead>) -> Result<Vec<OpenLog>> {
    let inspect = inspector(config);
    let (mut logs, mut mistakes) = (Vec::new(), Vec::new());
    for to_read in files {
        match inspect(to_read.source, &to_read.file) {
            Ok(log) => logs.push(OpenLog { to_read, log }),
            Err(error) => mistakes.push(error),
        }
    }
    joined(mistakes).map_or(Ok(logs), Err)
}

/// A function that looks at a log, given the number of its source.
pub(super) fn inspector(config: &Config) -> impl Fn(usize, &LogFile) -> Result<Box<dyn Log>> + '_ {
    let compiler = Compiler::new();
    move |source, file| {
        let source = &config.sources[source];
        reader_of(&source.format).look(file, &Planner { source, config_path: &config.path, compiler: &compiler })
    }
}
