//! Shares of journeys.

use super::distributions::{Interval, Z_95};

/// `count` journeys out of `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportion {
    pub count: u64,
    pub of: u64,
}

impl Proportion {
    /// The share, from 0 to 1; `None` out of none, or where more are counted than there are.
    pub fn rate(&self) -> Option<f64> {
        (self.of > 0 && self.count <= self.of).then(|| self.count as f64 / self.of as f64)
    }

    /// Wilson's 95% interval of the share (J. Am. Stat. Assoc. 22, 1927, p. 209): the rates p with
    /// |share − p| <= 1.96·√(p(1−p)/of). Within 0 and 1 whatever was counted. `None` as for [`Proportion::rate`].
    pub fn wilson(&self) -> Option<Interval> {
        let (rate, of) = (self.rate()?, self.of as f64);
        let square = Z_95 * Z_95;
        let middle = rate + square / (2.0 * of);
        let half = Z_95 * (rate * (1.0 - rate) / of + square / (4.0 * of * of)).sqrt();
        let scale = 1.0 + square / of;
        // At the ends it reaches 0 and 1, where rounding could leave a trace.
        let low = if self.count == 0 { 0.0 } else { (middle - half) / scale };
        let high = if self.count == self.of { 1.0 } else { (middle + half) / scale };
        Some(Interval { low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportion(count: u64, of: u64) -> Proportion {
        Proportion { count, of }
    }

    /// Newcombe, Stat. Med. 17, 1998, table I, method 3: 81 of 263 and 0 of 20.
    #[test]
    fn wilson_is_as_published() {
        let found = proportion(81, 263).wilson().unwrap();
        assert!((found.low - 0.2553).abs() < 5e-5 && (found.high - 0.3662).abs() < 5e-5, "{found:?}");
        let found = proportion(0, 20).wilson().unwrap();
        assert!(found.low == 0.0 && (found.high - 0.1611).abs() < 5e-5, "{found:?}");
        assert_eq!(proportion(20, 20).wilson().unwrap().high, 1.0);
        assert_eq!([proportion(0, 0).wilson(), proportion(3, 2).wilson()], [None, None]);
    }
}
