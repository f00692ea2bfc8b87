//! Text that is about a site's customers: names of jobs, idempotency keys.
//!
//! A receipt's name may be a patient's, an order's key may be a phone number.
//! [`CustomerText`] can be stored, sent and shown to whom it belongs, and
//! cannot slip into a log line or an error message: it has no `Display`, and
//! its `Debug` tells the length only.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text of a site's customers. Ask for it by [`Self::as_str`], where a person
/// or a page has a right to see it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerText(String);

impl CustomerText {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for CustomerText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for CustomerText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for CustomerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomerText({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_text_goes_over_the_wire_and_not_into_a_log() {
        let name = CustomerText::from("Möller, Anna");
        assert_eq!(
            serde_json::to_string(&name).expect("text has a JSON form"),
            "\"Möller, Anna\""
        );
        assert_eq!(format!("{name:?}"), "CustomerText(12 characters)");
    }
}
