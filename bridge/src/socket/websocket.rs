//! WebSocket frames (RFC 6455) over a stream that the upgrade left behind.
//!
//! tungstenite does the framing; what is here lets one task drive reading and
//! writing at the same time without either waiting for the other, and lets the
//! frame limit grow once a session is open. No extension is negotiated, so
//! nothing is ever decompressed.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
pub(crate) use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};
pub(crate) use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Read at once. Larger documents arrive in more reads; with every connection
/// holding one such buffer, smaller is better.
const READ_OCTETS: usize = 16 * 1024;
/// Written at once: several small answers go out together.
const WRITE_OCTETS: usize = 16 * 1024;

/// Why a WebSocket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Closed by either side, or the connection is gone.
    Closed,
    /// A message over the limit.
    TooLarge,
    /// No WebSocket frames, or text that is not UTF-8.
    Malformed,
}

/// A WebSocket, driven by one task.
pub(crate) struct WebSocket<S> {
    inner: tungstenite::WebSocket<Polled<S>>,
    /// The stream took less than it was given: flush before giving it more.
    is_blocked: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// The server's side over `stream`, of which `already_read` was read with
    /// the request.
    pub(crate) fn new(stream: S, already_read: &[u8], message_octets_max: usize) -> Self {
        let polled = Polled {
            stream,
            waker: Waker::noop().clone(),
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_OCTETS)
            .write_buffer_size(WRITE_OCTETS)
            .max_message_size(Some(message_octets_max))
            .max_frame_size(Some(message_octets_max));
        let inner = tungstenite::WebSocket::from_partially_read(
            polled,
            already_read.to_vec(),
            Role::Server,
            Some(config),
        );
        Self {
            inner,
            is_blocked: false,
        }
    }

    /// From now on messages may be this large.
    pub(crate) fn allow_messages(&mut self, octets_max: usize) {
        self.inner.set_config(|config| {
            config.max_message_size = Some(octets_max);
            config.max_frame_size = Some(octets_max);
        });
    }

    /// The next message; pings are answered here. After [`Ended::TooLarge`]
    /// or [`Ended::Malformed`] nothing can be read any more.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Ended>> {
        self.inner.get_mut().waker.clone_from(cx.waker());
        match self.inner.read() {
            Ok(message) => Poll::Ready(Ok(message)),
            Err(error) if would_block(&error) => Poll::Pending,
            Err(error) => Poll::Ready(Err(ended(&error))),
        }
    }

    /// Writes what `next` gives until there is no more; pending while the
    /// other side does not take it. Nothing is taken from `next` meanwhile.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut next: impl FnMut() -> Option<Message>,
    ) -> Poll<Result<(), Ended>> {
        self.inner.get_mut().waker.clone_from(cx.waker());
        if self.is_blocked {
            ready!(self.poll_flush())?;
        }
        while let Some(message) = next() {
            match self.inner.write(message) {
                Ok(()) => {}
                Err(error) if would_block(&error) => {
                    self.is_blocked = true;
                    return Poll::Pending;
                }
                Err(error) => return Poll::Ready(Err(ended(&error))),
            }
        }
        self.poll_flush()
    }

    /// Says goodbye; the frame goes out with the next [`Self::poll_write`].
    pub(crate) fn close(&mut self, frame: CloseFrame) {
        // Blocked or broken: either is found by whoever polls next.
        let _ = self.inner.close(Some(frame));
        self.is_blocked = true;
    }

    /// Reads and forgets whatever comes, until nothing does: octets left
    /// unread would make the system reset the connection, and the goodbye
    /// would be lost with them.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.inner.get_mut();
        polled.waker.clone_from(cx.waker());
        let mut scratch = [0; 4096];
        loop {
            match polled.read(&mut scratch) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Ok(_) | Err(_) => return Poll::Ready(()),
            }
        }
    }

    fn poll_flush(&mut self) -> Poll<Result<(), Ended>> {
        match self.inner.flush() {
            Ok(()) => {
                self.is_blocked = false;
                Poll::Ready(Ok(()))
            }
            Err(error) if would_block(&error) => {
                self.is_blocked = true;
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(ended(&error))),
        }
    }
}

fn would_block(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn ended(error: &Error) -> Ended {
    match error {
        Error::Capacity(_) => Ended::TooLarge,
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Ended::Closed
        }
        Error::Protocol(_) | Error::Utf8(_) => Ended::Malformed,
        _ => Ended::Closed,
    }
}

/// A stream that says `WouldBlock` and wakes the task that asked last. One
/// task drives both directions, so one waker is enough.
struct Polled<S> {
    stream: S,
    waker: Waker,
}

impl<S: AsyncRead + Unpin> Read for Polled<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut self.stream).poll_read(&mut cx, &mut buffer) {
            Poll::Ready(Ok(())) => Ok(buffer.filled().len()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: AsyncWrite + Unpin> Write for Polled<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut self.stream).poll_write(&mut cx, octets) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut self.stream).poll_flush(&mut cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
