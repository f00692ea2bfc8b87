//! Named pipes of this machine, and who is at their other end.
//!
//! A pipe's name is anybody's to take. So the first instance must be ours, the
//! descriptor admits us, the system and administrators alone, and a client
//! looks at the owner of the pipe before it says a word.

use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::time::Duration;

use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_PIPE_BUSY};
use windows_sys::Win32::System::Pipes::GetNamedPipeClientProcessId;

use crate::access::{self, Descriptor, Sid, check};

/// A pipe that listens under a name.
#[derive(Debug)]
pub struct PipeListener {
    name: String,
    own: Sid,
    descriptor: Descriptor,
    /// The instance that waits for the next client; there is always one, so
    /// that the name stays ours.
    waiting: NamedPipeServer,
}

impl PipeListener {
    /// Takes the name. Call it within a tokio runtime.
    ///
    /// # Errors
    /// What the system says; also where another process has the name.
    pub fn bind(name: &str, own: Sid) -> io::Result<Self> {
        let descriptor = Descriptor::private(&own)?;
        let waiting = instance(name, &descriptor, true)?;
        Ok(Self {
            name: name.to_owned(),
            own,
            descriptor,
            waiting,
        })
    }

    /// The next client that may be served; who may not be is told in
    /// `refused`. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn accept(&mut self, refused: impl Fn(&Sid)) -> io::Result<NamedPipeServer> {
        loop {
            self.waiting.connect().await?;
            let next = instance(&self.name, &self.descriptor, false)?;
            let connected = std::mem::replace(&mut self.waiting, next);
            match self.stranger(&connected) {
                None => return Ok(connected),
                Some(account) => refused(&account),
            }
        }
    }

    /// The account of a client that is neither ours, nor the system, nor an
    /// administrator. The descriptor keeps such clients out; this is asked all
    /// the same. A process that we may not ask has come past the descriptor
    /// and is more than we are.
    fn stranger(&self, pipe: &NamedPipeServer) -> Option<Sid> {
        let mut process = 0;
        // SAFETY: an open pipe, and a place for one number.
        check(unsafe { GetNamedPipeClientProcessId(pipe.as_raw_handle(), &raw mut process) })
            .ok()?;
        let account = access::account_of_process(process).ok()?;
        let admitted = account.is_trusted_by(&self.own)
            || access::is_administrators_process(process).unwrap_or(true);
        (!admitted).then_some(account)
    }
}

fn instance(name: &str, descriptor: &Descriptor, first: bool) -> io::Result<NamedPipeServer> {
    let mut attributes = descriptor.attributes();
    let mut options = ServerOptions::new();
    options
        .first_pipe_instance(first)
        .reject_remote_clients(true);
    // SAFETY: attributes of a descriptor that outlives the call.
    unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast()) }
}

/// Why a pipe cannot be talked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody listens.
    #[error("nobody listens: {0}")]
    Nobody(#[source] io::Error),
    /// The one who listens does not let us in.
    #[error("the pipe is another user's")]
    NotAllowed,
    /// Every instance has its client.
    #[error("the pipe is busy")]
    Busy,
    /// Somebody who is neither us, nor the system, nor an administrator has
    /// taken the name.
    #[error("the pipe belongs to {0}, who is not to be trusted with it")]
    Stranger(Sid),
}

/// Between two tries, and in all: a moment after each client there is an
/// instance for the next.
const TRY_AGAIN: Duration = Duration::from_millis(10);
const TRIES_MAX: usize = 300;

/// Connects to a pipe of `own`, the system, administrators, or one of
/// `others`.
///
/// # Errors
/// [`ConnectError`].
pub async fn connect(
    name: &str,
    own: &Sid,
    others: &[Sid],
) -> Result<NamedPipeClient, ConnectError> {
    let mut tries = 0;
    let pipe = loop {
        // By default the server may learn who we are, and not act in our name.
        let error = match ClientOptions::new().open(name) {
            Ok(pipe) => break pipe,
            Err(error) => error,
        };
        match error.raw_os_error().map(i32::cast_unsigned) {
            Some(ERROR_ACCESS_DENIED) => return Err(ConnectError::NotAllowed),
            Some(ERROR_PIPE_BUSY) if tries < TRIES_MAX => tries += 1,
            Some(ERROR_PIPE_BUSY) => return Err(ConnectError::Busy),
            _ => return Err(ConnectError::Nobody(error)),
        }
        tokio::time::sleep(TRY_AGAIN).await;
    };
    let owner = access::owner_of_object(&pipe).map_err(ConnectError::Nobody)?;
    if owner.is_trusted_by(own) || others.contains(&owner) {
        Ok(pipe)
    } else {
        Err(ConnectError::Stranger(owner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn name(part: &str) -> String {
        format!(r"\\.\pipe\platen-test-{part}-{}", std::process::id())
    }

    #[tokio::test]
    async fn what_one_end_says_the_other_hears() {
        let own = access::own_account().unwrap();
        let name = name("talk");
        let mut listener = PipeListener::bind(&name, own.clone()).unwrap();
        for _ in 0..3 {
            let mut client = connect(&name, &own, &[]).await.unwrap();
            let mut server = listener.accept(|who| panic!("{who}")).await.unwrap();
            client.write_all(b"hello").await.unwrap();
            let mut heard = [0; 5];
            server.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"hello");
        }
        drop(listener);
        let gone = connect(&name, &own, &[]).await;
        assert!(matches!(gone, Err(ConnectError::Nobody(_))), "{gone:?}");
    }

    #[tokio::test]
    async fn a_pipe_of_somebody_else_is_not_talked_to() {
        let own = access::own_account().unwrap();
        let name = name("stranger");
        let mut listener = PipeListener::bind(&name, own.clone()).unwrap();
        tokio::spawn(async move { while listener.accept(|_| {}).await.is_ok() {} });
        let somebody = Sid::new("S-1-5-21-1-2-3-4");
        let refused = connect(&name, &somebody, &[]).await;
        if own.is_trusted_by(&somebody) {
            // We are the system: everybody trusts us.
            return;
        }
        assert!(matches!(refused, Err(ConnectError::Stranger(who)) if who == own));
        connect(&name, &somebody, &[own]).await.unwrap();
    }
}
