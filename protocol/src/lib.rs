//! `platen.v1`: the words a page and an agent exchange.
//!
//! Wire types, the closed list of error codes, canonical JSON, origins and the
//! signed statement. This crate does no I/O, reads no clock and spawns
//! nothing; it compiles to WASM. Start with [`method`] for what can be asked,
//! [`message`] for how it is framed, [`statement`] for what a site signs.
//!
//! The feature `verify` adds `trust`: X.509 path validation and signature
//! verification.

pub mod accessory;
pub mod canonical;
pub mod chunk;
pub mod customer_text;
pub mod device;
pub mod digest;
pub mod error;
pub mod event;
pub mod fingerprint;
pub mod grant;
pub mod id;
pub mod job;
pub mod message;
pub mod method;
pub mod origin;
pub mod preview;
pub mod printer;
pub mod proof;
pub mod provision;
pub mod revocation;
pub mod statement;
#[cfg(feature = "verify")]
pub mod trust;

#[cfg(test)]
mod typescript;

pub use accessory::Accessory;
pub use customer_text::CustomerText;
pub use digest::Digest;
pub use error::{ErrorCode, WireError};
pub use event::{Cursor, Event, Topic};
pub use fingerprint::Fingerprint;
pub use grant::{Capability, Signing};
pub use id::{AgentId, JobId, PrinterId};
pub use job::{Evidence, Job, JobState, JobStateReason};
pub use method::{Method, Request, Response};
pub use origin::{Origin, OriginPattern};
pub use printer::{Printer, PrinterState, PrinterStateReason, StatusDetail, StatusSource};
pub use statement::{Purpose, Signed, Statement};

/// The WebSocket subprotocol of this dialect, and the `protocol` of `hello`.
pub const SUBPROTOCOL: &str = "platen.v1";

/// Milliseconds since the Unix epoch, UTC: every time on the wire.
pub type TimestampMs = u64;
