//! The text of a configuration file: its line numbers, and the mistakes found in it so far.
//!
//! Reading never stops at a mistake: it is reported here, a placeholder takes the value's place, and reading goes on.
//! [`Document::verdict`] then fails if anything was reported, so that placeholders are seen in drafts alone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use crate::error::{Error, Result};

/// A configuration file being read. Lines count from 1; line 0 stands for the file as a whole.
pub(super) struct Document<'t> {
    text: &'t str,
    file: String,
    mistakes: RefCell<Vec<(usize, Error)>>,
}

impl<'t> Document<'t> {
    /// `file` is the name that mistakes show.
    pub(super) fn new(text: &'t str, file: String) -> Self {
        Document { text, file, mistakes: RefCell::default() }
    }

    /// Parses the text. Fails with its syntax errors, the first of each line.
    pub(super) fn parse(&self) -> Result<DeTable<'t>> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        let mut lines = BTreeSet::new();
        for error in &errors {
            let line = error.span().map_or(0, |span| self.line_at(span.start));
            if lines.insert(line) {
                let mistake = self.mistake(line, format!("`{}` is not valid TOML", self.file));
                let found = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
                self.report(line, mistake.fact("found", found).fact("problem", error.message()));
            }
        }
        self.verdict()?;
        Ok(root.into_inner())
    }

    /// The file's name.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The line on which a byte of the text stands; the last line with content for what lies behind it.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        let end = offset.min(self.text.trim_end().len());
        self.text.bytes().take(end).filter(|byte| *byte == b'\n').count() + 1
    }

    /// `dropoff.toml:14`
    pub(super) fn place_of(&self, line: usize) -> String {
        match line {
            0 => self.file.clone(),
            _ => format!("{}:{line}", self.file),
        }
    }

    /// A mistake on a line, to be completed with facts and then reported.
    pub(super) fn mistake(&self, line: usize, message: impl Into<String>) -> Error {
        Error::user(message).fact("where", self.place_of(line))
    }

    /// Keeps a mistake for the verdict.
    pub(super) fn report(&self, line: usize, mistake: Error) {
        self.mistakes.borrow_mut().push((line, mistake));
    }

    /// How many mistakes have been reported so far.
    pub(super) fn mistakes(&self) -> usize {
        self.mistakes.borrow().len()
    }

    /// Whether a mistake in these lines has been reported so far.
    pub(super) fn has_mistake_in(&self, lines: Range<usize>) -> bool {
        self.mistakes.borrow().iter().any(|(line, _)| lines.contains(line))
    }

    /// Fails with everything reported since the last verdict, in the order of the lines.
    pub(super) fn verdict(&self) -> Result<()> {
        let mut mistakes = self.mistakes.take();
        mistakes.sort_by_key(|(line, _)| *line);
        Error::all(mistakes.into_iter().map(|(_, mistake)| mistake)).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_from_one_and_stays_inside_the_text() {
        let document = Document::new("a = 1\nb = 2\n\n", "x.toml".to_owned());
        assert_eq!([0, 5, 6, 11, 13, 99].map(|offset| document.line_at(offset)), [1, 1, 2, 2, 2, 2]);
        assert_eq!([0, 2].map(|line| document.place_of(line)), ["x.toml", "x.toml:2"]);
    }

    #[test]
    fn joins_mistakes_in_the_order_of_their_lines() {
        let document = Document::new("", "x.toml".to_owned());
        for line in [3, 1, 2] {
            document.report(line, document.mistake(line, "oh"));
        }
        let error = document.verdict().unwrap_err();
        let places: Vec<_> = error.mistakes().iter().map(|mistake| mistake.facts[0].1.as_str()).collect();
        assert_eq!(places, ["x.toml:1", "x.toml:2", "x.toml:3"]);
        assert!(document.verdict().is_ok());
    }

    #[test]
    fn shows_syntax_errors_with_their_line() {
        let document = Document::new("a = 1\na = 2\n", "x.toml".to_owned());
        let error = document.parse().unwrap_err();
        assert_eq!(
            error.to_string(),
            "error: `x.toml` is not valid TOML\n  where:   x.toml:2\n  found:   a = 2\n  problem: duplicate key\n"
        );
    }
}
