//! Why a connection is closed, as the other side hears it.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::socket::{CloseFrame, Ended};

/// Every way a WebSocket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// The other side closed, and gets its close answered, or is gone.
    Gone,
    /// No session was opened: too many refusals, or too long without one.
    NotAuthorized,
    /// The session's grant or certificate ended or changed.
    GrantEnded,
    /// A message over the limit.
    TooLarge,
    /// Not the WebSocket protocol, or not UTF-8.
    Malformed,
    /// The client does not read.
    SlowConsumer,
    /// The client does not answer pings.
    Silent,
    /// More control frames than anyone needs.
    Flood,
    /// JSON that no client of the QZ dialect sends.
    Incompatible,
    /// The agent stops.
    ShuttingDown,
}

impl Goodbye {
    /// The close frame; `None` where the other side goes by itself.
    pub(super) fn frame(self) -> Option<CloseFrame> {
        let code = match self {
            Self::Gone => return None,
            // RFC 6455 §7.4.1 where it has a word, else the private range.
            Self::ShuttingDown => CloseCode::Away,
            Self::Malformed => CloseCode::Protocol,
            Self::NotAuthorized | Self::Flood => CloseCode::Policy,
            Self::TooLarge => CloseCode::Size,
            // What that client takes for another agent's version.
            Self::Incompatible => CloseCode::from(4003),
            Self::GrantEnded => CloseCode::from(4403),
            Self::Silent => CloseCode::from(4408),
            Self::SlowConsumer => CloseCode::from(4429),
        };
        Some(CloseFrame {
            code,
            reason: self.reason().into(),
        })
    }

    /// The reason in the close frame: an error code's name, where one fits.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::NotAuthorized | Self::GrantEnded => "not-authorized",
            Self::TooLarge => "frame-too-large",
            Self::Malformed | Self::Incompatible => "malformed",
            Self::SlowConsumer => "slow-consumer",
            Self::Silent => "silent",
            Self::Flood => "limit-exceeded",
            Self::ShuttingDown => "shutting-down",
        }
    }
}

impl From<Ended> for Goodbye {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Closed => Self::Gone,
            Ended::TooLarge => Self::TooLarge,
            Ended::Malformed => Self::Malformed,
        }
    }
}
