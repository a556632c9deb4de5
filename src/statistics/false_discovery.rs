//! Many tests at once: p values adjusted so that few of those called significant are false.

/// Adjusted p values, in the order given: for the k-th smallest of m, the least of m·p/j over j >= k (Benjamini & Hochberg,
/// J. R. Stat. Soc. B 57, 1995, p. 293). Calling all at most 0.05 keeps the expected share of false ones among them at most 5%.
///
/// What was not tested (`None`, or not a number) stays `None`, and does not count among the m.
pub fn adjusted(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut tested: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(place, p_value)| Some((place, (*p_value).filter(|p_value| !p_value.is_nan())?)))
        .collect();
    tested.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut adjusted = vec![None; p_values.len()];
    let mut least: f64 = 1.0;
    for (before, (place, p_value)) in tested.iter().enumerate().rev() {
        least = least.min(p_value * tested.len() as f64 / (before + 1) as f64);
        adjusted[*place] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_p_value_is_never_adjusted_below_a_smaller() {
        let found = adjusted(&[Some(0.04), Some(0.01), None, Some(0.03), Some(f64::NAN), Some(0.9)]);
        let expected = [Some(0.16 / 3.0), Some(0.04), None, Some(0.16 / 3.0), None, Some(0.9)];
        for (found, expected) in found.iter().zip(expected) {
            let is_near = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_near, "{found:?}, not {expected:?}");
        }
    }

    #[test]
    fn of_none_there_are_none() {
        assert_eq!(adjusted(&[]), []);
        assert_eq!(adjusted(&[None, Some(f64::NAN)]), [None, None]);
        assert_eq!(adjusted(&[Some(0.05)]), [Some(0.05)]);
    }
}
