//! A picture as a list of marks, and how it becomes SVG or PNG.
//!
//! In: marks in pixels, from the upper left. Out: SVG text, or a PNG file of twice the size on white. Layout is done with
//! marks rather than on a plotters chart, so that it is plain arithmetic and the same in both media. Fails where the
//! file cannot be written.

use std::fmt::Display;
use std::path::Path;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBAColor, ShapeStyle};

use super::font::{Ruler, font};
use super::palette::{Ink, TEXT};
use crate::error::{Error, Result};

/// Where a text stands relative to its point. Its middle is always at the height of the point.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    Start,
    Middle,
    End,
    /// Reads upwards from the point, which is at the middle of its width.
    Upwards,
}

#[derive(Debug)]
enum Mark {
    Rect { from: (i32, i32), to: (i32, i32), ink: Ink, alpha: f64 },
    Text { at: (i32, i32), text: String, px: i32, ink: Ink, anchor: Anchor },
    Path { points: Vec<(i32, i32)>, ink: Ink, width: i32 },
    Dot { at: (i32, i32), radius: i32, ink: Ink },
}

type Painted = std::result::Result<(), String>;

/// What differs between SVG and PNG.
struct Medium {
    /// Pixels of the picture per pixel of the drawing.
    scale: i32,
    /// How much lower a text is put, as a share of its size: the bitmap backend draws it too high.
    lower: f64,
}

const SVG: Medium = Medium { scale: 1, lower: 0.0 };
const PNG: Medium = Medium { scale: 2, lower: 0.12 };

/// A picture.
#[derive(Debug)]
pub struct Drawing {
    width: i32,
    height: i32,
    marks: Vec<Mark>,
}

impl Drawing {
    /// An empty picture; it grows in height as marks are put on it.
    pub fn new(width: i32) -> Self {
        Drawing { width, height: 1, marks: Vec::new() }
    }

    /// A filled rectangle with its upper left corner at `from`; `alpha` from 0, unseen, to 1, opaque.
    pub fn rect(&mut self, from: (i32, i32), size: (i32, i32), ink: Ink, alpha: f64) {
        let to = (from.0 + size.0, from.1 + size.1);
        self.reach(to.1);
        self.marks.push(Mark::Rect { from, to, ink, alpha });
    }

    /// A text of one line.
    pub fn text(&mut self, at: (i32, i32), text: impl Into<String>, px: i32, ink: Ink, anchor: Anchor) {
        self.reach(at.1 + if matches!(anchor, Anchor::Upwards) { 0 } else { px });
        self.marks.push(Mark::Text { at, text: text.into(), px, ink, anchor });
    }

    /// A line through points; nothing where there are not two.
    pub fn path(&mut self, mut points: Vec<(i32, i32)>, ink: Ink, width: i32) {
        // A line of no length has no direction, and the bitmap backend would draw it anywhere.
        points.dedup();
        if points.len() < 2 {
            return;
        }
        self.reach(points.iter().map(|point| point.1 + width).max().unwrap_or(0));
        self.marks.push(Mark::Path { points, ink, width });
    }

    /// A filled circle.
    pub fn dot(&mut self, at: (i32, i32), radius: i32, ink: Ink) {
        self.reach(at.1 + radius);
        self.marks.push(Mark::Dot { at, radius, ink });
    }

    /// The lowest pixel so far.
    pub fn bottom(&self) -> i32 {
        self.height
    }

    fn reach(&mut self, lowest: i32) {
        self.height = self.height.max(lowest + 1);
    }

    /// The same picture below a title, with a margin around it: as it stands on its own.
    pub fn under_title(mut self, title: &str, ruler: &Ruler) -> Self {
        const MARGIN: i32 = 24;
        let title_px = 18;
        let top = if title.is_empty() { MARGIN } else { MARGIN + 2 * title_px };
        for mark in &mut self.marks {
            mark.shift((MARGIN, top));
        }
        if !title.is_empty() {
            let title = ruler.shorten(title, title_px, self.width);
            let at = (MARGIN, MARGIN + title_px / 2);
            self.marks.push(Mark::Text { at, text: title, px: title_px, ink: TEXT, anchor: Anchor::Start });
        }
        self.width += 2 * MARGIN;
        self.height += top + MARGIN;
        self
    }

    /// The picture as an SVG element, in the colours for a light page.
    pub fn svg(&self) -> Result<String> {
        let mut text = String::new();
        let mut backend = SVGBackend::with_string(&mut text, self.size(&SVG));
        self.paint(&mut backend, &SVG)
            .map_err(|reason| Error::bug("a chart cannot be drawn").fact("reason", reason))?;
        drop(backend);
        Ok(text)
    }

    /// Writes the picture to a PNG file.
    pub fn png(&self, path: &Path) -> Result<()> {
        let size = self.size(&PNG);
        let mut backend = BitMapBackend::new(path, size);
        let white = RGBAColor(255, 255, 255, 1.0);
        let corner = (size.0 as i32, size.1 as i32);
        backend
            .draw_rect((0, 0), corner, &white, true)
            .map_err(failed)
            .and_then(|()| self.paint(&mut backend, &PNG))
            .map_err(|reason| {
                Error::environment(format!("the chart `{}` cannot be written", path.display())).fact("reason", reason)
            })
    }

    fn size(&self, medium: &Medium) -> (u32, u32) {
        ((self.width * medium.scale).unsigned_abs(), (self.height * medium.scale).unsigned_abs())
    }

    fn paint<B: DrawingBackend>(&self, backend: &mut B, medium: &Medium) -> Painted {
        for mark in &self.marks {
            mark.paint(backend, medium)?;
        }
        backend.present().map_err(failed)
    }
}

impl Mark {
    fn shift(&mut self, by: (i32, i32)) {
        let move_point = |point: &mut (i32, i32)| *point = (point.0 + by.0, point.1 + by.1);
        match self {
            Mark::Rect { from, to, .. } => [from, to].into_iter().for_each(move_point),
            Mark::Text { at, .. } | Mark::Dot { at, .. } => move_point(at),
            Mark::Path { points, .. } => points.iter_mut().for_each(move_point),
        }
    }

    fn paint<B: DrawingBackend>(&self, backend: &mut B, medium: &Medium) -> Painted {
        let scale = |(x, y): (i32, i32)| (x * medium.scale, y * medium.scale);
        match self {
            Mark::Rect { from, to, ink, alpha } => {
                backend.draw_rect(scale(*from), scale(*to), &colour(*ink, *alpha), true).map_err(failed)
            }
            Mark::Dot { at, radius, ink } => {
                let radius = (radius * medium.scale).unsigned_abs();
                backend.draw_circle(scale(*at), radius, &colour(*ink, 1.0), true).map_err(failed)
            }
            Mark::Path { points, ink, width } => {
                let stroke_width = (width * medium.scale).unsigned_abs();
                let style = ShapeStyle { color: colour(*ink, 1.0), filled: false, stroke_width };
                backend.draw_path(points.iter().map(|point| scale(*point)), &style).map_err(failed)
            }
            Mark::Text { at, text, px, ink, anchor } => {
                let font = font(px * medium.scale);
                let lower = (medium.lower * font.get_size()).round() as i32;
                let (x, y) = scale(*at);
                let (font, at, side) = match anchor {
                    Anchor::Start => (font, (x, y + lower), HPos::Left),
                    Anchor::Middle => (font, (x, y + lower), HPos::Center),
                    Anchor::End => (font, (x, y + lower), HPos::Right),
                    Anchor::Upwards => (font.transform(FontTransform::Rotate270), (x + lower, y), HPos::Left),
                };
                let style = font.color(&colour(*ink, 1.0)).pos(Pos::new(side, VPos::Center));
                backend.draw_text(text, &style, at).map_err(failed)
            }
        }
    }
}

fn colour(ink: Ink, alpha: f64) -> RGBAColor {
    let (red, green, blue) = ink.light;
    RGBAColor(red, green, blue, alpha)
}

/// plotters' own words for what went wrong.
fn failed(error: impl Display) -> String {
    error.to_string()
}
