//! Score statistics of a common risk ratio: defined for every ratio, also where nobody was dropped on one side and there is
//! no logarithm to take.

use super::distributions::{Z_95, normal_p_value};
use super::stratum::{Cells, Stratum, informative};

/// The ratios that are looked among, by their natural logarithm: from 10⁻⁹ to 10⁹.
const WIDEST_LN: f64 = 20.7;
/// Halvings of that range: as many as an `f64` can tell apart.
const HALVINGS: usize = 80;

/// How far a stratum is from the ratio φ: a/n1 − φ·c/n0, and the variance of that at the likeliest risks p1 = φ·p0.
///
/// p0 maximises the likelihood: the smaller root of φ·n·p² − (t(1+φ) + bφ + d)·p + t = 0 (Koopman, Biometrics 40, 1984,
/// pp. 513–517).
pub(super) fn distance(&Cells { a, b, c, d, n1, n0, t, n }: &Cells, ratio: f64) -> (f64, f64) {
    let linear = t * (1.0 + ratio) + b * ratio + d;
    let p0 = 2.0 * t / (linear + (linear * linear - 4.0 * ratio * n * t).max(0.0).sqrt());
    let p1 = ratio * p0;
    (a / n1 - ratio * c / n0, p1 * (1.0 - p1) / n1 + ratio * ratio * p0 * (1.0 - p0) / n0)
}

/// Standard deviations between the strata and a common ratio φ, above 0 where they speak for a larger one:
/// Σ w·(a/n1 − φ·c/n0) ÷ √Σ w²·V·n/(n − 1), with w = n1·n0/n and V as in [`distance`] (Miettinen & Nurminen, Stat. Med. 4,
/// 1985, pp. 213–226). At φ = 1 it is the test of Mantel and Haenszel without correction for continuity. `None` where
/// nothing varies.
fn score(strata: &[Stratum], ratio: f64) -> Option<f64> {
    let (sum, variance) = informative(strata).fold((0.0, 0.0), |(sum, variance), cells| {
        let weight = cells.n1 * cells.n0 / cells.n;
        let (away, of_stratum) = distance(&cells, ratio);
        (sum + weight * away, variance + weight * weight * of_stratum * cells.n / (cells.n - 1.0))
    });
    (variance > 0.0).then(|| sum / variance.sqrt())
}

/// Two-sided, of no association.
pub fn score_p_value(strata: &[Stratum]) -> Option<f64> {
    normal_p_value(score(strata, 1.0)?)
}

/// The smallest ratio that the strata do not speak against at 95%; `None` where there is none.
pub fn score_low(strata: &[Stratum]) -> Option<f64> {
    crossing(strata, Z_95)
}

/// The largest such ratio; `None` where there is none.
pub fn score_high(strata: &[Stratum]) -> Option<f64> {
    crossing(strata, -Z_95)
}

/// The ratio at which the score, which falls as the ratio grows, comes down to `z`.
fn crossing(strata: &[Stratum], z: f64) -> Option<f64> {
    let is_above = |ln: f64| score(strata, ln.exp()).is_some_and(|score| score > z);
    let (mut low, mut high) = (-WIDEST_LN, WIDEST_LN);
    if !is_above(low) || is_above(high) {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_above(middle) { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(counts: &[[u64; 4]]) -> Vec<Stratum> {
        counts.iter().copied().map(Stratum::from).collect()
    }

    #[test]
    fn a_side_without_drop_offs_has_one_bound() {
        let all_exposed = strata(&[[300, 700, 0, 1000]]);
        assert!(score_low(&all_exposed).unwrap() > 50.0);
        assert_eq!(score_high(&all_exposed), None);
        assert!(score_p_value(&all_exposed).unwrap() < 1e-50);
        let no_exposed = strata(&[[0, 100, 30, 170]]);
        assert!(score_high(&no_exposed).unwrap() < 0.3);
        assert_eq!(score_low(&no_exposed), None);
    }

    #[test]
    fn bounds_hold_the_ratio_between_them() {
        let both = strata(&[[30, 70, 20, 180], [60, 140, 10, 90]]);
        let (low, high) = (score_low(&both).unwrap(), score_high(&both).unwrap());
        assert!(1.0 < low && low < 3.0 && 3.0 < high, "{low} {high}");
    }

    #[test]
    fn nothing_to_compare_has_no_score() {
        for silent in [vec![], strata(&[[0, 0, 3, 4], [0, 5, 0, 5]])] {
            assert_eq!([score_p_value(&silent), score_low(&silent), score_high(&silent)], [None; 3]);
        }
    }
}
