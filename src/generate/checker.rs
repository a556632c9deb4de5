//! Single values of a scenario, and the mistakes found so far: reading never stops at one.

use std::collections::BTreeSet;

use super::scenario::Span;
use crate::config::parse_span;
use crate::error::{Error, Result};

/// A scenario file being checked. A value with a mistake is given back as it is, or as a placeholder.
pub(super) struct Checker {
    /// Name of the file.
    shown: String,
    /// Names of the points, in order.
    pub points: Vec<String>,
    pub mistakes: Vec<Error>,
}

impl Checker {
    pub fn new(shown: &str) -> Checker {
        Checker { shown: shown.to_owned(), points: Vec::new(), mistakes: Vec::new() }
    }

    /// Fails with everything that was found.
    pub fn verdict(self) -> Result<()> {
        Error::all(self.mistakes).map_or(Ok(()), Err)
    }

    pub fn point_named(&mut self, name: &str, wanted_by: &str) -> Option<usize> {
        let place = self.points.iter().position(|point| point == name);
        if place.is_none() {
            let error = self.mistake(format!("there is no point `{name}`")).fact("wanted by", wanted_by);
            self.mistakes.push(error.did_you_mean(name, self.points.iter().map(String::as_str)));
        }
        place
    }

    pub fn span(&mut self, key: &str, text: String) -> Span {
        let us = parse_span(&text).filter(|us| us % 1_000_000 == 0 && *us < i64::MAX / 8);
        if us.is_none() {
            self.report(format!("`{key}` is no span"), &[("found", &text), ("expected", "whole seconds: 7d, 30m")]);
        }
        // A placeholder that does not bring mistakes of its own.
        let otherwise = if key == "gap" { 7 * 86_400 } else { 1_800 };
        Span { seconds: us.map_or(otherwise, |us| us / 1_000_000), text }
    }

    pub fn share(&mut self, key: &str, value: f64, most: f64) -> f64 {
        if !(0.0..=most).contains(&value) {
            let expected = format!("0 to {most}");
            self.report(format!("`{key}` is no share"), &[("found", &value.to_string()), ("expected", &expected)]);
        }
        value
    }

    pub fn weight(&mut self, of: &str, value: f64) {
        if !(value > 0.0 && value.is_finite()) {
            self.report("a weight is not above 0", &[("wanted by", of), ("found", &value.to_string())]);
        }
    }

    pub fn range(&mut self, of: &str, [low, high]: [i32; 2], [least, most]: [i32; 2]) {
        if low > high || low < least || high > most {
            self.report(format!("{of} is no range"), &[("found", &format!("[{low}, {high}]"))]);
        }
    }

    /// Names stand in paths, in SQL and in logs as they are.
    pub fn plain(&mut self, name: &str) {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) || !name.chars().all(is_plain) {
            self.report(format!("`{name}` is no plain name"), &[("expected", "lower case, digits and `_`")]);
        }
    }

    pub fn refuse_twice(&mut self, what: &str, names: &[String]) {
        let mut seen = BTreeSet::new();
        for name in names.iter().filter(|name| !seen.insert(name.as_str())) {
            self.report(format!("{what} `{name}` is given twice"), &[]);
        }
    }

    pub fn mistake(&self, message: impl Into<String>) -> Error {
        Error::user(message).fact("where", self.shown.as_str())
    }

    pub fn report(&mut self, message: impl Into<String>, facts: &[(&str, &str)]) {
        let error = self.mistake(message);
        self.mistakes.push(facts.iter().fold(error, |error, (name, value)| error.fact(*name, *value)));
    }
}
