//! Charts: SVG for the page, PNG for a slide.
//!
//! In: a decoded [`Table`](crate::query::Table) and the [`Chart`](crate::query::Chart) its query declares. Out: a picture, or none where there is nothing to draw.
//! A chart is first laid out as a `Drawing` of plain marks, then painted; only this folder knows plotters.
//! Fails where the chart names a column that the answer lacks, or a picture cannot be written.
//!
//! ```text
//! Table + Chart ──► bars, … , lines ───────► Drawing ──► SVG text
//!                     font measures text               └► PNG file, twice the size
//! ```

mod axis;
mod bars;
mod drawing;
mod font;
mod heatmap;
mod intervals;
mod labels;
mod legend;
mod lines;
mod painting;
pub mod palette;

pub use painting::{png, svg};
