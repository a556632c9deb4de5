//! The legend above a chart: the name of what it measures, and which colour is which series; and remarks below it.

use super::drawing::{Anchor, Drawing};
use super::font::Ruler;
use super::palette::{Ink, MUTED, TEXT};

/// Size of the text of charts.
pub const PX: i32 = 12;
/// Height of a line of the legend.
const LINE: i32 = 20;
const SWATCH: i32 = 10;

/// Puts the legend on the drawing, between `left` and `right`; gives the height below it.
pub fn legend(drawing: &mut Drawing, ruler: &Ruler, measure: &str, series: &[(String, Ink)], span: (i32, i32)) -> i32 {
    let (left, right) = span;
    let mut y = LINE / 2;
    drawing.text((left, y), measure, PX, MUTED, Anchor::Start);
    let mut x = left + ruler.width(measure, PX) + 20;
    for (name, ink) in series {
        let name = ruler.shorten(name, PX, 160);
        let width = SWATCH + 6 + ruler.width(&name, PX);
        if x + width > right {
            x = left;
            y += LINE;
        }
        drawing.rect((x, y - SWATCH / 2), (SWATCH, SWATCH), *ink, 1.0);
        drawing.text((x + SWATCH + 6, y), name, PX, TEXT, Anchor::Start);
        x += width + 18;
    }
    y + LINE / 2 + 8
}

/// Puts a remark under the drawing.
pub fn remark(drawing: &mut Drawing, text: String, left: i32) {
    let y = drawing.bottom() + 10;
    drawing.text((left, y), text, PX - 1, MUTED, Anchor::Start);
}
