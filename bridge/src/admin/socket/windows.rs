//! A named pipe, called after a digest of the state directory's path.
//!
//! Its list admits the agent's own account, the system and administrators, and
//! none from other machines; the client's account is looked at again. A client
//! looks whose the pipe is before it says anything: the name is anybody's to
//! take while no agent runs.

use std::io;
use std::path::Path;

use platen_protocol::Digest;
use platen_windows::access::{self, Sid};
use platen_windows::pipe::{self, ConnectError, PipeListener};
use tokio::io::{AsyncRead, AsyncWrite};

use super::SocketError;
use crate::admin::ClientError;
use crate::paths;
use crate::state_directory::StateDirectory;

/// A connection to the agent, at either end.
pub type AdminStream = Box<dyn Stream>;

/// What a connection can do.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The pipe, listening.
#[derive(Debug)]
pub struct AdminSocket {
    listener: PipeListener,
    /// Held, so that the pipe is nobody else's.
    _state: StateDirectory,
}

impl AdminSocket {
    /// Listens for the agent of this state directory. Call it within a tokio
    /// runtime.
    ///
    /// # Errors
    /// [`SocketError`].
    pub fn bind(state: &StateDirectory) -> Result<Self, SocketError> {
        let listener = access::own_account()
            .and_then(|own| PipeListener::bind(&name(state.path())?, own))
            .map_err(|source| SocketError::Make {
                folder: state.path().to_owned(),
                source,
            })?;
        Ok(Self {
            listener,
            _state: state.clone(),
        })
    }

    /// The next connection of somebody who may administer this agent. Cancel
    /// safe.
    ///
    /// # Errors
    /// When the system gives no connection.
    pub async fn accept(&mut self) -> io::Result<AdminStream> {
        let refused = |account: &Sid| {
            tracing::warn!(
                %account,
                "another user was refused at the administration pipe"
            );
        };
        Ok(Box::new(self.listener.accept(refused).await?))
    }
}

/// Connects to the agent with this state directory.
pub(in crate::admin) async fn connect(state: &Path) -> Result<AdminStream, ClientError> {
    let nobody = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => ClientError::NotAllowed(state.to_owned()),
        _ => ClientError::NotRunning(state.to_owned()),
    };
    let service = Sid::new(paths::SERVICE_ACCOUNT);
    let name = name(state).map_err(nobody)?;
    let own = access::own_account().map_err(nobody)?;
    match pipe::connect(&name, &own, &[service]).await {
        Ok(pipe) => Ok(Box::new(pipe)),
        Err(ConnectError::NotAllowed) => Err(ClientError::NotAllowed(state.to_owned())),
        Err(ConnectError::Stranger(account)) => Err(ClientError::Stranger {
            folder: state.to_owned(),
            account: account.to_string(),
        }),
        Err(ConnectError::Busy) => Err(ClientError::Broken(
            "it has too many connections already".to_owned(),
        )),
        Err(_) => Err(ClientError::NotRunning(state.to_owned())),
    }
}

/// The pipe of a state directory. Whoever names the directory in another way
/// (capital letters, a link) means the same pipe.
fn name(state: &Path) -> io::Result<String> {
    let state = state.canonicalize()?;
    let text = state.to_string_lossy().to_lowercase();
    let digest = Digest::of(text.as_bytes()).to_hex();
    Ok(format!(r"\\.\pipe\platen-{}", &digest[..32]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_agent_of_a_directory_is_reached_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("State");
        let absent = connect(&state).await.err();
        assert!(
            matches!(absent, Some(ClientError::NotRunning(_))),
            "{absent:?}"
        );
        let claimed = StateDirectory::claim(&state).unwrap();
        let mut socket = AdminSocket::bind(&claimed).unwrap();
        for name in ["State", "STATE", "./state"] {
            let client = connect(&folder.path().join(name)).await.unwrap();
            socket.accept().await.unwrap();
            drop(client);
        }
        drop(socket);
        let gone = connect(&state).await.err();
        assert!(matches!(gone, Some(ClientError::NotRunning(_))), "{gone:?}");
    }
}
