//! What share will have been dropped, where some have not been followed to the end.

use super::distributions::{Interval, Z_95};

/// Journeys that were followed for the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    /// In any unit; at least 0.
    pub time: i64,
    /// Journeys that were dropped at this time.
    pub events: u64,
    /// Journeys that were followed no longer than this, and not dropped.
    pub others: u64,
}

/// The share dropped within a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropped {
    /// From 0 to 1.
    pub share: f64,
    /// At 95%; none where nobody was dropped within the time, or everybody.
    pub interval: Option<Interval>,
    /// The time, in the unit of [`Followed`].
    pub within: i64,
}

/// One less the estimate of Kaplan and Meier (J. Am. Stat. Assoc. 53, 1958, pp. 457–481): Π 1 − e/r over times, with e events
/// among r journeys followed for as long or longer. Variance by Greenwood (1926), interval on the scale of log(−log).
///
/// `followed` comes by time. Times that fewer than `at_risk` journeys were followed for are left out; `None` where that leaves
/// none.
pub fn dropped_share(followed: &[Followed], at_risk: u64) -> Option<Dropped> {
    let mut remaining: u64 = followed.iter().map(|at| at.events + at.others).sum();
    let (mut staying, mut greenwood, mut within) = (1.0, 0.0, None);
    for same_time in followed.chunk_by(|one, other| one.time == other.time) {
        if remaining < at_risk.max(1) {
            break;
        }
        let sum = |count: fn(&Followed) -> u64| same_time.iter().map(count).sum::<u64>();
        let (events, risk) = (sum(|at| at.events) as f64, remaining as f64);
        staying *= 1.0 - events / risk;
        if risk > events {
            greenwood += events / (risk * (risk - events));
        }
        within = Some(same_time[0].time);
        remaining -= sum(|at| at.events + at.others);
    }
    let interval = (staying > 0.0 && staying < 1.0).then(|| {
        let factor = (Z_95 * greenwood.sqrt() / -staying.ln()).exp();
        Interval { low: 1.0 - staying.powf(1.0 / factor), high: 1.0 - staying.powf(factor) }
    });
    Some(Dropped { share: 1.0 - staying, interval, within: within? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(times: &[(i64, u64, u64)]) -> Vec<Followed> {
        times.iter().map(|&(time, events, others)| Followed { time, events, others }).collect()
    }

    /// Three of ten dropped at 1; one of the five left at 3, two of the others having been followed until 2.
    #[test]
    fn those_followed_for_less_count_for_as_long_as_they_were() {
        let found = dropped_share(&followed(&[(1, 3, 0), (2, 0, 2), (3, 1, 4)]), 1).unwrap();
        assert!((found.share - (1.0 - 0.7 * 0.8)).abs() < 1e-12);
        assert_eq!(found.within, 3);
        let Interval { low, high } = found.interval.unwrap();
        assert!(0.0 < low && low < found.share && found.share < high && high < 1.0);
    }

    #[test]
    fn rows_of_one_time_are_one_time() {
        let one = dropped_share(&followed(&[(1, 3, 4), (2, 0, 3)]), 1);
        assert_eq!(dropped_share(&followed(&[(1, 1, 0), (1, 0, 4), (1, 2, 0), (2, 0, 3)]), 1), one);
    }

    #[test]
    fn times_that_few_were_followed_for_are_left_out() {
        let few = followed(&[(1, 1, 7), (5, 2, 0)]);
        assert_eq!(dropped_share(&few, 3).map(|found| ((found.share * 1e9).round(), found.within)), Some((1e8, 1)));
        assert_eq!(dropped_share(&few, 11), None);
        assert_eq!(dropped_share(&[], 0), None);
    }

    #[test]
    fn nobody_or_everybody_has_no_interval() {
        assert_eq!(dropped_share(&followed(&[(1, 0, 9)]), 1), Some(Dropped { share: 0.0, interval: None, within: 1 }));
        assert_eq!(dropped_share(&followed(&[(1, 9, 0)]), 1), Some(Dropped { share: 1.0, interval: None, within: 1 }));
    }
}
