//! One report of the page: its title, question, chart and table, and a line about its rows.
//!
//! In: an entry of a chapter. Out: an `article`. Fails where the answer cannot be decoded or its chart names a column
//! that it lacks.

use chrono_tz::Tz;
use maud::{Markup, PreEscaped, html};

use super::super::chart::svg;
use super::super::text::row_note;
use super::chapters::Entry;
use super::table::{self, MOST_ROWS};
use crate::error::Result;
use crate::notation::thousands;
use crate::query::{Query, Table};
use crate::visible::one_line;

/// The report as HTML. Times are shown in `timezone`.
pub fn article(entry: &Entry, timezone: Tz) -> Result<Markup> {
    let query = &entry.answer.query;
    let table = entry.answer.table()?;
    Ok(html! {
        article id=(entry.anchor) {
            h3 { (entry.heading) }
            @if !query.question.is_empty() {
                p.question { (one_line(&query.question)) }
            }
            @if table.rows.is_empty() {
                p.empty { "no rows" }
            } @else {
                (chart(entry, &table, timezone)?)
                (table::table(&table, timezone))
            }
            (about(query, &table))
        }
        "\n"
    })
}

/// The chart, where the query has one and there is something to draw.
fn chart(entry: &Entry, table: &Table, timezone: Tz) -> Result<Markup> {
    let picture = match &entry.answer.query.chart {
        Some(chart) => svg(table, chart, timezone)?,
        None => None,
    };
    Ok(html! {
        @if let Some(picture) = picture {
            figure.chart role="img" aria-label={ "chart: " (entry.heading) } {
                (PreEscaped(picture))
            }
        }
    })
}

/// What a row is, how many there are, and the command that shows them.
fn about(query: &Query, table: &Table) -> Markup {
    let rows = row_note(table, MOST_ROWS).unwrap_or_else(|| match table.rows.len() {
        1 => "1 row".to_owned(),
        rows => format!("{} rows", thousands(rows as i128)),
    });
    html! {
        p.about {
            @if !query.grain.is_empty() {
                (one_line(&query.grain)) " · "
            }
            (rows)
            @if !query.title.is_empty() {
                " · " code { "dropoff report " (one_line(&query.name)) }
            }
        }
    }
}
