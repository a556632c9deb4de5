//! The share that stays to the end of follow-up, where some are not followed so long.

use std::collections::BTreeMap;

use super::distributions::{Interval, Z_95};

/// What happened at one time, counted in journeys. Who is censored at a time was still at risk of the events at that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since the origin, in any unit.
    pub at: i64,
    pub events: u64,
    pub censored: u64,
}

/// The share without event at the last moment, in [0,1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survival {
    pub share: f64,
    /// Σ d/(m·(m−d)) over the moments: d events among m at risk. Infinite where none is left without event.
    dispersion: f64,
}

impl Survival {
    /// Π (1 − d/m) over the moments (Kaplan & Meier, J. Am. Stat. Assoc. 53, 1958, pp. 457–481), which may come in any order and more than
    /// once. Everyone has an event or is censored at one of them; `None` where there is no one.
    pub fn kaplan_meier(moments: &[Moment]) -> Option<Survival> {
        let mut by_time: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for moment in moments {
            let (events, censored) = by_time.entry(moment.at).or_default();
            *events += moment.events as f64;
            *censored += moment.censored as f64;
        }
        let mut at_risk: f64 = by_time.values().map(|(events, censored)| events + censored).sum();
        if at_risk <= 0.0 {
            return None;
        }
        let mut survival = Survival { share: 1.0, dispersion: 0.0 };
        for (events, censored) in by_time.into_values() {
            if events > 0.0 {
                let left = at_risk - events;
                survival.share *= left / at_risk;
                survival.dispersion += events / (at_risk * left);
            }
            at_risk -= events + censored;
        }
        Some(survival)
    }

    /// Greenwood's: share² · Σ d/(m·(m−d)) (The Errors of Sampling of the Survivorship Tables, 1926). `None` where no one is
    /// left without event: it says nothing there.
    pub fn variance(&self) -> Option<f64> {
        self.dispersion.is_finite().then_some(self.share * self.share * self.dispersion)
    }

    /// Share ± 1.96 standard deviations, cut to [0,1].
    pub fn plain_interval(&self) -> Option<Interval> {
        let Interval { low, high } = Interval::around(self.share, self.variance()?);
        Some(Interval { low: low.max(0.0), high: high.min(1.0) })
    }

    /// Symmetric about ln(−ln share), so that it stays within [0,1] (Kalbfleisch & Prentice, The Statistical Analysis of
    /// Failure Time Data, 1980, ch. 1): share^exp(±1.96·√Σ / ln share). `None` where the share is 0 or 1.
    pub fn interval(&self) -> Option<Interval> {
        if !self.dispersion.is_finite() || self.dispersion <= 0.0 {
            return None;
        }
        let width = Z_95 * self.dispersion.sqrt() / -self.share.ln();
        Some(Interval { low: self.share.powf(width.exp()), high: self.share.powf((-width).exp()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at: i64, events: u64, censored: u64) -> Moment {
        Moment { at, events, censored }
    }

    /// 10 at risk, 2 drop; 8, one drops and one is censored; 6, one drops: 8/10 · 7/8 · 5/6.
    #[test]
    fn the_censored_are_at_risk_until_they_are_gone() {
        let moments = [moment(1, 2, 0), moment(2, 1, 1), moment(3, 1, 0), moment(4, 0, 5)];
        let found = Survival::kaplan_meier(&moments).unwrap();
        assert!((found.share - 0.8 * 7.0 / 8.0 * 5.0 / 6.0).abs() < 1e-12);
        let dispersion = 2.0 / 80.0 + 1.0 / 56.0 + 1.0 / 30.0;
        assert!((found.variance().unwrap() - found.share * found.share * dispersion).abs() < 1e-12);
        let (plain, usual) = (found.plain_interval().unwrap(), found.interval().unwrap());
        assert!(plain.low < found.share && found.share < plain.high);
        assert!(usual.low < found.share && found.share < usual.high);
    }

    #[test]
    fn moments_come_in_any_order_and_more_than_once() {
        let once = [moment(1, 2, 1), moment(2, 1, 3)];
        let shuffled = [moment(2, 0, 3), moment(1, 0, 1), moment(2, 1, 0), moment(1, 2, 0)];
        assert_eq!(Survival::kaplan_meier(&once), Survival::kaplan_meier(&shuffled));
    }

    #[test]
    fn without_censoring_it_is_the_plain_share() {
        let found = Survival::kaplan_meier(&[moment(1, 3, 0), moment(5, 1, 0), moment(9, 0, 16)]).unwrap();
        assert!((found.share - 0.8).abs() < 1e-12);
        assert!((found.variance().unwrap() - 0.8 * 0.2 / 20.0).abs() < 1e-12);
    }

    #[test]
    fn all_or_none_has_no_interval() {
        let all = Survival::kaplan_meier(&[moment(1, 4, 0)]).unwrap();
        assert_eq!((all.share, all.variance(), all.interval(), all.plain_interval()), (0.0, None, None, None));
        let none = Survival::kaplan_meier(&[moment(1, 0, 4)]).unwrap();
        assert_eq!((none.share, none.variance(), none.interval()), (1.0, Some(0.0), None));
        assert_eq!(Survival::kaplan_meier(&[]), None);
        assert_eq!(Survival::kaplan_meier(&[moment(1, 0, 0)]), None);
    }
}
