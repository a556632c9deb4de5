//! No files of `src` use each other in a circle, so that every file can be read after those that it uses.
//!
//! In: the sources. A file has an arrow to each file that defines a name it says, also where others pass the name on. A
//! `mod.rs` that lists its files and passes their names on is a table of contents, and has no arrows; what it says in code
//! of its own counts. What is only called as a method of a value is not seen. Fails with each circle: its files, and the
//! names that tie them.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::Named;
use super::{assert_none, sources};

/// For each file the files that it uses, and the names that it takes from them.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// How often a name is passed on at most: names that pass themselves on would go on for ever.
const MOST_STEPS: usize = 16;

/// The modules of a crate that are files, by their paths from its root.
struct Modules(BTreeMap<Vec<String>, Module>);

struct Module {
    file: String,
    named: Named,
}

impl Modules {
    /// `sources`: path from `src`, and text.
    fn of(sources: impl IntoIterator<Item = (String, String)>) -> Modules {
        let module = |(file, text): (String, String)| {
            let mut path: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            path.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
            (path, Module { named: Named::by(&text), file })
        };
        Modules(sources.into_iter().map(module).collect())
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (at, Module { file, named }) in &self.0 {
            let is_contents = file.ends_with("mod.rs");
            // Passing a name on is no use of it in a table of contents.
            let is_said =
                |name: &String| named.words.contains(name) || named.paths.iter().any(|path| path.first() == Some(name));
            let imports = named.imports.iter();
            let imports = imports.filter(|import| !(is_contents && import.is_passed_on && !is_said(&import.name)));
            let paths = imports.map(|import| &import.path).chain(&named.paths);
            let found = arrows.entry(file.clone()).or_default();
            for (to, name) in paths.filter_map(|path| self.definition(at, path, MOST_STEPS)) {
                if to != file {
                    found.entry(to.to_owned()).or_default().insert(name);
                }
            }
        }
        arrows
    }

    /// The file that defines what a path in a module leads to, and the name there. Nothing where it leads out of the crate,
    /// or to a module: what is taken from a module is said after its name.
    fn definition(&self, at: &[String], path: &[String], steps: usize) -> Option<(&str, String)> {
        let (module, names) = self.walk(at, path);
        let (first, rest) = names.split_first()?;
        let here = self.0.get(&module)?;
        if let Some(import) = here.named.imports.iter().find(|import| import.name == *first) {
            return self.definition(&module, &[import.path.as_slice(), rest].concat(), steps.checked_sub(1)?);
        }
        // Another crate, or something that this very file defines.
        let is_elsewhere = names.len() < path.len();
        is_elsewhere.then(|| (here.file.as_str(), first.clone()))
    }

    /// The module that a path in a module leads to, and what is left of the path there.
    fn walk<'p>(&self, at: &[String], path: &'p [String]) -> (Vec<String>, &'p [String]) {
        let (mut module, mut names) = (at.to_vec(), path);
        while let [first, rest @ ..] = names {
            match first.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => drop(module.pop()),
                _ => break,
            }
            names = rest;
        }
        while let [first, rest @ ..] = names {
            let inner = [module.as_slice(), std::slice::from_ref(first)].concat();
            if !self.0.contains_key(&inner) {
                break;
            }
            (module, names) = (inner, rest);
        }
        (module, names)
    }

    /// Files that import all there is of another one.
    fn without_names(&self) -> Vec<String> {
        let takes_all = |at: &[String], path: &[String]| {
            let (module, names) = self.walk(at, path);
            names.is_empty() && module != at
        };
        let stray = self.0.iter().flat_map(|(at, Module { file, named })| {
            let all = named.imports.iter().filter(move |import| import.name == "*" && takes_all(at, &import.path));
            all.map(move |import| format!("  src/{file}: use {}::*", import.path.join("::")))
        });
        stray.collect()
    }
}

/// Files that each lead to all others of theirs.
fn circles(arrows: &Arrows) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (file.as_str(), reached_from(file, arrows))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let back = others.iter().filter(|other| reached.get(*other).is_some_and(|reached| reached.contains(file)));
        circles.insert(back.copied().collect::<BTreeSet<&str>>());
    }
    circles.into_iter().filter(|circle| !circle.is_empty()).collect()
}

/// All files that a file leads to.
fn reached_from<'a>(file: &str, arrows: &'a Arrows) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                waiting.push(to);
            }
        }
    }
    reached
}

/// A circle in words: each of its arrows, and the names that make it.
fn described(circle: &BTreeSet<&str>, arrows: &Arrows) -> String {
    let mut lines = vec![format!("  a circle of {} files:", circle.len())];
    for from in circle {
        for (to, names) in arrows[*from].iter().filter(|(to, _)| circle.contains(to.as_str())) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            lines.push(format!("    src/{from} uses src/{to}: {}", names.join(", ")));
        }
    }
    lines.join("\n")
}

/// All files of `src`.
fn modules() -> Modules {
    Modules::of(sources().into_iter().map(|source| (source.path, source.text)))
}

#[test]
fn files_go_in_no_circle() {
    let arrows = modules().arrows();
    let found: Vec<String> = circles(&arrows).iter().map(|circle| described(circle, &arrows)).collect();
    assert_none("a file can be read before those that use it: move what ties it to them", &found);
}

#[test]
fn files_import_names() {
    assert_none("what `*` brings cannot be followed: name what is imported", &modules().without_names());
}

/// The circles of made-up sources, in words.
fn found(sources: &[(&str, &str)]) -> Vec<String> {
    let sources = sources.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    let arrows = Modules::of(sources).arrows();
    circles(&arrows).iter().map(|circle| described(circle, &arrows)).collect()
}

#[test]
fn two_files_that_use_each_other_are_a_circle() {
    let sources = [
        ("store/mod.rs", "mod copies; mod rows;"),
        ("store/copies.rs", "use super::rows::Row; pub struct Entry(Row);"),
        ("store/rows.rs", "fn f() { super::copies::find(); crate::store::copies::Entry::new() }"),
    ];
    let expected = "  a circle of 2 files:
    src/store/copies.rs uses src/store/rows.rs: Row
    src/store/rows.rs uses src/store/copies.rs: Entry, find";
    assert_eq!(found(&sources), [expected]);
}

#[test]
fn a_name_that_is_passed_on_leads_to_the_file_that_defines_it() {
    let sources = [
        ("store/mod.rs", "mod sort; mod write; pub use write::Target;"),
        ("store/sort/mod.rs", "mod merge; pub(super) use merge::Merge as SortedRows;"),
        ("store/sort/merge.rs", "use crate::store::Target; pub struct Merge;"),
        ("store/write.rs", "use super::sort; pub struct Target(sort::SortedRows);"),
    ];
    let expected = "  a circle of 2 files:
    src/store/sort/merge.rs uses src/store/write.rs: Target
    src/store/write.rs uses src/store/sort/merge.rs: Merge";
    assert_eq!(found(&sources), [expected]);
}

#[test]
fn a_circle_of_three_is_one_and_what_hangs_on_it_is_not_of_it() {
    let sources = [
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::c::{C, Other};"),
        ("c.rs", "use crate::a::A; use crate::below::Below;"),
        ("above.rs", "use crate::a::A;"),
        ("below.rs", "use std::fmt; pub struct Below;"),
    ];
    let expected = "  a circle of 3 files:
    src/a.rs uses src/b.rs: B
    src/b.rs uses src/c.rs: C, Other
    src/c.rs uses src/a.rs: A";
    assert_eq!(found(&sources), [expected]);
}

#[test]
fn a_table_of_contents_is_in_no_circle_but_code_of_a_mod_is() {
    let merge = ("sort/merge.rs", "use super::Sorter; pub struct Merge(Sorter);");
    let sorter = ("sort/sorter.rs", "pub struct Sorter;");
    let contents = "//! Sorts.\nmod merge; mod sorter; pub use merge::Merge; pub use sorter::Sorter;";
    assert_eq!(found(&[("sort/mod.rs", contents), merge, sorter]), [""; 0]);
    let code = "mod merge; pub use merge::Merge; pub struct Sorter; fn f() -> Merge { merge::read() }";
    let expected = "  a circle of 2 files:
    src/sort/merge.rs uses src/sort/mod.rs: Sorter
    src/sort/mod.rs uses src/sort/merge.rs: Merge, read";
    assert_eq!(found(&[("sort/mod.rs", code), merge]), [expected]);
}

#[test]
fn comments_tests_and_arrows_one_way_are_no_circle() {
    let sources = [
        (
            "a.rs",
            "//! See crate::b.\nuse crate::error::Result; pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
        ("b.rs", "use crate::a::A; use crate::error::Result; /* crate::c::C */ pub struct B(A);"),
        ("c.rs", "use crate::{a::A, b::B}; const TEXT: &str = \"crate::c\";"),
        ("error.rs", "use std::result; pub type Result = result::Result<(), ()>;"),
    ];
    assert_eq!(found(&sources), [""; 0]);
}

#[test]
fn what_takes_all_of_a_file_is_found() {
    let sources = [
        ("a.rs", "use crate::b::*; use Kind::*; enum Kind { One } #[cfg(test)] mod tests { use super::*; }"),
        ("b.rs", "use std::fmt::*;"),
    ];
    let sources = sources.map(|(file, text)| (file.to_owned(), text.to_owned()));
    assert_eq!(Modules::of(sources).without_names(), ["  src/a.rs: use crate::b::*"]);
}
