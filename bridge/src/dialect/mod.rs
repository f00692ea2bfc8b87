//! Dialects: text to types and back, at the edge.
//!
//! Nothing behind this module knows how a client spells things.

pub(crate) mod platen_v1;
pub(crate) mod qz;

/// Which dialect a connection speaks; the handshake decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Our own: the subprotocol `platen.v1`.
    PlatenV1,
    /// That of pages written for QZ Tray, which ask for no subprotocol.
    Qz,
}
