//! What hangs on a receipt printer beside its paper: a cash drawer, a buzzer,
//! a customer display.
//!
//! Each has a capability and a method of its own, so that a site that opens the
//! drawer need not be trusted with raw commands. A call becomes a job of the
//! printer like any other, which is soon too late: a drawer that opens an hour
//! after the sale is worse than one that stays shut.

use serde::{Deserialize, Serialize};

use crate::{CustomerText, ErrorCode, PrinterId, WireError};

/// Something that hangs on a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Accessory {
    /// A cash drawer, or two.
    Drawer,
    /// A buzzer.
    Buzzer,
    /// A customer display.
    Display,
}

impl Accessory {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drawer => "drawer",
            Self::Buzzer => "buzzer",
            Self::Display => "display",
        }
    }
}

/// Milliseconds in which a call must have begun, unless it says otherwise.
pub const WITHIN_MS_DEFAULT: u32 = 10_000;
/// The longest that a call may wait.
pub const WITHIN_MS_MAX: u32 = 600_000;
/// Milliseconds that a drawer's solenoid may be on: what the command can say
/// (two milliseconds a step).
pub const DRAWER_ON_MS_MAX: u16 = 510;
/// How often a buzzer sounds, at most.
pub const BUZZES_MAX: u8 = 9;
/// Rows of a customer display, at most.
pub const DISPLAY_ROWS_MAX: usize = 4;
/// Characters of a row of a customer display, at most.
pub const DISPLAY_COLUMNS_MAX: usize = 40;

/// Params of `drawer.open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DrawerOpen {
    /// The printer that it hangs on; left out: the machine's default printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// 1 or 2; left out: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer: Option<u8>,
    /// Milliseconds for which its solenoid is on, 10 to 510; left out: 120.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_ms: Option<u16>,
    /// Milliseconds in which it must have opened, or stays shut: 1 to 600,000;
    /// left out: 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// The same key opens once, however often it is asked. 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub idempotency_key: Option<CustomerText>,
}

/// Params of `buzzer.sound`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct BuzzerSound {
    /// The printer that it is in; left out: the machine's default printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// How often, 1 to 9; left out: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u8>,
    /// As for a drawer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// The same key sounds once, however often it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub idempotency_key: Option<CustomerText>,
}

/// Params of `display.show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DisplayShow {
    /// The printer that it hangs on; left out: the machine's default printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// What it shows, one text for each row from the top; rows without one are
    /// empty, and none at all clears it.
    #[cfg_attr(test, ts(as = "Vec<String>"))]
    pub rows: Vec<CustomerText>,
    /// As for a drawer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// The same key is shown once, however often it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub idempotency_key: Option<CustomerText>,
}

impl DrawerOpen {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        if self.drawer.is_some_and(|drawer| !(1..=2).contains(&drawer)) {
            return invalid("drawer is 1 or 2");
        }
        if self
            .on_ms
            .is_some_and(|ms| !(10..=DRAWER_ON_MS_MAX).contains(&ms))
        {
            return invalid("on_ms goes from 10 to 510");
        }
        check_within(self.within_ms)
    }
}

impl BuzzerSound {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        if self
            .times
            .is_some_and(|times| !(1..=BUZZES_MAX).contains(&times))
        {
            return invalid("times goes from 1 to 9");
        }
        check_within(self.within_ms)
    }
}

impl DisplayShow {
    pub(crate) fn check(&self) -> Result<(), WireError> {
        if self.rows.len() > DISPLAY_ROWS_MAX {
            return invalid("a display has at most 4 rows");
        }
        let is_too_long = |row: &CustomerText| row.as_str().chars().count() > DISPLAY_COLUMNS_MAX;
        if self.rows.iter().any(is_too_long) {
            return invalid("a row of a display has at most 40 characters");
        }
        check_within(self.within_ms)
    }
}

fn check_within(within_ms: Option<u32>) -> Result<(), WireError> {
    match within_ms {
        Some(ms) if !(1..=WITHIN_MS_MAX).contains(&ms) => {
            invalid("within_ms goes from 1 to 600000")
        }
        _ => Ok(()),
    }
}

fn invalid(message: &str) -> Result<(), WireError> {
    Err(WireError::with_message(ErrorCode::InvalidParams, message))
}

#[cfg(test)]
mod tests {
    use crate::{ErrorCode, Method, Request};

    #[test]
    fn what_no_drawer_buzzer_or_display_can_do_is_refused() {
        let check = |method, params: &str| {
            let checked = Request::read(method, params).unwrap().check();
            checked.err().map(|error| error.data.code)
        };
        let invalid = Some(ErrorCode::InvalidParams);
        for (method, params, expected) in [
            (Method::DrawerOpen, "{}", None),
            (
                Method::DrawerOpen,
                r#"{"drawer":2,"on_ms":510,"within_ms":1}"#,
                None,
            ),
            (Method::DrawerOpen, r#"{"drawer":0}"#, invalid),
            (Method::DrawerOpen, r#"{"drawer":3}"#, invalid),
            (Method::DrawerOpen, r#"{"on_ms":9}"#, invalid),
            (Method::DrawerOpen, r#"{"on_ms":511}"#, invalid),
            (Method::DrawerOpen, r#"{"within_ms":0}"#, invalid),
            (Method::DrawerOpen, r#"{"within_ms":600001}"#, invalid),
            (Method::DrawerOpen, r#"{"idempotency_key":""}"#, invalid),
            (Method::BuzzerSound, "{}", None),
            (Method::BuzzerSound, r#"{"times":0}"#, invalid),
            (Method::BuzzerSound, r#"{"times":10}"#, invalid),
            (Method::DisplayShow, r#"{"rows":[]}"#, None),
            (Method::DisplayShow, r#"{"rows":["a","b","c","d"]}"#, None),
            (
                Method::DisplayShow,
                r#"{"rows":["a","b","c","d","e"]}"#,
                invalid,
            ),
        ] {
            assert_eq!(check(method, params), expected, "{params}");
        }
        let long = format!(r#"{{"rows":["{}"]}}"#, "x".repeat(41));
        assert_eq!(check(Method::DisplayShow, &long), invalid);
    }
}
