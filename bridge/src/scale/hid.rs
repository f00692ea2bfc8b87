//! A scale on USB as a HID point-of-sale device (usage page 0x8D): its data
//! report, number 3, comes by itself, again and again.

use super::weight::{Decimal, ScaleFault, ScaleState, Unit, Weight};

/// The number of the data report.
const DATA_REPORT: u8 = 3;

/// What such a scale says, without what it said before.
#[derive(Debug, Default)]
pub struct HidScale {
    last: Option<ScaleState>,
}

impl HidScale {
    /// Reads a report, its number first. `None`: no news, or no weight.
    pub fn hear(&mut self, report: &[u8]) -> Option<ScaleState> {
        let state = read(report)?;
        if self.last.as_ref() == Some(&state) {
            return None;
        }
        self.last = Some(state.clone());
        Some(state)
    }
}

/// `HID Point of Sale Usage Tables` 1.02, §4: status, unit, exponent, weight
/// with its least significant octet first.
fn read(report: &[u8]) -> Option<ScaleState> {
    let &[DATA_REPORT, status, unit, exponent, low, high, ..] = report else {
        return None;
    };
    Some(match status {
        1 => ScaleState::Fault(ScaleFault::Broken),
        2..=4 => {
            let number = u16::from_le_bytes([low, high]);
            let value = Decimal::scaled(number.into(), exponent.cast_signed());
            let weight = value.zip(self::unit(unit)).map(|(value, unit)| Weight {
                zero: status == 2 || value.is_zero(),
                value,
                unit,
                stable: status != 3,
                // The report does not tell.
                tare: false,
            });
            weight.map_or(
                ScaleState::Fault(ScaleFault::Unreadable),
                ScaleState::Weight,
            )
        }
        5 => ScaleState::UnderRange,
        6 => ScaleState::OverRange,
        7 => ScaleState::Fault(ScaleFault::Calibration),
        8 => ScaleState::Fault(ScaleFault::Zero),
        _ => ScaleState::Fault(ScaleFault::Unreadable),
    })
}

fn unit(number: u8) -> Option<Unit> {
    Some(match number {
        1 => Unit::Milligram,
        2 => Unit::Gram,
        3 => Unit::Kilogram,
        4 => Unit::Carat,
        5 => Unit::Tael,
        6 => Unit::Grain,
        7 => Unit::Pennyweight,
        8 => Unit::MetricTon,
        9 => Unit::Ton,
        10 => Unit::TroyOunce,
        11 => Unit::Ounce,
        12 => Unit::Pound,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reports_become_states_and_only_news_are_told() {
        let mut scale = HidScale::default();
        let weight = |value: &str, unit, stable, zero| {
            Some(ScaleState::Weight(Weight {
                value: Decimal::read(value).unwrap(),
                unit,
                stable,
                zero,
                tare: false,
            }))
        };
        for (report, expected) in [
            (
                [3, 4, 2, 0xFF, 0xE2, 4],
                weight("125.0", Unit::Gram, true, false),
            ),
            ([3, 4, 2, 0xFF, 0xE2, 4], None),
            (
                [3, 3, 11, 0xFE, 5, 0],
                weight("0.05", Unit::Ounce, false, false),
            ),
            ([3, 2, 12, 0, 0, 0], weight("0", Unit::Pound, true, true)),
            ([3, 5, 2, 0, 1, 0], Some(ScaleState::UnderRange)),
            ([3, 6, 2, 0, 1, 0], Some(ScaleState::OverRange)),
            (
                [3, 8, 2, 0, 1, 0],
                Some(ScaleState::Fault(ScaleFault::Zero)),
            ),
            (
                [3, 4, 99, 0, 1, 0],
                Some(ScaleState::Fault(ScaleFault::Unreadable)),
            ),
            ([4, 4, 2, 0, 1, 0], None),
        ] {
            assert_eq!(scale.hear(&report), expected, "{report:?}");
        }
        assert_eq!(scale.hear(&[3, 4]), None);
    }

    proptest! {
        #[test]
        fn no_report_is_a_surprise(report: Vec<u8>) {
            HidScale::default().hear(&report);
        }
    }
}
