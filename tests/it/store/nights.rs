//! Logs as each night finds them: grown, half written, rotated, copied, corrected, overlapping. After all of it, the
//! store holds what one ingest of the files of the last night gives.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{HEADER, PHONE, RULES, WEB, ask, configured, new_project};
use crate::journeys_property::fewer_cases;
use crate::project::{Project, ok};
use crate::sql::{rows, sorted_rows, wait};

/// What happens to the files between two nights.
#[derive(Clone, Debug)]
enum Change {
    /// Rows are written to a file; the last line may be cut off after so many bytes until the next night.
    Grow(Index, Vec<String>, Option<usize>),
    /// A file is moved to a name of its own, and begins anew.
    Rotate(Index, Vec<String>),
    Copy(Index),
    /// A file of the same time says something else: some rows are gone, others have come.
    Correct(Index, usize, Vec<String>),
    /// A new file, that has some rows of another one.
    Overlap(Index, usize, Vec<String>),
}

/// Hours of one day, so that files overlap in time and rows are often equal.
fn row() -> impl Strategy<Value = String> {
    let client = prop_oneof![4 => Just("ann"), 4 => Just("bob"), 2 => Just("")];
    let time =
        prop_oneof![9 => (0..4_u32).prop_map(|hour| format!("2026-03-01 1{hour}:00")), 1 => Just("soon".to_owned())];
    (client, time, 0..2_u32).prop_map(|(client, time, ms)| format!("{client},{time},basket,,{ms}"))
}

fn row_list() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(row(), 1..5)
}

fn change() -> impl Strategy<Value = Change> {
    let file = any::<Index>;
    prop_oneof![
        3 => (file(), row_list(), prop::option::of(1..20_usize)).prop_map(|(file, rows, cut)| Change::Grow(file, rows, cut)),
        2 => (file(), row_list()).prop_map(|(file, rows)| Change::Rotate(file, rows)),
        1 => file().prop_map(Change::Copy),
        1 => (file(), 0..3_usize, row_list()).prop_map(|(file, kept, rows)| Change::Correct(file, kept, rows)),
        2 => (file(), 0..4_usize, row_list()).prop_map(|(file, shared, rows)| Change::Overlap(file, shared, rows)),
    ]
}

/// The files of one source: names and rows, and of each how many bytes of its last row are not written yet.
#[derive(Clone, Debug, Default)]
struct Files {
    files: Vec<(String, Vec<String>, Option<usize>)>,
    made: usize,
}

impl Files {
    fn add(&mut self, rows: Vec<String>) {
        self.made += 1;
        self.files.push((format!("web-{}.csv", self.made), rows, None));
    }

    fn apply(&mut self, change: &Change) {
        // What was half written is whole the next night.
        self.files.iter_mut().for_each(|(_, _, cut)| *cut = None);
        match change {
            Change::Grow(file, rows, cut) => {
                let (_, known, missing) = &mut self.files[file.index(self.made)];
                known.extend(rows.iter().cloned());
                *missing = *cut;
            }
            Change::Rotate(file, rows) => {
                let place = file.index(self.made);
                let name = self.files[place].0.clone();
                let moved = (format!("web-moved-{}.csv", self.made + 1), self.files[place].1.clone(), None);
                self.files[place] = moved;
                self.made += 1;
                self.files.push((name, rows.clone(), None));
            }
            Change::Copy(file) => self.add(self.files[file.index(self.made)].1.clone()),
            Change::Correct(file, kept, rows) => {
                let known = &mut self.files[file.index(self.made)].1;
                known.truncate(*kept);
                let corrected = |hour: u32| format!("eve,2026-03-01 {hour}:00,corrected,,9");
                known.splice(..0, [corrected(10), corrected(13)]);
                known.extend(rows.iter().cloned());
            }
            Change::Overlap(file, shared, rows) => {
                let known = &self.files[file.index(self.made)].1;
                let shared = known.iter().rev().take(*shared).cloned();
                self.add(shared.chain(rows.iter().cloned()).collect());
            }
        }
    }

    fn write(&self, project: &Project) {
        for (name, rows, missing) in &self.files {
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            let cut = missing.map_or(text.len(), |missing| {
                let last = rows.last().map_or(0, String::len);
                text.len() - 1 - missing.min(last)
            });
            project.write(name, HEADER.to_owned() + &text[..cut]);
        }
    }
}

/// Contacts, and rejects by file, without what names one file of those that hold a row.
fn held(project: &Project) -> Vec<Vec<Vec<String>>> {
    let asked = [
        "select encode(client, 'hex'), source, started_at, step, load_ms, count(*) from contacts group by 1, 2, 3, 4, 5",
        "select source, \"column\", reason, sum(rows) from rejects group by 1, 2, 3",
    ];
    asked.iter().map(|sql| sorted_rows(&ask(&project.config, sql, 2))).collect()
}

fn project(duplicates: &str) -> Project {
    let mut project = new_project();
    project.config =
        configured(&project, &[RULES, &WEB.replace("channel =", &format!("{duplicates}\nchannel =")), PHONE]);
    project.write("phone-1.csv", format!("{HEADER}bob,2026-03-01 10:00,menu,,\n"));
    project
}

proptest! {
    #![proptest_config(fewer_cases(24))]

    #[test]
    fn whatever_nights_do_to_files_the_last_one_counts(
        first in row_list(),
        changes in prop::collection::vec(change(), 1..6),
        duplicates in prop::sample::select(vec!["", "duplicates = \"drop\""]),
    ) {
        let in_nights = project(duplicates);
        let mut files = Files::default();
        files.add(first);
        files.write(&in_nights);
        ok(wait(in_nights.ingest()));
        for change in &changes {
            files.apply(change);
            files.write(&in_nights);
            ok(wait(in_nights.ingest()));
        }
        files.files.iter_mut().for_each(|(_, _, cut)| *cut = None);
        files.write(&in_nights);
        ok(wait(in_nights.ingest()));
        let at_once = project(duplicates);
        files.write(&at_once);
        ok(wait(at_once.ingest()));
        prop_assert_eq!(held(&in_nights), held(&at_once));
        // The account adds up, and is that of the contacts.
        let odd = rows(&ask(&in_nights.config, "select * from files where \"read\" <> kept + skipped + rejected + duplicates", 1));
        prop_assert!(odd.is_empty(), "{:?}", odd);
        let kept = rows(&ask(&in_nights.config, "select sum(kept) from files", 1));
        prop_assert_eq!(kept, rows(&ask(&in_nights.config, "select count(*) from contacts", 1)));
        prop_assert!(ok(wait(in_nights.ingest())).files.is_empty(), "and then nothing is new");
    }
}
