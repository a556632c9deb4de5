//! What the files in `queries/` promise: a header that reads, columns and parameters that are as declared, a total
//! order, a twin in `tests/slt`, no lines of another one, and audits that pass on the sample project.

use std::collections::{BTreeMap, BTreeSet};

use dropoff::query::{CHECK_CHAPTER, Params, Query, QuerySet, VIEW_CHAPTER, parse};
use dropoff::schema::table;

use crate::project::{list, ok, repository};
use crate::sample::sample;

/// Lines of SQL, one after the other, that no two files may have: so many say that one of them should read the other, or both a view.
const LINES_SHARED: usize = 6;

/// The tables that a query can read.
const TABLES: [&str; 10] = [
    table::CONTACTS,
    table::STEPS,
    table::JOURNEYS,
    table::REJECTS,
    table::FILES,
    table::SIGNALS,
    table::SPLIT_CASES,
    "settings",
    "funnel_steps",
    "candidates",
];

/// Every file of `queries/` but the views.
fn queries() -> Vec<(String, Query)> {
    files().into_iter().filter(|(_, query)| query.chapter != VIEW_CHAPTER).collect()
}

/// Every file of `queries/`, with its name: no ending, and no number for its place in the chapter.
fn files() -> Vec<(String, Query)> {
    let chapters = list(&repository("queries")).into_iter().filter(|path| path.is_dir());
    let mut queries = Vec::new();
    for chapter in chapters {
        for path in list(&chapter).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "sql")) {
            let text = std::fs::read_to_string(&path).expect("a query file can be read");
            let chapter = chapter.file_name().expect("a chapter has a name").to_string_lossy();
            let file = path.file_name().expect("a file has a name").to_string_lossy();
            let query = ok(parse(&format!("queries/{chapter}/{file}"), &chapter, &text));
            let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            queries.push((unnumbered(&stem).to_owned(), query));
        }
    }
    queries
}

/// `drop_off_points` of `1_drop_off_points`.
fn unnumbered(stem: &str) -> &str {
    stem.split_once('_').filter(|(place, _)| place.parse::<u32>().is_ok()).map_or(stem, |(_, name)| name)
}

/// The queries for which something does not hold.
fn failing(holds: impl Fn(&Query) -> bool) -> Vec<String> {
    queries().into_iter().map(|(_, query)| query).filter(|query| !holds(query)).map(|query| query.name).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn a_query_has_the_name_of_its_file() {
    for (file, query) in files() {
        assert_eq!(query.name, file);
    }
}

#[test]
fn the_files_of_the_folder_are_those_that_are_shipped() {
    let in_folder: Vec<Query> = files().into_iter().map(|(_, query)| query).collect();
    let in_folder = ok(QuerySet::of(&in_folder, in_folder.len()));
    assert_eq!(ok(QuerySet::load(None)).all(), in_folder.all());
    let names: Vec<String> = queries().into_iter().map(|(_, query)| query.name).collect();
    assert_eq!(in_folder.all().iter().map(|query| query.name.clone()).collect::<Vec<_>>(), names);
}

#[test]
fn parameters_that_are_declared_are_used_and_the_other_way_round() {
    for (_, query) in files() {
        let declared: BTreeSet<&str> = query.params.iter().map(|(name, _)| name.as_str()).collect();
        let used: BTreeSet<&str> = query.sql.split('$').skip(1).map(leading_name).collect();
        assert_eq!(used, declared, "parameters of `{}`", query.name);
    }
}

#[test]
fn tables_that_are_declared_are_read_and_the_other_way_round() {
    let files = files();
    let can_be_read = |name: &&str| TABLES.contains(name) || files.iter().any(|(file, _)| file == name);
    for (_, query) in &files {
        let declared: BTreeSet<&str> = query.reads.iter().map(String::as_str).collect();
        let words: Vec<&str> = query.sql.split_whitespace().collect();
        let after_from = words.windows(2).filter(|pair| ["from", "join"].contains(&pair[0]));
        let read: BTreeSet<&str> = after_from.map(|pair| leading_name(pair[1])).filter(can_be_read).collect();
        assert_eq!(read, declared, "tables of `{}`", query.name);
    }
}

#[test]
fn no_two_files_share_lines() {
    let mut seen: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (file, query) in files() {
        let lines = query.sql.lines().filter_map(normalised).collect::<Vec<_>>();
        for run in lines.windows(LINES_SHARED) {
            let first = seen.entry(run.to_vec()).or_insert_with(|| file.clone());
            assert_eq!(
                first,
                &file,
                "both have these lines; one can read the other, or both a view:\n{}",
                run.join("\n")
            );
        }
    }
}

/// A line without its comment and its indentation; none where nothing is left.
fn normalised(line: &str) -> Option<String> {
    let code = line.split_once("--").map_or(line, |(code, _)| code);
    let words: Vec<&str> = code.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" ").to_lowercase())
}

/// The letters, digits and underscores that a text begins with.
fn leading_name(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[test]
fn the_last_thought_of_a_query_is_final_and_its_rows_have_an_order() {
    let is_ordered = |query: &Query| {
        let last = query.sql.rsplit_once("\nfrom final\n").map(|(_, last)| last);
        query.sql.contains("\nfinal as (\n") && last.is_some_and(|last| format!("\n{last}").contains("\norder by "))
    };
    assert_eq!(failing(is_ordered), NONE, "without `final`, or without `order by` after it");
}

#[test]
fn a_query_has_a_twin_and_a_twin_its_query() {
    let twins: BTreeSet<String> = list(&repository("tests/slt"))
        .iter()
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = files().into_iter().map(|(_, query)| query.name).collect();
    assert_eq!(twins, names, "files of tests/slt, files of queries/");
    let asks = |query: &Query| {
        let path = repository("tests/slt").join(format!("{}.slt", query.name));
        let twin = std::fs::read_to_string(path).expect("a twin can be read");
        twin.lines().any(|line| line.split(' ').take(2).eq(["report", query.name.as_str()]))
    };
    assert_eq!(failing(asks), NONE, "the twin does not ask for the report");
}

#[tokio::test]
async fn the_columns_of_an_answer_are_those_declared() {
    let (_project, engine) = sample().await;
    let mut failures = Vec::new();
    for query in ok(QuerySet::load(None)).all() {
        match engine.answer(query, &Params::new()).await {
            Ok(answer) => {
                let planned: Vec<&String> = answer.schema.fields().iter().map(|field| field.name()).collect();
                let declared: Vec<&String> = query.columns.iter().map(|(name, _)| name).collect();
                if planned != declared {
                    failures.push(format!("{}\n  declared {declared:?}\n  planned  {planned:?}", query.name));
                }
            }
            Err(error) => failures.push(format!("{}\n{error}", query.name)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn audits_find_nothing_on_the_sample() {
    let (_project, engine) = sample().await;
    let mut audits = 0;
    for query in ok(QuerySet::load(None)).all().iter().filter(|query| query.chapter == CHECK_CHAPTER) {
        let answer = ok(engine.answer(query, &Params::new()).await);
        assert_eq!(answer.row_count(), 0, "bad rows found by `{}`", answer.query.name);
        audits += 1;
    }
    assert!(audits > 0, "queries/{CHECK_CHAPTER} holds audits");
}
