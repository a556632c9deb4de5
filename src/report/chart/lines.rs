//! Lines from left to right, one per series.
//!
//! The horizontal axis is a scale where its column holds numbers, times or days, and else one stop per text in the order
//! of the answer. The vertical axis starts at zero. Points without a value are left out.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::super::format::trim_times;
use super::axis::Axis;
use super::drawing::{Anchor, Drawing};
use super::font::Ruler;
use super::labels::{WIDTH, label, words};
use super::legend::{PX, legend, remark};
use super::palette::{GRID, Ink, MUTED, SERIES, assign};
use crate::error::Result;
use crate::notation::thousands;
use crate::query::{Table, ValueFormat};

const HEIGHT: i32 = 260;
/// More lines than colours cannot be told apart.
const MOST_SERIES: usize = SERIES.len();
/// A line of more points than this has no dots.
const MOST_DOTS: usize = 60;

/// What is drawn, free of pixels.
pub struct Lines {
    measure: String,
    format: ValueFormat,
    /// Of the horizontal axis, where it is a scale of numbers.
    scale: Option<ValueFormat>,
    /// Distinct places on the horizontal axis, from left to right, and their labels.
    stops: Vec<(f64, String)>,
    series: Vec<Line>,
}

struct Line {
    name: String,
    /// From left to right.
    points: Vec<(f64, f64)>,
}

impl Lines {
    /// Takes the columns of the chart from the table.
    pub fn read(table: &Table, x: &str, y: &str, by: Option<&str>, timezone: Tz) -> Result<Self> {
        let measure = format!("{} by {}", words(y), words(x));
        let (x, y) = (table.position(x)?, table.position(y)?);
        let by = by.map(|name| table.position(name)).transpose()?;
        let is_scale = table.rows.iter().all(|row| row[x].place().is_some());
        let mut lines = Lines {
            measure,
            format: table.columns[y].format,
            scale: (is_scale && table.columns[x].numeric).then_some(table.columns[x].format),
            stops: Vec::new(),
            series: Vec::new(),
        };
        let (mut texts, mut names): (HashMap<String, usize>, HashMap<String, usize>) = Default::default();
        for row in &table.rows {
            let Some(value) = row[y].number() else { continue };
            let text = label(table, row, x, timezone);
            let stops = texts.len();
            let stop = *texts.entry(text.clone()).or_insert(stops) as f64;
            let place = if is_scale { row[x].place().unwrap_or(stop) } else { stop };
            lines.stops.push((place, text));
            let name = by.map_or_else(String::new, |by| label(table, row, by, timezone));
            let next = lines.series.len();
            let number = *names.entry(name.clone()).or_insert(next);
            if number == next {
                lines.series.push(Line { name, points: Vec::new() });
            }
            lines.series[number].points.push((place, value));
        }
        lines.in_order();
        Ok(lines)
    }

    /// From left to right, each stop once.
    fn in_order(&mut self) {
        for line in &mut self.series {
            line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        self.stops.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.stops.dedup_by(|a, b| a.0 == b.0);
        let (places, mut texts): (Vec<f64>, Vec<String>) = self.stops.drain(..).unzip();
        trim_times(&mut texts);
        self.stops = places.into_iter().zip(texts).collect();
    }

    /// The picture; none where there is no point.
    pub fn lay_out(mut self, ruler: &Ruler) -> Option<Drawing> {
        let (first, last) = (self.stops.first()?.0, self.stops.last()?.0);
        let hidden = self.keep();
        let named = self.named();
        let values = self.series.iter().flat_map(|line| &line.points).map(|point| point.1);
        let vertical = Axis::from_zero(values, self.format);
        let horizontal = Axis::between(first, last, self.scale.unwrap_or_default());
        let ticks = vertical.ticks();
        let left = ruler.widest(ticks.iter().map(|(_, text)| text.as_str()), PX) + 10;
        let right = WIDTH - 16;

        let mut drawing = Drawing::new(WIDTH);
        let legend_of: &[(String, Ink)] = if named.len() == 1 && named[0].0.is_empty() { &[] } else { &named };
        let top = legend(&mut drawing, ruler, &self.measure, legend_of, (left, WIDTH));
        let single = self.stops.len() == 1;
        let x = |place: f64| {
            let share = if single { 0.5 } else { horizontal.place(place) };
            left + (share * f64::from(right - left)).round() as i32
        };
        let y = |value: f64| top + HEIGHT - (vertical.place(value) * f64::from(HEIGHT)).round() as i32;
        for (value, text) in &ticks {
            drawing.path(vec![(left, y(*value)), (right, y(*value))], GRID, 1);
            drawing.text((left - 8, y(*value)), text, PX, MUTED, Anchor::End);
        }
        let stops = match self.scale {
            Some(_) if !single => horizontal.ticks(),
            _ => self.stops.clone(),
        };
        under(&mut drawing, ruler, stops.iter().map(|(place, text)| (x(*place), text.as_str())), top + HEIGHT + 16);
        for (line, (_, ink)) in self.series.iter().zip(&named) {
            let points: Vec<(i32, i32)> = line.points.iter().map(|(place, value)| (x(*place), y(*value))).collect();
            if points.len() <= MOST_DOTS {
                points.iter().for_each(|point| drawing.dot(*point, 3, *ink));
            }
            drawing.path(points, *ink, 2);
        }
        if hidden > 0 {
            remark(&mut drawing, format!("and {} more lines, none higher", thousands(hidden as i128)), left);
        }
        Some(drawing)
    }

    /// Keeps as many lines as there are colours, those of the highest values; gives how many are left out.
    fn keep(&mut self) -> usize {
        let hidden = self.series.len().saturating_sub(MOST_SERIES);
        if hidden > 0 {
            let highest = |line: &Line| line.points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
            self.series.sort_by(|a, b| highest(b).total_cmp(&highest(a)));
            self.series.truncate(MOST_SERIES);
        }
        hidden
    }

    fn named(&self) -> Vec<(String, Ink)> {
        let names: Vec<String> = self.series.iter().map(|line| line.name.clone()).collect();
        let inks = assign(&names);
        names.into_iter().zip(inks).collect()
    }
}

/// Puts labels under the horizontal axis, leaving out those that would touch the one before.
fn under<'a>(drawing: &mut Drawing, ruler: &Ruler, stops: impl Iterator<Item = (i32, &'a str)>, y: i32) {
    let mut taken = i32::MIN;
    for (x, text) in stops {
        let text = ruler.shorten(text, PX, 180);
        let half = ruler.width(&text, PX) / 2;
        let middle = x.clamp(half, WIDTH - half);
        if middle - half > taken {
            taken = middle + half + 14;
            drawing.text((middle, y), text, PX, MUTED, Anchor::Middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::points;

    #[test]
    fn numbers_are_a_scale_and_texts_are_stops() {
        let table = points().table().unwrap();
        let scale = Lines::read(&table, "reached", "drops", None, Tz::UTC).unwrap();
        assert_eq!(scale.scale, Some(ValueFormat::Count));
        assert_eq!(scale.series[0].points, [(100.0, 0.0), (400.0, 66.0), (2000.0, 1234.0)]);
        let texts = Lines::read(&table, "step", "drops", Some("channel"), Tz::UTC).unwrap();
        let stops: Vec<_> = texts.stops.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!((texts.scale, stops), (None, vec!["payment", "–", "<script>"]));
        assert_eq!(texts.series.len(), 2);
    }
}
