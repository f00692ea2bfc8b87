//! Check words of Reed-Solomon codes over fields of 2, 4, ... 4096 elements.

/// A field of 2^m elements with its logarithms.
pub(super) struct Field {
    powers: Vec<u16>,
    logarithms: Vec<u16>,
}

impl Field {
    /// The field that this polynomial makes, its highest power being m.
    pub(super) fn new(polynomial: u16) -> Self {
        let size = 1usize << polynomial.ilog2();
        let mut powers = vec![0; size];
        let mut logarithms = vec![0; size];
        let mut value = 1u16;
        for (power, place) in (0..).zip(&mut powers[..size - 1]) {
            *place = value;
            logarithms[usize::from(value)] = power;
            value <<= 1;
            if usize::from(value) >= size {
                value ^= polynomial;
            }
        }
        Self { powers, logarithms }
    }

    fn times(&self, one: u16, other: u16) -> u16 {
        if one == 0 || other == 0 {
            return 0;
        }
        let sum = usize::from(self.logarithms[usize::from(one)])
            + usize::from(self.logarithms[usize::from(other)]);
        self.powers[sum % (self.powers.len() - 1)]
    }

    /// The check words of some data, whose generator's roots begin with the
    /// first power.
    pub(super) fn check_words(&self, data: &[u16], count: usize) -> Vec<u16> {
        // Highest power first.
        let mut generator = vec![1];
        for power in 1..=count {
            let root = self.powers[power % (self.powers.len() - 1)];
            generator.push(0);
            for place in (1..generator.len()).rev() {
                generator[place] ^= self.times(generator[place - 1], root);
            }
        }
        let mut rest = vec![0u16; count];
        for &word in data {
            let factor = word ^ rest[0];
            rest.rotate_left(1);
            rest[count - 1] = 0;
            for (place, &coefficient) in generator[1..].iter().enumerate() {
                rest[place] ^= self.times(factor, coefficient);
            }
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_check_words_are_zero_at_every_root() {
        let field = Field::new(0x43);
        let data = [12, 0, 63, 5, 33];
        let words = [data.as_slice(), &field.check_words(&data, 7)].concat();
        for power in 1..=7 {
            let at_root = words.iter().fold(0, |value, &word| {
                field.times(value, field.powers[power]) ^ word
            });
            assert_eq!(at_root, 0, "root {power}");
        }
    }
}
