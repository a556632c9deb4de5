//! Times, round by round: a thing, then each of its yardsticks, so that both are timed under the same load of the
//! machine.

use std::error::Error;
use std::time::Instant;

/// The result of everything here that can fail.
pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Work that is timed.
pub struct Timed<'a> {
    /// In a word or two, what is done.
    pub name: String,
    /// What it must count: work left undone would be fast.
    expected: u64,
    before: Box<dyn FnMut() -> Fallible<()> + 'a>,
    work: Box<dyn FnMut() -> Fallible<u64> + 'a>,
}

impl<'a> Timed<'a> {
    pub fn new(name: impl Into<String>, expected: u64, work: impl FnMut() -> Fallible<u64> + 'a) -> Timed<'a> {
        Timed { name: name.into(), expected, before: Box::new(|| Ok(())), work: Box::new(work) }
    }

    /// Does this each time before, untimed.
    pub fn after(self, before: impl FnMut() -> Fallible<()> + 'a) -> Timed<'a> {
        Timed { before: Box::new(before), ..self }
    }

    fn seconds(&mut self) -> Fallible<f64> {
        (self.before)()?;
        let start = Instant::now();
        let found = (self.work)()?;
        let seconds = start.elapsed().as_secs_f64();
        if found != self.expected {
            return Err(format!("{}: counted {found}, expected {}", self.name, self.expected).into());
        }
        Ok(seconds)
    }
}

/// A thing and its yardsticks, ready to be timed.
pub struct Comparison<'a> {
    /// Contacts that the thing deals with.
    pub contacts: u64,
    pub thing: Timed<'a>,
    pub yardsticks: Vec<Timed<'a>>,
}

/// What was measured of a thing.
pub struct Measured {
    pub name: &'static str,
    pub contacts: u64,
    /// One for each round.
    pub seconds: Vec<f64>,
    pub yardsticks: Vec<Yardstick>,
}

/// What was measured of a yardstick, round by round.
pub struct Yardstick {
    pub name: String,
    pub seconds: Vec<f64>,
    /// The thing's seconds by these.
    pub ratios: Vec<f64>,
}

impl Comparison<'_> {
    /// One round to warm up, then the rounds that count.
    pub fn measure(mut self, name: &'static str, rounds: u32) -> Fallible<Measured> {
        let about = |error: Box<dyn Error + Send + Sync>| format!("{name}: {error}");
        let yardsticks = self.yardsticks.iter().map(|yardstick| yardstick.name.clone());
        let yardsticks = yardsticks.map(|name| Yardstick { name, seconds: Vec::new(), ratios: Vec::new() }).collect();
        let mut measured = Measured { name, contacts: self.contacts, seconds: Vec::new(), yardsticks };
        for round in 0..=rounds {
            let counts = round > 0;
            let seconds = self.thing.seconds().map_err(about)?;
            if counts {
                measured.seconds.push(seconds);
            }
            for (yardstick, of_yardstick) in self.yardsticks.iter_mut().zip(&mut measured.yardsticks) {
                let its_seconds = yardstick.seconds().map_err(about)?;
                if counts {
                    of_yardstick.seconds.push(its_seconds);
                    of_yardstick.ratios.push(seconds / its_seconds);
                }
            }
        }
        Ok(measured)
    }
}

/// The value in the middle, or the mean of the two there.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}
