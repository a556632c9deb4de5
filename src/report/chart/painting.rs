//! A chart → SVG text or a PNG file: laid out by its kind, then painted.

use std::path::Path;

use chrono_tz::Tz;

use super::drawing::Drawing;
use super::font::Ruler;
use super::{bars, heatmap, intervals, lines};
use crate::error::Result;
use crate::query::{Chart, Table};

/// The chart as an SVG element with a transparent background; `None` where there is nothing to draw.
///
/// Its colours are those of [`palette`](super::palette), so that a page can give them other values in the dark.
pub fn svg(table: &Table, chart: &Chart, timezone: Tz) -> Result<Option<String>> {
    lay_out(table, chart, timezone, &Ruler::new()?)?.map(|drawing| drawing.svg()).transpose()
}

/// Writes the chart, under its title, to a PNG file; `false` where there is nothing to draw.
pub fn png(table: &Table, chart: &Chart, title: &str, timezone: Tz, path: &Path) -> Result<bool> {
    let ruler = Ruler::new()?;
    match lay_out(table, chart, timezone, &ruler)? {
        Some(drawing) => drawing.under_title(title, &ruler).png(path).map(|()| true),
        None => Ok(false),
    }
}

fn lay_out(table: &Table, chart: &Chart, timezone: Tz, ruler: &Ruler) -> Result<Option<Drawing>> {
    match chart {
        Chart::Bars { label, value, by, top } => {
            let bars = bars::Bars::read(table, label, value, by.as_deref(), timezone)?;
            Ok(bars.lay_out(*top, timezone, ruler))
        }
        Chart::Intervals { label, value, low, high, even, top } => {
            let intervals = intervals::Intervals::read(table, label, [value, low, high], timezone)?;
            Ok(intervals.lay_out(*top, *even, timezone, ruler))
        }
        Chart::Heatmap { x, y, value } => {
            Ok(heatmap::Heatmap::read(table, x, y, value, timezone)?.lay_out(timezone, ruler))
        }
        Chart::Lines { x, y, by } => Ok(lines::Lines::read(table, x, y, by.as_deref(), timezone)?.lay_out(ruler)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::points;

    fn drawn(chart: &Chart) -> String {
        svg(&points().table().unwrap(), chart, Tz::UTC).unwrap().unwrap()
    }

    #[test]
    fn bars_show_labels_values_and_a_legend_escaped() {
        let svg = drawn(points().query.chart.as_ref().unwrap());
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        for text in ["payment", "&lt;script&gt;", "1,234", "66", "web", "phone"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
        assert!(!svg.contains("<script>"));
        assert_eq!(svg, drawn(points().query.chart.as_ref().unwrap()));
    }

    #[test]
    fn heatmaps_show_their_values() {
        let svg = drawn(&Chart::Heatmap { x: "step".into(), y: "channel".into(), value: "rate".into() });
        for text in ["61.7%", "16.5%", "payment", "phone"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
    }

    #[test]
    fn intervals_show_estimates_and_bounds() {
        let svg = drawn(&Chart::Intervals {
            label: vec!["step".into()],
            value: "drops".into(),
            low: "rate".into(),
            high: "reached".into(),
            even: 0.0,
            top: 1,
        });
        for text in ["payment", "with its 95% interval", " to ", "more, further down"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
    }

    #[test]
    fn lines_go_over_numbers_and_texts() {
        for x in ["reached", "step"] {
            let svg = drawn(&Chart::Lines { x: x.into(), y: "drops".into(), by: Some("channel".into()) });
            assert!(svg.contains("<polyline ") && svg.contains("phone"), "{svg}");
        }
    }

    #[test]
    fn nothing_to_draw_is_no_chart() {
        let mut answer = points();
        answer.batches.clear();
        let table = answer.table().unwrap();
        for chart in [
            answer.query.chart.clone().unwrap(),
            Chart::Heatmap { x: "step".into(), y: "channel".into(), value: "rate".into() },
            Chart::Lines { x: "step".into(), y: "drops".into(), by: None },
        ] {
            assert_eq!(svg(&table, &chart, Tz::UTC).unwrap(), None);
        }
    }

    #[test]
    fn a_png_file_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.png");
        let answer = points();
        let chart = answer.query.chart.as_ref().unwrap();
        assert!(png(&answer.table().unwrap(), chart, &answer.query.title, Tz::UTC, &path).unwrap());
        assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
}
