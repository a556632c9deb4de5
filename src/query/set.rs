//! The query files: those that come with dropoff, and those of the user's own folder. Which of them reads which is in `links.rs`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::definition::{CHECK_CHAPTER, Query, VIEW_CHAPTER};
use super::header::parse;
use super::links::linked;
use crate::error::{Error, Result};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");

/// Chapter of queries in the user's folder that are in no folder of their own.
const OWN_CHAPTER: &str = "own";

/// All query files, in reading order.
#[derive(Clone, Debug)]
pub struct QuerySet {
    queries: Vec<Arc<Query>>,
}

impl QuerySet {
    /// The shipped queries but the views, then those in `own`. A query of the same name replaces a shipped one.
    ///
    /// # Errors
    /// With every file whose header does not read, or that reads what is not there.
    pub fn load(own: Option<&Path>) -> Result<QuerySet> {
        let shipped = shipped()?;
        let own = own.map(own_files).transpose()?.unwrap_or_default();
        let parsed = shipped.iter().map(|(chapter, path, text)| parse(path, chapter, text));
        let parsed = parsed.chain(own.iter().map(|(chapter, path, text)| parse(path, chapter, text)));
        let (mut written, mut mistakes) = (Vec::new(), Vec::new());
        for parsed in parsed {
            match parsed {
                Ok(query) => written.push(query),
                Err(error) => mistakes.push(error),
            }
        }
        if mistakes.is_empty() {
            mistakes.extend(names_twice(&written[shipped.len()..]));
        }
        Error::all(mistakes).map_or_else(|| QuerySet::of(&written, shipped.len()), Err)
    }

    /// Query files as they were read, of which the first `shipped` are shipped.
    ///
    /// # Errors
    /// Where one reads what is not there.
    pub fn of(written: &[Query], shipped: usize) -> Result<QuerySet> {
        let mut queries: Vec<Arc<Query>> = Vec::new();
        for query in linked(written, shipped)?.into_iter().filter(|query| query.chapter != VIEW_CHAPTER) {
            match queries.iter_mut().find(|known| known.name == query.name) {
                Some(known) => *known = query,
                None => queries.push(query),
            }
        }
        Ok(QuerySet { queries })
    }

    /// All queries, in reading order.
    pub fn all(&self) -> &[Arc<Query>] {
        &self.queries
    }

    /// The queries of these names; without names, all reports (no audits, and none that asks for a client or a journey).
    ///
    /// # Errors
    /// With every name that is none.
    pub fn pick(&self, names: &[String]) -> Result<Vec<Arc<Query>>> {
        if names.is_empty() {
            let is_report = |query: &&Arc<Query>| query.chapter != CHECK_CHAPTER && !asks_for_someone(query);
            return Ok(self.queries.iter().filter(is_report).cloned().collect());
        }
        let (mut picked, mut mistakes) = (Vec::new(), Vec::new());
        for name in names {
            match self.queries.iter().find(|query| &query.name == name) {
                Some(query) => picked.push(Arc::clone(query)),
                None => mistakes.push(
                    Error::user(format!("there is no report `{name}`"))
                        .fact(
                            "reports",
                            self.queries.iter().map(|query| query.name.as_str()).collect::<Vec<_>>().join(", "),
                        )
                        .did_you_mean(name, self.queries.iter().map(|query| query.name.as_str())),
                ),
            }
        }
        Error::all(mistakes).map_or(Ok(picked), Err)
    }
}

/// Queries of one's own of which one would hide another.
fn names_twice(own: &[Query]) -> Vec<Error> {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for Query { name, file, .. } in own {
        if let Some(first) = files.insert(name, file) {
            mistakes.push(
                Error::user(format!("two queries have the name `{name}`")).fact("where", format!("{first}, {file}")),
            );
        }
    }
    mistakes
}

/// The shipped views: tables for other queries.
///
/// # Errors
/// With the first whose header does not read.
pub fn views() -> Result<Vec<Arc<Query>>> {
    let files = shipped()?.into_iter().filter(|(chapter, _, _)| chapter == VIEW_CHAPTER);
    let written = files.map(|(chapter, path, text)| parse(&path, &chapter, text)).collect::<Result<Vec<_>>>()?;
    linked(&written, written.len())
}

/// Whether a query is about one client or journey, so that it says nothing unless asked.
fn asks_for_someone(query: &Query) -> bool {
    use super::definition::ParamType::{Client, Journey};
    query.params.iter().any(|(_, param)| matches!(param.kind, Client | Journey))
}

/// Chapter, path and text of the shipped files, in order.
fn shipped() -> Result<Vec<(String, String, &'static str)>> {
    let mut files = Vec::new();
    for folder in SHIPPED.dirs() {
        for file in folder.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "sql")) {
            let path = file.path().display().to_string();
            let text = file.contents_utf8().ok_or_else(|| Error::bug(format!("queries/{path} is not UTF-8")))?;
            files.push((folder.path().display().to_string(), format!("queries/{path}"), text));
        }
    }
    files.sort();
    Ok(files)
}

/// Chapter, path and text of the user's files, in order.
fn own_files(folder: &Path) -> Result<Vec<(String, String, String)>> {
    let failed = |path: &Path, error: std::io::Error| {
        let message = format!("cannot read the reports in `{}`", path.display());
        let missing = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidData];
        let kind = if missing.contains(&error.kind()) { Error::user(message) } else { Error::environment(message) };
        kind.fact("found", error.to_string())
    };
    let list = |folder: &Path| -> Result<Vec<std::path::PathBuf>> {
        let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, error))?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(|e| failed(folder, e))?;
        paths.sort();
        Ok(paths)
    };
    let is_query = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "sql");
    let mut files = Vec::new();
    for path in list(folder)? {
        let (chapter, paths) = if path.is_dir() {
            (path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), list(&path)?)
        } else {
            (OWN_CHAPTER.to_owned(), vec![path])
        };
        for path in paths.into_iter().filter(is_query) {
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            files.push((chapter.clone(), path.display().to_string(), text));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_queries_read_in_the_order_of_their_chapters() {
        let queries = QuerySet::load(None).unwrap();
        assert_eq!(queries.all()[0].chapter, "1_overview");
        assert!(queries.all().iter().any(|query| query.chapter == CHECK_CHAPTER));
        assert!(queries.pick(&[]).unwrap().iter().all(|query| query.name != "client_events"));
    }

    #[test]
    fn an_own_query_replaces_a_shipped_one_and_a_wrong_name_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let header = "-- ---\n-- name = \"exits\"\n-- title = \"Mine\"\n-- question = \"?\"\n-- grain = \"one row\"\n-- reads = []\n-- [columns]\n-- one = { help = \"1\" }\n-- ---\nselect 1 as one\n";
        std::fs::write(folder.path().join("exits.sql"), header).unwrap();
        let queries = QuerySet::load(Some(folder.path())).unwrap();
        assert_eq!(queries.pick(&["exits".to_owned()]).unwrap()[0].title, "Mine");
        let error = queries.pick(&["exit".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("did you mean `exits`?"), "{error}");
    }
}
