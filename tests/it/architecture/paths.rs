//! What a Rust source names of other files: its `use` lines, and the paths in its code.
//!
//! In: the text of a file. Out: the names that it imports, and the paths and single words of the rest. Comments, literals and
//! unit tests say nothing; modules within the file are read as the file itself. Fails where the text is not Rust.

use std::collections::BTreeSet;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What a source names.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub imports: Vec<Import>,
    /// Of two segments or more, outside of `use` lines.
    pub paths: Vec<Vec<String>>,
    /// Names that stand alone, outside of `use` lines.
    pub words: BTreeSet<String>,
}

/// A name that a `use` line brings in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// As the file says it; `*` where it takes all that there is.
    pub name: String,
    pub path: Vec<String>,
    /// `pub`, or `pub` within some module: others can take it from here.
    pub is_passed_on: bool,
}

impl Named {
    pub fn by(text: &str) -> Named {
        let stream = TokenStream::from_str(text).expect("a source is Rust");
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let mut reader = Reader { tokens, at: 0, named: Named::default() };
        reader.read();
        reader.named
    }
}

enum Token {
    Word(String),
    /// Punctuation, and the edges of groups.
    Mark(char),
}

/// The tokens of code, one after the other, without those of unit tests.
fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Ident(word) => tokens.push(Token::Word(word.to_string())),
            TokenTree::Punct(mark) => tokens.push(Token::Mark(mark.as_char())),
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) if is_test(&group) => {
                // The item that the attribute stands before.
                trees.by_ref().find(|tree| match tree {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    tree => matches!(tree, TokenTree::Punct(mark) if mark.as_char() == ';'),
                });
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket | Delimiter::None => ('[', ']'),
                };
                tokens.push(Token::Mark(open));
                flatten(group.stream(), tokens);
                tokens.push(Token::Mark(close));
            }
        }
    }
}

/// Whether a group is that of the attribute of unit tests.
fn is_test(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    named: Named,
}

impl Reader {
    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.word(self.at) {
                // `+ use<'a>` is a bound.
                Some("use") if !self.is_mark(self.at + 1, '<') => {
                    let before = self.at.checked_sub(1);
                    let is_passed_on = before.is_some_and(|at| self.is_mark(at, ')') || self.word(at) == Some("pub"));
                    self.at += 1;
                    self.import(Vec::new(), is_passed_on);
                }
                Some("mod") if self.is_mark(self.at + 2, ';') => self.at += 3,
                Some(_) if !self.is_continued() => self.path(),
                _ => self.at += 1,
            }
        }
    }

    /// A path, or a word that stands alone.
    fn path(&mut self) {
        let mut path = Vec::new();
        while let Some(word) = self.word(self.at) {
            path.push(word.to_owned());
            self.at += 1;
            if !(self.is_mark(self.at, ':') && self.is_mark(self.at + 1, ':') && self.word(self.at + 2).is_some()) {
                break;
            }
            self.at += 2;
        }
        match path.as_slice() {
            [word] => drop(self.named.words.insert(word.clone())),
            _ => self.named.paths.push(path),
        }
    }

    /// One branch of a `use` line, up to the mark that ends it.
    fn import(&mut self, mut path: Vec<String>, is_passed_on: bool) {
        let mut name = None;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Word(word) if word == "as" => {
                    self.at += 1;
                    name = self.word(self.at).map(str::to_owned);
                }
                Token::Word(word) => path.push(word.clone()),
                Token::Mark('*') => name = Some("*".to_owned()),
                Token::Mark('{') => return self.branches(&path, is_passed_on),
                Token::Mark(',' | '}' | ';') => break,
                Token::Mark(_) => {}
            }
            self.at += 1;
        }
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            self.named.imports.push(Import { name, path, is_passed_on });
        }
    }

    /// What stands between braces of a `use` line.
    fn branches(&mut self, path: &[String], is_passed_on: bool) {
        while !self.is_mark(self.at, '}') && self.at < self.tokens.len() {
            self.at += 1;
            if !self.is_mark(self.at, '}') {
                self.import(path.to_vec(), is_passed_on);
            }
        }
        self.at += 1;
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at)? {
            Token::Word(word) => Some(word),
            Token::Mark(_) => None,
        }
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        matches!(self.tokens.get(at), Some(Token::Mark(found)) if *found == mark)
    }

    /// Whether a word belongs to what stands before it: a field, a method, the rest of a path.
    fn is_continued(&self) -> bool {
        let mark = |back: usize| match self.tokens.get(self.at.checked_sub(back)?)? {
            Token::Mark(mark) => Some(*mark),
            Token::Word(_) => None,
        };
        match (mark(2), mark(1)) {
            (Some('.'), Some('.')) => false,
            (Some(':'), Some(':')) | (_, Some('.')) => true,
            _ => false,
        }
    }
}

#[test]
fn reads_what_a_source_imports() {
    let text = "
        use std::fmt;
        pub use super::merge::{ByClientExec, Order as MergeOrder};
        pub(super) use self::{layout::*, small::{self, append}};
        /// [`super::nothing`]
        fn f() { use crate::schema::table; }";
    let named = Named::by(text);
    let import = |name: &str, path: &str, is_passed_on| Import {
        name: name.to_owned(),
        path: path.split("::").map(str::to_owned).collect(),
        is_passed_on,
    };
    let expected = [
        import("fmt", "std::fmt", false),
        import("ByClientExec", "super::merge::ByClientExec", true),
        import("MergeOrder", "super::merge::Order", true),
        import("*", "self::layout", true),
        import("small", "self::small", true),
        import("append", "self::small::append", true),
        import("table", "crate::schema::table", false),
    ];
    assert_eq!(named.imports, expected);
    assert_eq!(named.paths, Vec::<Vec<String>>::new());
}

#[test]
fn reads_the_paths_and_words_of_code_but_not_of_tests() {
    let text = r#"
        mod layout;
        const TEXT: &str = "crate::text"; // crate::comment
        fn f(at: super::Place) -> Vec<u8> { self::g::<crate::schema::Table>().taken(0..small::rows) }
        #[cfg(test)]
        use crate::tested::Thing;
        #[cfg(test)]
        mod tests { use super::*; fn t() { crate::tested::thing() } }
        fn after() { Kept }"#;
    let named = Named::by(text);
    let paths: Vec<String> = named.paths.iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["super::Place", "self::g", "crate::schema::Table", "small::rows"]);
    assert_eq!(named.imports, []);
    assert!(named.words.contains("Kept"));
    assert!(["layout", "taken", "tested"].iter().all(|word| !named.words.contains(*word)));
}
