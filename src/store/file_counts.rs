//! The counts of files once an ingest has written its contacts: rows kept, duplicates, and rows that are another file's
//! now.
//!
//! In: the outcomes of the files, the duplicates that were found, and what was written again. Out: files as the register has them.

use std::collections::{BTreeMap, HashMap};

use super::counts::Counts;
use super::duplicates::DuplicatesByFile;
use super::register::{FileOutcome, StoredFile};
use super::rewrite::Rewritten;

/// The file with its counts.
pub(super) fn counted(mut outcome: FileOutcome, dropped: &DuplicatesByFile, rewritten: &Rewritten) -> StoredFile {
    let file = (outcome.source.clone(), outcome.file.clone());
    let again = dropped.get(&file).cloned().unwrap_or_default();
    let counts = &mut outcome.counts;
    counts.duplicates = again.rows;
    counts.without_client -= again.without_client;
    counts.kept = counts.read - counts.skipped - counts.rejected - counts.duplicates;
    let went = |rows: &HashMap<(String, String), i64>, file| rows.get(&file).copied().unwrap_or(0);
    if let Some(replaced) = &outcome.replaces {
        let replaced = went(&rewritten.went, (outcome.source.clone(), replaced.clone()));
        return StoredFile { outcome, replaced };
    }
    // A row that had no end before and is read again now is in the counts already.
    let (stored, copies) = (went(&rewritten.went, file.clone()), went(&rewritten.copies_went, file.clone()));
    counts.read -= stored + copies;
    counts.kept -= stored;
    counts.duplicates -= copies;
    counts.without_client -= went(&rewritten.went_without_client, file);
    StoredFile { outcome, replaced: 0 }
}

/// Rows that were duplicates, and are stored now that the rows they equalled have gone.
pub(super) fn inherited(rewritten: &Rewritten) -> Vec<StoredFile> {
    let mut came: Vec<_> = rewritten.came.iter().collect();
    came.sort();
    let file = |((source, file), &rows): (&(String, String), &i64)| StoredFile {
        outcome: FileOutcome {
            source: source.clone(),
            file: file.clone(),
            counts: Counts { kept: rows, duplicates: -rows, ..Counts::default() },
            ..FileOutcome::default()
        },
        replaced: 0,
    };
    came.into_iter().map(file).collect()
}

/// For each source one row that is a duplicate, and the row that it equals.
pub(super) fn twins(dropped: &DuplicatesByFile) -> BTreeMap<String, String> {
    let mut twins = BTreeMap::new();
    let mut examples: Vec<_> = dropped.iter().collect();
    examples.sort_by_key(|(file, _)| *file);
    for ((source, _), again) in examples {
        if let Some(example) = &again.example {
            twins.entry(source.clone()).or_insert_with(|| example.clone());
        }
    }
    twins
}
