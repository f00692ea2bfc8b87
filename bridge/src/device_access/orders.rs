//! What a page orders from something it has opened: how much may wait, and how
//! each order is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::oneshot;

use super::DeviceError;

/// Octets that wait to be sent to one device.
pub(super) const OCTETS_WAITING_MAX: usize = 4 * 1024 * 1024;

/// Where an order's end is told.
pub(super) type Done = oneshot::Sender<Result<(), DeviceError>>;

/// Octets that wait to be sent, counted until they are gone.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) octets: Vec<u8>,
    waiting: Arc<AtomicUsize>,
}

impl Piece {
    /// A piece, if there is room for it.
    pub(super) fn new(octets: Vec<u8>, waiting: &Arc<AtomicUsize>) -> Option<Self> {
        let before = waiting.fetch_add(octets.len(), Ordering::Relaxed);
        let piece = Self {
            octets,
            waiting: Arc::clone(waiting),
        };
        (before + piece.octets.len() <= OCTETS_WAITING_MAX).then_some(piece)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.octets.len(), Ordering::Relaxed);
    }
}

/// An answer that is an error at once.
pub(super) fn failed(error: DeviceError) -> BoxFuture<'static, Result<(), DeviceError>> {
    std::future::ready(Err(error)).boxed()
}

/// An answer that comes.
pub(super) fn answered(
    ends: oneshot::Receiver<Result<(), DeviceError>>,
) -> BoxFuture<'static, Result<(), DeviceError>> {
    async move { ends.await.unwrap_or(Err(DeviceError::BrokenOff)) }.boxed()
}
