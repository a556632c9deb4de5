//! Shares of journeys, in one period and between two.

use super::distributions::{Interval, Z_95};

/// `count` journeys out of `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportion {
    pub count: u64,
    pub of: u64,
}

impl Proportion {
    /// The share, in [0,1]; `None` out of none, or where more are counted than there are.
    pub fn rate(&self) -> Option<f64> {
        (self.of > 0 && self.count <= self.of).then(|| self.count as f64 / self.of as f64)
    }

    /// Wilson's 95% interval of the share (J. Am. Stat. Assoc. 22, 1927, p. 209): the rates p with
    /// |share − p| <= 1.96·√(p(1−p)/of). Within [0,1] whatever was counted. `None` as for [`Proportion::rate`].
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

/// Standard deviations by which a rate rose, under no change: (r1 − r0) / √(r(1−r)(1/n0 + 1/n1)), r the rate of both
/// together (Fleiss, Statistical Methods for Rates and Proportions, 1981, ch. 2.2, without correction for continuity).
///
/// `None` where a rate does not exist, or both are 0, or both are 1.
pub fn rise(before: Proportion, after: Proportion) -> Option<f64> {
    let change = after.rate()? - before.rate()?;
    let (before_of, after_of) = (before.of as f64, after.of as f64);
    let together = (before.count as f64 + after.count as f64) / (before_of + after_of);
    let variance = together * (1.0 - together) * (1.0 / before_of + 1.0 / after_of);
    (variance > 0.0).then(|| change / variance.sqrt())
}

/// One group of journeys in two periods: how many dropped, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub before: Proportion,
    pub after: Proportion,
}

/// What one group adds to the change of the whole rate, in units of the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// By becoming more or less common: (share1 − share0)·(rate0 + rate1)/2.
    pub mix: f64,
    /// By dropping more or less often: (share0 + share1)/2·(rate1 − rate0).
    pub rate: f64,
}

/// The change of a rate, group by group and exactly: all effects add up to rate after − rate before (Kitagawa, J. Am. Stat.
/// Assoc. 50, 1955, p. 1170, two components). The groups cover the whole.
///
/// A group that is missing in one period has the rate of the other one there, so that it has a mix effect alone; missing in
/// both, it has none. `None` where a period has no journeys, or a group more drops than journeys.
pub fn kitagawa(groups: &[Group]) -> Option<Vec<Effects>> {
    let sum = |of: fn(&Group) -> u64| groups.iter().map(|group| of(group) as f64).sum::<f64>();
    let (before, after) = (sum(|group| group.before.of), sum(|group| group.after.of));
    let is_counted = |proportion: &Proportion| proportion.count <= proportion.of;
    if before <= 0.0
        || after <= 0.0
        || !groups.iter().all(|group| is_counted(&group.before) && is_counted(&group.after))
    {
        return None;
    }
    let effects = |group: &Group| {
        let (share0, share1) = (group.before.of as f64 / before, group.after.of as f64 / after);
        let rate0 = group.before.rate().or(group.after.rate()).unwrap_or(0.0);
        let rate1 = group.after.rate().unwrap_or(rate0);
        Effects { mix: (share1 - share0) * (rate0 + rate1) / 2.0, rate: (share0 + share1) / 2.0 * (rate1 - rate0) }
    };
    Some(groups.iter().map(effects).collect())
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

    #[test]
    fn a_rise_is_above_zero() {
        let found = rise(proportion(50, 1000), proportion(75, 1000)).unwrap();
        assert!((found - 0.025 / (0.0625f64 * 0.9375 * 0.002).sqrt()).abs() < 1e-12);
        assert_eq!(rise(proportion(0, 9), proportion(0, 9)), None);
        assert_eq!(rise(proportion(9, 9), proportion(9, 9)), None);
        assert_eq!(rise(proportion(0, 0), proportion(1, 9)), None);
    }

    /// The third group appears, the fourth goes, the fifth never was.
    #[test]
    fn effects_add_up_to_the_change() {
        let groups = [
            Group { before: proportion(30, 300), after: proportion(50, 400) },
            Group { before: proportion(90, 500), after: proportion(10, 90) },
            Group { before: proportion(0, 0), after: proportion(7, 60) },
            Group { before: proportion(12, 40), after: proportion(0, 0) },
            Group::default(),
        ];
        let effects = kitagawa(&groups).unwrap();
        let total: f64 = effects.iter().map(|effects| effects.mix + effects.rate).sum();
        assert!((total - (67.0 / 550.0 - 132.0 / 840.0)).abs() < 1e-12);
        for only_mix in &effects[2..4] {
            assert!(only_mix.rate == 0.0 && only_mix.mix != 0.0);
        }
        assert_eq!(effects[4], Effects { mix: 0.0, rate: 0.0 });
    }

    #[test]
    fn without_a_period_there_is_no_change() {
        assert_eq!(kitagawa(&[Group { before: proportion(1, 2), after: proportion(0, 0) }]), None);
        assert_eq!(kitagawa(&[Group { before: proportion(1, 2), after: proportion(3, 2) }]), None);
        assert_eq!(kitagawa(&[]), None);
    }
}
