//! What CUPS says of a printer, in the agent's words. Pure.
//!
//! CUPS passes on what drivers and devices said: with a suffix for the severity
//! or without (RFC 8011 §5.4.12), some of it only its own. Here each keyword
//! becomes one that reads the same from every kind of printer: bare when paper
//! cannot come out, with `-warning` or `-report` when it still can. What is no
//! keyword is dropped.

use platen_protocol::{PrinterState, PrinterStateReason};

/// More reasons than any printer has.
const REASONS_MAX: usize = 32;

/// What a printer that says only this, without a suffix, cannot print with.
const STOPPING: [&str; 16] = [
    "cover-open",
    "door-open",
    "input-tray-missing",
    "interlock-open",
    "marker-supply-empty",
    "media-empty",
    "media-jam",
    "media-needed",
    "offline",
    "output-area-full",
    "output-tray-missing",
    "paused",
    "shutdown",
    "spool-area-full",
    "timed-out",
    "toner-empty",
];

/// The reasons of a printer in this state, each once, in the order given.
pub(super) fn normalized<'a>(
    state: PrinterState,
    keywords: impl IntoIterator<Item = &'a str>,
) -> Vec<PrinterStateReason> {
    let mut reasons: Vec<PrinterStateReason> = Vec::new();
    let named = |keyword: &&str| keyword.starts_with(|c: char| c.is_ascii_lowercase());
    for keyword in keywords.into_iter().take(REASONS_MAX).filter(named) {
        let reason = match keyword {
            "none" | "none-error" => continue,
            // CUPS and its backends say offline only with this suffix, and mean it.
            "offline-report" => PrinterStateReason::OFFLINE.to_owned(),
            _ => match keyword.strip_suffix("-error") {
                Some(stopping) => stopping.to_owned(),
                None => judged(state, keyword),
            },
        };
        match reason.parse() {
            Ok(reason) if !reasons.contains(&reason) => reasons.push(reason),
            Ok(_) | Err(_) => {}
        }
    }
    if state == PrinterState::Stopped && !reasons.iter().any(PrinterStateReason::stops) {
        // A reason the standard has no word for.
        reasons.extend("other".parse());
    }
    reasons
}

/// A keyword that may say nothing of its severity.
fn judged(state: PrinterState, keyword: &str) -> String {
    let says_it = keyword.ends_with("-warning") || keyword.ends_with("-report");
    // In a stopped printer, what is not said to be harmless is why.
    if says_it || state == PrinterState::Stopped || STOPPING.contains(&keyword) {
        keyword.to_owned()
    } else if keyword.ends_with("-low") {
        format!("{keyword}-warning")
    } else {
        format!("{keyword}-report")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use PrinterState::{Idle, Processing, Stopped};

    fn words(state: PrinterState, keywords: &[&str]) -> Vec<String> {
        normalized(state, keywords.iter().copied())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_reason_reads_the_same_whoever_said_it_and_how() {
        for (state, said, expected) in [
            (Idle, &["none"][..], &[][..]),
            (Processing, &["media-empty-error"], &["media-empty"]),
            (Processing, &["media-empty"], &["media-empty"]),
            (
                Idle,
                &["media-empty", "media-empty-error"],
                &["media-empty"],
            ),
            (Idle, &["media-low-warning"], &["media-low-warning"]),
            (Idle, &["toner-low"], &["toner-low-warning"]),
            (Processing, &["cover-open-report"], &["cover-open-report"]),
            (Processing, &["offline-report"], &["offline"]),
            (
                Processing,
                &["connecting-to-device"],
                &["connecting-to-device-report"],
            ),
            (Stopped, &["paused"], &["paused"]),
            (Stopped, &["moving-to-paused"], &["moving-to-paused"]),
            (Stopped, &["none"], &["other"]),
            (
                Stopped,
                &["toner-low-warning"],
                &["toner-low-warning", "other"],
            ),
        ] {
            assert_eq!(words(state, said), expected, "{state:?} {said:?}");
        }
    }

    #[test]
    fn what_is_no_keyword_is_dropped() {
        let long = "x".repeat(65);
        let hostile = [
            "",
            "-",
            "-error",
            "a b",
            "\u{1b}[2J",
            "Media-Empty",
            "ü",
            &long,
        ];
        assert!(words(Idle, &hostile).is_empty());
    }

    proptest! {
        #[test]
        fn a_printer_is_stopped_exactly_when_a_reason_says_so(
            state in prop_oneof![Just(Idle), Just(Processing)],
            said in proptest::collection::vec("[a-z\u{0}-\u{ff}-]{0,70}(-error|-report|-low)?", 0..80),
        ) {
            let keywords = || said.iter().map(String::as_str);
            let reasons = normalized(state, keywords());
            prop_assert!(reasons.len() <= REASONS_MAX);
            let says_stop = keywords().take(REASONS_MAX).any(|keyword| {
                let bare = keyword.strip_suffix("-error").unwrap_or(keyword);
                let named = keyword != bare || STOPPING.contains(&keyword);
                let harmless = bare.ends_with("-report") || bare.ends_with("-warning");
                let begins = keyword.starts_with(|c: char| c.is_ascii_lowercase());
                begins && named && bare != "none" && !harmless && bare.parse::<PrinterStateReason>().is_ok()
                    || keyword == "offline-report"
            });
            prop_assert_eq!(reasons.iter().any(PrinterStateReason::stops), says_stop);
            prop_assert!(normalized(Stopped, keywords()).iter().any(PrinterStateReason::stops));
        }
    }
}
