//! A grid of cells: one value per pair of labels, darker where it is higher, and written in the cell.
//!
//! Columns and rows stand in the order of the answer, or from low to high where they are numbers or times. A pair without
//! a value is an empty cell.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::super::format::{show, trim_times};
use super::drawing::{Anchor, Drawing};
use super::font::Ruler;
use super::labels::{WIDTH, label, words};
use super::legend::{PX, legend, remark};
use super::palette::{GRID, HEAT, ON_HEAT, TEXT};
use crate::error::Result;
use crate::query::{Cell, Table, ValueFormat};

/// Pixels of the width that labels of rows take at most; those of columns take [`TALLEST`] of the height.
const LABELS: i32 = 240;
const TALLEST: i32 = 130;
const HEIGHT: i32 = 28;
const WIDEST: i32 = 110;
/// More rows than this are not a picture.
const MOST_ROWS: usize = 50;
/// From this darkness on, text is light.
const DARK: f64 = 0.68;

/// What is drawn, free of pixels.
pub struct Heatmap {
    measure: String,
    format: ValueFormat,
    columns: Vec<String>,
    rows: Vec<String>,
    /// By column and row.
    values: HashMap<(usize, usize), f64>,
}

impl Heatmap {
    /// Takes the columns of the chart from the table; counts of one cell add up, of other values the last one stays.
    pub fn read(table: &Table, x: &str, y: &str, value: &str, timezone: Tz) -> Result<Self> {
        let measure = words(value);
        let (x, y, value) = (table.position(x)?, table.position(y)?, table.position(value)?);
        let format = table.columns[value].format;
        let (columns, column_of) = side(table, x, timezone);
        let (rows, row_of) = side(table, y, timezone);
        let mut values = HashMap::new();
        for (index, row) in table.rows.iter().enumerate() {
            if let Some(number) = row[value].number() {
                let cell = values.entry((column_of[index], row_of[index])).or_insert(0.0);
                *cell = if format == ValueFormat::Count { *cell + number } else { number };
            }
        }
        Ok(Heatmap { measure, format, columns, rows, values })
    }

    /// The picture; none where there is no value.
    pub fn lay_out(self, timezone: Tz, ruler: &Ruler) -> Option<Drawing> {
        if self.values.is_empty() {
            return None;
        }
        let write = |value: f64| show(&Cell::Float(value), self.format, timezone);
        let widest_value = self.values.values().map(|value| ruler.width(&write(*value), PX)).max().unwrap_or(0);
        let left = ruler.widest(self.rows.iter().map(String::as_str), PX).min(LABELS) + 10;
        let narrowest = (widest_value + 10).max(34);
        let fitting = ((WIDTH - left) / narrowest).max(1) as usize;
        let (columns, rows) = (self.columns.len().min(fitting), self.rows.len().min(MOST_ROWS));
        let width = ((WIDTH - left) / columns as i32).clamp(narrowest, WIDEST.max(narrowest));

        let mut drawing = Drawing::new(WIDTH);
        let top = legend(&mut drawing, ruler, &self.measure, &[], (left, WIDTH));
        let top = top + head(&mut drawing, ruler, &self.columns[..columns], (left, top), width);
        for (row, name) in self.rows.iter().take(rows).enumerate() {
            let y = top + row as i32 * HEIGHT;
            let name = ruler.shorten(name, PX, left - 10);
            drawing.text((left - 10, y + HEIGHT / 2), name, PX, TEXT, Anchor::End);
            for column in 0..columns {
                let corner = (left + column as i32 * width + 1, y + 1);
                let size = (width - 2, HEIGHT - 2);
                let Some(value) = self.values.get(&(column, row)) else {
                    drawing.rect(corner, size, GRID, 0.35);
                    continue;
                };
                let darkness = self.darkness(*value);
                drawing.rect(corner, size, HEAT, darkness);
                let ink = if darkness >= DARK { ON_HEAT } else { TEXT };
                let middle = (corner.0 + size.0 / 2, y + HEIGHT / 2);
                drawing.text(middle, write(*value), PX, ink, Anchor::Middle);
            }
        }
        let (more_columns, more_rows) = (self.columns.len() - columns, self.rows.len() - rows);
        if more_columns + more_rows > 0 {
            remark(&mut drawing, format!("{more_columns} columns and {more_rows} rows more are not drawn"), left);
        }
        Some(drawing)
    }

    /// How dark a cell is, from 0 to 1, in hundredths. Counts are spread over powers of ten: their root is taken.
    fn darkness(&self, value: f64) -> f64 {
        let low = self.values.values().copied().fold(0.0, f64::min);
        let high = self.values.values().copied().fold(0.0, f64::max);
        let place = if high > low { (value - low) / (high - low) } else { 0.0 };
        let place = if self.format == ValueFormat::Count { place.sqrt() } else { place };
        ((0.06 + 0.94 * place) * 100.0).round() / 100.0
    }
}

/// The labels of the columns, upright where they are wide; gives the height they take.
fn head(drawing: &mut Drawing, ruler: &Ruler, names: &[String], at: (i32, i32), width: i32) -> i32 {
    let (left, top) = at;
    let middle = |index: usize| left + index as i32 * width + width / 2;
    let widest = ruler.widest(names.iter().map(String::as_str), PX);
    if widest <= width - 4 {
        for (index, name) in names.iter().enumerate() {
            drawing.text((middle(index), top + 8), name, PX, TEXT, Anchor::Middle);
        }
        return 22;
    }
    let height = widest.min(TALLEST) + 8;
    for (index, name) in names.iter().enumerate() {
        let name = ruler.shorten(name, PX, TALLEST);
        drawing.text((middle(index), top + height - 6), name, PX, TEXT, Anchor::Upwards);
    }
    height
}

/// The distinct labels of a column, in order, and for each row of the table the index of its label.
fn side(table: &Table, column: usize, timezone: Tz) -> (Vec<String>, Vec<usize>) {
    let mut order: Vec<usize> = (0..table.rows.len()).collect();
    let places: Vec<Option<f64>> = table.rows.iter().map(|row| row[column].place()).collect();
    if places.iter().all(Option::is_some) {
        order.sort_by(|a, b| places[*a].unwrap_or(0.0).total_cmp(&places[*b].unwrap_or(0.0)));
    }
    let mut names: Vec<String> = Vec::new();
    let mut index_of_name: HashMap<String, usize> = HashMap::new();
    let mut indexes = vec![0; table.rows.len()];
    for row in order {
        let name = label(table, &table.rows[row], column, timezone);
        let index = *index_of_name.entry(name.clone()).or_insert(names.len());
        if index == names.len() {
            names.push(name);
        }
        indexes[row] = index;
    }
    trim_times(&mut names);
    (names, indexes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::points;

    #[test]
    fn texts_stand_in_the_order_of_the_answer_and_numbers_from_low_to_high() {
        let table = points().table().unwrap();
        assert_eq!(side(&table, 0, Tz::UTC), (vec!["web".to_owned(), "phone".to_owned()], vec![0, 1, 0]));
        let (names, indexes) = side(&table, 2, Tz::UTC);
        assert_eq!((names[0].as_str(), indexes), ("100", vec![2, 1, 0]));
    }

    #[test]
    fn counts_of_one_cell_add_up_and_the_highest_is_darkest() {
        let table = points().table().unwrap();
        let map = Heatmap::read(&table, "channel", "channel", "reached", Tz::UTC).unwrap();
        assert_eq!(map.values[&(0, 0)], 2100.0);
        assert_eq!((map.darkness(2100.0), map.darkness(0.0)), (1.0, 0.06));
    }
}
