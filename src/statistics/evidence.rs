//! The figures of one association, and whether there is enough data for them: one rule for every report.
//!
//! In: the strata. Out: [`Evidence`]. What cannot be computed is `None`.

use super::attributable::Attributable;
use super::homogeneity::Homogeneity;
use super::risk_ratio::RiskRatio;
use super::score::{score_high, score_low, score_p_value};
use super::stratum::{Cells, Stratum};

/// Exposed passages without which nothing is tested.
const LEAST_EXPOSED: f64 = 30.0;
/// Drop-offs to be expected on either side, were there no association, without which nothing is tested.
pub const LEAST_EXPECTED: f64 = 5.0;
/// Unexposed passages of a stratum without which it is left out: each of fewer would weigh too much.
const LEAST_UNEXPOSED: u64 = 5;
/// What an adjusted p value may be at most where a cause is supported.
pub const LARGEST_P: f64 = 0.05;

/// An association over strata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Of Mantel and Haenszel. None where nobody was dropped on one side: then there is a bound on the other.
    pub risk_ratio: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Two-sided, of no association.
    pub p_value: Option<f64>,
    pub homogeneity_p: Option<f64>,
    pub attributable: Option<f64>,
    pub attributable_low: Option<f64>,
    pub attributable_high: Option<f64>,
    /// Whether there is enough data: 30 exposed passages, and 5 drop-offs to be expected on either side, were there no
    /// association.
    pub is_tested: bool,
    /// Strata that are compared, and below their passages.
    pub strata: u64,
    pub exposed: u64,
    pub exposed_dropped: u64,
    pub unexposed: u64,
    pub unexposed_dropped: u64,
}

impl Evidence {
    /// From the strata that [`is_compared`] takes: some exposed, at least 5 others not, some dropped, and others
    /// stayed.
    pub fn of(strata: &[Stratum]) -> Evidence {
        let compared: Vec<Stratum> = strata.iter().copied().filter(is_compared).collect();
        let ratio = RiskRatio::pooled(&compared);
        let attributable = Attributable::standardised(&compared);
        let around = attributable.map(|found| found.interval());
        let sum = |count: fn(&Stratum) -> u64| {
            compared.iter().fold(0, |sum: u64, stratum| sum.saturating_add(count(stratum)))
        };
        let mut evidence = Evidence {
            risk_ratio: ratio.map(|ratio| ratio.ratio),
            low: ratio.map(|ratio| ratio.interval().low).or_else(|| score_low(&compared)),
            high: ratio.map(|ratio| ratio.interval().high).or_else(|| score_high(&compared)),
            p_value: ratio.and_then(|ratio| ratio.p_value()).or_else(|| score_p_value(&compared)),
            homogeneity_p: Homogeneity::of_risk_ratios(&compared).and_then(|homogeneity| homogeneity.p_value()),
            attributable: attributable.map(|found| found.drops),
            attributable_low: around.map(|interval| interval.low),
            attributable_high: around.map(|interval| interval.high),
            is_tested: false,
            strata: compared.len() as u64,
            exposed: sum(|stratum| stratum.exposed_dropped.saturating_add(stratum.exposed_stayed)),
            exposed_dropped: sum(|stratum| stratum.exposed_dropped),
            unexposed: sum(|stratum| stratum.unexposed_dropped.saturating_add(stratum.unexposed_stayed)),
            unexposed_dropped: sum(|stratum| stratum.unexposed_dropped),
        };
        evidence.is_tested = evidence.p_value.is_some() && is_enough(&compared);
        evidence
    }
}

/// Whether a stratum tells something of the signal. All others are left out of every figure.
pub fn is_compared(stratum: &Stratum) -> bool {
    let unexposed = stratum.unexposed_dropped.saturating_add(stratum.unexposed_stayed);
    stratum.tells_of_staying() && unexposed >= LEAST_UNEXPOSED
}

fn is_enough(compared: &[Stratum]) -> bool {
    let (mut exposed, mut expected, mut expected_unexposed) = (0.0, 0.0, 0.0);
    for Cells { n1, n0, t, n, .. } in compared.iter().map(Stratum::cells) {
        exposed += n1;
        expected += t * n1 / n;
        expected_unexposed += t * n0 / n;
    }
    exposed >= LEAST_EXPOSED && expected >= LEAST_EXPECTED && expected_unexposed >= LEAST_EXPECTED
}

/// What is said of a cause, in the words of the reports.
///
/// Supported: tested, the interval of the ratio above 1, that of the attributable drop-offs above 0, and p, adjusted for all
/// that were tested with it, at most 0.05.
pub fn verdict(
    is_tested: bool,
    low: Option<f64>,
    attributable_low: Option<f64>,
    adjusted_p: Option<f64>,
) -> &'static str {
    let is_supported = low.is_some_and(|low| low > 1.0)
        && attributable_low.is_some_and(|low| low > 0.0)
        && adjusted_p.is_some_and(|p| p <= LARGEST_P);
    match (is_tested, is_supported) {
        (false, _) => "not enough data",
        (true, true) => "supported",
        (true, false) => "not supported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[[u64; 4]]) -> Evidence {
        Evidence::of(&counts.iter().copied().map(Stratum::from).collect::<Vec<_>>())
    }

    fn verdict_of(found: &Evidence) -> &'static str {
        verdict(found.is_tested, found.low, found.attributable_low, found.p_value)
    }

    /// 300 of 1,000 with the signal, none of 1,000 without it: no ratio, and no doubt.
    #[test]
    fn nobody_dropped_without_the_signal_is_evidence() {
        let found = of(&[[300, 700, 0, 1000]]);
        assert_eq!((found.risk_ratio, found.high, found.is_tested), (None, None, true));
        assert!(found.low.unwrap() > 1.0);
        assert_eq!((found.attributable, found.attributable_high), (Some(300.0), Some(300.0)));
        let low = found.attributable_low.unwrap();
        assert!(290.0 < low && low < 300.0, "an interval has a width: {low}");
        assert_eq!(verdict_of(&found), "supported");
    }

    #[test]
    fn nobody_dropped_with_the_signal_is_no_support() {
        let found = of(&[[0, 100, 60, 140]]);
        assert_eq!((found.risk_ratio, found.low, found.is_tested), (None, None, true));
        assert!(found.high.unwrap() < 1.0 && found.p_value.unwrap() < 0.001);
        assert!(found.attributable.unwrap() < 0.0);
        assert_eq!(verdict_of(&found), "not supported");
    }

    #[test]
    fn few_passages_or_few_drop_offs_are_not_tested() {
        for few in [[[10, 19, 20, 180]], [[18, 38, 1, 242]], [[4, 300, 4, 300]]] {
            let found = of(&few);
            assert_eq!((found.is_tested, verdict_of(&found)), (false, "not enough data"), "{few:?}");
        }
    }

    /// 300 of 1,000 against one single passage say nothing, whatever became of that one.
    #[test]
    fn one_passage_does_not_speak_for_many() {
        let alone = of(&[[45, 455, 20, 480]]);
        assert_eq!(of(&[[45, 455, 20, 480], [300, 700, 0, 1]]), alone);
        assert_eq!(of(&[[45, 455, 20, 480], [300, 700, 1, 0]]), alone);
        let few = of(&[[300, 700, 0, 6], [45, 455, 20, 480]]);
        assert!(few.attributable_low.unwrap() < 100.0, "325 in all, and hardly known: {few:?}");
    }

    #[test]
    fn strata_in_which_all_were_dropped_or_all_were_exposed_say_nothing() {
        let compared = of(&[[30, 70, 20, 180]]);
        assert_eq!(of(&[[30, 70, 20, 180], [9, 0, 8, 0], [7, 7, 0, 0], [0, 9, 0, 9]]), compared);
        assert_eq!((compared.strata, compared.exposed, compared.unexposed_dropped), (1, 100, 20));
        assert_eq!(of(&[]), Evidence::default());
    }
}
