//! What a scale says, in one form for all of them.

use std::fmt;
use std::str::FromStr;

/// Digits of a weight: more than any display has.
const DIGITS_MAX: usize = 12;

/// A decimal number, exactly as the scale wrote it: `1.500` has three places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// What a scale wrote, without its blanks, its plus and its leading zeros.
    /// `None`: no number.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches(' ');
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        // Some scales put the sign before the blanks that fill the field.
        let digits = digits.trim_start_matches(' ');
        let (whole, places) = match digits.split_once(['.', ',']) {
            Some((whole, places)) => (whole, Some(places)),
            None => (digits, None),
        };
        let is_number = |part: &str| part.bytes().all(|octet| octet.is_ascii_digit());
        let count = whole.len() + places.map_or(0, str::len);
        let fits = (1..=DIGITS_MAX).contains(&count)
            && is_number(whole)
            && places.is_none_or(|places| is_number(places) && !places.is_empty());
        if !fits {
            return None;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        let mut number = Self(match places {
            Some(places) => format!("{whole}.{places}"),
            None => whole.to_owned(),
        });
        if is_negative && !number.is_zero() {
            number.0.insert(0, '-');
        }
        Some(number)
    }

    /// `number` times ten to the `exponent`. `None`: more digits than a scale
    /// has.
    #[must_use]
    pub(super) fn scaled(number: u64, exponent: i8) -> Option<Self> {
        let count = usize::from(exponent.unsigned_abs());
        if count > DIGITS_MAX {
            return None;
        }
        let digits = number.to_string();
        Self::read(&if exponent >= 0 {
            format!("{digits}{}", "0".repeat(count))
        } else {
            let digits = format!("{digits:0>width$}", width = count + 1);
            let (whole, places) = digits.split_at(digits.len() - count);
            format!("{whole}.{places}")
        })
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing but zeros are in it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|octet| matches!(octet, b'0' | b'.'))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a weight is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milligrams.
    Milligram,
    /// Grams.
    Gram,
    /// Kilograms.
    Kilogram,
    /// Metric tons.
    MetricTon,
    /// Carats.
    Carat,
    /// Taels.
    Tael,
    /// Grains.
    Grain,
    /// Pennyweights.
    Pennyweight,
    /// Short tons.
    Ton,
    /// Troy ounces.
    TroyOunce,
    /// Ounces.
    Ounce,
    /// Pounds.
    Pound,
}

/// The text is no unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no weight is counted in that; write mg, g, kg, t, ct, tl, gr, dwt, ton, ozt, oz or lb")]
pub struct UnitError;

impl Unit {
    const ALL: [Self; 12] = [
        Self::Milligram,
        Self::Gram,
        Self::Kilogram,
        Self::MetricTon,
        Self::Carat,
        Self::Tael,
        Self::Grain,
        Self::Pennyweight,
        Self::Ton,
        Self::TroyOunce,
        Self::Ounce,
        Self::Pound,
    ];

    /// Its sign.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Milligram => "mg",
            Self::Gram => "g",
            Self::Kilogram => "kg",
            Self::MetricTon => "t",
            Self::Carat => "ct",
            Self::Tael => "tl",
            Self::Grain => "gr",
            Self::Pennyweight => "dwt",
            Self::Ton => "ton",
            Self::TroyOunce => "ozt",
            Self::Ounce => "oz",
            Self::Pound => "lb",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    /// In either case, and with what some scales write for pounds.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("lbs") {
            return Ok(Self::Pound);
        }
        Self::ALL
            .into_iter()
            .find(|unit| unit.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnitError)
    }
}

/// A weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// How much.
    pub value: Decimal,
    /// Of what.
    pub unit: Unit,
    /// The scale is at rest: only such a weight may be sold by.
    pub stable: bool,
    /// Nothing is on the scale.
    pub zero: bool,
    /// The weight of a container was taken off.
    pub tare: bool,
}

/// What a scale says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScaleState {
    /// A weight.
    Weight(Weight),
    /// The load moves, and the scale tells no weight while it does.
    InMotion,
    /// More is on it than it can weigh.
    OverRange,
    /// Less than nothing is on it: something that it was set to zero with is
    /// gone.
    UnderRange,
    /// It cannot weigh.
    Fault(ScaleFault),
    /// It does not answer: off, unplugged at its end, or of another profile.
    Silent,
}

/// Why a scale cannot weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleFault {
    /// It is busy: taring, waiting for rest, warming up.
    Busy,
    /// It could not find its zero; empty it, and zero it.
    Zero,
    /// It must be calibrated.
    Calibration,
    /// It is broken, by its own word.
    Broken,
    /// It did not understand what it was asked: another profile will do.
    Refused,
    /// It said something that means nothing in its profile.
    Unreadable,
}

impl ScaleFault {
    /// Its name: never renamed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Zero => "zero",
            Self::Calibration => "calibration",
            Self::Broken => "broken",
            Self::Refused => "refused",
            Self::Unreadable => "unreadable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_keep_their_places_and_nothing_else() {
        for (text, expected) in [
            ("1.500", Some("1.500")),
            ("   0012.5 ", Some("12.5")),
            ("+  1.234", Some("1.234")),
            ("-  0.5", Some("-0.5")),
            ("-0.000", Some("0.000")),
            ("00000", Some("0")),
            (".5", Some("0.5")),
            ("1,25", Some("1.25")),
            ("1.", None),
            ("", None),
            ("-", None),
            ("1.2.3", None),
            ("1 2", None),
            ("1e3", None),
            ("1234567890123", None),
            ("١", None),
        ] {
            let read = Decimal::read(text);
            assert_eq!(read.as_ref().map(Decimal::as_str), expected, "{text}");
        }
        for (number, exponent, expected) in [
            (1250, -1, Some("125.0")),
            (5, -3, Some("0.005")),
            (0, -2, Some("0.00")),
            (12, 2, Some("1200")),
            (1, 13, None),
            (u64::MAX, 0, None),
            (1, i8::MIN, None),
        ] {
            let scaled = Decimal::scaled(number, exponent);
            assert_eq!(scaled.as_ref().map(Decimal::as_str), expected);
        }
    }

    #[test]
    fn units_are_known_by_their_signs() {
        for unit in Unit::ALL {
            assert_eq!(unit.to_string().parse(), Ok(unit));
        }
        assert_eq!(" KG".parse(), Ok(Unit::Kilogram));
        assert_eq!("lbs".parse(), Ok(Unit::Pound));
        assert_eq!("stone".parse::<Unit>(), Err(UnitError));
    }

    proptest! {
        #[test]
        fn a_number_read_again_is_the_same(text in "[+-]? {0,3}[0-9]{0,6}[.,]?[0-9]{0,4}") {
            if let Some(number) = Decimal::read(&text) {
                prop_assert_eq!(Decimal::read(number.as_str()), Some(number));
            }
        }
    }
}
