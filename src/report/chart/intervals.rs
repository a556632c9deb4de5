//! Intervals: one line per label from low to high, and a dot at the estimate.

use chrono_tz::Tz;

use super::super::format::show;
use super::drawing::{Anchor, Drawing};
use super::font::Ruler;
use super::labels::{WIDTH, label, words};
use super::legend::{PX, legend, remark};
use super::palette::{MUTED, SERIES, TEXT};
use crate::error::Result;
use crate::notation::thousands;
use crate::query::{Cell, Table, ValueFormat};

/// Pixels of the width that labels take at most.
const LABELS: i32 = 300;
const HEIGHT: i32 = 26;
const DOT: i32 = 9;

/// What is drawn, free of pixels.
pub struct Intervals {
    measure: String,
    format: ValueFormat,
    rows: Vec<Interval>,
}

struct Interval {
    label: String,
    value: f64,
    low: f64,
    high: f64,
}

impl Intervals {
    /// Takes the columns of the chart from the table, in the order of its rows; rows without an interval are left out.
    pub fn read(table: &Table, labels: &[String], [value, low, high]: [&str; 3], timezone: Tz) -> Result<Self> {
        let labels = labels.iter().map(|name| table.position(name)).collect::<Result<Vec<_>>>()?;
        let measure = words(value);
        let (value, low, high) = (table.position(value)?, table.position(low)?, table.position(high)?);
        let interval = |row: &Vec<Cell>| {
            let parts: Vec<String> = labels.iter().map(|column| label(table, row, *column, timezone)).collect();
            let (value, low, high) = (row[value].number()?, row[low].number()?, row[high].number()?);
            Some(Interval { label: parts.join(" · "), value, low, high })
        };
        let rows = table.rows.iter().filter_map(interval).collect();
        Ok(Intervals { measure, format: table.columns[value].format, rows })
    }

    /// The picture of the first `top` rows, with a line at `even`; none where there is no row.
    pub fn lay_out(self, top: usize, even: f64, timezone: Tz, ruler: &Ruler) -> Option<Drawing> {
        if self.rows.is_empty() {
            return None;
        }
        let hidden = self.rows.len().saturating_sub(top);
        let rows = &self.rows[..self.rows.len() - hidden];
        let write = |value: f64| show(&Cell::Float(value), self.format, timezone);
        let text = |row: &Interval| format!("{} ({} to {})", write(row.value), write(row.low), write(row.high));

        let lowest = rows.iter().map(|row| row.low).fold(even, f64::min);
        let highest = rows.iter().map(|row| row.high).fold(even, f64::max);
        let reach = if highest > lowest { highest - lowest } else { 1.0 };
        let left = ruler.widest(rows.iter().map(|row| row.label.as_str()), PX).min(LABELS) + 10;
        let texts: Vec<String> = rows.iter().map(text).collect();
        let text_width = ruler.widest(texts.iter().map(String::as_str), PX) + 12;
        let length = (WIDTH - text_width - left).max(80);
        let x = |value: f64| left + ((value - lowest) / reach * f64::from(length)).round() as i32;

        let mut drawing = Drawing::new(WIDTH);
        let measure = format!("{}, with its 95% interval", self.measure);
        let top = legend(&mut drawing, ruler, &measure, &[], (left, WIDTH));
        let mut y = top + HEIGHT / 2;
        for (row, text) in rows.iter().zip(texts) {
            drawing.text((left - 10, y), ruler.shorten(&row.label, PX, left - 10), PX, TEXT, Anchor::End);
            drawing.rect((x(row.low), y - 1), ((x(row.high) - x(row.low)).max(1), 3), MUTED, 1.0);
            drawing.rect((x(row.value) - DOT / 2, y - DOT / 2), (DOT, DOT), SERIES[0], 1.0);
            drawing.text((x(row.high) + 10, y), text, PX, TEXT, Anchor::Start);
            y += HEIGHT;
        }
        drawing.path(vec![(x(even), top - 4), (x(even), y - HEIGHT / 2)], MUTED, 1);
        if hidden > 0 {
            remark(&mut drawing, format!("and {} more, further down the table", thousands(hidden as i128)), left);
        }
        Some(drawing)
    }
}
