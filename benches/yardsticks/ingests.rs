//! A whole ingest into a store that is not there yet, beside parsing the same files and writing the same rows.

use std::path::PathBuf;

use dropoff::ingest::{IngestMode, Progress, ingest};

use crate::decode::{decode_all, read};
use crate::measure::{Comparison, Fallible, Timed};
use crate::parse;
use crate::project::{Project, make_empty};
use crate::write::write_files;

pub fn csv(project: &Project) -> Fallible<Comparison<'_>> {
    compare(project, "parsing alone: text by Polars", parse::csv)
}

pub fn ndjson(project: &Project) -> Fallible<Comparison<'_>> {
    compare(project, "parsing alone: text by Polars", parse::ndjson)
}

pub fn parquet(project: &Project) -> Fallible<Comparison<'_>> {
    compare(project, "decoding alone", decode_all)
}

fn compare<'a>(
    project: &'a Project,
    parsing: &str,
    parse: impl Fn(&[PathBuf]) -> Fallible<u64> + 'a,
) -> Fallible<Comparison<'a>> {
    let rows = project.totals.rows;
    let logs = project.logs()?;
    let parse_only = Timed::new(parsing, rows, move || parse(&logs));
    Ok(Comparison { contacts: rows, thing: whole(project), yardsticks: vec![parse_only, write_only(project)?] })
}

fn whole(project: &Project) -> Timed<'_> {
    let mut config = project.config.clone();
    config.store.path = project.path("fresh");
    let fresh = config.store.path.clone();
    let work = move || -> Fallible<u64> {
        let outcome = project.wait(ingest(&config, &Progress::default(), IngestMode::New))?;
        Ok(outcome.files.iter().map(|file| file.outcome.counts.kept as u64).sum())
    };
    Timed::new("ingest", project.totals.contacts(), work).after(move || make_empty(&fresh))
}

fn write_only(project: &Project) -> Fallible<Timed<'_>> {
    let files = project.data_files()?.iter().map(|path| read(path, None)).collect::<Fallible<Vec<_>>>()?;
    let folder = project.path("written");
    let emptied = folder.clone();
    let work = move || write_files(&folder, &files);
    Ok(Timed::new("writing alone", project.totals.contacts(), work).after(move || make_empty(&emptied)))
}
