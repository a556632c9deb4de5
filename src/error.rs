//! The one error type that leaves the crate: a kind, the facts, and a hint.
//!
//! An error says what went wrong, where, what was found and what was expected. Its [`Kind`] picks the exit code.
//! Independent mistakes are carried together in one error, so that a user mends them in one go.
//!
//! ```text
//! error: column `tstamp` is not in `web_events.csv`
//!   wanted by: source `web`, time (dropoff.toml:14)
//!   columns:   user_id, event, timestamp, page, device
//!
//! hint: did you mean `timestamp`?
//! ```

use std::fmt;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Who has to act; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A check of the data failed.
    Check,
    /// The user can fix it: configuration, arguments, input files.
    User,
    /// The environment failed: disk, permissions, another process.
    Environment,
    /// A bug of ours.
    Bug,
}

impl Kind {
    /// The exit code of the process for this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Check => 1,
            Kind::User => 2,
            Kind::Environment => 3,
            Kind::Bug => 70,
        }
    }
}

/// One thing that went wrong, in the words a user reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub facts: Vec<(String, String)>,
    pub hint: Option<String>,
    /// Where the mistake is a column that is not there: its name.
    pub missing_column: Option<String>,
}

/// One or more mistakes of one kind; shown one after the other, each with its facts and its hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    mistakes: Vec<Mistake>,
}

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        let mistake = Mistake { message: message.into(), facts: Vec::new(), hint: None, missing_column: None };
        Error { kind, mistakes: vec![mistake] }
    }

    /// A check of the data failed.
    pub fn check(message: impl Into<String>) -> Self {
        Error::new(Kind::Check, message)
    }

    /// The user can fix it.
    pub fn user(message: impl Into<String>) -> Self {
        Error::new(Kind::User, message)
    }

    /// The environment failed.
    pub fn environment(message: impl Into<String>) -> Self {
        Error::new(Kind::Environment, message)
    }

    /// A bug of ours.
    pub fn bug(message: impl Into<String>) -> Self {
        Error::new(Kind::Bug, message)
    }

    /// Adds a named fact to the last mistake: where, found, expected.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.facts.push((name.into(), value.into()));
        }
        self
    }

    /// Adds a hint to the last mistake: what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.hint = Some(hint.into());
        }
        self
    }

    /// Says that the last mistake is a column that is not there.
    #[must_use]
    pub fn for_missing(mut self, column: impl Into<String>) -> Self {
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.missing_column = Some(column.into());
        }
        self
    }

    /// Adds a hint, if there is one; it takes the place of another.
    #[must_use]
    pub fn hint_where(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Adds `did you mean …?` when one of `candidates` is close to `found`.
    #[must_use]
    pub fn did_you_mean<'a>(self, found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(found, candidates) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Joins independent mistakes into one error; `None` where there are none. The gravest kind wins.
    pub fn all(errors: impl IntoIterator<Item = Error>) -> Option<Error> {
        errors.into_iter().reduce(|mut all, next| {
            if next.kind.exit_code() > all.kind.exit_code() {
                all.kind = next.kind;
            }
            all.mistakes.extend(next.mistakes);
            all
        })
    }

    /// The same error without some of its mistakes; `None` where none is left.
    pub fn retain(mut self, keep: impl Fn(&Mistake) -> bool) -> Option<Error> {
        self.mistakes.retain(keep);
        (!self.mistakes.is_empty()).then_some(self)
    }

    /// Joins mistakes that differ in the fact `fact` alone (say, which file lacks a column); `join` makes one of its
    /// values.
    #[must_use]
    pub fn grouped(mut self, fact: &str, join: impl Fn(Vec<String>) -> String) -> Error {
        let mut groups: Vec<(Mistake, Vec<String>)> = Vec::new();
        for mut mistake in std::mem::take(&mut self.mistakes) {
            let place = mistake.facts.iter().position(|(name, _)| name == fact);
            let value = place.map(|place| std::mem::take(&mut mistake.facts[place].1));
            match groups.iter_mut().find(|(known, _)| *known == mistake) {
                Some((_, values)) => values.extend(value),
                None => groups.push((mistake, value.into_iter().collect())),
            }
        }
        self.mistakes = groups
            .into_iter()
            .map(|(mut mistake, values)| {
                if let Some((_, value)) = mistake.facts.iter_mut().find(|(name, _)| name == fact) {
                    *value = join(values);
                }
                mistake
            })
            .collect();
        self
    }

    /// Who has to act.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The mistakes, in the order they were found.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            writeln!(f, "error: {}", mistake.message)?;
            let width = mistake.facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 1;
            for (name, value) in &mistake.facts {
                let label = format!("{name}:");
                let mut lines = value.lines();
                writeln!(f, "  {label:width$} {}", lines.next().unwrap_or(""))?;
                for line in lines {
                    writeln!(f, "  {:width$} {line}", "")?;
                }
            }
            if let Some(hint) = &mistake.hint {
                writeln!(f, "\nhint: {hint}")?;
            }
        }
        if self.kind == Kind::Bug {
            writeln!(f, "\nhint: this is a bug of dropoff; please report it with the command and the lines above")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The candidate closest to `found`, if it is close enough to be a slip of the hand: some letters, or words in another order.
pub fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| {
        let as_written = strsim::normalized_damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase());
        as_written.max(strsim::normalized_damerau_levenshtein(&sorted_words(found), &sorted_words(name)))
    };
    candidates
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The words of a name in alphabetical order: the same for `client_id` and `id_client`.
fn sorted_words(name: &str) -> String {
    let name = name.to_lowercase();
    let mut words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_facts_aligned_and_the_hint_last() {
        let error = Error::user("column `tstamp` is not in `web_events.csv`")
            .fact("wanted by", "source `web`, time (dropoff.toml:14)")
            .fact("columns", "user_id, event, timestamp")
            .did_you_mean("tstamp", ["user_id", "event", "timestamp"]);
        assert_eq!(
            error.to_string(),
            "error: column `tstamp` is not in `web_events.csv`\n  \
             wanted by: source `web`, time (dropoff.toml:14)\n  \
             columns:   user_id, event, timestamp\n\n\
             hint: did you mean `timestamp`?\n"
        );
    }

    #[test]
    fn finds_slips_and_words_in_another_order() {
        let columns = ["id_client", "horodatage", "page"];
        assert_eq!(nearest("client_id", columns), Some("id_client"));
        assert_eq!(nearest("Client ID", columns), Some("id_client"));
        assert_eq!(nearest("horodatge", columns), Some("horodatage"));
        assert_eq!(nearest("store", columns), None);
    }

    #[test]
    fn what_differs_in_one_fact_is_said_once() {
        let lacks = |column: &str, log: &str| Error::user(format!("no `{column}`")).fact("log", log).fact("at", "7");
        let all = Error::all([lacks("a", "1.csv"), lacks("b", "1.csv"), lacks("a", "2.csv")]).unwrap();
        let shown = all.grouped("log", |logs| logs.join(", ")).to_string();
        assert_eq!(shown, "error: no `a`\n  log: 1.csv, 2.csv\n  at:  7\n\nerror: no `b`\n  log: 1.csv\n  at:  7\n");
    }

    #[test]
    fn joins_independent_mistakes_under_the_gravest_kind() {
        let all = Error::all([Error::user("one"), Error::environment("two")]).unwrap();
        assert_eq!(all.kind(), Kind::Environment);
        assert_eq!(all.to_string(), "error: one\n\nerror: two\n");
    }
}
