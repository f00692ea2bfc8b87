//! Decimal numbers as they are written: no binary fractions, no surprises.

/// The most digits on either side of the point; more is no number of a receipt.
const DIGITS_MAX: usize = 40;

/// A number in decimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// All digits, without leading zeros but for the one before the point.
    digits: String,
    /// How many of them stand after the point.
    scale: usize,
}

impl Decimal {
    /// Reads `-12.50` or `1e7`: what JSON calls a number.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty()
            || !all_digits(whole)
            || !all_digits(fraction)
            || whole.len() + fraction.len() > DIGITS_MAX
            || usize::from(exponent.unsigned_abs()) > DIGITS_MAX
        {
            return None;
        }
        let mut digits = format!("{whole}{fraction}");
        let shift = usize::from(exponent.unsigned_abs());
        let scale = if exponent >= 0 {
            let zeros = shift.saturating_sub(fraction.len());
            digits.extend(std::iter::repeat_n('0', zeros));
            fraction.len().saturating_sub(shift)
        } else {
            fraction.len() + shift
        };
        Some(Self::tidy(negative, &digits, scale))
    }

    /// At least one digit before the point, and no more zeros than that.
    fn tidy(negative: bool, digits: &str, scale: usize) -> Self {
        let missing = (scale + 1).saturating_sub(digits.len());
        let padded = format!("{}{digits}", "0".repeat(missing));
        let spare = padded[..padded.len() - scale - 1]
            .bytes()
            .take_while(|&digit| digit == b'0')
            .count();
        Self {
            negative,
            digits: padded[spare..].to_owned(),
            scale,
        }
    }

    /// With exactly so many digits after the point; halves go away from zero.
    pub(super) fn rounded(&self, scale: usize) -> Self {
        if scale >= self.scale {
            let zeros = "0".repeat(scale - self.scale);
            return Self::tidy(self.negative, &format!("{}{zeros}", self.digits), scale);
        }
        let kept = self.digits.len() - (self.scale - scale);
        let mut digits: Vec<u8> = self.digits.as_bytes()[..kept].to_vec();
        if self.digits.as_bytes()[kept] >= b'5' {
            let nines = digits
                .iter()
                .rev()
                .take_while(|&&digit| digit == b'9')
                .count();
            let place = digits.len() - nines;
            digits[place..].fill(b'0');
            match place.checked_sub(1) {
                Some(place) => digits[place] += 1,
                None => digits.insert(0, b'1'),
            }
        }
        let digits = digits.into_iter().map(char::from).collect::<String>();
        Self::tidy(self.negative, &digits, scale)
    }

    /// A hundred times as much.
    pub(super) fn times_hundred(&self) -> Self {
        match self.scale.checked_sub(2) {
            Some(scale) => Self::tidy(self.negative, &self.digits, scale),
            None => {
                let zeros = "0".repeat(2 - self.scale);
                Self::tidy(self.negative, &format!("{}{zeros}", self.digits), 0)
            }
        }
    }

    /// Below zero; minus zero keeps its sign, as JSON and money have it.
    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The digits before and after the point.
    pub(super) fn parts(&self) -> (&str, &str) {
        self.digits.split_at(self.digits.len() - self.scale)
    }

    /// Which of two numbers is larger.
    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let scale = self.scale.max(other.scale);
        let (one, two) = (self.rounded(scale), other.rounded(scale));
        let zero = |number: &Self| number.digits.bytes().all(|digit| digit == b'0');
        let sign = |number: &Self| number.negative && !zero(number);
        let size = (one.digits.len(), &one.digits).cmp(&(two.digits.len(), &two.digits));
        match (sign(&one), sign(&two)) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn written(number: &Decimal) -> String {
        let sign = if number.is_negative() { "-" } else { "" };
        let (whole, fraction) = number.parts();
        format!("{sign}{whole}.{fraction}")
    }

    #[test]
    fn numbers_are_rounded_as_people_do_on_paper() {
        for (text, scale, expected) in [
            ("0.005", 2, "0.01"),
            ("2.675", 2, "2.68"),
            ("-2.5", 0, "-3."),
            ("999.995", 2, "1000.00"),
            ("0.4", 0, "0."),
            ("12", 2, "12.00"),
            ("1e7", 0, "10000000."),
            ("12.5e-3", 4, "0.0125"),
            ("1.25e1", 1, "12.5"),
            ("007.10", 1, "7.1"),
        ] {
            let number = Decimal::read(text).expect("a number");
            assert_eq!(written(&number.rounded(scale)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", "1,5", "1.2.3", "0x10", "NaN", "1e999", " 1", "+1"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        for (one, two, expected) in [
            ("2", "10", Ordering::Less),
            ("1.50", "1.5", Ordering::Equal),
            ("-3", "2", Ordering::Less),
            ("-3", "-20", Ordering::Greater),
            ("0", "-0.0", Ordering::Equal),
        ] {
            let read = |text| Decimal::read(text).expect("a number");
            assert_eq!(read(one).compare(&read(two)), expected, "{one} {two}");
        }
    }
}
