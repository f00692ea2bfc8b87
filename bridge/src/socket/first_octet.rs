//! Notices when the other side begins to speak.
//!
//! A browser connects, completes TLS and then waits for its user to answer a
//! permission prompt before it sends the request. That may take minutes and is
//! no reason to hang up; a request that has begun and does not end is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// A stream that tells when its first octets are read.
#[derive(Debug)]
pub(super) struct FirstOctet<S> {
    stream: S,
    /// Taken when they have been.
    silent: Option<Arc<Notify>>,
}

impl<S> FirstOctet<S> {
    pub(super) fn new(stream: S, spoke: Arc<Notify>) -> Self {
        Self {
            stream,
            silent: Some(spoke),
        }
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstOctet<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before
            && let Some(spoke) = self.silent.take()
        {
            spoke.notify_one();
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstOctet<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
