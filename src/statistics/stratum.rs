//! A stratum: the journeys at one point, with and without a signal, that dropped there or stayed.

/// Counts of journeys. Within a stratum, exposed and unexposed journeys are compared; strata are not mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stratum {
    pub exposed_dropped: u64,
    pub exposed_stayed: u64,
    pub unexposed_dropped: u64,
    pub unexposed_stayed: u64,
}

impl Stratum {
    /// Whether it says something about a ratio of risks: someone was exposed, someone was not, and someone dropped.
    pub fn is_informative(&self) -> bool {
        let exposed = self.exposed_dropped > 0 || self.exposed_stayed > 0;
        let unexposed = self.unexposed_dropped > 0 || self.unexposed_stayed > 0;
        let dropped = self.exposed_dropped > 0 || self.unexposed_dropped > 0;
        exposed && unexposed && dropped
    }

    /// Whether it is informative, and someone stayed: where all were dropped, nobody can have been kept.
    pub fn tells_of_staying(&self) -> bool {
        self.is_informative() && (self.exposed_stayed > 0 || self.unexposed_stayed > 0)
    }

    /// The counts by the letters of the formulas.
    pub(super) fn cells(&self) -> Cells {
        let [a, b] = [self.exposed_dropped as f64, self.exposed_stayed as f64];
        let [c, d] = [self.unexposed_dropped as f64, self.unexposed_stayed as f64];
        Cells { a, b, c, d, n1: a + b, n0: c + d, t: a + c, n: a + b + c + d }
    }
}

/// In the order of the fields.
impl From<[u64; 4]> for Stratum {
    fn from([exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed]: [u64; 4]) -> Self {
        Stratum { exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed }
    }
}

/// A stratum as epidemiology writes it; the letters stand for these in every formula of `statistics`.
///
/// ```text
///              dropped   stayed   all
///  exposed        a         b      n1
///  unexposed      c         d      n0
///  all            t                n
/// ```
pub(super) struct Cells {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub n1: f64,
    pub n0: f64,
    pub t: f64,
    pub n: f64,
}

/// The cells of the strata that are informative.
pub(super) fn informative(strata: &[Stratum]) -> impl Iterator<Item = Cells> {
    strata.iter().filter(|stratum| stratum.is_informative()).map(Stratum::cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stratum_without_exposed_or_unexposed_or_drops_says_nothing() {
        for silent in [[0, 0, 3, 4], [3, 4, 0, 0], [0, 3, 0, 4], [0, 0, 0, 0]] {
            assert!(!Stratum::from(silent).is_informative(), "{silent:?}");
        }
        for speaking in [[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 1, 0]] {
            assert!(Stratum::from(speaking).is_informative(), "{speaking:?}");
        }
    }
}
