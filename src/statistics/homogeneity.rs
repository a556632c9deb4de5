//! Whether the ratio is the same in all strata.
//!
//! Reports show [`Homogeneity::of_risk_ratios`]. Simulated at a common ratio, it rejects as often as it should on strata of
//! 30 to 3000 journeys (4.4 to 6.2% of tests at 5%); [`Homogeneity::by_weights`] rejects too seldom where strata are small,
//! and [`Homogeneity::of_odds_ratios`] tests odds, which differ where risks have a common ratio: up to 22% are rejected. The
//! figures are in `tests/golden/statistics.py`.

use super::distributions::chi_squared_p_value;
use super::risk_ratio::RiskRatio;
use super::stratum::{Cells, Stratum, informative};

/// A chi-squared statistic with its degrees of freedom: strata that took part, less one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homogeneity {
    pub statistic: f64,
    pub degrees: f64,
}

impl Homogeneity {
    /// Score test of equal risk ratios: Σ (a/n1 − φ·c/n0)² / (p1(1−p1)/n1 + φ²·p0(1−p0)/n0), with φ the pooled ratio and
    /// p1 = φ·p0 the likeliest risks that have that ratio (one stratum: Koopman, Biometrics 40, 1984, pp. 513–517; over strata:
    /// Gart, Biometrika 72, 1985, pp. 673–677). Strata with an empty cell take part.
    ///
    /// `None` where there is no pooled ratio, or fewer than two informative strata.
    pub fn of_risk_ratios(strata: &[Stratum]) -> Option<Homogeneity> {
        let pooled = RiskRatio::pooled(strata)?;
        Homogeneity::sum(informative(strata).filter_map(|cells| score(&cells, pooled.ratio)), 0.0)
    }

    /// Cochran's Q of equal risk ratios: Σ w·(ln RR − ln RR_MH)², w = 1 / (b/(a·n1) + d/(c·n0)) (Cochran, Biometrics 10,
    /// 1954, pp. 101–129; around the Mantel–Haenszel ratio as in Greenland & Rothman, Modern Epidemiology, 2008, ch. 15).
    ///
    /// Strata without a drop among the exposed or among the unexposed are left out, as are those where all dropped. `None`
    /// where there is no pooled ratio, or fewer than two strata are left.
    pub fn by_weights(strata: &[Stratum]) -> Option<Homogeneity> {
        let pooled = RiskRatio::pooled(strata)?.ratio.ln();
        let term = |Cells { a, b, c, d, n1, n0, .. }: Cells| {
            let variance = b / (a * n1) + d / (c * n0);
            let distance = ((a * n0) / (c * n1)).ln() - pooled;
            (a > 0.0 && c > 0.0 && variance > 0.0).then(|| distance * distance / variance)
        };
        Homogeneity::sum(informative(strata).filter_map(term), 0.0)
    }

    /// Breslow & Day's test of equal odds ratios (Statistical Methods in Cancer Research I, 1980, p. 142) with Tarone's
    /// correction (Biometrika 72, 1985, pp. 91–95): Σ (a − A)²/V − (Σ (a − A))² / Σ V, with A the exposed drops expected under the
    /// Mantel–Haenszel odds ratio and the stratum's margins, and V = 1 / (1/A + 1/B + 1/C + 1/D).
    ///
    /// Strata where all dropped are left out. `None` where there is no pooled odds ratio, or fewer than two strata are left.
    pub fn of_odds_ratios(strata: &[Stratum]) -> Option<Homogeneity> {
        let sum = |part: fn(&Cells) -> f64| informative(strata).map(|cells| part(&cells)).sum::<f64>();
        let odds_ratio = sum(|cells| cells.a * cells.d / cells.n) / sum(|cells| cells.b * cells.c / cells.n);
        if !(odds_ratio > 0.0 && odds_ratio.is_finite()) {
            return None;
        }
        let deviations: Vec<(f64, f64)> = informative(strata).filter_map(|cells| excess(&cells, odds_ratio)).collect();
        let (excess, variance) = deviations.iter().fold((0.0, 0.0), |sums, one| (sums.0 + one.0, sums.1 + one.1));
        let terms = deviations.iter().map(|(excess, variance)| excess * excess / variance);
        Homogeneity::sum(terms, excess * excess / variance)
    }

    /// Of no difference between the strata.
    pub fn p_value(&self) -> Option<f64> {
        chi_squared_p_value(self.statistic, self.degrees)
    }

    fn sum(terms: impl Iterator<Item = f64>, correction: f64) -> Option<Homogeneity> {
        let (strata, statistic) = terms.fold((0.0, 0.0), |(strata, sum), term| (strata + 1.0, sum + term));
        (strata >= 2.0).then_some(Homogeneity { statistic: statistic - correction, degrees: strata - 1.0 })
    }
}

/// The squared distance of a stratum from the ratio φ, in standard deviations; `None` where it has none.
///
/// p0 maximises the likelihood under p1 = φ·p0: the smaller root of φ·n·p² − (t(1+φ) + bφ + d)·p + t = 0.
fn score(&Cells { a, b, c, d, n1, n0, t, n }: &Cells, ratio: f64) -> Option<f64> {
    let linear = t * (1.0 + ratio) + b * ratio + d;
    let p0 = 2.0 * t / (linear + (linear * linear - 4.0 * ratio * n * t).max(0.0).sqrt());
    let p1 = ratio * p0;
    let variance = p1 * (1.0 - p1) / n1 + ratio * ratio * p0 * (1.0 - p0) / n0;
    let distance = a / n1 - ratio * c / n0;
    (variance > 0.0).then(|| distance * distance / variance)
}

/// Exposed drops beyond those expected under the odds ratio ψ and the margins, and their variance; `None` where it is 0.
///
/// Expected are the root between 0 and the margins of (1−ψ)·A² + (n0 − t + ψ(n1 + t))·A − ψ·n1·t = 0.
fn excess(&Cells { a, n1, n0, t, n, .. }: &Cells, odds_ratio: f64) -> Option<(f64, f64)> {
    if t >= n {
        return None;
    }
    let (square, linear, constant) = (1.0 - odds_ratio, n0 - t + odds_ratio * (n1 + t), -odds_ratio * n1 * t);
    let root = (linear * linear - 4.0 * square * constant).max(0.0).sqrt();
    // Either form is the same root; each is exact where the other takes a difference of near numbers.
    let expected = if linear >= 0.0 { -2.0 * constant / (linear + root) } else { (root - linear) / (2.0 * square) };
    let cells = [expected, n1 - expected, t - expected, n0 - t + expected];
    let variance = 1.0 / cells.iter().map(|cell| 1.0 / cell).sum::<f64>();
    (cells.iter().all(|&cell| cell > 0.0) && variance > 0.0).then_some((a - expected, variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(counts: &[[u64; 4]]) -> Vec<Stratum> {
        counts.iter().copied().map(Stratum::from).collect()
    }

    #[test]
    fn equal_ratios_are_at_no_distance() {
        let equal = strata(&[[30, 70, 20, 180], [60, 140, 10, 90], [3, 97, 1, 99]]);
        for found in [Homogeneity::of_risk_ratios(&equal), Homogeneity::by_weights(&equal)] {
            let found = found.unwrap();
            assert!(found.statistic < 1e-9, "{found:?}");
            assert_eq!((found.degrees, found.p_value().unwrap() > 0.999), (2.0, true));
        }
    }

    #[test]
    fn opposite_ratios_are_told_apart() {
        let opposite = strata(&[[100, 900, 50, 950], [50, 950, 100, 900]]);
        let tests = [Homogeneity::of_risk_ratios, Homogeneity::by_weights, Homogeneity::of_odds_ratios];
        for test in tests {
            assert!(test(&opposite).unwrap().p_value().unwrap() < 1e-6);
        }
    }

    /// The third stratum has no drop among the exposed: no logarithm, but a distance.
    #[test]
    fn an_empty_cell_takes_part_where_it_can() {
        let sparse = strata(&[[30, 70, 20, 180], [5, 40, 8, 90], [0, 20, 3, 60]]);
        let degrees = |found: Option<Homogeneity>| found.unwrap().degrees;
        assert_eq!(degrees(Homogeneity::of_risk_ratios(&sparse)), 2.0);
        assert_eq!(degrees(Homogeneity::by_weights(&sparse)), 1.0);
        assert_eq!(degrees(Homogeneity::of_odds_ratios(&sparse)), 2.0);
    }

    #[test]
    fn one_stratum_has_nothing_to_differ_from() {
        let tests = [Homogeneity::of_risk_ratios, Homogeneity::by_weights, Homogeneity::of_odds_ratios];
        for test in tests {
            assert_eq!(test(&strata(&[[30, 70, 20, 180], [0, 0, 5, 6], [0, 4, 0, 6]])), None);
            assert_eq!(test(&[]), None);
        }
    }
}
