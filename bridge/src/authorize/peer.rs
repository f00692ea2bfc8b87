//! Who asks, as far as handshake and operating system tell.

use platen_protocol::Origin;

use crate::owner::User;

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

/// A peer, and whose program it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What its handshake says.
    pub peer: Peer,
    /// The user of the machine that the connection belongs to; `None`: of
    /// nobody in particular, and then what is bound to users is not for them.
    pub user: Option<User>,
}

impl Caller {
    /// The origin, where the handshake names one.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.peer.origin()
    }
}

/// Of nobody in particular.
impl From<Peer> for Caller {
    fn from(peer: Peer) -> Self {
        Self { peer, user: None }
    }
}
