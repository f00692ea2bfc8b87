//! Chance that is the same each time: a seed gives the same numbers everywhere.

use crate::fault::{Arming, Fault, When};
use crate::options::RandomFaults;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for faults.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `below` - 1; 0 for `below` 0.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.next() % below.max(1)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).expect("a list fits");
        let place = usize::try_from(self.below(count)).expect("it is below a length");
        choices[place]
    }

    /// The same number of octets, none of which is a status: bits 0, 1, 4 and
    /// 7 are all set.
    pub(super) fn garbage(&mut self, octets: usize) -> Vec<u8> {
        let mut garbage = || self.next().to_le_bytes()[0] | 0x93;
        std::iter::repeat_with(&mut garbage).take(octets).collect()
    }

    /// Perhaps a fault for a connection.
    pub(super) fn fault(&mut self, chances: &RandomFaults) -> Option<Arming> {
        if self.below(chances.one_in.into()) != 0 {
            return None;
        }
        let fault = match self.one_of(&Fault::ALL) {
            Fault::SlowDrain { .. } => Fault::SlowDrain {
                octets_per_second: u32::try_from(200 + self.below(20_000)).unwrap_or(200),
            },
            Fault::DelayReplies { .. } => Fault::DelayReplies {
                ms: u32::try_from(self.below(u64::from(chances.lasts_ms_max) + 1)).unwrap_or(0),
            },
            other => other,
        };
        let when = match self.below(5) {
            0 => When::Now,
            1 => When::AfterOctets(self.below(2048)),
            2 => When::AfterLines(u32::try_from(self.below(20)).unwrap_or(0)),
            3 => When::AfterLastOctet,
            _ => When::BetweenJobs,
        };
        let lasts_ms = 1 + self.below(chances.lasts_ms_max.into());
        Some(Arming::new(fault, when).lasting_ms(lasts_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_faults_each_time() {
        let chances = RandomFaults {
            seed: 7,
            one_in: 2,
            lasts_ms_max: 500,
        };
        let throw = || {
            let mut dice = Dice::new(chances.seed);
            (0..1000).map(|_| dice.fault(&chances)).collect::<Vec<_>>()
        };
        assert_eq!(throw(), throw());
        let faults = throw().into_iter().flatten().count();
        assert!((400..600).contains(&faults), "{faults}");
    }

    #[test]
    fn garbage_is_never_a_status() {
        let garbage = Dice::new(1).garbage(1000);
        assert_eq!(garbage.len(), 1000);
        assert!(garbage.iter().all(|octet| octet & 0x93 == 0x93));
    }
}
