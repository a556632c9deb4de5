//! Queries that read each other: what is in `reads` becomes the tables and queries that it names.
//!
//! In: all query files, each as it is written. Out: the same queries, each with those that it reads, and with their parameters: a
//! parameter of a query that is read is one of the query that reads it. Under one name a table goes before a shipped view, that before
//! a query of the user's, and that before any other shipped one. Shipped queries read shipped ones, and a query that replaces one can
//! read it. Fails with every name that is none, every circle, and every parameter that is declared nowhere or has two types, each
//! with its file.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::definition::VIEW_CHAPTER;
use super::definition::{Param, Query};
use crate::error::{Error, Result};
use crate::schema::table;

/// Links queries, in their order. The first `shipped` of them are shipped.
///
/// # Errors
/// With all that is wrong.
pub(super) fn linked(written: &[Query], shipped: usize) -> Result<Vec<Arc<Query>>> {
    let states = written.iter().map(|_| State::New).collect();
    let mut links = Links { written, shipped, states, path: Vec::new(), mistakes: Vec::new() };
    let linked: Vec<_> = (0..written.len()).filter_map(|place| links.link(place)).collect();
    Error::all(links.mistakes).map_or(Ok(linked), Err)
}

/// What has become of a query.
enum State {
    New,
    /// What it reads is being looked at.
    UnderWay,
    /// None where something is wrong with it, or with what it reads.
    Done(Option<Arc<Query>>),
}

struct Links<'a> {
    written: &'a [Query],
    shipped: usize,
    states: Vec<State>,
    /// The queries under way, each read by the one before it.
    path: Vec<usize>,
    mistakes: Vec<Error>,
}

impl Links<'_> {
    fn link(&mut self, place: usize) -> Option<Arc<Query>> {
        match &self.states[place] {
            State::Done(linked) => return linked.clone(),
            State::UnderWay => {
                let circle = self.circle(place);
                self.mistakes.push(circle);
                return None;
            }
            State::New => self.states[place] = State::UnderWay,
        }
        self.path.push(place);
        let linked = self.with_what_it_reads(place).map(Arc::new);
        self.path.pop();
        self.states[place] = State::Done(linked.clone());
        linked
    }

    fn with_what_it_reads(&mut self, reader: usize) -> Option<Query> {
        let before = self.mistakes.len();
        let all = self.written;
        let written = &all[reader];
        let mut query = written.clone();
        let mut is_whole = true;
        for name in &written.reads {
            // Candidates are counted from passages.
            let name = if name == table::CANDIDATES { table::PASSAGES } else { name };
            match self.place_of(name, reader) {
                Some(place) => match self.link(place) {
                    Some(view) => query.views.push(view),
                    None => is_whole = false,
                },
                None if table::ALL.contains(&name) => {}
                None => {
                    let unknown = self.unknown(written, name);
                    self.mistakes.push(unknown);
                }
            }
        }
        if !is_whole {
            return None;
        }
        self.mistakes.extend(with_their_params(&mut query));
        self.mistakes.extend(undeclared(&query));
        (self.mistakes.len() == before).then_some(query)
    }

    /// The query that another one reads under a name; none where it is that of a table.
    fn place_of(&self, name: &str, reader: usize) -> Option<usize> {
        if table::ALL.contains(&name) {
            return None;
        }
        let is_shipped = |place: &usize| *place < self.shipped;
        let is_view = |place: &usize| self.written[*place].chapter == VIEW_CHAPTER;
        let named = || (0..self.written.len()).filter(|&place| self.written[place].name == name);
        let shipped = || named().find(is_shipped);
        let own = || named().rfind(|place| !is_shipped(place) && *place != reader);
        let itself = || named().find(|&place| place == reader);
        match shipped().filter(|place| is_view(place) || is_shipped(&reader)) {
            Some(place) => Some(place),
            None => own().or_else(shipped).or_else(itself),
        }
    }

    fn circle(&self, place: usize) -> Error {
        let start = self.path.iter().position(|&other| other == place).unwrap_or(0);
        let circle = || self.path[start..].iter().chain([&place]).map(|&place| &self.written[place]);
        let names: Vec<&str> = circle().map(|query| query.name.as_str()).collect();
        let files: BTreeSet<&str> = circle().map(|query| query.file.as_str()).collect();
        Error::user(format!("the query `{}` reads itself", self.written[place].name))
            .fact("where", files.into_iter().collect::<Vec<_>>().join(", "))
            .fact("found", names.join(" reads "))
    }

    fn unknown(&self, query: &Query, name: &str) -> Error {
        let queries: BTreeSet<&str> = self.written.iter().map(|query| query.name.as_str()).collect();
        Error::user(format!("`{name}` is neither a table nor a query"))
            .fact("wanted by", format!("`reads` of `{}` ({})", query.name, query.file))
            .fact("tables", table::ALL.join(", "))
            .fact("queries", queries.iter().copied().collect::<Vec<_>>().join(", "))
            .did_you_mean(name, table::ALL.into_iter().chain(queries))
    }
}

/// Puts the parameters of what a query reads before its own.
fn with_their_params(query: &mut Query) -> Vec<Error> {
    let mut mistakes = Vec::new();
    let mut params: Vec<(String, Param)> = Vec::new();
    for (view, (name, param)) in query.views.iter().flat_map(|view| view.params.iter().map(move |param| (view, param)))
    {
        let own = query.params.iter().find(|(own, _)| own == name);
        let known = own.or_else(|| params.iter().find(|(known, _)| known == name));
        match known {
            Some((_, known)) if known.kind == param.kind && (own.is_some() || known.default == param.default) => {}
            Some((_, known)) if known.kind == param.kind => mistakes.push(
                Error::user(format!("the parameter `{name}` has two defaults in what `{}` reads", query.name))
                    .fact("where", format!("{}, read by {}", view.file, query.file))
                    .fact("found", [known, param].map(|param| shown(param.default.as_deref())).join(", "))
                    .hint(format!("declare `{name}` in `{}` with the default that holds for all", query.file)),
            ),
            Some(_) => mistakes.push(
                Error::user(format!("the parameter `{name}` has two types"))
                    .fact("where", format!("{}, {}", query.file, view.file))
                    .fact("expected", "one type in a query and in all that it reads"),
            ),
            None => params.push((name.clone(), param.clone())),
        }
    }
    params.append(&mut query.params);
    query.params = params;
    mistakes
}

fn shown(default: Option<&str>) -> String {
    default.map_or_else(|| "none".to_owned(), |default| format!("\"{default}\""))
}

/// Parameters in the SQL that nothing declares.
fn undeclared(query: &Query) -> Vec<Error> {
    let names = || query.params.iter().map(|(name, _)| name.as_str());
    let missing = placeholders(&query.sql).into_iter().filter(|used| names().all(|name| name != used));
    let error = |used: String| {
        let error = Error::user(format!("the parameter `{used}` is not declared in the query's header"))
            .fact("where", query.file.as_str());
        let known = names().collect::<Vec<_>>().join(", ");
        let error = if known.is_empty() { error } else { error.fact("parameters", known) };
        error.did_you_mean(&used, names())
    };
    missing.map(error).collect()
}

/// The names after `$` in SQL; none in what cannot be taken apart: planning says what is wrong with it.
fn placeholders(sql: &str) -> BTreeSet<String> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let name = |token: Token| match token {
        Token::Placeholder(text) => text.strip_prefix('$').map(str::to_owned),
        _ => None,
    };
    tokens.into_iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::super::header::parse;
    use super::*;

    fn query(name: &str, reads: &[&str], params: &[(&str, &str)], sql: &str) -> Query {
        let params: String =
            params.iter().map(|(name, kind)| format!("-- {name} = {{ type = \"{kind}\", help = \"\" }}\n")).collect();
        let text = format!(
            "-- ---\n-- name = \"{name}\"\n-- title = \"\"\n-- question = \"\"\n-- grain = \"\"\n-- reads = {reads:?}\n\
             -- [params]\n{params}-- [columns]\n-- ---\n{sql}\n"
        );
        parse(&format!("{name}.sql"), "own", &text).unwrap()
    }

    fn mistakes(written: &[Query]) -> String {
        linked(written, 0).unwrap_err().to_string()
    }

    #[test]
    fn a_query_has_the_parameters_of_all_that_it_reads() {
        let written = [
            query("top", &["middle", "steps"], &[("own", "int")], "select $own, $since from middle"),
            query("middle", &["bottom"], &[], "select * from bottom"),
            query("bottom", &["steps"], &[("since", "date")], "select * from steps where $since is null"),
        ];
        let linked = linked(&written, 0).unwrap();
        let names: Vec<&str> = linked[0].params.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["since", "own"]);
        assert_eq!(linked[0].views[0].views[0].name, "bottom");
    }

    #[test]
    fn a_table_goes_before_a_query_of_its_name() {
        let linked = linked(&[query("signals", &["signals"], &[], "select * from signals")], 0).unwrap();
        assert!(linked[0].views.is_empty());
    }

    #[test]
    fn circles_are_said_once_with_their_files() {
        let circle = [
            query("one", &["two"], &[], "select * from two"),
            query("two", &["one"], &[], "select * from one"),
            query("other", &["one"], &[], "select * from one"),
        ];
        let found = mistakes(&circle);
        assert_eq!(found.matches("error:").count(), 1, "{found}");
        assert!(found.contains("`one` reads itself") && found.contains("one reads two reads one"), "{found}");
        assert!(found.contains("one.sql, two.sql"), "{found}");
        assert!(mistakes(&[query("me", &["me"], &[], "select * from me")]).contains("me reads me"));
    }

    #[test]
    fn a_query_that_replaces_a_shipped_one_can_read_it_and_what_is_shipped_stays_as_it_is() {
        let written = [
            query("exits", &["steps"], &[], "select * from steps"),
            query("longest", &["exits"], &[], "select * from exits"),
            query("exits", &["exits"], &[], "select 1 from exits"),
            query("mine", &["exits"], &[], "select * from exits"),
        ];
        let linked = linked(&written, 2).unwrap();
        assert_eq!(linked[2].views[0].sql, "select * from steps");
        assert_eq!(linked[1].views[0].sql, "select * from steps");
        assert_eq!(linked[3].views[0].sql, "select 1 from exits");
    }

    #[test]
    fn wrong_names_are_said_together() {
        let found = mistakes(&[
            query("one", &["stepps"], &[], "select * from stepps"),
            query("two", &["steps"], &[("since", "date")], "select $sinse, '$not_one' from steps"),
        ]);
        assert!(found.contains("`reads` of `one` (one.sql)") && found.contains("did you mean `steps`?"), "{found}");
        assert!(found.contains("`sinse` is not declared") && found.contains("did you mean `since`?"), "{found}");
        assert!(!found.contains("not_one"), "{found}");
    }

    #[test]
    fn a_parameter_has_one_default_or_that_of_the_reader() {
        let with_default = |name: &str, default: &str| {
            let mut query = query(name, &["steps"], &[("p", "int")], "select $p from steps");
            query.params[0].1.default = Some(default.to_owned());
            query
        };
        let reader = |params: &[(&str, &str)]| query("b", &["a", "a2"], params, "select 1 from a cross join a2");
        let found = mistakes(&[with_default("a", "1"), with_default("a2", "4"), reader(&[])]);
        assert!(found.contains("`p` has two defaults") && found.contains("a2.sql, read by b.sql"), "{found}");
        assert!(found.contains("\"1\", \"4\""), "{found}");
        assert!(linked(&[with_default("a", "1"), with_default("a2", "4"), reader(&[("p", "int")])], 0).is_ok());
        assert!(linked(&[with_default("a", "4"), with_default("a2", "4"), reader(&[])], 0).is_ok());
    }

    #[test]
    fn a_parameter_has_one_type() {
        let found = mistakes(&[
            query("one", &["two"], &[("since", "text")], "select $since from two"),
            query("two", &["steps"], &[("since", "date")], "select $since from steps"),
        ]);
        assert!(found.contains("`since` has two types") && found.contains("one.sql, two.sql"), "{found}");
    }
}
