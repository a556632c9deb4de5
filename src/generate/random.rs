//! Random numbers that are the same on every machine: xoshiro256++, seeded by SplitMix64.
//!
//! Sources: Blackman & Vigna, "Scrambled linear pseudorandom number generators" (2021); Steele, Lea & Flood, "Fast
//! splittable pseudorandom number generators" (2014).

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of this number under a seed. Streams of different numbers are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut of_seed = seed;
        let mut of_stream = split_mix(&mut of_seed) ^ stream;
        Random { state: [(); 4].map(|()| split_mix(&mut of_stream)) }
    }

    fn bits(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s0.wrapping_add(*s3).rotate_left(23).wrapping_add(*s0);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// From 0 to 1, without 1.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number from 0 to below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// A whole number of a range, both ends included.
    pub fn within(&mut self, [low, high]: [i32; 2]) -> i32 {
        let count = i64::from(high) - i64::from(low) + 1;
        (i64::from(low) + (self.uniform() * count as f64) as i64) as i32
    }

    /// An exponential waiting time.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }

    /// Whole seconds of an exponential waiting time, held within a range.
    pub fn pause(&mut self, mean: f64, [shortest, longest]: [i64; 2]) -> i64 {
        (self.exponential(mean) as i64).clamp(shortest, longest)
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_numbers_of_the_published_generators() {
        let mut state = 1_234_567;
        let mixed = [(); 3].map(|()| split_mix(&mut state));
        assert_eq!(mixed, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        let mut random = Random { state: [1, 2, 3, 4] };
        let numbers = [(); 4].map(|()| random.bits());
        assert_eq!(numbers, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn stays_in_its_ranges_and_means_what_it_says() {
        let mut random = Random::new(7, 1);
        let wholes: Vec<i32> = (0..10_000).map(|_| random.within([-2, 2])).collect();
        assert_eq!((wholes.iter().min(), wholes.iter().max()), (Some(&-2), Some(&2)));
        assert!((0..1_000).all(|_| random.below(3) < 3));
        assert!((0..1_000).all(|_| (2..=9).contains(&random.pause(5.0, [2, 9]))));
        let mean = (0..100_000).map(|_| random.exponential(60.0)).sum::<f64>() / 100_000.0;
        assert!((58.0..62.0).contains(&mean), "{mean}");
        assert_ne!(Random::new(7, 1).bits(), Random::new(7, 2).bits());
    }
}
