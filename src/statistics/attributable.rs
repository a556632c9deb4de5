//! Attributable drop-offs: the exposed journeys that dropped beyond those that would have at the risk of the unexposed.

use super::distributions::Interval;
use super::stratum::{Stratum, informative};

/// The chance of a value below a 95% interval.
const ALPHA: f64 = 0.025;

/// Journeys, below 0 where exposed journeys drop less often. What would be kept *if* the association were a cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attributable {
    pub drops: f64,
    pub variance: f64,
    /// What can be attributed at most: all exposed drops.
    most: f64,
    /// Where no unexposed journey dropped, so that there is no variance: exposed drops that may not be attributable all the same.
    doubtful: Option<f64>,
}

impl Attributable {
    /// Σ a − n1·c/n0 over strata: the exposed drops less those at the risk of the unexposed of the same stratum, the standard
    /// being the exposed (Miettinen, Am. J. Epidemiol. 96, 1972, pp. 383–388). The strata need not have one ratio.
    ///
    /// What is estimated is the number in this very log: of the drops, how many would have stayed. Of the exposed, those who would
    /// have dropped anyway are binomial with n1 and p0, and so is c with n0 and p0: the variance of the difference is
    /// Σ n1·p0·(1 − p0)·(1 + n1/n0), with p0 = (c + 1)/(n0 + 2), so that few unexposed never seem to be sure (one drop and one stay
    /// added, as Agresti & Caffo do for differences, Am. Stat. 54, 2000, pp. 280–288).
    ///
    /// `None` where no stratum is informative.
    pub fn standardised(strata: &[Stratum]) -> Option<Attributable> {
        let mut found = Attributable { drops: 0.0, variance: 0.0, most: 0.0, doubtful: None };
        let (mut compared, mut unexposed_drops, mut largest_share) = (false, 0.0, 0.0_f64);
        for cells in informative(strata) {
            found.drops += cells.a - cells.n1 * (cells.c / cells.n0);
            let risk = (cells.c + 1.0) / (cells.n0 + 2.0);
            found.variance += cells.n1 * risk * (1.0 - risk) * (1.0 + cells.n1 / cells.n0);
            found.most += cells.a;
            compared = true;
            unexposed_drops += cells.c;
            largest_share = largest_share.max(cells.n1 / cells.n);
        }
        if unexposed_drops == 0.0 {
            found.doubtful = Some(ALPHA.ln() / largest_share.ln());
        }
        compared.then_some(found)
    }

    /// The 95% interval, in journeys.
    ///
    /// Where no unexposed journey dropped: of the journeys that would have dropped anyway, each was exposed with the chance
    /// n1/n, so that y of them were all exposed with (n1/n)^y. Below 2.5% from y = ln 0.025 ÷ ln (n1/n) on, n1/n being the
    /// largest of the strata.
    pub fn interval(&self) -> Interval {
        match self.doubtful {
            Some(doubtful) => Interval { low: self.drops - doubtful, high: self.drops },
            None => {
                let around = Interval::around(self.drops, self.variance);
                Interval { low: around.low, high: around.high.min(self.most) }
            }
        }
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
        let risk = 21.0 / 202.0;
        assert!((found.variance - 100.0 * risk * (1.0 - risk) * 1.5).abs() < 1e-9, "{found:?}");
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
        assert_eq!(Attributable::standardised(&strata(&[[0, 0, 40, 160]])), None);
    }

    /// 300 of 1,000 exposed, none of 1,000 others: had 6 dropped anyway, one of them would not have been exposed.
    #[test]
    fn without_unexposed_drops_an_interval_has_a_width() {
        let Interval { low, high } = Attributable::standardised(&strata(&[[300, 700, 0, 1000]])).unwrap().interval();
        assert!((low - (300.0 - 5.3219)).abs() < 1e-3 && high == 300.0, "{low} {high}");
    }
}
