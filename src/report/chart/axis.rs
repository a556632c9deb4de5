//! Where an axis begins and ends, and the round values that are marked on it.

use chrono_tz::Tz;

use super::super::format::show;
use crate::notation::thousands;
use crate::query::{Cell, ValueFormat};

/// About how many values are marked.
const MARKED: f64 = 5.0;

/// Spans of time that people count in, in seconds.
const SPANS: [f64; 18] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0,
    86_400.0, 172_800.0,
];

/// An axis of numbers.
pub struct Axis {
    pub low: f64,
    pub high: f64,
    step: f64,
    format: ValueFormat,
}

impl Axis {
    /// From zero, or below, to a round value that is no lower than any.
    pub fn from_zero(values: impl Iterator<Item = f64> + Clone, format: ValueFormat) -> Self {
        let low = values.clone().fold(0.0, f64::min);
        let high = values.fold(0.0, f64::max);
        let high = if high > low { high } else { low + 1.0 };
        let step = step((high - low) / MARKED, format);
        Axis { low: (low / step).floor() * step, high: (high / step).ceil() * step, step, format }
    }

    /// From the lowest value to the highest.
    pub fn between(low: f64, high: f64, format: ValueFormat) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Axis { low, high, step: step((high - low) / MARKED, format), format }
    }

    /// The round values on the axis, with how they are written.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let first = (self.low / self.step - 1e-9).ceil();
        let last = (self.high / self.step + 1e-9).floor();
        let count = (last - first).max(0.0) as usize;
        (0..=count)
            .map(|index| {
                let value = (first + index as f64) * self.step;
                (value, self.written(value))
            })
            .collect()
    }

    /// Where a value stands, from 0 at the low end to 1 at the high end.
    pub fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn written(&self, value: f64) -> String {
        match self.format {
            ValueFormat::Share | ValueFormat::Change if self.step > 0.0099 => format!("{:.0}%", value * 100.0),
            ValueFormat::Share | ValueFormat::Change => format!("{:.1}%", value * 100.0),
            ValueFormat::Seconds => show(&Cell::Float(value), ValueFormat::Seconds, Tz::UTC),
            _ if self.step >= 1.0 => thousands(value.round() as i128),
            _ => {
                let decimals = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize;
                format!("{value:.decimals$}")
            }
        }
    }
}

/// The round step that is next above `rough`.
fn step(rough: f64, format: ValueFormat) -> f64 {
    match format {
        ValueFormat::Seconds if rough > 0.5 => match SPANS.into_iter().find(|span| *span >= rough) {
            Some(span) => span,
            None => round_up(rough / 86_400.0) * 86_400.0,
        },
        ValueFormat::Count => round_up(rough).max(1.0),
        _ => round_up(rough),
    }
}

/// 1, 2 or 5 times a power of ten.
fn round_up(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= rough * 0.999).unwrap_or(10.0);
    digit * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round() {
        let counts = Axis::from_zero([12.0, 480.0].into_iter(), ValueFormat::Count);
        assert_eq!(written(&counts), ["0", "100", "200", "300", "400", "500"]);
        let few = Axis::from_zero([2.0].into_iter(), ValueFormat::Count);
        assert_eq!(written(&few), ["0", "1", "2"]);
        let shares = Axis::from_zero([0.31].into_iter(), ValueFormat::Share);
        assert_eq!(written(&shares), ["0%", "10%", "20%", "30%", "40%"]);
        let spans = Axis::from_zero([14_000.0].into_iter(), ValueFormat::Seconds);
        assert_eq!(written(&spans), ["0s", "1h 00m", "2h 00m", "3h 00m", "4h 00m"]);
    }

    #[test]
    fn an_axis_of_nothing_still_has_a_length() {
        let axis = Axis::from_zero([0.0].into_iter(), ValueFormat::Number);
        assert!(axis.high > axis.low && axis.ticks().len() > 1);
        assert!(Axis::between(3.0, 3.0, ValueFormat::Number).place(3.0).abs() < 1e-9);
    }
}
