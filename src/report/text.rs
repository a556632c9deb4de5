//! A table for a terminal: two spaces between columns, numbers on the right, a rule under the header, no boxes.
//!
//! In: an [`Answer`] and a [`Layout`]. Out: lines of text. Where a width is given, long texts are cut with `…` until a
//! line fits; numbers are never cut.
//!
//! ```text
//! Where clients drop off
//! At which channel and step do journeys end without the client getting what they came for?
//!
//! channel  step      drops   rate
//! ───────  ───────  ──────  ─────
//! web      payment  48,377  12.3%
//! phone    –            12   0.1%
//! ───────  ───────  ──────  ─────
//! total             48,389  11.9%
//! ```

use chrono_tz::Tz;

use super::format::show;
use crate::error::Result;
use crate::notation::thousands;
use crate::query::{Answer, Cell, Shown, Table};
use crate::visible::one_line;

/// More rows than this of a report are for a file.
const MOST_ROWS: usize = 1_000;

/// No text column is cut to less than this.
const NARROWEST: usize = 8;
/// What stands for null.
const NOTHING: &str = "–";

/// How a table is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns of the terminal; no limit where absent.
    pub width: Option<usize>,
    pub timezone: Tz,
    /// Whether columns are shown that the report leaves out at first.
    pub all_columns: bool,
}

/// An answer as a table of text, with a line end after each line.
pub fn text(answer: &Answer, layout: Layout) -> Result<String> {
    let mut table = answer.table()?;
    let columns = table.columns.len();
    if !layout.all_columns && !answer.query.short.is_empty() {
        table = table.only(&answer.query.short)?;
    }
    let left_out = columns - table.columns.len();
    let mut lines = Vec::new();
    for line in [&answer.query.title, &answer.query.question] {
        if !line.is_empty() {
            lines.extend(wrap(&one_line(line), layout.width));
        }
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    // Free SQL has no title. Its `limit` says how many rows are wanted.
    let most = if answer.query.title.is_empty() { usize::MAX } else { MOST_ROWS };
    if table.rows.is_empty() {
        lines.push("no rows".to_owned());
    } else {
        lines.extend(grid(&table, most, layout));
    }
    lines.extend(row_note(&table, most));
    if left_out > 0 && !table.rows.is_empty() {
        lines.push(format!("{left_out} more columns: --all-columns"));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// How many rows there are, where only the first `most` are shown.
pub(super) fn row_note(table: &Table, most: usize) -> Option<String> {
    let rows = table.rows.len();
    let (first, all) = (thousands(most as i128), thousands(rows as i128));
    (rows > most).then(|| format!("the first {first} of {all} rows; all are in the CSV"))
}

/// Header, rule, rows, and the total row under a second rule.
fn grid(table: &Table, most: usize, layout: Layout) -> Vec<String> {
    let header: Vec<String> = table.columns.iter().map(|column| one_line(&column.name)).collect();
    let body: Vec<Vec<String>> =
        table.rows.iter().take(most).map(|row| shown(row, &table.columns, layout.timezone, NOTHING)).collect();
    let summary = |name: &str, row: &[Cell]| {
        let mut cells = shown(row, &table.columns, layout.timezone, "");
        if let Some(first) = cells.first_mut().filter(|first| first.is_empty()) {
            first.push_str(name);
        }
        cells
    };
    let others = table.others(most).map(|others| summary("others", &others));
    let totals = table.totals.as_ref().map(|totals| summary("total", totals));
    let mut widths: Vec<usize> = header.iter().map(|name| length(name)).collect();
    for row in body.iter().chain(&others).chain(&totals) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(length(cell));
        }
    }
    if let Some(limit) = layout.width {
        narrow(&mut widths, &table.columns, limit);
    }
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let put = |cells: &[String]| line(cells, &widths, &table.columns);
    let mut lines = vec![put(&header), put(&rule)];
    lines.extend(body.iter().chain(&others).map(|row| put(row)));
    if let Some(totals) = totals {
        lines.push(put(&rule));
        lines.push(put(&totals));
    }
    lines
}

fn shown(row: &[Cell], columns: &[Shown], timezone: Tz, null: &str) -> Vec<String> {
    row.iter()
        .zip(columns)
        .map(|(cell, column)| match cell {
            Cell::Null => null.to_owned(),
            cell => show(cell, column.format, timezone),
        })
        .collect()
}

/// Takes from the widest text column, one by one, until a line fits or no text can be cut further.
fn narrow(widths: &mut [usize], columns: &[Shown], limit: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > limit {
        let widest = (0..widths.len())
            .filter(|index| !columns[*index].numeric && widths[*index] > NARROWEST)
            .max_by_key(|index| (widths[*index], *index));
        let Some(widest) = widest else { return };
        widths[widest] -= 1;
    }
}

fn line(cells: &[String], widths: &[usize], columns: &[Shown]) -> String {
    let mut line = String::new();
    for ((cell, width), column) in cells.iter().zip(widths).zip(columns) {
        let cell = cut(cell, *width);
        let padding = " ".repeat(width.saturating_sub(length(&cell)));
        if column.numeric {
            line.push_str(&padding);
            line.push_str(&cell);
        } else {
            line.push_str(&cell);
            line.push_str(&padding);
        }
        line.push_str("  ");
    }
    line.truncate(line.trim_end().len());
    line
}

fn cut(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Lines of at most `width`, broken at spaces.
fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let width = width.unwrap_or(usize::MAX);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if length(line) + 1 + length(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::tests::points;

    fn shown_at(answer: &Answer, width: Option<usize>) -> String {
        text(answer, Layout { width, timezone: Tz::UTC, all_columns: false }).unwrap()
    }

    #[test]
    fn numbers_stand_on_the_right_and_the_total_under_a_rule() {
        assert_eq!(
            shown_at(&points(), None),
            "\
Where clients <drop> off
Where do journeys end?

channel  step      reached  drops   rate
───────  ────────  ───────  ─────  ─────
web      payment     2,000  1,234  61.7%
phone    –             400     66  16.5%
web      <script>      100      0   0.0%
───────  ────────  ───────  ─────  ─────
total                2,500  1,300  52.0%
"
        );
    }

    #[test]
    fn texts_are_cut_only_to_fit_and_numbers_never() {
        let columns = [("a long name of a text", false), ("number", true)].map(|(name, numeric)| Shown {
            name: name.into(),
            help: String::new(),
            format: Default::default(),
            numeric,
            adds_up: numeric,
        });
        let table = Table {
            columns: columns.into(),
            rows: vec![vec![Cell::Text("a text that goes on".into()), Cell::Int(123_456)]],
            totals: None,
        };
        let lines = grid(&table, 9, Layout { width: Some(20), timezone: Tz::UTC, all_columns: true });
        assert_eq!(lines, ["a long name…  number", "────────────  ──────", "a text that…  123456"]);
        let lines = grid(&table, 9, Layout { width: Some(3), timezone: Tz::UTC, all_columns: true });
        assert_eq!(lines[2], "a text …  123456");
    }

    #[test]
    fn rows_beyond_the_most_are_one() {
        let table = points().table().unwrap();
        let lines = grid(&table, 1, Layout { width: None, timezone: Tz::UTC, all_columns: true });
        assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["others", "500", "66"]);
        assert_eq!(row_note(&table, 1).as_deref(), Some("the first 1 of 3 rows; all are in the CSV"));
        assert_eq!((table.others(3), row_note(&table, 3)), (None, None));
    }

    #[test]
    fn an_answer_without_rows_says_so() {
        let answer = points();
        let empty = Answer::new(Arc::clone(&answer.query), Arc::clone(&answer.schema), Vec::new());
        assert_eq!(shown_at(&empty, None), "Where clients <drop> off\nWhere do journeys end?\n\nno rows\n");
        assert_eq!(shown_at(&Answer::adhoc(answer.schema, Vec::new()), None), "no rows\n");
    }

    #[test]
    fn the_question_is_wrapped() {
        assert!(shown_at(&points(), Some(12)).starts_with("Where\nclients\n<drop> off\nWhere do\njourneys\nend?\n\n"));
    }
}
