//! Tails of the normal and the chi-squared distribution, and the 95% interval.

use std::f64::consts::SQRT_2;

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::erfc;
use statrs::function::gamma::checked_gamma_ur;

/// The 97.5% quantile of the normal distribution: half the width of a 95% interval, in standard deviations.
pub const Z_95: f64 = 1.959963984540054;

/// The share that lies below the upper end of a 95% interval.
const BELOW_95: f64 = 0.975;

/// Degrees of freedom from which on Student's distribution is taken as normal: it is off by a thousandth.
const NEARLY_NORMAL: f64 = 1000.0;

/// Degrees of freedom up to which the chi-squared distribution is computed.
const MOST_DEGREES: f64 = 1e6;

/// A 95% interval: `low <= high`, in the unit of the estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Estimate ± 1.96 standard deviations.
    pub fn around(estimate: f64, variance: f64) -> Interval {
        let half = Z_95 * variance.sqrt();
        Interval { low: estimate - half, high: estimate + half }
    }
}

/// The two-sided p value of a standard normal `z`; `None` where `z` is not a number.
pub fn normal_p_value(z: f64) -> Option<f64> {
    (!z.is_nan()).then(|| erfc(z.abs() / SQRT_2))
}

/// The two-sided p value of Student's `t`: I_x(degrees / 2, 1 / 2) at x = degrees ÷ (degrees + t²), the regularised incomplete
/// beta function; `None` where `t` is not a number, or the degrees of freedom are not above 0.
pub fn t_p_value(t: f64, degrees: f64) -> Option<f64> {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return None;
    }
    if t.is_infinite() {
        return Some(0.0);
    }
    checked_beta_reg(degrees / 2.0, 0.5, degrees / (degrees + t * t)).ok()
}

/// The value that this share of Student's distribution lies below; `None` where the share is not between 0 and 1, or the degrees of
/// freedom are not above 0.
pub fn t_quantile(share: f64, degrees: f64) -> Option<f64> {
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    let value = if degrees > NEARLY_NORMAL {
        Normal::new(0.0, 1.0).ok()?.inverse_cdf(share)
    } else {
        StudentsT::new(0.0, 1.0, degrees).ok()?.inverse_cdf(share)
    };
    Some(value).filter(|value| value.is_finite())
}

/// Half the width of a 95% interval by Student's distribution, in standard errors; `None` where the degrees of freedom are not above 0.
pub fn t_quantile_95(degrees: f64) -> Option<f64> {
    t_quantile(BELOW_95, degrees)
}

/// The chance that a chi-squared value exceeds `x`: Q(degrees / 2, x / 2), the regularised incomplete gamma function.
///
/// `None` where `x` is not a number, or the degrees of freedom are not above 0 and at most a million.
pub fn chi_squared_p_value(x: f64, degrees: f64) -> Option<f64> {
    if x.is_nan() || !(degrees > 0.0 && degrees <= MOST_DEGREES) {
        return None;
    }
    if x <= 0.0 {
        return Some(1.0);
    }
    if x == f64::INFINITY {
        return Some(0.0);
    }
    checked_gamma_ur(degrees / 2.0, x / 2.0).ok().filter(|p| p.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found}, not {expected}");
    }

    /// Values of scipy.stats `norm.sf` and `chi2.sf`.
    #[test]
    fn tails_are_those_of_the_tables() {
        assert_near(normal_p_value(-1.0), 0.31731050786291415);
        assert_near(normal_p_value(10.0), 1.523970604832105e-23);
        assert_near(normal_p_value(Z_95), 0.05);
        assert_near(chi_squared_p_value(3.841458820694124, 1.0), 0.05);
        assert_near(chi_squared_p_value(18.307038053275146, 10.0), 0.05);
        assert_near(chi_squared_p_value(1.0, 30.0), 1.0);
    }

    /// Values of scipy.stats `t.sf`, doubled.
    #[test]
    fn few_degrees_of_freedom_have_heavy_tails() {
        assert_near(t_p_value(2.0, 6.0), 0.09242631153167512);
        assert_near(t_p_value(-4.0, 25.0), 0.0004954436705320874);
        assert_eq!([t_p_value(0.0, 3.0), t_p_value(1.0, 0.0), t_p_value(f64::NAN, 3.0)], [Some(1.0), None, None]);
    }

    /// scipy.stats `t.ppf`.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, expected) in [
            (6.0, 2.4469118511449692),
            (25.0, 2.059538552753294),
            (500.0, 1.9647198374673498),
            (1e308, 1.959963984540054),
        ] {
            let found = t_quantile(0.975, degrees).unwrap();
            assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
        }
        assert_eq!([t_quantile(1.0, 3.0), t_quantile(0.5, 0.0), t_quantile(f64::NAN, 3.0)], [None; 3]);
    }

    #[test]
    fn what_has_no_tail_is_none() {
        assert_eq!(normal_p_value(f64::NAN), None);
        assert_eq!(normal_p_value(f64::INFINITY), Some(0.0));
        assert_eq!(chi_squared_p_value(0.0, 3.0), Some(1.0));
        assert_eq!(chi_squared_p_value(f64::INFINITY, 3.0), Some(0.0));
        assert_eq!([0.0, -1.0, f64::NAN, 1e7].map(|degrees| chi_squared_p_value(1.0, degrees)), [None; 4]);
    }
}
