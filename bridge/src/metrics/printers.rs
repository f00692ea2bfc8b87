//! How each printer is. Reasons are a closed list: a device may send any
//! keyword, and what it makes up is counted as `other`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use platen_protocol::{PrinterId, PrinterState, PrinterStateReason};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

/// Reasons with a label of their own, without IPP's suffix for severity.
const REASONS: &[&str] = &[
    "paused",
    "offline",
    "connecting-to-device",
    "spooler-unavailable",
    "timed-out",
    "media-empty",
    "media-needed",
    "media-low",
    "media-jam",
    "cover-open",
    "door-open",
    "interlock-open",
    "cutter-error",
    "marker-supply-empty",
    "marker-supply-low",
    "toner-empty",
    "toner-low",
    "output-area-full",
    "stopping",
    "moving-to-paused",
    "shutdown",
];
const OTHER: &str = "other";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    printer: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    printer: String,
    reason: &'static str,
}

/// How every printer is now. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct PrinterStates(Arc<Mutex<BTreeMap<PrinterId, Now>>>);

#[derive(Debug, Clone)]
struct Now {
    state: PrinterState,
    reasons: BTreeSet<&'static str>,
}

impl PrinterStates {
    pub(super) fn set(
        &self,
        printer: &PrinterId,
        state: PrinterState,
        reasons: &[PrinterStateReason],
    ) {
        let reasons = reasons.iter().map(label).collect();
        let mut printers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        printers.insert(printer.clone(), Now { state, reasons });
    }

    fn now(&self) -> BTreeMap<PrinterId, Now> {
        let printers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        printers.clone()
    }
}

fn label(reason: &PrinterStateReason) -> &'static str {
    let word = reason.as_str();
    let bare = ["-error", "-warning", "-report"]
        .iter()
        .find_map(|severity| word.strip_suffix(severity))
        .unwrap_or(word);
    let known = |wanted: &str| REASONS.iter().copied().find(|known| *known == wanted);
    // "cutter-error" is a name, not a severity.
    known(word).or_else(|| known(bare)).unwrap_or(OTHER)
}

impl Collector for PrinterStates {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let printers = self.now();
        let gauge = ConstGauge::new(0_u64).metric_type();
        let mut states = encoder.encode_descriptor(
            "printer_state",
            "1 for the printer-state a printer is in, 0 for the others",
            None,
            gauge,
        )?;
        for (printer, now) in &printers {
            for state in PrinterState::ALL {
                let labels = StateLabels {
                    printer: printer.to_string(),
                    state: state.as_str(),
                };
                let is = u64::from(now.state == state);
                ConstGauge::new(is).encode(states.encode_family(&labels)?)?;
            }
        }
        let mut reasons = encoder.encode_descriptor(
            "printer_reason",
            "1 for each of a printer's printer-state-reasons; words we do not know are `other`",
            None,
            gauge,
        )?;
        for (printer, now) in &printers {
            for reason in &now.reasons {
                let labels = ReasonLabels {
                    printer: printer.to_string(),
                    reason,
                };
                ConstGauge::new(1_u64).encode(reasons.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_cannot_make_up_labels() {
        for (keyword, expected) in [
            ("media-empty", "media-empty"),
            ("media-empty-error", "media-empty"),
            ("media-low-warning", "media-low"),
            ("cutter-error", "cutter-error"),
            ("x1f3a", OTHER),
            ("x1f3b-report", OTHER),
        ] {
            assert_eq!(label(&keyword.parse().unwrap()), expected, "{keyword}");
        }
    }
}
