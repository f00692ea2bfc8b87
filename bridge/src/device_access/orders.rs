//! What a page orders from something it has opened: how much may wait, and how
//! each order is answered.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::DeviceError;

/// Orders that wait for one device.
const ORDERS_WAITING_MAX: usize = 64;
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

/// What a page calls something that it opens, and how it hears what is wrong.
pub(super) trait Name: Clone + Eq + Hash + Send + 'static {
    /// The page has it open already.
    fn open_already(&self) -> DeviceError;
    /// The page does not have it open.
    fn not_open(&self) -> DeviceError;
    /// Too much waits for it.
    fn busy(&self) -> DeviceError;
    /// The page has as many as it may have.
    fn too_many(max: usize) -> DeviceError;
}

/// What one page has opened, each with a task that takes its orders (`O`).
#[derive(Debug)]
pub(super) struct Opened<N, O> {
    max: usize,
    held: HashMap<N, Held<O>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What is held of one; its task ends when this is dropped.
#[derive(Debug)]
struct Held<O> {
    orders: mpsc::Sender<O>,
    octets_waiting: Arc<AtomicUsize>,
}

impl<N: Name, O: Send + 'static> Opened<N, O> {
    /// Nothing is open, and at most so many are.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            held: HashMap::new(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Whether it is open, or about to be.
    pub(super) fn is_open(&self, name: &N) -> bool {
        let held = self.held.get(name);
        held.is_some_and(|held| !held.orders.is_closed())
    }

    /// Opens it by a task that says when it is; what is ordered from now on
    /// waits for that.
    pub(super) fn open<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        name: N,
        task: impl FnOnce(mpsc::Receiver<O>, Done) -> F,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        self.held.retain(|_, held| !held.orders.is_closed());
        if self.is_open(&name) {
            return failed(name.open_already());
        }
        if self.held.len() >= self.max {
            return failed(N::too_many(self.max));
        }
        let (orders, taken) = mpsc::channel(ORDERS_WAITING_MAX);
        let (opened, ends) = oneshot::channel();
        let held = Held {
            orders,
            octets_waiting: Arc::default(),
        };
        self.held.insert(name, held);
        let task = self
            .stop
            .clone()
            .run_until_cancelled_owned(task(taken, opened));
        self.tasks.spawn(task);
        async move { ends.await.unwrap_or(Err(DeviceError::BrokenOff)) }.boxed()
    }

    /// Orders octets to be sent, after what was ordered before.
    pub(super) fn send(
        &self,
        name: &N,
        octets: Vec<u8>,
        order: impl FnOnce(Piece, Done) -> O,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        let Some(held) = self.held.get(name) else {
            return failed(name.not_open());
        };
        match Piece::new(octets, &held.octets_waiting) {
            Some(piece) => self.order(name, |done| order(piece, done)),
            None => failed(name.busy()),
        }
    }

    /// Orders something; the future is its end.
    pub(super) fn order(
        &self,
        name: &N,
        order: impl FnOnce(Done) -> O,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        let Some(held) = self.held.get(name) else {
            return failed(name.not_open());
        };
        let (done, ends) = oneshot::channel();
        match held.orders.try_send(order(done)) {
            Ok(()) => {
                let not_open = name.not_open();
                async move { ends.await.unwrap_or(Err(not_open)) }.boxed()
            }
            Err(mpsc::error::TrySendError::Full(_)) => failed(name.busy()),
            Err(mpsc::error::TrySendError::Closed(_)) => failed(name.not_open()),
        }
    }

    /// Ends every task, and waits until it has.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// An answer that is an error at once.
fn failed(error: DeviceError) -> BoxFuture<'static, Result<(), DeviceError>> {
    std::future::ready(Err(error)).boxed()
}
