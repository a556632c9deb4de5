//! Attributable drop-offs: the exposed journeys that dropped beyond those that would have at the risk of the unexposed.

use super::distributions::Interval;
use super::risk_ratio::{RiskRatio, Sums};
use super::stratum::{Stratum, informative};

/// Journeys, below 0 where exposed journeys drop less often. What would be kept *if* the association were a cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attributable {
    pub drops: f64,
    pub variance: f64,
}

impl Attributable {
    /// D·(1 − 1/RR), with D = Σ a over strata that have unexposed journeys, and RR the Mantel–Haenszel ratio (Miettinen,
    /// Am. J. Epidemiol. 99, 1974, pp. 325–332, for the share; variance by the delta method, as Greenland, Stat. Med. 6, 1987, pp. 701–708, does for
    /// the fraction), journeys taken as independent:
    ///
    /// (1 − 1/RR)²·V + (D/RR)²·var(ln RR) + 2(1 − 1/RR)(D/RR)·C, where V = Σ a·b/n1 estimates var D, and
    /// C = Σ (n0/n)·a·b/n1 ÷ R estimates cov(D, ln RR), R = Σ a·n0/n.
    ///
    /// `None` where there is no pooled ratio.
    pub fn pooled(strata: &[Stratum]) -> Option<Attributable> {
        let RiskRatio { ratio, log_variance } = RiskRatio::pooled(strata)?;
        let mut dropped = 0.0;
        let mut dropped_variance = 0.0;
        let mut covariance = 0.0;
        for cells in informative(strata) {
            let variance = cells.a * cells.b / cells.n1;
            dropped += cells.a;
            dropped_variance += variance;
            covariance += cells.n0 / cells.n * variance;
        }
        covariance /= Sums::of(strata).exposed;
        let (excess_share, expected) = (1.0 - 1.0 / ratio, dropped / ratio);
        let variance = excess_share * excess_share * dropped_variance
            + expected * expected * log_variance
            + 2.0 * excess_share * expected * covariance;
        Some(Attributable { drops: dropped * excess_share, variance })
    }

    /// The 95% interval, in journeys.
    pub fn interval(&self) -> Interval {
        Interval::around(self.drops, self.variance)
    }

    /// As a share of all dropped journeys, with its interval; `None` where none dropped. The number of all is taken as known.
    pub fn share(&self, all_dropped: u64) -> Option<(f64, Interval)> {
        let all = all_dropped as f64;
        let Interval { low, high } = self.interval();
        (all_dropped > 0).then(|| (self.drops / all, Interval { low: low / all, high: high / all }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(counts: &[[u64; 4]]) -> Vec<Stratum> {
        counts.iter().copied().map(Stratum::from).collect()
    }

    /// 100 exposed at a risk of 0.3 where the unexposed have 0.1: 20 of the 30.
    ///
    /// In one stratum D·(1 − 1/RR) is a − n1·c/n0, with the variance a·b/n1 + (n1/n0)²·c·d/n0.
    #[test]
    fn of_one_stratum_it_is_the_difference_of_risks() {
        let found = Attributable::pooled(&strata(&[[30, 70, 20, 180]])).unwrap();
        assert!((found.drops - 20.0).abs() < 1e-9);
        assert!((found.variance - (21.0 + 0.25 * 18.0)).abs() < 1e-9, "{found:?}");
        let (share, Interval { low, high }) = found.share(80).unwrap();
        assert!((share - 0.25).abs() < 1e-12 && low < share && share < high);
        assert_eq!(found.share(0), None);
    }

    /// Exposed drops at a point where all were exposed cannot be compared: they are not counted.
    #[test]
    fn drops_without_a_comparison_are_not_attributed() {
        let compared = strata(&[[30, 70, 20, 180], [8, 40, 5, 90]]);
        let with_silent = strata(&[[30, 70, 20, 180], [500, 20, 0, 0], [8, 40, 5, 90]]);
        assert_eq!(Attributable::pooled(&compared), Attributable::pooled(&with_silent));
    }

    #[test]
    fn what_protects_has_fewer_than_none() {
        assert!(Attributable::pooled(&strata(&[[10, 90, 40, 160]])).unwrap().drops < 0.0);
        assert_eq!(Attributable::pooled(&strata(&[[0, 90, 40, 160]])), None);
    }
}
