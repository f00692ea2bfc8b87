//! A network printer that does what a test says: prints, stalls, resets,
//! closes early, never closes, never stops talking.
//!
//! It takes one connection on a free loopback port. No test sleeps: a printer
//! that waits goes on when it is told to.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What the printer does with its one connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Script {
    /// Reads to the end and closes.
    Print,
    /// Takes the connection, reads nothing until told, then prints.
    PrintWhenTold,
    /// Reads this many octets and resets the connection.
    ResetAfter(usize),
    /// Reads this many octets and closes the connection.
    CloseAfter(usize),
    /// Reads to the end and keeps the connection open.
    NeverClose,
    /// Says this again and again, as fast as it can, while it reads to the
    /// end.
    Talk(&'static [u8]),
    /// Closes its own half at once, reads to the end, closes.
    HalfClose,
}

/// How it ended for the printer: what it read, or that the connection broke.
type Printed = std::io::Result<Vec<u8>>;

pub(super) struct ScriptedPrinter {
    port: u16,
    told: Arc<Notify>,
    task: JoinHandle<Printed>,
}

impl ScriptedPrinter {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::new(Notify::new());
        let wait = Arc::clone(&told);
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            serve(stream, script, &wait).await
        });
        Self { port, told, task }
    }

    /// A port where nobody listens.
    pub(super) async fn closed_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Lets a waiting printer go on.
    pub(super) fn go_on(&self) {
        self.told.notify_one();
    }

    /// What it read to the end.
    pub(super) async fn printed(self) -> Vec<u8> {
        self.task.await.unwrap().unwrap()
    }

    /// Returns when its connection broke.
    pub(super) async fn lost(self) {
        self.task.await.unwrap().unwrap_err();
    }
}

async fn serve(mut stream: TcpStream, script: Script, told: &Notify) -> Printed {
    let mut read = Vec::new();
    match script {
        Script::Print => {
            stream.read_to_end(&mut read).await?;
        }
        Script::PrintWhenTold => {
            told.notified().await;
            stream.read_to_end(&mut read).await?;
        }
        Script::ResetAfter(octets) => {
            read.resize(octets, 0);
            stream.read_exact(&mut read).await?;
            stream.set_zero_linger()?;
        }
        Script::CloseAfter(octets) => {
            read.resize(octets, 0);
            stream.read_exact(&mut read).await?;
        }
        Script::NeverClose => {
            stream.read_to_end(&mut read).await?;
            told.notified().await;
        }
        Script::Talk(words) => {
            let (mut from, mut to) = stream.split();
            let flood = words.repeat(4096 / words.len());
            let talk = async { while to.write_all(&flood).await.is_ok() {} };
            tokio::select! {
                end = from.read_to_end(&mut read) => { end?; }
                // The other side had enough, and has gone.
                () = talk => {}
            }
        }
        Script::HalfClose => {
            stream.shutdown().await?;
            stream.read_to_end(&mut read).await?;
        }
    }
    Ok(read)
}
