//! Which of the files that are there are new, which are known, under whatever name, and what of them is to be read.
//!
//! In: the files that the store knows, and those that were found. Out: those to read, from where, and whose place their rows take.
//! Contents are matched before names: a known text is known under any name; a text that begins with a known one has grown; only then
//! is a file new, and where its name is known, another one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::content::{SeenContent, look, look_at_all};
use super::files::LogFile;
use super::formats::{LogReader, reader_of};
use crate::config::{Config, SameName, Source};
use crate::error::Result;
use crate::store::{FileStat, KnownFile, OtherName, WholeRows, changed_keys};

/// What is to be read of a file.
#[derive(Clone, Debug)]
pub(super) struct FileToRead {
    /// Number of the source.
    pub source: usize,
    pub file: LogFile,
    /// The name that its rows have in the store.
    pub label: String,
    /// What was read of it before.
    pub after: Option<WholeRows>,
    /// The row that was taken while it had no end.
    pub reopens: Option<i64>,
    pub replaces: Replaced,
}

/// The stored rows that make way for those of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    Nothing,
    /// The file's own rows, which were read by another mapping.
    OwnRows,
    /// The file which had this name, where the times of both overlap.
    SameNameIfTimesOverlap(KnownFile),
    SameName(KnownFile),
}

/// The files that are there, matched with those that are known.
#[derive(Debug, Default)]
pub(super) struct MatchedFiles {
    /// By source, then by label: the order that breaks ties in time.
    pub read: Vec<FileToRead>,
    /// How many files of each source are in the store as they are.
    pub known: BTreeMap<String, usize>,
    /// Known files that were met under another name, or with another time.
    pub met: Vec<OtherName>,
    /// Names of files that have grown.
    pub grown: Vec<String>,
    /// Known files of sources of today, by source, that are not there any more and were read by another mapping.
    pub left: BTreeMap<String, Vec<KnownFile>>,
    /// Known files of sources of today that are not there any more.
    pub gone: Vec<String>,
}

/// Matches what is there with what is known. `must_be_read_again`: asked of files whose rows were read by another mapping.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn match_files(
    config: &Config,
    found: Vec<(usize, LogFile)>,
    known: &[KnownFile],
    must_be_read_again: &MustBeReadAgain<'_>,
) -> Result<MatchedFiles> {
    let mut matched = MatchedFiles::default();
    let mut by_source: BTreeMap<usize, Vec<LogFile>> = BTreeMap::new();
    found.into_iter().for_each(|(source, file)| by_source.entry(source).or_default().push(file));
    for (number, source) in config.sources.iter().enumerate() {
        let of_source: Vec<&KnownFile> = known.iter().filter(|known| known.source == source.name).collect();
        let files = by_source.remove(&number).unwrap_or_default();
        let reader = reader_of(&source.format);
        let matching = Matching { number, source, reader, known: of_source, claimed: BTreeMap::new() };
        matching.run(files, must_be_read_again, &mut matched)?;
    }
    Ok(matched)
}

/// Says of a known file of a source that is there whether it is to be read again.
pub(super) type MustBeReadAgain<'a> = dyn Fn(usize, &KnownFile, &LogFile) -> bool + 'a;

/// The files of one source.
struct Matching<'a> {
    number: usize,
    source: &'a Source,
    reader: Box<dyn LogReader>,
    known: Vec<&'a KnownFile>,
    /// Known files that are there, by label: under which name.
    claimed: BTreeMap<String, String>,
}

impl Matching<'_> {
    fn run(
        mut self,
        files: Vec<LogFile>,
        must_be_read_again: &MustBeReadAgain<'_>,
        matched: &mut MatchedFiles,
    ) -> Result<()> {
        let mut known_as: Vec<(LogFile, usize)> = Vec::new();
        let mut others: Vec<(LogFile, SeenContent)> = Vec::new();
        for file in files {
            let now = met(&file);
            let is_untouched = |known: &&KnownFile| now.modified_at.is_some() && known.met.contains(&now);
            if let Some(place) = self.known.iter().position(is_untouched) {
                if self.had_name_last(&file.shown).is_some_and(|last| last.file != self.known[place].file) {
                    matched.met.push(self.met_again(place, now));
                }
                known_as.push((file, place));
                continue;
            }
            let wholes: Vec<&WholeRows> = self.known.iter().map(|known| &known.content.whole).collect();
            let seen_content = look(self.reader.content(&file)?, &file.shown, &wholes)?;
            match self.known.iter().position(|known| seen_content.is(&known.content)) {
                Some(place) => {
                    matched.met.push(self.met_again(place, now));
                    known_as.push((file, place));
                }
                None => others.push((file, seen_content)),
            }
        }
        for (file, place) in &known_as {
            self.claimed.entry(self.known[*place].file.clone()).or_insert_with(|| file.shown.clone());
        }
        let grown = self.grown(&others);
        // Files that are known: as they are, or to be read again.
        for (file, place) in known_as {
            let known = self.known[place];
            let is_first = self.claimed.get(&known.file) == Some(&file.shown);
            if is_first && self.is_stale(known) && must_be_read_again(self.number, known, &file) {
                matched.read.push(self.whole(file, known.file.clone(), Replaced::OwnRows));
            } else {
                *matched.known.entry(self.source.name.clone()).or_insert(0) += 1;
            }
        }
        let mut labels: BTreeSet<String> = self.known.iter().map(|known| known.file.clone()).collect();
        let copies = self.copies(&others, &grown)?;
        for (number, (file, _)) in others.into_iter().enumerate() {
            if copies.contains(&number) {
                *matched.known.entry(self.source.name.clone()).or_insert(0) += 1;
                continue;
            }
            if let Some(&place) = grown.get(&number) {
                let known = self.known[place];
                if self.is_stale(known) && must_be_read_again(self.number, known, &file) {
                    matched.read.push(self.whole(file, known.file.clone(), Replaced::OwnRows));
                    continue;
                }
                // What had no rows yet has not grown: it is new, as if it had not been met.
                let is_new = is_without_rows(known);
                if !is_new {
                    matched.grown.push(file.shown.clone());
                }
                matched.read.push(FileToRead {
                    source: self.number,
                    label: known.file.clone(),
                    after: Some(known.content.whole.clone()).filter(|whole| whole.bytes > 0),
                    reopens: known.open_row,
                    replaces: if is_new { self.replaced_by_new(&file) } else { Replaced::Nothing },
                    file,
                });
                continue;
            }
            let replaced = self.replaced_by_new(&file);
            let label = free_label(&file.shown, &labels);
            labels.insert(label.clone());
            matched.read.push(self.whole(file, label, replaced));
        }
        let start = matched.read.iter().position(|read| read.source == self.number).unwrap_or(matched.read.len());
        matched.read[start..].sort_by(|a, b| a.label.cmp(&b.label));
        self.note_what_is_gone(matched);
        Ok(())
    }

    fn note_what_is_gone(&self, matched: &mut MatchedFiles) {
        for known in self.known.iter().filter(|known| !self.claimed.contains_key(&known.file)) {
            matched.gone.push(known.file.clone());
            if self.is_stale(known) {
                matched.left.entry(self.source.name.clone()).or_default().push((*known).clone());
            }
        }
    }

    /// A file that is read from its start.
    fn whole(&self, file: LogFile, label: String, replaces: Replaced) -> FileToRead {
        FileToRead { source: self.number, file, label, after: None, reopens: None, replaces }
    }

    fn is_stale(&self, known: &KnownFile) -> bool {
        known.mappings.iter().any(|then| !changed_keys(then, &self.source.mapping).is_empty())
    }

    /// Which of the others has grown out of which known file; each out of one, under its own name before another.
    fn grown(&mut self, others: &[(LogFile, SeenContent)]) -> HashMap<usize, usize> {
        let mut grown = HashMap::new();
        for has_same_name in [true, false] {
            for (number, (file, seen_content)) in others.iter().enumerate() {
                if grown.contains_key(&number) {
                    continue;
                }
                let fits = |known: &KnownFile| {
                    let whole = &known.content.whole;
                    let is_same_name = known.names.contains_key(&file.shown);
                    // A header alone does not show that a file of another name has grown.
                    (is_same_name || !has_same_name && whole.rows > 0)
                        && !self.claimed.contains_key(&known.file)
                        && (whole.bytes == 0 || seen_content.begins_with(whole))
                };
                let longest = (0..self.known.len())
                    .filter(|&place| fits(self.known[place]))
                    .max_by_key(|&place| self.known[place].content.whole.bytes);
                if let Some(place) = longest {
                    self.claimed.insert(self.known[place].file.clone(), file.shown.clone());
                    grown.insert(number, place);
                }
            }
        }
        grown
    }

    /// The files among `others` that have the same content as an earlier one of them.
    fn copies(&self, others: &[(LogFile, SeenContent)], grown: &HashMap<usize, usize>) -> Result<BTreeSet<usize>> {
        let mut copies = BTreeSet::new();
        let mut by_head: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        // Grown files first, so that they are never taken for copies of new ones.
        let (grown, new): (Vec<usize>, Vec<usize>) = (0..others.len()).partition(|number| grown.contains_key(number));
        let all = grown.iter().chain(&new);
        all.for_each(|&number| by_head.entry(others[number].1.head.as_str()).or_default().push(number));
        for alike in by_head.into_values().filter(|alike| alike.len() > 1) {
            let mut seen = BTreeSet::new();
            for number in alike {
                let (file, seen_content) = &others[number];
                let whole = match &seen_content.digest {
                    Some(whole) => whole.clone(),
                    None => look_at_all(self.reader.content(file)?, &file.shown)?.digest.unwrap_or_default(),
                };
                // Files without a byte are all alike, and there is nothing of them to be read.
                if file.bytes > 0 && !seen.insert(whole) && !grown.contains(&number) {
                    copies.insert(number);
                }
            }
        }
        Ok(copies)
    }

    fn met_again(&self, place: usize, met: FileStat) -> OtherName {
        OtherName { source: self.source.name.clone(), file: self.known[place].file.clone(), met }
    }

    /// The file with rows that had a name last.
    fn had_name_last(&self, name: &str) -> Option<&KnownFile> {
        let with_rows = self.known.iter().filter(|known| !is_without_rows(known));
        let had_it = with_rows.filter_map(|known| Some((*known.names.get(name)?, *known)));
        had_it.max_by_key(|(ingest, _)| *ingest).map(|(_, known)| known)
    }

    /// What a new file replaces.
    fn replaced_by_new(&self, file: &LogFile) -> Replaced {
        let Some(known) = self.had_name_last(&file.shown).filter(|known| !self.claimed.contains_key(&known.file))
        else {
            return Replaced::Nothing;
        };
        let known = known.clone();
        match self.source.same_name {
            SameName::ByTimes => Replaced::SameNameIfTimesOverlap(known),
            SameName::Replaces => Replaced::SameName(known),
            SameName::Adds => Replaced::Nothing,
        }
    }
}

/// A file that was empty, or had but a header.
fn is_without_rows(known: &KnownFile) -> bool {
    known.content.whole.rows == 0 && known.open_row.is_none()
}

fn met(file: &LogFile) -> FileStat {
    FileStat { name: file.shown.clone(), bytes: file.bytes as i64, modified_at: file.modified_at }
}

/// The name, or the name with the first number that is free.
fn free_label(name: &str, taken: &BTreeSet<String>) -> String {
    let mut labels = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}#{number}")));
    labels.find(|label| !taken.contains(label)).unwrap_or_else(|| name.to_owned())
}

impl Replaced {
    pub fn is_read_again(&self) -> bool {
        *self == Replaced::OwnRows
    }

    /// The file whose rows go, given the times of those that were read, in microseconds.
    pub fn file<'a>(&'a self, own: &'a str, span_us: Option<(i64, i64)>) -> Option<&'a str> {
        match self {
            Replaced::Nothing => None,
            Replaced::OwnRows => Some(own),
            Replaced::SameName(known) => Some(&known.file),
            Replaced::SameNameIfTimesOverlap(known) => {
                // A file of which no row could be read has no times, and nothing to lose.
                let Some((known_first, known_latest)) = known.span_us else { return Some(&known.file) };
                let (first, latest) = span_us?;
                (first <= known_latest && known_first <= latest).then_some(known.file.as_str())
            }
        }
    }
}
