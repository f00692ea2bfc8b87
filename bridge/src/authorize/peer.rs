//! Who asks, as far as the handshake tells.

use platen_protocol::Origin;

/// The other side of a connection, by its `Origin` header. A browser sets that
/// header and no page can change it; any other program can say what it likes.
/// It tells who asks, and never what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A page of this origin.
    Site(Origin),
    /// A page without an origin of its own (`null`), or a header that no
    /// browser sends. Nothing is ever granted to it.
    Opaque,
    /// A client that sent no `Origin`: no browser.
    Native,
}

impl Peer {
    /// The origin, where the header names one.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Site(origin) => Some(origin),
            Self::Opaque | Self::Native => None,
        }
    }
}
