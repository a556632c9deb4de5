//! The code keeps to its architecture: who may import whom, who may use which library, and how files look; and no files
//! of a stage go round in a circle (`circles`).
//!
//! In: the sources, read as text, without comments and unit tests. A stage is a folder of `src` or a file beside
//! `lib.rs`, which lists the stages from the ground up. Fails with file, line, and the reason for the rule.

mod circles;
mod paths;

use std::path::{Path, PathBuf};

use crate::project::{list, repository};

/// Which stage may import which, and why. `error` is for all. An arrow that is not here is a decision to take: either
/// the code moves, or the arrow is added with its reason.
const ARROWS: &[(&str, &str, &str)] = &[
    ("journey", "schema", "contacts in, steps and journeys out"),
    ("journey", "words", "channels and steps are compared as numbers"),
    (
        "config",
        "journey",
        "it is parsed into the rules that the pass takes; a measure cannot have the name of a column",
    ),
    ("config", "schema", "a measure cannot have the name of a column"),
    ("expression", "schema", "messages call types by their plain names"),
    ("explain", "shape", "the columns of a log that has none of some name"),
    ("expression", "explain", "what is wrong with an expression"),
    ("expression", "shape", "what an error quotes from the data"),
    ("expression", "sql", "how deep SQL may be"),
    ("store", "schema", "the tables that it keeps"),
    ("store", "config", "how equal rows of a source count"),
    ("ingest", "config", "which logs there are, and what their columns mean"),
    ("ingest", "notation", "lists of names in what is said"),
    ("ingest", "journey", "the steps that the configuration names, and no contact has"),
    ("ingest", "expression", "`sql` and `skip` of a source"),
    ("ingest", "identity", "ids become pseudonyms before they are stored"),
    ("ingest", "shape", "what looks like an id is rejected by its shape"),
    ("ingest", "schema", "the columns of contacts, rejects and files"),
    ("ingest", "store", "contacts are stored while they are read"),
    ("cause", "config", "the user's own rules"),
    ("cause", "expression", "a rule is a condition on one contact"),
    ("cause", "journey", "the context columns that a condition may read, and the place where it is tested"),
    ("cause", "schema", "the table of signals"),
    ("generate", "cause", "planted rules are compiled before a row is written"),
    ("generate", "config", "families and spans of a scenario; the configuration that is written is checked"),
    ("generate", "journey", "the families of causes"),
    ("query", "schema", "names of the tables that a query can read"),
    ("query", "config", "what passages can be compared apart by"),
    ("report", "notation", "numbers and moments in tables, pages and charts"),
    ("report", "query", "the answers that it shows"),
    ("report", "visible", "text of logs in tables, pages and charts"),
    ("engine", "cause", "the rules that the pass tests"),
    ("engine", "config", "the rules of journeys, the funnel, the time zone"),
    ("engine", "identity", "a client that is asked for by id"),
    ("engine", "journey", "`steps` and `journeys` are computed where they are read"),
    ("engine", "notation", "moments in warnings"),
    ("engine", "query", "the queries that it answers"),
    ("engine", "schema", "names of tables and columns"),
    ("engine", "explain", "what is wrong with a query"),
    ("engine", "sql", "how deep SQL may be"),
    ("engine", "statistics", "the functions of SQL for evidence and rates"),
    ("engine", "store", "the contacts that are read"),
    ("engine", "words", "what rows are grouped by is compared as numbers"),
    ("cli", "cause", "rules are checked before a log is opened"),
    ("cli", "config", "every command begins with it"),
    ("cli", "engine", "what reports and SQL are answered by"),
    ("cli", "generate", "the command `generate`"),
    ("cli", "ingest", "the command `ingest`"),
    ("cli", "journey", "why a journey is what it is"),
    ("cli", "notation", "numbers and moments in what is said"),
    ("cli", "query", "reports by name, and the parameters that are given"),
    ("cli", "report", "what answers are shown as"),
    ("cli", "store", "what became of the files that were read"),
    ("cli", "schema", "names of tables and columns"),
    ("cli", "shape", "a page shows no id of a client"),
    ("cli", "visible", "all text that goes to a terminal"),
];

/// Text that may stand only in some places of `src`, those places, and why.
const ONLY: &[(&[&str], &[&str], &str)] = &[
    (
        &["polars_core::", "polars_io::", "polars_arrow::"],
        &["ingest/"],
        "beyond the bridge of `ingest`, all data is Arrow",
    ),
    (&["deltalake::"], &["store/"], "how tables are kept is known to `store` alone"),
    (&["plotters::"], &["report/chart/"], "how charts are drawn is known to `report/chart` alone"),
    (&["maud::"], &["report/page"], "HTML is written by the page alone"),
    (&["</"], &[], "HTML is written in templates, which close elements and escape texts"),
    (&["statrs::"], &["statistics/"], "tails of distributions are computed in one place"),
    (&["clap::"], &["cli/", "main.rs"], "the library knows nothing of arguments"),
    (
        &["print!(", "println!(", "stdout()", "stderr()"],
        &["cli/", "main.rs"],
        "the library returns values, and never prints",
    ),
    (&["SessionContext"], &["engine/", "expression.rs"], "there is one session, and one compiler of expressions"),
    (&[".sql(", ".sql_with("], &["engine/", "expression.rs", "cli/"], "SQL is run by `engine`, for `cli`"),
    (&[".unwrap()", ".expect("], &[], "what can fail is an error with a kind, facts and a hint"),
];

const VAGUE_NAMES: [&str; 8] = ["utils", "util", "helpers", "helper", "common", "misc", "shared", "v2"];
const MOST_LINES: usize = 500;

/// A file of `src`.
struct Source {
    /// From `src`, with forward slashes.
    path: String,
    text: String,
    /// Number and text of the lines of code.
    code: Vec<(usize, String)>,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Source {
        let text = std::fs::read_to_string(path).expect("a source can be read");
        let shown = path.strip_prefix(root).expect("a source is in `src`").display().to_string().replace('\\', "/");
        let without_tests = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        let code = (1..).zip(without_tests).filter(|(_, line)| !line.trim_start().starts_with("//"));
        let code = code.map(|(n, line)| (n, line.to_owned())).collect();
        Source { path: shown, text, code }
    }

    /// The folder of `src` that it is in, or its own name.
    fn stage(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// The stages that a path in the code begins with, and the lines.
    fn imports(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .iter()
            .flat_map(|(number, line)| line.split("crate::").skip(1).map(move |rest| (*number, leading_name(rest))))
    }
}

/// The letters, digits and underscores that a text begins with.
fn leading_name(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

/// The Rust files of a folder, and of the folders in it.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let files_of = |path: PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    let files = list(folder).into_iter().flat_map(files_of);
    files.filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

/// All files of `src`, folder by folder.
fn sources() -> Vec<Source> {
    let root = repository("src");
    rust_files(&root).iter().map(|path| Source::read(&root, path)).collect()
}

/// The stages, from the ground up.
fn stages() -> Vec<String> {
    let text = std::fs::read_to_string(repository("src/lib.rs")).expect("lib.rs can be read");
    text.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.trim_end_matches(';').to_owned())).collect()
}

/// Fails with all that was found.
fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_file_is_of_a_stage_that_lib_lists() {
    let stages = stages();
    let stray = |source: &&Source| {
        let stage = source.stage();
        !["lib", "main"].contains(&stage) && !stages.iter().any(|known| known == stage)
    };
    let found: Vec<String> = sources().iter().filter(stray).map(|source| source.path.clone()).collect();
    assert_none("`lib.rs` lists every stage", &found);
}

#[test]
fn stages_import_what_they_may() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.stage())) {
        let from = source.stage();
        for (line, to) in source.imports() {
            let is_allowed = to == from || to == "error" || ARROWS.iter().any(|arrow| (arrow.0, arrow.1) == (from, to));
            if !is_allowed {
                let to = if to.is_empty() { "several at once: one `use` for each stage" } else { to };
                found.push(format!("  src/{}:{line}: {from} imports {to}", source.path));
            }
        }
    }
    assert_none("stages meet in `schema` and in tables; see ARROWS in tests/it/architecture.rs", &found);
}

#[test]
fn arrows_point_up_the_flow() {
    let stages = stages();
    let place = |name: &str| stages.iter().position(|stage| stage == name);
    let backwards = ARROWS.iter().filter(|(from, to, _)| match (place(from), place(to)) {
        (Some(from), Some(to)) => to >= from,
        _ => true,
    });
    let found: Vec<String> = backwards.map(|(from, to, why)| format!("  {from} imports {to}: {why}")).collect();
    assert_none("a stage imports only stages that `lib.rs` lists before it", &found);
    assert_eq!(place("cli"), Some(stages.len() - 1), "nothing imports `cli`: it is the last stage");
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut found = Vec::new();
    for source in sources() {
        for (number, line) in &source.code {
            // A value of the configuration that is SQL, not a call of it.
            let line = line.replace(".sql()", "");
            for (marks, places, why) in ONLY {
                let is_at_home = places.iter().any(|place| source.path.starts_with(place));
                if let Some(mark) = marks.iter().find(|mark| !is_at_home && line.contains(**mark)) {
                    found.push(format!("  src/{}:{number}: `{mark}`: {why}", source.path));
                }
            }
        }
    }
    assert_none("what stands only in some places of `src`", &found);
}

#[test]
fn files_are_one_idea_and_say_which() {
    let mut found = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            found.push(format!("  src/{} has {lines} lines: more than one idea", source.path));
        }
        let mut names = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
        if let Some(name) = names.find(|name| VAGUE_NAMES.contains(name)) {
            found.push(format!("  src/{}: `{name}` says nothing", source.path));
        }
    }
    assert_none("a file is one idea, and its name says which", &found);
}
