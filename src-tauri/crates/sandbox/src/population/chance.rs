//! Reproducible chance: SplitMix64, so that a seed gives the same bytes on every machine and in every
//! version of every library.

/// A stream of pseudo-random numbers. One stream per patient, named by the patient's id: adding a
/// patient to the population changes none of the others.
pub(super) struct Chance(u64);

impl Chance {
    /// The stream for `seed` and `name` (FNV-1a of the name mixed into the seed).
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(seed ^ hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: i64) -> bool {
        self.between(1, n) == 1
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let last = i64::try_from(choices.len()).unwrap_or(1) - 1;
        &choices[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// A value near `middle`, at most `spread` away, with small deviations likelier than large ones.
    pub(super) fn near(&mut self, middle: f64, spread: f64) -> f64 {
        let mut sum = 0.0;
        for _ in 0..3 {
            sum += self.between(-1000, 1000) as f64 / 1000.0;
        }
        middle + spread * sum / 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_and_name_give_the_same_stream_and_another_name_another() {
        let stream = |seed, name| {
            let mut chance = Chance::new(seed, name);
            (0..8).map(|_| chance.between(0, 1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(stream(1, "ashdown-walter"), stream(1, "ashdown-walter"));
        assert_ne!(stream(1, "ashdown-walter"), stream(2, "ashdown-walter"));
        assert_ne!(stream(1, "ashdown-walter"), stream(1, "saltmarsh-edith"));
    }
}
