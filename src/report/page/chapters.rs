//! The answers by chapter, each with its heading and the anchor that links lead to.
//!
//! In: answers, in the order of their chapters. Out: chapters and entries, whose texts are one line without hidden
//! characters.
//! Cannot fail.

use crate::query::Answer;
use crate::visible::one_line;

/// Reports under one heading.
pub struct Chapter<'a> {
    folder: &'a str,
    /// Empty where reports are of no chapter.
    pub title: String,
    pub entries: Vec<Entry<'a>>,
}

/// One report of the page.
pub struct Entry<'a> {
    /// No two entries have the same.
    pub anchor: String,
    pub heading: String,
    pub answer: &'a Answer,
}

/// The answers by chapter, both in the order they come.
pub fn chapters(answers: &[Answer]) -> Vec<Chapter<'_>> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let name = &answer.query.name;
        let is_taken = answers[..index].iter().any(|earlier| earlier.query.name == *name);
        let anchor = if is_taken { format!("{name}-{index}") } else { name.clone() };
        let entry = Entry { anchor: one_line(&anchor), heading: heading(answer), answer };
        let folder = answer.query.chapter.as_str();
        match chapters.iter_mut().find(|chapter| chapter.folder == folder) {
            Some(chapter) => chapter.entries.push(entry),
            None => chapters.push(Chapter { folder, title: title(folder), entries: vec![entry] }),
        }
    }
    chapters
}

fn heading(answer: &Answer) -> String {
    let query = &answer.query;
    one_line(if query.title.is_empty() { &query.name } else { &query.title })
}

/// A chapter's folder as a heading: `2_drop_off_points` is `Drop off points`.
fn title(folder: &str) -> String {
    let name = folder.trim_start_matches(|c: char| c.is_ascii_digit() || "_- ".contains(c)).replace(['_', '-'], " ");
    let mut letters = name.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    one_line(&title)
}
