//! Horizontal bars: one group per label, its value at the end.
//!
//! Where the bars are coloured by a second column, counts of one label are stacked into one bar, since they add up;
//! shares, spans and other numbers do not, and stand below each other.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::super::format::show;
use super::drawing::{Anchor, Drawing};
use super::font::Ruler;
use super::labels::{WIDTH, label, words};
use super::legend::{PX, legend, remark};
use super::palette::{GRID, Ink, OTHERS, SERIES, TEXT, UNEXPLAINED, assign};
use crate::error::Result;
use crate::notation::thousands;
use crate::query::{Cell, Table, ValueFormat};

/// Pixels of the width that labels take at most.
const LABELS: i32 = 300;
const THICK: i32 = 18;
const THIN: i32 = 13;
const GAP: i32 = 8;

/// What is drawn, free of pixels.
pub struct Bars {
    measure: String,
    format: ValueFormat,
    /// Empty where all bars have one colour.
    series: Vec<String>,
    groups: Vec<Group>,
}

/// The bars of one label.
struct Group {
    label: String,
    /// Series and value.
    parts: Vec<(usize, f64)>,
}

impl Group {
    fn size(&self) -> f64 {
        self.parts.iter().map(|(_, value)| value.abs()).sum()
    }
}

/// One bar, of one or more pieces.
struct Bar {
    /// Where a piece starts and ends, as values.
    pieces: Vec<(f64, f64, Ink)>,
    value: f64,
}

impl Bars {
    /// Takes the columns of the chart from the table, in the order of its rows; rows without a value have no bar.
    pub fn read(table: &Table, labels: &[String], value: &str, by: Option<&str>, timezone: Tz) -> Result<Self> {
        let labels = labels.iter().map(|name| table.position(name)).collect::<Result<Vec<_>>>()?;
        let measure = words(value);
        let value = table.position(value)?;
        let by = by.map(|name| table.position(name)).transpose()?;
        let mut bars = Bars { measure, format: table.columns[value].format, series: Vec::new(), groups: Vec::new() };
        let (mut places, mut series): (HashMap<String, usize>, HashMap<String, usize>) = Default::default();
        for row in &table.rows {
            let Some(number) = row[value].number() else { continue };
            let parts: Vec<String> = labels.iter().map(|column| label(table, row, *column, timezone)).collect();
            let label_text = parts.join(" · ");
            let series = by.map_or(0, |by| {
                let next = series.len();
                *series.entry(label(table, row, by, timezone)).or_insert_with_key(|name| {
                    bars.series.push(name.clone());
                    next
                })
            });
            let place = *places.entry(label_text.clone()).or_insert(bars.groups.len());
            match bars.groups.get_mut(place) {
                Some(group) => group.parts.push((series, number)),
                None => bars.groups.push(Group { label: label_text, parts: vec![(series, number)] }),
            }
        }
        Ok(bars)
    }

    /// The picture of the `top` largest groups; none where there is no group.
    pub fn lay_out(mut self, top: usize, timezone: Tz, ruler: &Ruler) -> Option<Drawing> {
        let hidden = self.keep(top);
        if self.adds_up() && !self.series.is_empty() {
            // Rows of one label are apart in the table, so its order says nothing about whole bars.
            self.groups.sort_by(|a, b| b.size().total_cmp(&a.size()));
            self.order_series();
        }
        if self.groups.is_empty() {
            return None;
        }
        let inks = assign(&self.series);
        let named: Vec<(String, Ink)> = self.series.iter().cloned().zip(inks.iter().copied()).collect();
        let groups: Vec<(&str, Vec<Bar>)> =
            self.groups.iter().map(|group| (group.label.as_str(), self.bars(group, &inks))).collect();
        let write = |value: f64| show(&Cell::Float(value), self.format, timezone);

        let values = || groups.iter().flat_map(|(_, bars)| bars).map(|bar| bar.value);
        let low = values().fold(0.0, f64::min);
        let high = values().fold(0.0, f64::max);
        let reach = if high > low { high - low } else { 1.0 };
        let value_width = values().map(|value| ruler.width(&write(value), PX)).max().unwrap_or(0) + 8;
        let left = ruler.widest(groups.iter().map(|(label, _)| *label), PX).min(LABELS) + 10;
        let start = left + if low < 0.0 { value_width } else { 0 };
        let length = WIDTH - value_width - start;
        let x = |value: f64| start + ((value - low) / reach * f64::from(length)).round() as i32;

        let mut drawing = Drawing::new(WIDTH);
        let top = legend(&mut drawing, ruler, &self.measure, &named, (left, WIDTH));
        let mut y = top;
        for (label, bars) in &groups {
            let thickness = if bars.len() > 1 { THIN } else { THICK };
            let middle = y + thickness * bars.len() as i32 / 2;
            drawing.text((left - 10, middle), ruler.shorten(label, PX, left - 10), PX, TEXT, Anchor::End);
            for bar in bars {
                for (from, to, ink) in &bar.pieces {
                    let (from, to) = (x(from.min(*to)), x(from.max(*to)));
                    drawing.rect((from, y), ((to - from).max(1), thickness - 1), *ink, 1.0);
                }
                let (at, anchor) = if bar.value < 0.0 { (-6, Anchor::End) } else { (6, Anchor::Start) };
                drawing.text((x(bar.value) + at, y + thickness / 2), write(bar.value), PX, TEXT, anchor);
                y += thickness;
            }
            y += GAP;
        }
        drawing.path(vec![(x(0.0), top - 4), (x(0.0), y - GAP + 4)], GRID, 1);
        if hidden > 0 {
            remark(&mut drawing, format!("and {} more, none higher", thousands(hidden as i128)), left);
        }
        Some(drawing)
    }

    /// Whether the parts of a group are pieces of one whole.
    fn adds_up(&self) -> bool {
        self.format == ValueFormat::Count
            && self.groups.iter().flat_map(|group| &group.parts).all(|(_, value)| *value >= 0.0)
    }

    /// Puts the largest series first in every bar, leaves out those without a part, and takes the smallest together where
    /// there are more than colours.
    fn order_series(&mut self) {
        let mut totals = vec![0.0; self.series.len()];
        self.groups.iter().flat_map(|group| &group.parts).for_each(|(series, value)| totals[*series] += value);
        let mut order: Vec<usize> = (0..totals.len()).filter(|&series| totals[series] > 0.0).collect();
        order.sort_by(|a, b| totals[*b].total_cmp(&totals[*a]).then(a.cmp(b)));
        let has_own_grey = order.iter().any(|&series| self.series[series] == UNEXPLAINED);
        let most = SERIES.len() + usize::from(has_own_grey);
        let named = if order.len() > most { most - 1 } else { order.len() };
        let mut names: Vec<String> = order.iter().take(named).map(|&series| self.series[series].clone()).collect();
        if named < order.len() {
            names.push(OTHERS.to_owned());
        }
        for group in &mut self.groups {
            group.parts.retain(|(series, _)| order.contains(series));
            for (series, _) in &mut group.parts {
                *series = order.iter().position(|other| other == series).unwrap_or(0).min(named);
            }
            group.parts.sort_by_key(|(series, _)| *series);
        }
        self.series = names;
    }

    /// Keeps the `top` groups of the highest value, in their order; gives how many are left out.
    fn keep(&mut self, top: usize) -> usize {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by(|a, b| self.groups[*b].size().total_cmp(&self.groups[*a].size()).then(a.cmp(b)));
        let mut kept = vec![true; order.len()];
        let hidden: Vec<usize> = order.into_iter().skip(top).collect();
        hidden.iter().for_each(|group| kept[*group] = false);
        let mut kept = kept.into_iter();
        self.groups.retain(|_| kept.next().unwrap_or(false));
        hidden.len()
    }

    fn bars(&self, group: &Group, inks: &[Ink]) -> Vec<Bar> {
        let ink = |series: usize| inks.get(series).copied().unwrap_or(SERIES[0]);
        if !self.adds_up() {
            let bar = |(series, value): &(usize, f64)| Bar { pieces: vec![(0.0, *value, ink(*series))], value: *value };
            return group.parts.iter().map(bar).collect();
        }
        let mut whole = Bar { pieces: Vec::new(), value: 0.0 };
        for (series, value) in group.parts.iter().filter(|(_, value)| *value > 0.0) {
            whole.pieces.push((whole.value, whole.value + value, ink(*series)));
            whole.value += value;
        }
        vec![whole]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(format: ValueFormat) -> Bars {
        let group = |label: &str, parts: &[(usize, f64)]| Group { label: label.into(), parts: parts.to_vec() };
        Bars {
            measure: "drops".into(),
            format,
            series: vec!["web".into(), "phone".into()],
            groups: vec![
                group("small", &[(0, 1.0)]),
                group("large", &[(0, 5.0), (1, 7.0)]),
                group("middle", &[(1, 3.0)]),
            ],
        }
    }

    #[test]
    fn the_largest_stay_in_their_order() {
        let mut bars = bars(ValueFormat::Count);
        assert_eq!(bars.keep(2), 1);
        let labels: Vec<_> = bars.groups.iter().map(|group| group.label.as_str()).collect();
        assert_eq!(labels, ["large", "middle"]);
        assert_eq!(bars.keep(10), 0);
    }

    #[test]
    fn counts_are_stacked_and_shares_are_not() {
        let counts = bars(ValueFormat::Count);
        let stacked = counts.bars(&counts.groups[1], &assign(&counts.series));
        assert_eq!((stacked.len(), stacked[0].pieces.len(), stacked[0].value), (1, 2, 12.0));
        let shares = bars(ValueFormat::Share);
        assert_eq!(shares.bars(&shares.groups[1], &assign(&shares.series)).len(), 2);
    }
}
