//! Whose program is at the other end of a loopback connection.
//!
//! Every user of a machine reaches its loopback ports, and a page's `Origin`
//! says nothing of who looks at it. The operating system knows: a
//! [`ConnectionOwners`] asks it, for one connection and by its exact two ends.
//! What follows from the answer is decided elsewhere: who is served at all by
//! [`Served`], here; what a grant or a printer allows by [`Users`], in
//! [`crate::authorize`].
//!
//! One file per operating system; `linux/` is where to start reading.

#[cfg(not(any(target_os = "linux", windows)))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
pub(crate) mod listener;
mod users;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

#[cfg(not(any(target_os = "linux", windows)))]
use self::elsewhere as system;
#[cfg(target_os = "linux")]
use self::linux as system;
pub use self::users::{UserNameError, Users};
#[cfg(windows)]
use self::windows as system;

/// An account of the operating system. Two are the same when their ids are:
/// names change.
#[derive(Debug, Clone)]
pub struct User {
    id: Arc<str>,
    name: Arc<str>,
}

impl User {
    /// The account with this id (a number on Unix, a SID on Windows), called
    /// so where the system's list of users has it.
    #[must_use]
    pub fn new(id: &str, name: Option<&str>) -> Self {
        Self {
            id: id.into(),
            name: name.unwrap_or(id).into(),
        }
    }

    /// What the system knows it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it; the id where it has no name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for User {}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Why the owner of a connection is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnerError {
    /// No socket has these two ends any more.
    #[error("the connection is gone")]
    Gone,
    /// Its program has closed it, or lives in another user namespace: the
    /// system counts it to nobody in particular.
    #[error("the system counts the connection to nobody in particular")]
    Nobody,
    /// The system did not answer.
    #[error("the system does not tell whose connection it is: {0}")]
    System(#[from] io::Error),
    /// Nobody has written this for the operating system.
    #[error(
        "whose connection it is cannot be asked on this operating system; keep one user per agent"
    )]
    Unsupported,
}

/// Tells whose program is at the other end.
pub trait ConnectionOwners: fmt::Debug + Send + Sync {
    /// The owner of the socket that is bound to `client` and connected to
    /// `agent`. Takes microseconds: one question to the kernel.
    ///
    /// # Errors
    /// [`OwnerError`].
    fn owner(&self, client: SocketAddr, agent: SocketAddr) -> Result<User, OwnerError>;
}

/// The operating system's own word.
#[must_use]
pub fn connection_owners() -> Arc<dyn ConnectionOwners> {
    Arc::new(system::SystemOwners)
}

/// Whether this operating system can be asked at all.
#[must_use]
pub fn can_tell() -> bool {
    system::can_tell()
}

/// The account this process runs under.
#[must_use]
pub fn own_user() -> User {
    system::own_user()
}

/// The account with this number.
#[cfg(unix)]
pub(crate) fn user_with(uid: u32) -> User {
    system::user_with(uid)
}

/// Whether this process runs for one person at the machine: not as root, and
/// not as one of the accounts that services have.
#[must_use]
pub fn is_a_persons() -> bool {
    system::is_a_persons()
}

/// Whose connections an agent serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// Every user of the machine, each with their own jobs: the system's agent.
    EveryUser,
    /// This one: a user's own agent. A connection whose owner is not known is
    /// not served either.
    Only(User),
}

impl Served {
    /// What becomes of a connection of `owner`.
    #[must_use]
    pub fn visitor(&self, owner: Option<User>) -> Visitor {
        match self {
            Self::EveryUser => Visitor::Served(owner),
            Self::Only(own) if owner.as_ref() == Some(own) => Visitor::Served(owner),
            Self::Only(_) => Visitor::Stranger,
        }
    }
}

/// Who came, before anything was read of what they sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// A program of this user; `None`: of nobody in particular.
    Served(Option<User>),
    /// Somebody this agent does not serve. They hear what everybody hears of
    /// whom no grant names, so that nobody learns of users by trying.
    Stranger,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_agent_serves_that_user_and_the_systems_everybody() {
        let (anna, ben) = (User::new("1000", Some("anna")), User::new("1001", None));
        let own = Served::Only(anna.clone());
        for (served, owner, expected) in [
            (&own, Some(&anna), Visitor::Served(Some(anna.clone()))),
            (&own, Some(&ben), Visitor::Stranger),
            (&own, None, Visitor::Stranger),
            (
                &Served::EveryUser,
                Some(&ben),
                Visitor::Served(Some(ben.clone())),
            ),
            (&Served::EveryUser, None, Visitor::Served(None)),
        ] {
            assert_eq!(served.visitor(owner.cloned()), expected, "{owner:?}");
        }
    }

    #[test]
    fn a_user_is_the_same_under_another_name() {
        assert_eq!(
            User::new("1000", Some("anna")),
            User::new("1000", Some("hanna"))
        );
        assert_ne!(
            User::new("1000", Some("anna")),
            User::new("1001", Some("anna"))
        );
        assert_eq!(User::new("1000", None).to_string(), "1000");
    }
}
