//! One HTML page with all answers: for a meeting, a mail, an archive.
//!
//! In: answers, in the order of their chapters, and the facts of the page. Out: a file that needs nothing else: no
//! script, no font, no address outside it. Light or dark as the reader has it, and made to be printed. Fails where an
//! answer cannot be decoded or its chart names a column that it lacks.
//!
//! Each part of the page is a function with a template, and ends its line, as rows of tables do, so that two pages can
//! be compared line by line. maud escapes every text; [`one_line`] makes visible what a text from outside hides.
//!
//! ```text
//! page ─┬─ head
//!       ├─ top
//!       ├─ contents
//!       ├─ section ── article ─┬─ chart
//!       │                      ├─ table
//!       │                      └─ about
//!       └─ foot
//! ```

mod article;
mod chapters;
mod table;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::article::article;
use self::chapters::{Chapter, chapters};
use super::chart::palette;
use crate::error::Result;
use crate::notation::moment;
use crate::query::Answer;
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

/// The page. Times are shown in `timezone`.
pub fn page(answers: &[Answer], facts: &PageFacts, timezone: Tz) -> Result<String> {
    let chapters = chapters(answers);
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            (head(facts))
            body {
                div.page {
                    (top(facts, timezone))
                    (contents(&chapters))
                    main {
                        @for chapter in &chapters { (section(chapter, timezone)?) }
                    }
                    (foot(facts))
                }
            }
        }
        "\n"
    };
    Ok(page.into_string())
}

fn head(facts: &PageFacts) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="generator" content={ "dropoff " (one_line(&facts.version)) };
            title { (one_line(&facts.title)) }
            style {
                "\n"
                (PreEscaped(STYLE))
                "@media screen and (prefers-color-scheme: dark) {\n"
                (PreEscaped(palette::dark_rules(".chart")))
                "}\n"
            }
        }
        "\n"
    }
}

/// The title, and what the page says about itself.
fn top(facts: &PageFacts, timezone: Tz) -> Markup {
    html! {
        header.top {
            h1 { (one_line(&facts.title)) }
            dl.facts {
                @if let Some(horizon) = facts.horizon {
                    @let shown = moment(horizon.timestamp_micros(), timezone);
                    (fact("logs complete up to", &format!("{shown} ({})", timezone.name())))
                }
                @if let Some(rates_count) = &facts.rates_count {
                    (fact("rates count", rates_count))
                }
                @for warning in &facts.warnings {
                    (fact("take care", warning))
                }
                @if !facts.made_from.is_empty() {
                    (fact("made from", &facts.made_from.join(", ")))
                }
            }
        }
        "\n"
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { (one_line(value)) }
        }
    }
}

/// Links to the reports, by chapter.
fn contents(chapters: &[Chapter]) -> Markup {
    html! {
        nav aria-label="reports" {
            ol {
                @for chapter in chapters {
                    li {
                        @if !chapter.title.is_empty() {
                            span.chapter-name { (chapter.title) }
                        }
                        ol {
                            @for entry in &chapter.entries {
                                li { a href={ "#" (entry.anchor) } { (entry.heading) } }
                            }
                        }
                    }
                }
            }
        }
        "\n"
    }
}

/// The reports of one chapter.
fn section(chapter: &Chapter, timezone: Tz) -> Result<Markup> {
    Ok(html! {
        section {
            @if !chapter.title.is_empty() {
                h2 { (chapter.title) }
            }
            @for entry in &chapter.entries { (article(entry, timezone)?) }
        }
        "\n"
    })
}

fn foot(facts: &PageFacts) -> Markup {
    html! {
        footer { "made by dropoff " (one_line(&facts.version)) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::tests::points;

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
    fn no_text_hides_anything() {
        const HIDDEN: char = '\u{202e}';
        let mut answer = points();
        let query = Arc::make_mut(&mut answer.query);
        for text in [&mut query.name, &mut query.title, &mut query.question, &mut query.grain, &mut query.chapter] {
            text.push(HIDDEN);
        }
        query.columns.iter_mut().for_each(|(_, column)| column.help.push(HIDDEN));
        let mut facts = facts();
        let rates_count = facts.rates_count.as_mut().unwrap();
        for text in [&mut facts.title, &mut facts.version, rates_count] {
            text.push(HIDDEN);
        }
        facts.warnings.iter_mut().chain(&mut facts.made_from).for_each(|text| text.push(HIDDEN));
        assert!(!page(&[answer], &facts, Tz::UTC).unwrap().contains(HIDDEN));
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
