//! One answer of a scale, read by its profile.

use super::profile::{ScaleProfile, ScaleSetup};
use super::weight::{Decimal, ScaleFault, ScaleState, Unit, Weight};

/// What an answer says; `None` where it says nothing of a weight.
pub(super) fn read(setup: ScaleSetup, octets: &[u8]) -> Option<ScaleState> {
    // A line of seven bits that is read with eight has parity in the eighth.
    let text: String = octets
        .iter()
        .map(|octet| char::from(octet & 0x7F))
        .collect();
    match setup.profile {
        ScaleProfile::MtSics => mt_sics(&text),
        ScaleProfile::Toledo8217 => Some(toledo(&text, setup.unit)?),
        ScaleProfile::Nci => nci(&text),
        ScaleProfile::Sma => sma(&text),
        ScaleProfile::AndStandard => and_standard(&text),
    }
}

const UNREADABLE: ScaleState = ScaleState::Fault(ScaleFault::Unreadable);

/// `number` and `unit` as a weight.
fn weight(number: &str, unit: &str, stable: bool, tare: bool) -> Option<Weight> {
    let value = Decimal::read(number)?;
    Some(Weight {
        unit: unit.parse().ok()?,
        stable,
        zero: value.is_zero(),
        tare,
        value,
    })
}

fn state(weight: Option<Weight>) -> ScaleState {
    weight.map_or(UNREADABLE, ScaleState::Weight)
}

/// `S S      1.234 kg`; `S D` in motion, `S I` busy, `S +` and `S -` out of
/// range; `ES`, `ET` and `EL` for what was not understood.
fn mt_sics(text: &str) -> Option<ScaleState> {
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next(), words.next());
    match (first?, second) {
        ("S" | "SI", Some(how @ ("S" | "D"))) => {
            let (number, unit) = (words.next(), words.next());
            let weight = number
                .zip(unit)
                .and_then(|(number, unit)| weight(number, unit, how == "S", false));
            Some(state(weight.filter(|_| words.next().is_none())))
        }
        ("S" | "SI", Some("I")) => Some(ScaleState::Fault(ScaleFault::Busy)),
        ("S" | "SI", Some("+")) => Some(ScaleState::OverRange),
        ("S" | "SI", Some("-")) => Some(ScaleState::UnderRange),
        ("S" | "SI", _) => Some(UNREADABLE),
        ("ES" | "ET" | "EL", None) => Some(ScaleState::Fault(ScaleFault::Refused)),
        // Answers to what a page asked by itself.
        _ => None,
    }
}

/// `01.234`, with `N` for a net weight; or `?` and a status.
fn toledo(text: &str, unit: Unit) -> Option<ScaleState> {
    if let Some(status) = text.strip_prefix('?') {
        let status = match status.as_bytes() {
            [status] => *status,
            _ => return Some(UNREADABLE),
        };
        let has = |bit: u8| status & (1 << bit) != 0;
        return if has(1) {
            Some(ScaleState::OverRange)
        } else if has(2) {
            Some(ScaleState::UnderRange)
        } else if has(0) {
            Some(ScaleState::InMotion)
        } else if has(3) {
            Some(ScaleState::Fault(ScaleFault::Zero))
        } else {
            // Of a question other than that for the weight.
            None
        };
    }
    let (number, tare) = match text.strip_suffix('N') {
        Some(number) => (number, true),
        None => (text, false),
    };
    // It tells a weight only when it is at rest.
    Some(state(weight(number, unit.as_str(), true, tare)))
}

/// `0012.34lb`, CR LF, perhaps `S`, and two to four status octets, CR.
fn nci(text: &str) -> Option<ScaleState> {
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text == "?" {
        return Some(ScaleState::Fault(ScaleFault::Refused));
    }
    let (said, status) = match text.split_once("\r\n") {
        Some((said, status)) => (Some(said), status),
        None => (None, text),
    };
    let status = status.strip_prefix('S').unwrap_or(status).as_bytes();
    let is_status = (2..=4).contains(&status.len())
        && status.iter().all(|octet| octet & 0x30 == 0x30)
        && status[0] & 0x40 == 0;
    if !is_status {
        return Some(UNREADABLE);
    }
    let has = |octet: usize, bit: u8| {
        status
            .get(octet)
            .is_some_and(|octet| octet & (1 << bit) != 0)
    };
    if has(0, 2) || has(0, 3) || has(1, 2) {
        return Some(ScaleState::Fault(ScaleFault::Broken));
    }
    if has(1, 3) {
        return Some(ScaleState::Fault(ScaleFault::Calibration));
    }
    if has(2, 3) {
        return Some(ScaleState::Fault(ScaleFault::Zero));
    }
    if has(1, 1) {
        return Some(ScaleState::OverRange);
    }
    if has(1, 0) {
        return Some(ScaleState::UnderRange);
    }
    let is_moving = has(0, 0);
    let Some(said) = said else {
        return is_moving.then_some(ScaleState::InMotion);
    };
    let (number, unit) = split(said);
    let mut weight = weight(number, unit, !is_moving, has(2, 2));
    if let Some(weight) = &mut weight {
        weight.zero |= has(0, 1);
    }
    Some(state(weight))
}

/// One letter each for status, range, net or gross, motion, and one for later;
/// ten characters of weight, three of unit.
fn sma(text: &str) -> Option<ScaleState> {
    if text == "?" {
        return Some(ScaleState::Fault(ScaleFault::Refused));
    }
    let &[status, _range, gross, motion, _later, ..] = text.as_bytes() else {
        return Some(UNREADABLE);
    };
    match status {
        b'O' => return Some(ScaleState::OverRange),
        b'U' => return Some(ScaleState::UnderRange),
        b'E' | b'I' => return Some(ScaleState::Fault(ScaleFault::Zero)),
        b'T' => return Some(ScaleState::Fault(ScaleFault::Busy)),
        b'Z' | b' ' => {}
        _ => return Some(UNREADABLE),
    }
    let (number, unit) = split(text.get(5..)?);
    let is_net = matches!(gross, b'N' | b'n' | b'T');
    let mut weight = weight(number, unit, motion != b'M', is_net);
    if let Some(weight) = &mut weight {
        weight.zero |= status == b'Z';
    }
    Some(state(weight))
}

/// `ST,GS,+  1.234kg`: at rest or not, gross or net, weight and unit.
fn and_standard(text: &str) -> Option<ScaleState> {
    let mut parts = text.splitn(3, ',');
    let (how, second, third) = (parts.next()?.trim(), parts.next(), parts.next());
    let (tare, rest) = match (second.map(str::trim), third) {
        (Some("GS" | "G"), Some(rest)) => (false, rest),
        (Some("NT" | "N" | "TR"), Some(rest)) => (true, rest),
        (_, None) => (false, second.unwrap_or_default()),
        (_, Some(_)) => return Some(UNREADABLE),
    };
    let (number, unit) = split(rest);
    match how {
        "ST" | "US" => Some(state(weight(number, unit, how == "ST", tare))),
        "OL" if rest.trim_start().starts_with('-') => Some(ScaleState::UnderRange),
        "OL" => Some(ScaleState::OverRange),
        // Pieces are no weight.
        "QT" => None,
        "?" | "EC" => Some(ScaleState::Fault(ScaleFault::Refused)),
        "I" => Some(ScaleState::Fault(ScaleFault::Busy)),
        _ => Some(UNREADABLE),
    }
}

/// A number, and the unit behind it.
fn split(text: &str) -> (&str, &str) {
    let at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    (number.trim(), unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(profile: ScaleProfile, rows: &[(&[u8], &str)]) {
        let unit = Unit::Kilogram;
        for (octets, expected) in rows {
            let read = read(ScaleSetup { profile, unit }, octets);
            let said = match read {
                None => "nothing".to_owned(),
                Some(ScaleState::Weight(weight)) => {
                    let mut said = format!("{} {}", weight.value, weight.unit);
                    for (is_so, word) in [
                        (!weight.stable, " moving"),
                        (weight.zero, " zero"),
                        (weight.tare, " net"),
                    ] {
                        if is_so {
                            said.push_str(word);
                        }
                    }
                    said
                }
                Some(ScaleState::Fault(fault)) => fault.as_str().to_owned(),
                Some(other) => format!("{other:?}"),
            };
            assert_eq!(said, *expected, "{profile}: {}", octets.escape_ascii());
        }
    }

    #[test]
    fn mt_sics_says() {
        check(
            ScaleProfile::MtSics,
            &[
                (b"S S      1.234 kg", "1.234 kg"),
                (b"S D     -0.100 kg", "-0.100 kg moving"),
                (b"S S      0.000 kg", "0.000 kg zero"),
                (b"S S    100.00 g", "100.00 g"),
                (b"S I", "busy"),
                (b"S +", "OverRange"),
                (b"S -", "UnderRange"),
                (b"ES", "refused"),
                (b"S S 1.2.3 kg", "unreadable"),
                (b"S S 1.2 stone", "unreadable"),
                (b"S S 1.2 kg kg", "unreadable"),
                (b"S X", "unreadable"),
                (b"Z A", "nothing"),
                (b"T S      0.100 kg", "nothing"),
                (b"I4 A \"12345\"", "nothing"),
            ],
        );
    }

    #[test]
    fn toledo_says() {
        check(
            ScaleProfile::Toledo8217,
            &[
                (b"01.234", "1.234 kg"),
                (b"00.000", "0.000 kg zero"),
                (b"01.234N", "1.234 kg net"),
                // The same with even parity, read with eight bits.
                (b"0\xb1.\xb234", "1.234 kg"),
                (b"?A", "InMotion"),
                (b"?B", "OverRange"),
                (b"?D", "UnderRange"),
                (b"?H", "zero"),
                (b"?P", "nothing"),
                (b"?", "unreadable"),
                (b"?AB", "unreadable"),
                (b"", "unreadable"),
                (b"AB.CDE", "unreadable"),
            ],
        );
    }

    #[test]
    fn nci_says() {
        check(
            ScaleProfile::Nci,
            &[
                (b"0012.34lb\r\n00\r", "12.34 lb"),
                (b"001.234KG\r\nS00\r", "1.234 kg"),
                (b" 1234g \r\n10\r", "1234 g moving"),
                (b"0000.00oz\r\n20\r", "0.00 oz zero"),
                (b"-000.50kg\r\n0p4\r", "-0.50 kg net"),
                (b"S10\r", "InMotion"),
                (b"01\r", "UnderRange"),
                (b"S02\r", "OverRange"),
                (b"S40\r", "broken"),
                (b"S08\r", "calibration"),
                (b"S0p8\r", "zero"),
                (b"?\r", "refused"),
                (b"S00\r", "nothing"),
                (b"1LB 02.50OZ\r\n00\r", "unreadable"),
                (b"0012.34lb\r\n\x01\x02\r", "unreadable"),
                (b"", "unreadable"),
            ],
        );
    }

    #[test]
    fn sma_says() {
        check(
            ScaleProfile::Sma,
            &[
                (b" 1G       12.345lb ", "12.345 lb"),
                (b"Z1G        0.000kg ", "0.000 kg zero"),
                (b" 1NM      -2.345kg ", "-2.345 kg moving net"),
                (b"O1G      999.999kg ", "OverRange"),
                (b"U1G       -9.999kg ", "UnderRange"),
                (b"I1G        0.000kg ", "zero"),
                (b"T1G        0.000kg ", "busy"),
                (b"?", "refused"),
                (b" 1G ", "unreadable"),
                (b"X1G        0.000kg ", "unreadable"),
            ],
        );
    }

    #[test]
    fn the_standard_format_says() {
        check(
            ScaleProfile::AndStandard,
            &[
                (b"ST,GS,+  1.234kg", "1.234 kg"),
                (b"US,GS,-  0.100kg", "-0.100 kg moving"),
                (b"ST,NT,+00001.5 g", "1.5 g net"),
                (b"ST,+00000.0  g", "0.0 g zero"),
                (b"OL,GS,+9999.99kg", "OverRange"),
                (b"OL,-9999999E+19", "UnderRange"),
                (b"QT,+00000012 PC", "nothing"),
                (b"?", "refused"),
                (b"EC,E01", "refused"),
                (b"ST,XX,+1kg", "unreadable"),
                (b"hello", "unreadable"),
            ],
        );
    }

    proptest! {
        /// Whatever a scale says, it is a state or nothing, and a weight is one
        /// that the octets hold.
        #[test]
        fn nothing_a_scale_says_is_a_surprise(
            profile in prop::sample::select(ScaleProfile::ALL.to_vec()),
            octets in prop::collection::vec(prop::sample::select(b"SDTIZ?+-. ,0123456789kglbGNM\r\n\x02\x03\xff".to_vec()), 0..32),
        ) {
            let setup = ScaleSetup { profile, unit: Unit::Gram };
            if let Some(ScaleState::Weight(weight)) = read(setup, &octets) {
                let digits = |text: &[u8]| text.iter().filter(|octet| octet.is_ascii_digit()).count();
                // A zero may have been put before the point.
                let said: Vec<u8> = octets.iter().map(|octet| octet & 0x7F).collect();
                prop_assert!(digits(weight.value.as_str().as_bytes()) <= digits(&said) + 1);
            }
        }
    }
}
