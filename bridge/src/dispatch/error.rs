//! Why a request was not done, as it is said on the wire.

use platen_protocol::{ErrorCode, WireError};

use crate::store::StoreError;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DispatchError {
    /// The name on the wire.
    pub code: ErrorCode,
    /// What happened, to what, what to do.
    pub message: String,
}

impl DispatchError {
    /// The error with its code's own text.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            message: code.message().to_owned(),
        }
    }

    /// The error with a more exact message.
    #[must_use]
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The error as it goes over the wire.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        WireError::with_message(self.code, self.message.clone())
    }
}

impl From<StoreError> for DispatchError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store could not be read");
        Self::new(error.code())
    }
}

/// What a queue said, with the code's own text where it said nothing more.
pub(crate) fn refusal(code: ErrorCode, message: String) -> DispatchError {
    if message.is_empty() {
        DispatchError::new(code)
    } else {
        DispatchError { code, message }
    }
}
