//! How a line is set: speed, bits, parity, flow control.
//!
//! Values are read from configuration (`baud=19200`) and from what pages say;
//! both become these types, which hold nothing that no line has.

use std::fmt;
use std::str::FromStr;

/// A value that no line has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no {what}; write {instead}")]
pub struct SettingError {
    what: &'static str,
    value: String,
    instead: &'static str,
}

impl SettingError {
    fn new(what: &'static str, value: &str, instead: &'static str) -> Self {
        let value = value.chars().take(32).collect();
        Self {
            what,
            value,
            instead,
        }
    }
}

/// Symbols each second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BaudRate(u32);

impl BaudRate {
    /// The slowest that systems know, and more than any adapter does.
    const RANGE: std::ops::RangeInclusive<u32> = 50..=4_000_000;

    /// `None`: no line is that fast, or that slow.
    #[must_use]
    pub fn new(rate: u32) -> Option<Self> {
        Self::RANGE.contains(&rate).then_some(Self(rate))
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl FromStr for BaudRate {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let digits = text.bytes().all(|octet| octet.is_ascii_digit());
        let rate = digits.then(|| text.parse().ok()).flatten();
        rate.and_then(Self::new)
            .ok_or_else(|| SettingError::new("baud rate", text, "a number like 9600 or 115200"))
    }
}

impl fmt::Display for BaudRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An enum whose values have one word each.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $instead:literal, $($(#[$value_doc:meta])* $value:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl FromStr for $name {
            type Err = SettingError;

            fn from_str(text: &str) -> Result<Self, SettingError> {
                match text {
                    $($word => Ok(Self::$value),)*
                    _ => Err(SettingError::new($what, text, $instead)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$value => $word,)*
                })
            }
        }
    };
}

words! {
    /// Bits of one character.
    DataBits, "number of data bits", "5, 6, 7 or 8",
    /// Five.
    Five = "5",
    /// Six.
    Six = "6",
    /// Seven: ASCII, as many scales send it.
    Seven = "7",
    /// Eight.
    #[default]
    Eight = "8",
}

words! {
    /// The bit that checks the others.
    Parity, "parity", "none, even, odd, mark or space",
    /// None.
    #[default]
    None = "none",
    /// An even number of ones.
    Even = "even",
    /// An odd number of ones.
    Odd = "odd",
    /// Always one; Linux and Windows only.
    Mark = "mark",
    /// Always zero; Linux and Windows only.
    Space = "space",
}

words! {
    /// Bits between characters.
    StopBits, "number of stop bits", "1, 1.5 or 2",
    /// One.
    #[default]
    One = "1",
    /// One and a half; with five data bits only.
    OneAndHalf = "1.5",
    /// Two.
    Two = "2",
}

words! {
    /// How one side tells the other to wait.
    FlowControl, "flow control", "none, rts-cts, xon-xoff, xon-xoff-out or xon-xoff-in",
    /// It does not.
    #[default]
    None = "none",
    /// By wires of their own, both ways.
    RtsCts = "rts-cts",
    /// By the characters XOFF and XON, both ways.
    XonXoff = "xon-xoff",
    /// The device tells us with XOFF and XON; we never tell it.
    XonXoffOut = "xon-xoff-out",
    /// We tell the device; what it sends is never taken for XOFF.
    XonXoffIn = "xon-xoff-in",
}

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineSettings {
    /// Symbols each second; `None`: as the system has it.
    pub baud: Option<BaudRate>,
    /// Bits of one character.
    pub data_bits: DataBits,
    /// The bit that checks the others.
    pub parity: Parity,
    /// Bits between characters.
    pub stop_bits: StopBits,
    /// How one side tells the other to wait.
    pub flow: FlowControl,
}

impl Default for LineSettings {
    /// 9600 8N1: what most devices come with.
    fn default() -> Self {
        Self {
            baud: Some(BaudRate(9_600)),
            data_bits: DataBits::default(),
            parity: Parity::default(),
            stop_bits: StopBits::default(),
            flow: FlowControl::default(),
        }
    }
}

impl LineSettings {
    /// How long one character takes on the line, in microseconds, rounded up.
    #[must_use]
    pub fn character_us(&self) -> u64 {
        // A start bit, eight data bits, parity and two stop bits at most.
        let baud = self.baud.map_or(9_600, BaudRate::get);
        12_000_000_u64.div_ceil(u64::from(baud))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        fn check<T: FromStr<Err = SettingError> + fmt::Display>(good: &[&str], bad: &[&str]) {
            for text in good {
                assert_eq!(text.parse::<T>().ok().unwrap().to_string(), *text);
            }
            for text in bad {
                let error = text.parse::<T>().err().unwrap().to_string();
                assert!(error.contains("; write "), "{error}");
            }
        }
        check::<BaudRate>(
            &["50", "110", "9600", "115200", "256000", "921600"],
            &["", "0", "49", "+9600", "9600 ", "4000001", "99999999999"],
        );
        check::<DataBits>(&["5", "6", "7", "8"], &["", "4", "9", "08"]);
        check::<Parity>(
            &["none", "even", "odd", "mark", "space"],
            &["", "None", "n"],
        );
        check::<StopBits>(&["1", "1.5", "2"], &["", "3", "1,5"]);
        check::<FlowControl>(
            &["none", "rts-cts", "xon-xoff", "xon-xoff-out", "xon-xoff-in"],
            &["", "RTS", "dtr-dsr"],
        );
    }
}
