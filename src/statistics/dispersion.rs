//! How far rates of the same kind, such as those of weeks, differ from each other by more than chance.

use super::rates::Proportion;

/// Spread of rates, as a factor of the variance that chance alone gives them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dispersion {
    /// At least 1.
    pub factor: f64,
    /// Degrees of freedom it is known with: rates, less one for each group.
    pub degrees: u64,
}

impl Dispersion {
    /// Pearson's χ² over its degrees of freedom, of rates around the rate of their group (McCullagh & Nelder, *Generalized Linear
    /// Models*, 1989, section 4.5): Σ (count − of·r)² ÷ (of·r·(1 − r)). At least 1. `None` where no group has two rates.
    ///
    /// `rates` comes by group; a rate out of 0 is left out.
    pub fn of(rates: &[(u64, Proportion)]) -> Option<Dispersion> {
        let (mut chi_squared, mut degrees) = (0.0, 0);
        for group in rates.chunk_by(|one, other| one.0 == other.0) {
            let rates: Vec<Proportion> = group.iter().map(|(_, rate)| *rate).filter(|rate| rate.of > 0).collect();
            let count: u64 = rates.iter().map(|rate| rate.count).sum();
            let of: u64 = rates.iter().map(|rate| rate.of).sum();
            let Some(mean) = (Proportion { count, of }).rate() else { continue };
            degrees += rates.len() as u64 - 1;
            for rate in rates {
                let expected = rate.of as f64 * mean;
                let variance = expected * (1.0 - mean);
                if variance > 0.0 {
                    chi_squared += (rate.count as f64 - expected).powi(2) / variance;
                }
            }
        }
        (degrees > 0).then(|| Dispersion { factor: (chi_squared / degrees as f64).max(1.0), degrees })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(of_groups: &[(u64, u64, u64)]) -> Vec<(u64, Proportion)> {
        of_groups.iter().map(|&(group, count, of)| (group, Proportion { count, of })).collect()
    }

    /// Three rates around 0.2: (4² + 6² + 2²) ÷ 16 over two degrees of freedom, and one group of a single rate.
    #[test]
    fn rates_that_differ_by_more_than_chance_are_spread() {
        let found = Dispersion::of(&rates(&[(1, 24, 100), (1, 14, 100), (1, 22, 100), (2, 90, 100)])).unwrap();
        assert!((found.factor - 56.0 / 16.0 / 2.0).abs() < 1e-12, "{found:?}");
        assert_eq!(found.degrees, 2);
    }

    #[test]
    fn rates_are_never_less_spread_than_by_chance() {
        let even = Dispersion::of(&rates(&[(1, 20, 100), (1, 20, 100), (2, 0, 50), (2, 0, 60), (2, 0, 0)]));
        assert_eq!(even, Some(Dispersion { factor: 1.0, degrees: 2 }));
        assert_eq!(Dispersion::of(&rates(&[(1, 20, 100), (2, 0, 50)])), None);
    }
}
