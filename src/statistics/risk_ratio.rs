//! The risk ratio pooled over strata: how many times as often exposed journeys drop as unexposed ones at the same points.

use super::distributions::{Interval, normal_p_value};
use super::stratum::{Stratum, informative};

/// A Mantel–Haenszel risk ratio, above 0 and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskRatio {
    pub ratio: f64,
    /// Variance of the natural logarithm of the ratio, above 0.
    pub log_variance: f64,
}

impl RiskRatio {
    /// R / S with R = Σ a·n0/n and S = Σ c·n1/n (Mantel & Haenszel, J. Natl. Cancer Inst. 22, 1959, pp. 719–748; for risks, Nurminen,
    /// Biometrika 68, 1981, pp. 525–530), with the variance of its logarithm, valid for many small strata as for few large ones
    /// (Greenland & Robins, Biometrics 41, 1985, pp. 55–68): Σ (n1·n0·t − a·c·n)/n² ÷ (R·S), where
    /// n1·n0·t − a·c·n = a·n1·d + c·n0·b, which cannot fall below 0 by rounding.
    ///
    /// Strata that are not informative add 0 to every sum. `None` where the logarithm or its variance does not exist: no
    /// informative stratum; no drop among the exposed, or none among the unexposed, of all informative strata; or every
    /// journey of them dropped.
    pub fn pooled(strata: &[Stratum]) -> Option<RiskRatio> {
        let Sums { exposed, unexposed, variance } = Sums::of(strata);
        let (ratio, log_variance) = (exposed / unexposed, variance / (exposed * unexposed));
        let is_defined = exposed > 0.0 && unexposed > 0.0 && variance > 0.0;
        (is_defined && ratio.is_finite() && log_variance.is_finite()).then_some(RiskRatio { ratio, log_variance })
    }

    /// The 95% interval, symmetric about the logarithm.
    pub fn interval(&self) -> Interval {
        let Interval { low, high } = Interval::around(self.ratio.ln(), self.log_variance);
        Interval { low: low.exp(), high: high.exp() }
    }

    /// Standard deviations between ln ratio and 0, above 0 where exposed journeys drop more often.
    pub fn z(&self) -> f64 {
        self.ratio.ln() / self.log_variance.sqrt()
    }

    /// Two-sided, of no association.
    pub fn p_value(&self) -> Option<f64> {
        normal_p_value(self.z())
    }
}

/// What the ratio and its variance are made of: R, S, and Σ (n1·n0·t − a·c·n)/n².
pub(super) struct Sums {
    pub exposed: f64,
    pub unexposed: f64,
    pub variance: f64,
}

impl Sums {
    pub fn of(strata: &[Stratum]) -> Sums {
        let none = Sums { exposed: 0.0, unexposed: 0.0, variance: 0.0 };
        informative(strata).fold(none, |sums, cells| Sums {
            exposed: sums.exposed + cells.a * cells.n0 / cells.n,
            unexposed: sums.unexposed + cells.c * cells.n1 / cells.n,
            variance: sums.variance
                + (cells.a * cells.n1 * cells.d + cells.c * cells.n0 * cells.b) / (cells.n * cells.n),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pooled(strata: &[[u64; 4]]) -> Option<RiskRatio> {
        RiskRatio::pooled(&strata.iter().copied().map(Stratum::from).collect::<Vec<_>>())
    }

    /// One stratum: the ratio of the two risks, and 1/a − 1/n1 + 1/c − 1/n0 (Katz and others, Biometrics 34, 1978, p. 469).
    #[test]
    fn of_one_stratum_it_is_the_plain_ratio() {
        let found = pooled(&[[30, 70, 20, 180]]).unwrap();
        assert!((found.ratio - 3.0).abs() < 1e-12);
        let variance = 1.0 / 30.0 - 1.0 / 100.0 + 1.0 / 20.0 - 1.0 / 200.0;
        assert!((found.log_variance - variance).abs() < 1e-12);
        let Interval { low, high } = found.interval();
        assert!(low > 1.0 && (low * high - 9.0).abs() < 1e-9);
    }

    /// Within each point the signal says nothing; both are commoner at the first, so that the crude ratio is 2.3.
    #[test]
    fn points_that_differ_do_not_make_an_association() {
        let found = pooled(&[[40, 40, 10, 10], [2, 18, 8, 72]]).unwrap();
        assert!((found.ratio - 1.0).abs() < 1e-12);
        assert_eq!(found.p_value(), Some(1.0));
    }

    #[test]
    fn silent_strata_change_nothing() {
        let strata = [[30, 70, 20, 180], [5, 40, 8, 90]];
        let with_silent = [strata[0], [0, 0, 7, 5], [9, 9, 0, 0], strata[1], [0, 50, 0, 50], [0, 0, 0, 0]];
        assert_eq!(pooled(&strata), pooled(&with_silent));
    }

    #[test]
    fn without_drops_on_both_sides_there_is_no_ratio() {
        for strata in [[[0, 50, 5, 50], [0, 9, 1, 9]], [[5, 50, 0, 50], [1, 9, 0, 9]], [[5, 0, 9, 0], [0, 0, 1, 1]]] {
            assert_eq!(pooled(&strata), None, "{strata:?}");
        }
        assert_eq!(pooled(&[]), None);
    }
}
