//! The colours of charts: told apart by colour-blind people, in the light and in the dark.
//!
//! The series colours follow Okabe and Ito, "Color Universal Design" (2008), with black and yellow made milder. A name
//! that many reports share (a channel, a status, a family) has the same colour in all of them.

use std::fmt::Write;

/// One colour, as it is on a light page and on a dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    pub light: (u8, u8, u8),
    pub dark: (u8, u8, u8),
}

const fn ink(light: u32, dark: u32) -> Ink {
    const fn parts(colour: u32) -> (u8, u8, u8) {
        ((colour >> 16) as u8, (colour >> 8) as u8, colour as u8)
    }
    Ink { light: parts(light), dark: parts(dark) }
}

/// Labels and values.
pub const TEXT: Ink = ink(0x1F2933, 0xE4E9EF);
/// What may be overlooked: names of axes, notes.
pub const MUTED: Ink = ink(0x62707D, 0x98A5B3);
/// Lines of a grid.
pub const GRID: Ink = ink(0xDDE3E9, 0x2E3842);
/// What is unexplained, and series beyond the palette.
pub const OTHER: Ink = ink(0x9AA5B1, 0x6B7785);
/// Small series taken together.
pub const REST: Ink = ink(0xD0D7DE, 0x44505C);
/// The cause of what no rule explains; it has a grey of its own.
pub const UNEXPLAINED: &str = "unexplained";
/// Name of small series taken together.
pub const OTHERS: &str = "others";
/// The highest value of a heatmap; lower ones are thinner.
pub const HEAT: Ink = ink(0x08519C, 0x6CB2F5);
/// Text on the darker cells of a heatmap.
pub const ON_HEAT: Ink = ink(0xFFFFFF, 0x0B1420);

/// Blue, orange, green, vermillion, sky, purple, olive, slate.
pub const SERIES: [Ink; 8] = [
    ink(0x0072B2, 0x4FA8E0),
    ink(0xE69F00, 0xF0B53A),
    ink(0x009E73, 0x2FC79B),
    ink(0xD55E00, 0xF0844A),
    ink(0x56B4E9, 0x8CCBF2),
    ink(0xCC79A7, 0xDE9BC0),
    ink(0xB8A100, 0xE3D04F),
    ink(0x4D5D6C, 0xA3B3C2),
];

/// Names that have the same colour in every chart.
const KNOWN: [(&str, Ink); 22] = [
    ("web", SERIES[0]),
    ("phone", SERIES[1]),
    ("agency", SERIES[2]),
    ("email", SERIES[3]),
    ("chat", SERIES[4]),
    ("letter", SERIES[5]),
    ("sms", SERIES[6]),
    ("app", SERIES[7]),
    ("completed", SERIES[2]),
    ("dropped", SERIES[3]),
    ("open", SERIES[4]),
    ("refused", SERIES[5]),
    ("moved", SERIES[4]),
    ("retried", SERIES[1]),
    ("silent", SERIES[3]),
    ("technical", SERIES[0]),
    ("ergonomic", SERIES[1]),
    ("relational", SERIES[5]),
    ("commercial", SERIES[2]),
    ("organisational", SERIES[3]),
    (UNEXPLAINED, OTHER),
    (OTHERS, REST),
];

/// A colour for each name, in order: known names their own, others the next that is free, then [`OTHER`].
pub fn assign(names: &[String]) -> Vec<Ink> {
    let known = |name: &str| KNOWN.iter().find(|(known, _)| *known == name).map(|(_, ink)| *ink);
    let taken: Vec<Ink> = names.iter().filter_map(|name| known(name)).collect();
    let mut free = SERIES.into_iter().filter(|ink| !taken.contains(ink));
    names.iter().map(|name| known(name).unwrap_or_else(|| free.next().unwrap_or(OTHER))).collect()
}

/// A colour as SVG writes it.
pub fn hexadecimal((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// CSS rules that give the charts under `selector` their colours for the dark.
pub fn dark_rules(selector: &str) -> String {
    let mut rules = String::new();
    for ink in [TEXT, MUTED, GRID, OTHER, REST, HEAT, ON_HEAT].into_iter().chain(SERIES) {
        let (light, dark) = (hexadecimal(ink.light), hexadecimal(ink.dark));
        for part in ["fill", "stroke"] {
            // Writing to a String cannot fail.
            let _ = writeln!(rules, "{selector} [{part}=\"{light}\"] {{ {part}: {dark} }}");
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_keep_their_colour_and_no_two_names_share_one() {
        let names = ["kiosk", "web", "fax", "phone"].map(str::to_owned);
        let inks = assign(&names);
        assert_eq!(inks[1], SERIES[0]);
        assert_eq!(inks[3], SERIES[1]);
        assert_eq!((inks[0], inks[2]), (SERIES[2], SERIES[3]));
    }

    #[test]
    fn names_beyond_the_palette_are_grey() {
        let names: Vec<String> = (0..10).map(|index| format!("series {index}")).collect();
        let inks = assign(&names);
        assert_eq!(inks[..8], SERIES);
        assert_eq!(inks[8..], [OTHER, OTHER]);
    }

    #[test]
    fn light_colours_are_distinct_so_that_the_dark_ones_can_replace_them() {
        let mut lights: Vec<_> =
            [TEXT, MUTED, GRID, OTHER, REST, HEAT, ON_HEAT].into_iter().chain(SERIES).map(|ink| ink.light).collect();
        lights.sort_unstable();
        lights.dedup();
        assert_eq!(lights.len(), 15);
    }
}
