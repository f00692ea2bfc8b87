//! The task of one device that is held: opens it, brings each order to its
//! lane, and lets the device go.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::lane::{self, InOrder, OutOrder, OutWork};
use super::{DeviceClass, Done, HeldError, ORDERS_WAITING_MAX, Opened, Order, Use};
use crate::device_access::{DeviceAnswer, DeviceEvent};

/// Serves one device.
pub(super) struct Task {
    pub(super) class: DeviceClass,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) events: mpsc::Sender<DeviceEvent>,
    /// Ends it.
    pub(super) stop: CancellationToken,
    /// Last, so that who hears of the end finds everything let go.
    pub(super) ended: DropGuard,
}

/// How a device is held no more.
#[derive(PartialEq, Eq)]
enum End {
    /// It was unplugged.
    Lost,
    /// Nobody wants it any more.
    LetGo,
}

impl Task {
    /// Opens the device, does what is asked of it, and lets it go.
    pub(super) async fn run(
        mut self,
        open: impl Future<Output = Result<Opened, HeldError>>,
        answer: Done,
    ) {
        let device = match self.stop.run_until_cancelled(open).await {
            Some(Ok(device)) => device,
            // Nobody wants it any more.
            None => return,
            Some(Err(error)) => {
                // First, so that who hears of it finds the place free.
                drop(self);
                let _ = answer.send(Err(error.into()));
                return;
            }
        };
        let _ = answer.send(Ok(DeviceAnswer::Done));
        let identity = device.identity.clone();
        if self.serve(device).await == End::Lost {
            let event = DeviceEvent::DeviceLost {
                class: self.class,
                identity,
            };
            self.orders.close();
            // To a page that reads, or none.
            self.stop.run_until_cancelled(self.events.send(event)).await;
        }
        drop(self.ended);
    }

    async fn serve(&mut self, device: Opened) -> End {
        let Opened {
            identity,
            inlets,
            outlets,
            mut gone,
            claim,
        } = device;
        let mut running: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        let mut routes = Routes::default();
        for (number, inlet) in inlets {
            let (orders, taken) = mpsc::channel(ORDERS_WAITING_MAX);
            let tell = lane::Tell {
                class: self.class,
                identity: identity.clone(),
                events: self.events.clone(),
            };
            running.push(lane::serve_in(inlet, taken, tell).boxed());
            routes.ins.insert(number, orders);
        }
        for (number, outlet) in outlets {
            let (orders, taken) = mpsc::channel(ORDERS_WAITING_MAX);
            running.push(lane::serve_out(outlet, taken).boxed());
            routes.outs.insert(number, orders);
        }
        let end = loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => routes.bring(order),
                    None => break End::LetGo,
                },
                // A lane ends when its device is gone.
                Some(()) = running.next() => break End::Lost,
                () = &mut gone => break End::Lost,
                () = self.stop.cancelled() => break End::LetGo,
            }
        };
        // To give a device back to the kernel's driver takes its time. Only then
        // may somebody else have it.
        let let_go = tokio::task::spawn_blocking(move || drop(running));
        let _ = let_go.await;
        drop(claim);
        end
    }
}

/// Where orders go.
#[derive(Default)]
struct Routes {
    ins: HashMap<u8, mpsc::Sender<InOrder>>,
    outs: HashMap<u8, mpsc::Sender<OutOrder>>,
    /// The way in that tells what arrives, and when it has stopped.
    streaming: Option<(u8, CancellationToken)>,
}

impl Routes {
    fn bring(&mut self, order: Order) {
        match order {
            Order::Use(Use::Send { lane, octets }, room, done) => {
                let work = OutWork::Send(octets);
                self.way_out(lane, OutOrder { work, room, done }, HeldError::NoLane(lane));
            }
            Order::Use(Use::SendFeature(report), room, done) => {
                let work = OutWork::SendFeature(report);
                self.way_out(0, OutOrder { work, room, done }, HeldError::NoFeatures);
            }
            Order::Use(Use::Feature { number, octets_max }, room, done) => {
                let work = OutWork::Feature { number, octets_max };
                self.way_out(0, OutOrder { work, room, done }, HeldError::NoFeatures);
            }
            Order::Use(Use::Receive { lane, octets_max }, _, done) => {
                self.way_in(lane, InOrder::Receive { octets_max, done });
            }
            Order::Use(
                Use::OpenStream {
                    lane,
                    octets_max,
                    interval,
                },
                _,
                done,
            ) => {
                let is_streaming = self.streaming.as_ref();
                if is_streaming.is_some_and(|(_, ended)| !ended.is_cancelled()) {
                    let _ = done.send(Err(HeldError::Streaming.into()));
                    return;
                }
                let ended = CancellationToken::new();
                self.streaming = Some((lane, ended.clone()));
                let stream = lane::Stream::new(octets_max, interval, ended.drop_guard());
                self.way_in(lane, InOrder::OpenStream(stream, done));
            }
            Order::CloseStream(done) => match self.streaming.take() {
                Some((lane, ended)) if !ended.is_cancelled() => {
                    self.way_in(lane, InOrder::CloseStream(done));
                }
                Some(_) | None => {
                    let _ = done.send(Err(HeldError::NotStreaming.into()));
                }
            },
        }
    }

    fn way_out(&self, lane: u8, order: OutOrder, missing: HeldError) {
        let refused = match self.outs.get(&lane) {
            Some(orders) => match orders.try_send(order) {
                Ok(()) => return,
                Err(error) => (error.into_inner().done, HeldError::Busy),
            },
            None => (order.done, missing),
        };
        let _ = refused.0.send(Err(refused.1.into()));
    }

    fn way_in(&self, lane: u8, order: InOrder) {
        let refused = match self.ins.get(&lane) {
            Some(orders) => match orders.try_send(order) {
                Ok(()) => return,
                Err(error) => (error.into_inner().done(), HeldError::Busy),
            },
            None => (order.done(), HeldError::NoLane(lane)),
        };
        let _ = refused.0.send(Err(refused.1.into()));
    }
}
