//! One HTML page with all answers: for a meeting, a mail, an archive.
//!
//! In: answers, in the order of their chapters, and the facts of the page. Out: a file that needs nothing else: no script,
//! no font, no address outside it. Light or dark as the reader has it, and made to be printed. Every text is escaped.
//! Fails where an answer cannot be decoded or its chart names a column that it lacks.

mod table;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::answer::Answer;
use super::chart::{palette, svg};
use super::format::{moment, thousands};
use crate::error::Result;
use crate::visible::one_line;

const STYLE: &str = include_str!("page/page.css");

/// What the page says about itself.
#[derive(Clone, Debug)]
pub struct PageFacts {
    pub title: String,
    /// The moment up to which the logs are complete.
    pub horizon: Option<DateTime<Utc>>,
    /// Up to when rates count, and what they leave out.
    pub rates_count: Option<String>,
    /// What a reader should know before any figure.
    pub warnings: Vec<String>,
    /// What the figures were computed from: sources, files, a store's version.
    pub made_from: Vec<String>,
    /// The version of this program.
    pub version: String,
}

/// One report of the page, and the name that links find it by.
struct Entry<'a> {
    anchor: String,
    answer: &'a Answer,
}

/// The page. Times are shown in `timezone`.
pub fn page(answers: &[Answer], facts: &PageFacts, timezone: Tz) -> Result<String> {
    let chapters = chapters(answers);
    let title = escape(&facts.title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"dropoff {}\">\n<title>{title}</title>\n<style>\n{STYLE}\
         @media screen and (prefers-color-scheme: dark) {{\n{}}}\n</style>\n</head>\n<body>\n<div class=\"page\">\n",
        escape(&facts.version),
        palette::dark_rules(".chart"),
    );
    html.push_str(&top(facts, timezone));
    html.push_str(&navigation(&chapters));
    html.push_str("<main>\n");
    for (chapter, entries) in &chapters {
        html.push_str("<section>\n");
        let name = chapter_title(chapter);
        if !name.is_empty() {
            html.push_str(&format!("<h2>{}</h2>\n", escape(&name)));
        }
        for entry in entries {
            html.push_str(&report(entry, timezone)?);
        }
        html.push_str("</section>\n");
    }
    html.push_str("</main>\n");
    html.push_str(&format!("<footer>made by dropoff {}</footer>\n</div>\n</body>\n</html>\n", escape(&facts.version)));
    Ok(html)
}

/// The answers by chapter, both in the order they come; no anchor twice.
fn chapters(answers: &[Answer]) -> Vec<(&str, Vec<Entry<'_>>)> {
    let mut chapters: Vec<(&str, Vec<Entry>)> = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let name = &answer.query.name;
        let is_taken = answers[..index].iter().any(|earlier| earlier.query.name == *name);
        let anchor = if is_taken { format!("{name}-{index}") } else { name.clone() };
        let entry = Entry { anchor, answer };
        match chapters.iter_mut().find(|(chapter, _)| *chapter == answer.query.chapter) {
            Some((_, entries)) => entries.push(entry),
            None => chapters.push((answer.query.chapter.as_str(), vec![entry])),
        }
    }
    chapters
}

fn top(facts: &PageFacts, timezone: Tz) -> String {
    let mut html = format!("<header class=\"top\">\n<h1>{}</h1>\n<dl class=\"facts\">\n", escape(&facts.title));
    if let Some(horizon) = facts.horizon {
        let shown = moment(horizon.timestamp_micros(), timezone);
        html.push_str(&fact("logs complete up to", &format!("{shown} ({})", timezone.name())));
    }
    if let Some(rates_count) = &facts.rates_count {
        html.push_str(&fact("rates count", rates_count));
    }
    for warning in &facts.warnings {
        html.push_str(&fact("take care", warning));
    }
    if !facts.made_from.is_empty() {
        html.push_str(&fact("made from", &facts.made_from.join(", ")));
    }
    html.push_str("</dl>\n</header>\n");
    html
}

fn fact(name: &str, value: &str) -> String {
    format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
}

fn navigation(chapters: &[(&str, Vec<Entry>)]) -> String {
    let mut html = String::from("<nav aria-label=\"reports\">\n<ol>\n");
    for (chapter, entries) in chapters {
        let name = chapter_title(chapter);
        html.push_str("<li>");
        if !name.is_empty() {
            html.push_str(&format!("<span class=\"chapter-name\">{}</span>", escape(&name)));
        }
        html.push_str("<ol>\n");
        for entry in entries {
            html.push_str(&format!(
                "<li><a href=\"#{}\">{}</a></li>\n",
                escape(&entry.anchor),
                escape(heading(entry.answer))
            ));
        }
        html.push_str("</ol></li>\n");
    }
    html.push_str("</ol>\n</nav>\n");
    html
}

/// Title, question, chart and table of one answer.
fn report(entry: &Entry, timezone: Tz) -> Result<String> {
    let query = &entry.answer.query;
    let table = entry.answer.table()?;
    let heading = escape(heading(entry.answer));
    let mut html = format!("<article id=\"{}\">\n<h3>{heading}</h3>\n", escape(&entry.anchor));
    if !query.question.is_empty() {
        html.push_str(&format!("<p class=\"question\">{}</p>\n", escape(&query.question)));
    }
    if table.rows.is_empty() {
        html.push_str("<p class=\"empty\">no rows</p>\n");
    } else {
        let picture = match &query.chart {
            Some(chart) => svg(&table, chart, timezone)?,
            None => None,
        };
        if let Some(picture) = picture {
            html.push_str(&format!(
                "<figure class=\"chart\" role=\"img\" aria-label=\"chart: {heading}\">\n{picture}</figure>\n"
            ));
        }
        html.push_str(&table::table(&table, timezone));
    }
    let rows = table.row_note(table::MOST_ROWS).unwrap_or_else(|| match table.rows.len() {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", thousands(rows as i128)),
    });
    let mut about: Vec<String> =
        [query.grain.as_str(), &rows].into_iter().filter(|text| !text.is_empty()).map(escape).collect();
    if !query.title.is_empty() {
        about.push(format!("<code>dropoff report {}</code>", escape(&query.name)));
    }
    html.push_str(&format!("<p class=\"about\">{}</p>\n</article>\n", about.join(" · ")));
    Ok(html)
}

fn heading(answer: &Answer) -> &str {
    if answer.query.title.is_empty() { &answer.query.name } else { &answer.query.title }
}

/// A chapter's folder as a heading: `2_drop_off_points` is `Drop off points`.
fn chapter_title(folder: &str) -> String {
    let name = folder.trim_start_matches(|c: char| c.is_ascii_digit() || "_- ".contains(c)).replace(['_', '-'], " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Text that can stand in HTML, between tags or in an attribute.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::answer::tests::points;
    use super::*;

    fn facts() -> PageFacts {
        PageFacts {
            title: "Drop-offs & causes".into(),
            horizon: DateTime::from_timestamp_micros(1_709_294_400_000_000),
            rates_count: Some("what began before noon".into()),
            warnings: vec!["7 cases name <several> clients".into()],
            made_from: vec!["web: 3 files".into(), "phone: 1 file".into()],
            version: "0.1.0".into(),
        }
    }

    fn made() -> String {
        let mut again = points();
        again.query = Arc::new({
            let mut query = (*again.query).clone();
            query.chapter = "2_more".into();
            query
        });
        page(&[points(), again], &facts(), Tz::Europe__Paris).unwrap()
    }

    #[test]
    fn the_same_answers_give_the_same_page() {
        assert_eq!(made(), made());
    }

    #[test]
    fn every_text_is_escaped() {
        let html = made();
        assert!(!html.contains("<script") && !html.contains("<drop>"));
        assert!(html.contains("<td>&lt;script&gt;</td>") && html.contains("Where clients &lt;drop&gt; off"));
        assert!(html.contains("title=\"journeys that came &quot;here&quot;\""));
        assert!(html.contains("<title>Drop-offs &amp; causes</title>"));
    }

    #[test]
    fn nothing_outside_the_page_is_needed() {
        let html = made().replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "src=", "url(", "@import", "<link"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }

    #[test]
    fn chapters_reports_and_links_belong_together() {
        let html = made();
        assert!(html.contains("<h2>Points</h2>") && html.contains("<h2>More</h2>"));
        for anchor in ["points", "points-1"] {
            assert!(
                html.contains(&format!("href=\"#{anchor}\"")) && html.contains(&format!("<article id=\"{anchor}\">"))
            );
        }
        for tag in ["section", "article", "table", "figure", "svg", "nav", "tr", "td", "div"] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn facts_and_totals_are_shown() {
        let html = made();
        assert!(html.contains("<dd>2024-03-01 13:00:00 (Europe/Paris)</dd>"));
        assert!(html.contains("<dt>rates count</dt><dd>what began before noon</dd>"));
        assert!(html.contains("<dd>7 cases name &lt;several&gt; clients</dd>"));
        assert!(html.contains("<dd>web: 3 files, phone: 1 file</dd>"));
        assert!(html.contains("<td>total</td><td></td><td class=\"number\">2,500</td>"));
        assert!(html.contains("<td class=\"number share\" style=\"--part: 61.7%\">61.7%</td>"));
    }

    #[test]
    fn an_empty_page_is_a_page() {
        let html = page(&[], &facts(), Tz::UTC).unwrap();
        assert!(html.ends_with("</html>\n"));
    }

    #[test]
    fn an_answer_without_rows_says_so() {
        let mut empty = points();
        empty.batches.clear();
        let html = page(&[empty], &facts(), Tz::UTC).unwrap();
        assert!(html.contains("<p class=\"empty\">no rows</p>") && !html.contains("<svg"));
    }
}
