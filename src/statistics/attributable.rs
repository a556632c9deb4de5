//! Attributable drop-offs: the exposed journeys that dropped beyond those that would have at the risk of the unexposed.

use super::distributions::Interval;
use super::risk_ratio::RiskRatio;
use super::stratum::{Stratum, informative};

/// Journeys, below 0 where exposed journeys drop less often. What would be kept *if* the association were a cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attributable {
    pub drops: f64,
    pub variance: f64,
}

impl Attributable {
    /// Σ a − n1·c/n0 over strata: the exposed drops less those at the risk of the unexposed of the same stratum, the standard
    /// being the exposed (Miettinen, Am. J. Epidemiol. 96, 1972, pp. 383–388). The strata need not have one ratio.
    ///
    /// What is estimated is the number in this very log: of the drops, how many would have stayed. Of the exposed, those who would
    /// have dropped anyway are binomial with n1 and p0, and so is c with n0 and p0: the variance of the difference is
    /// Σ n1·p0·(1 − p0)·(1 + n1/n0), with p0 = c/n0.
    ///
    /// `None` where there is no pooled ratio.
    pub fn standardised(strata: &[Stratum]) -> Option<Attributable> {
        RiskRatio::pooled(strata)?;
        let mut found = Attributable { drops: 0.0, variance: 0.0 };
        for cells in informative(strata) {
            let risk = cells.c / cells.n0;
            found.drops += cells.a - cells.n1 * risk;
            found.variance += cells.n1 * risk * (1.0 - risk) * (1.0 + cells.n1 / cells.n0);
        }
        Some(found)
    }

    /// The 95% interval, in journeys.
    pub fn interval(&self) -> Interval {
        Interval::around(self.drops, self.variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(counts: &[[u64; 4]]) -> Vec<Stratum> {
        counts.iter().copied().map(Stratum::from).collect()
    }

    /// 100 exposed at a risk of 0.3 where the unexposed have 0.1: 20 of the 30.
    #[test]
    fn it_is_what_the_risk_of_the_unexposed_does_not_explain() {
        let found = Attributable::standardised(&strata(&[[30, 70, 20, 180]])).unwrap();
        assert!((found.drops - 20.0).abs() < 1e-9);
        assert!((found.variance - 100.0 * 0.1 * 0.9 * 1.5).abs() < 1e-9, "{found:?}");
        let Interval { low, high } = found.interval();
        assert!(low < found.drops && found.drops < high);
    }

    /// Exposed drops at a point where all were exposed cannot be compared: they are not counted.
    #[test]
    fn drops_without_a_comparison_are_not_attributed() {
        let compared = strata(&[[30, 70, 20, 180], [8, 40, 5, 90]]);
        let with_silent = strata(&[[30, 70, 20, 180], [500, 20, 0, 0], [8, 40, 5, 90]]);
        assert_eq!(Attributable::standardised(&compared), Attributable::standardised(&with_silent));
    }

    #[test]
    fn what_protects_has_fewer_than_none() {
        assert!(Attributable::standardised(&strata(&[[10, 90, 40, 160]])).unwrap().drops < 0.0);
        assert_eq!(Attributable::standardised(&strata(&[[0, 90, 40, 160]])), None);
    }
}
