//! Many tests at once.

/// The p values adjusted for having looked at all of them, each in its place: the least of p × tests ÷ rank over all p
/// that are no smaller, at most 1 (Benjamini & Hochberg, J. R. Stat. Soc. B 57, 1995, pp. 289–300). `None`, and what is
/// not between 0 and 1, counts as no test and gives `None`.
pub fn benjamini_hochberg(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let tested = p_values.iter().enumerate().filter_map(|(place, p)| Some(((*p)?, place)));
    let mut tested: Vec<(f64, usize)> = tested.filter(|(p, _)| (0.0..=1.0).contains(p)).collect();
    tested.sort_by(|one, other| one.0.total_cmp(&other.0));
    let tests = tested.len() as f64;
    let mut adjusted = vec![None; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &(p, place)) in tested.iter().enumerate().rev() {
        least = least.min(p * tests / (rank + 1) as f64);
        adjusted[place] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statsmodels `multipletests(method="fdr_bh")`.
    #[test]
    fn it_is_that_of_statsmodels() {
        let p_values = [0.01, 0.04, 0.03, 0.005, 0.5].map(Some);
        let expected = [0.025, 0.05, 0.05, 0.025, 0.5];
        for (found, expected) in benjamini_hochberg(&p_values).into_iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn what_was_not_tested_counts_for_nothing() {
        assert_eq!(benjamini_hochberg(&[None, Some(0.02), None]), [None, Some(0.02), None]);
        assert_eq!(benjamini_hochberg(&[Some(-3.0), Some(f64::NAN), Some(0.5)]), [None, None, Some(0.5)]);
        assert_eq!(benjamini_hochberg(&[]), []);
    }
}
