//! The one font of charts, embedded, and how wide texts are in it.
//!
//! The font is DejaVu Sans, cut down to Latin letters and common signs; its licence stands beside it. Pictures are drawn
//! with it. In SVG it is the first of a family of fonts that are no wider, so that a text fits where it was measured.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::error::{Error, Result};

const BYTES: &[u8] = include_bytes!("DejaVuSans.ttf");

/// What SVG calls the font, and what to take where a browser lacks it.
const FAMILY: &str = "DejaVu Sans, Verdana, system-ui, sans-serif";

/// plotters' size of a font over the pixels of its em, as its SVG backend has it.
const SIZE_OF_EM: f64 = 1.24;

static REGISTERED: OnceLock<bool> = OnceLock::new();

/// Measures and shortens text. Having one means that the font is there.
pub struct Ruler(());

impl Ruler {
    /// Registers the font, once. Fails only where the embedded font cannot be read, which is a bug.
    pub fn new() -> Result<Self> {
        if *REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, BYTES).is_ok()) {
            Ok(Ruler(()))
        } else {
            Err(Error::bug("the embedded font cannot be read"))
        }
    }

    /// Pixels from the start of a text to its end.
    pub fn width(&self, text: &str, px: i32) -> i32 {
        match font(px).layout_box(text) {
            Ok(((start, _), (end, _))) => end - start + 1,
            Err(_) => px * text.chars().count() as i32,
        }
    }

    /// The widest of several texts.
    pub fn widest<'a>(&self, texts: impl IntoIterator<Item = &'a str>, px: i32) -> i32 {
        texts.into_iter().map(|text| self.width(text, px)).max().unwrap_or(0)
    }

    /// The text, or as much of its beginning as fits before an ellipsis.
    pub fn shorten(&self, text: &str, px: i32, width: i32) -> String {
        if self.width(text, px) <= width {
            return text.to_owned();
        }
        let mut kept: String = text.to_owned();
        while kept.pop().is_some() {
            let shortened = format!("{}…", kept.trim_end());
            if self.width(&shortened, px) <= width {
                return shortened;
            }
        }
        String::new()
    }
}

/// The font at a size of `px` pixels per em.
pub fn font(px: i32) -> FontDesc<'static> {
    FontDesc::new(FontFamily::Name(FAMILY), f64::from(px) * SIZE_OF_EM, FontStyle::Normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened_to_fit() {
        let ruler = Ruler::new().unwrap();
        assert!(ruler.width("wide text", 12) > ruler.width("text", 12));
        assert_eq!(ruler.shorten("short", 12, 200), "short");
        let shortened = ruler.shorten("a label that goes on and on", 12, 80);
        assert!(shortened.ends_with('…') && shortened.starts_with("a la"));
        assert!(ruler.width(&shortened, 12) <= 80);
        assert_eq!(ruler.shorten("text", 12, 1), "");
    }
}
