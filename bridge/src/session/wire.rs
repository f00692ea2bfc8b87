//! A WebSocket with its outbox: reads and writes without either waiting for
//! the other, and says goodbye.

use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::Duration;

use platen_protocol::{ErrorCode, Response, WireError};
use tokio::io::{AsyncRead, AsyncWrite};

use super::goodbye::Goodbye;
use super::outbox::Outbox;
use crate::dialect::platen_v1;
use crate::limits::Limits;
use crate::socket::{EdgeCounts, Ended, Message, WebSocket};

/// How long a closing connection may take to read the last messages and to
/// close its own side.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Wire<S> {
    socket: WebSocket<S>,
    pub(super) outbox: Outbox,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(socket: WebSocket<S>, limits: &Limits) -> Self {
        Self {
            socket,
            outbox: Outbox::new(limits.outbox_messages_max),
        }
    }

    /// Larger messages from now on.
    pub(super) fn allow_messages(&mut self, octets_max: usize) {
        self.socket.allow_messages(octets_max);
    }

    /// Answers request `id`, and counts it where the answer is an error.
    pub(super) fn answer(
        &mut self,
        counts: &EdgeCounts,
        id: u32,
        result: Result<Response, WireError>,
    ) {
        if let Err(error) = &result {
            counts.refused(error.data.code);
        }
        self.outbox.push(platen_v1::answer(id, result));
    }

    /// Answers something that was no request.
    pub(super) fn refuse(&mut self, counts: &EdgeCounts, id: Option<u32>, error: WireError) {
        counts.refused(error.data.code);
        self.outbox.push(platen_v1::refusal(id, error));
    }

    /// Refuses in the one way that tells nothing.
    pub(super) fn refuse_plainly(&mut self, counts: &EdgeCounts, id: Option<u32>) {
        self.refuse(counts, id, WireError::new(ErrorCode::NotAuthorized));
    }

    /// Writes what waits, and gives the next message, as long as there is room
    /// for its answer beside those of `calls` under way. Gives `None` when the
    /// outbox takes events again. Cancel safe: nothing is lost when dropped.
    pub(super) async fn next(&mut self, calls: usize) -> Result<Option<Message>, Ended> {
        let took_events = self.outbox.has_room_for_events();
        poll_fn(|cx| {
            let outbox = &mut self.outbox;
            if let Poll::Ready(Err(ended)) = self.socket.poll_write(cx, || outbox.pop()) {
                return Poll::Ready(Err(ended));
            }
            if !took_events && outbox.has_room_for_events() {
                return Poll::Ready(Ok(None));
            }
            if outbox.has_room_for_answers(calls) {
                self.socket.poll_read(cx).map_ok(Some)
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// Writes what waits, says why, and waits a moment for the other side to
    /// have read it: a close that meets unread octets takes them with it.
    pub(super) async fn close(mut self, goodbye: Goodbye) {
        let farewell = async {
            if let Some(frame) = goodbye.frame() {
                // A client that does not read gets only the reason.
                if goodbye != Goodbye::SlowConsumer {
                    let outbox = &mut self.outbox;
                    let written = poll_fn(|cx| self.socket.poll_write(cx, || outbox.pop())).await;
                    if written.is_err() {
                        return;
                    }
                }
                self.socket.close(frame);
            }
            let mut is_understood = !matches!(goodbye, Goodbye::TooLarge | Goodbye::Malformed);
            poll_fn(|cx| {
                let written = self.socket.poll_write(cx, || None);
                while is_understood {
                    match ready!(self.socket.poll_read(cx)) {
                        Ok(_) => {}
                        Err(Ended::Closed) => return Poll::Ready(()),
                        Err(Ended::TooLarge | Ended::Malformed) => is_understood = false,
                    }
                }
                if written == Poll::Ready(Err(Ended::Closed)) {
                    return Poll::Ready(());
                }
                self.socket.poll_discard(cx)
            })
            .await;
        };
        let _ = tokio::time::timeout(GOODBYE_WAIT, farewell).await;
    }
}
