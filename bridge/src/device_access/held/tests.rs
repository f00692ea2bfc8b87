//! Holding devices that a script plays.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;

use super::*;
use crate::claims::{Claimant, Claims, Holder, Sharing};
use crate::clock::Clock;

const WAY_IN: u8 = 0x81;
const WAY_OUT: u8 = 0x02;

/// A device that says what it is given, and keeps what it gets.
struct Scripted {
    says: mpsc::UnboundedSender<Result<Vec<u8>, Fault>>,
    heard: Arc<Mutex<Vec<u8>>>,
    unplug: CancellationToken,
}

struct In(
    mpsc::UnboundedReceiver<Result<Vec<u8>, Fault>>,
    VecDeque<u8>,
);

impl Inlet for In {
    fn receive(&mut self, octets_max: usize) -> BoxFuture<'_, Result<Vec<u8>, Fault>> {
        async move {
            if self.1.is_empty() {
                self.1
                    .extend(self.0.recv().await.unwrap_or(Err(Fault::Lost))?);
            }
            let count = octets_max.min(self.1.len());
            Ok(self.1.drain(..count).collect())
        }
        .boxed()
    }
}

struct Out(Arc<Mutex<Vec<u8>>>);

impl Outlet for Out {
    fn perform(&mut self, work: OutWork) -> BoxFuture<'_, Result<Option<Vec<u8>>, Fault>> {
        async move {
            match work {
                OutWork::Send(octets) if octets == b"jam" => std::future::pending().await,
                OutWork::Send(octets) | OutWork::SendFeature(octets) => {
                    self.0.lock().unwrap().extend(octets);
                    Ok(None)
                }
                OutWork::Feature { number, .. } => Ok(Some(vec![number])),
            }
        }
        .boxed()
    }
}

struct Scene {
    holdings: Holdings,
    events: mpsc::Receiver<DeviceEvent>,
    claims: Claims,
}

fn scene() -> Scene {
    let (events, told) = mpsc::channel(8);
    Scene {
        holdings: Holdings::new(events),
        events: told,
        claims: Claims::new(Clock::system()),
    }
}

fn device(text: &str) -> DeviceSelector {
    DeviceSelector {
        identity: text.parse().unwrap(),
        usage_page: None,
    }
}

impl Scene {
    fn claim(&self, session_id: u64) -> Result<Claim, HeldError> {
        let holder = Holder::Session {
            origin: "https://pos.example".parse().unwrap(),
            session_id,
        };
        let claimant = Claimant::new(self.claims.clone(), holder);
        let claim = claimant.claim("usb:04b8:0202", Sharing::Alone);
        claim.map_err(HeldError::HeldElsewhere)
    }

    fn take(&mut self) -> (BoxFuture<'static, Answer>, Scripted) {
        let (says, said) = mpsc::unbounded_channel();
        let heard = Arc::default();
        let unplug = CancellationToken::new();
        let scripted = Scripted {
            says,
            heard: Arc::clone(&heard),
            unplug: unplug.clone(),
        };
        let claim = self.claim(1);
        let open = async move {
            let inlet: Box<dyn Inlet> = Box::new(In(said, VecDeque::new()));
            let outlet: Box<dyn Outlet> = Box::new(Out(heard));
            Ok(Opened {
                identity: device("04b8:0202").identity,
                inlets: HashMap::from([(WAY_IN, inlet)]),
                outlets: HashMap::from([(WAY_OUT, outlet)]),
                gone: async move { unplug.cancelled().await }.boxed(),
                claim: claim?,
            })
        };
        let held = self
            .holdings
            .hold(DeviceClass::Usb, device("04b8:0202"), open);
        (held, scripted)
    }

    fn with(&self, wanted: Use) -> BoxFuture<'static, Answer> {
        self.holdings
            .with(DeviceClass::Usb, &device("04b8:0202"), wanted)
    }
}

fn send(octets: &[u8]) -> Use {
    Use::Send {
        lane: WAY_OUT,
        octets: octets.to_vec(),
    }
}

fn receive(octets_max: usize) -> Use {
    Use::Receive {
        lane: WAY_IN,
        octets_max,
    }
}

fn stream(interval_ms: u64) -> Use {
    Use::OpenStream {
        lane: WAY_IN,
        octets_max: 8,
        interval: Duration::from_millis(interval_ms),
    }
}

fn octets(answer: Answer) -> Vec<u8> {
    match answer.unwrap() {
        DeviceAnswer::Octets(octets) => octets,
        other => panic!("{other:?}"),
    }
}

fn problem(answer: Answer) -> String {
    answer.unwrap_err().to_string()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_before_the_device_is_open_waits_for_it_and_keeps_its_order() {
    let mut scene = scene();
    let (held, scripted) = scene.take();
    let sent = [scene.with(send(b"one ")), scene.with(send(b"two"))];
    let (first, second) = (scene.with(receive(2)), scene.with(receive(8)));
    held.await.unwrap();
    for sent in sent {
        sent.await.unwrap();
    }
    assert_eq!(*scripted.heard.lock().unwrap(), b"one two");
    scripted.says.send(Ok(b"abc".to_vec())).unwrap();
    // What one read does not want, the next one gets.
    assert_eq!(octets(first.await), b"ab");
    assert_eq!(octets(second.await), b"c");
}

#[tokio::test(start_paused = true)]
async fn a_device_is_held_once_and_free_when_it_was_let_go() {
    let mut scene = scene();
    let (held, _scripted) = scene.take();
    held.await.unwrap();
    let usb = device("04b8:0202");
    let again = scene
        .holdings
        .hold(DeviceClass::Usb, usb.clone(), async { unreachable!() });
    assert_eq!(problem(again.await), "the page has the device already");
    assert!(scene.claim(2).is_err());
    scene
        .holdings
        .release(DeviceClass::Usb, &usb)
        .await
        .unwrap();
    assert!(scene.claim(2).is_ok());
    assert!(!scene.holdings.is_held(DeviceClass::Usb, &usb));
    let released = scene.holdings.release(DeviceClass::Usb, &usb).await;
    assert!(problem(released).contains("claim it first"));
    let (held, _scripted) = scene.take();
    held.await.unwrap();
    scene.holdings.end().await;
    assert!(scene.claim(2).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_somebody_else_has_is_not_held() {
    let mut scene = scene();
    let _theirs = scene.claim(2).unwrap();
    let (held, _) = scene.take();
    let answer = held.await;
    assert!(problem(answer).contains("a page of https://pos.example has the device"));
    assert!(
        !scene
            .holdings
            .is_held(DeviceClass::Usb, &device("04b8:0202"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_what_arrives_until_it_is_closed() {
    let mut scene = scene();
    let (held, scripted) = scene.take();
    held.await.unwrap();
    let usb = device("04b8:0202");
    let closed = scene.holdings.close_stream(DeviceClass::Usb, &usb).await;
    assert!(problem(closed).contains("is not told"));
    scene.with(stream(100)).await.unwrap();
    assert!(problem(scene.with(stream(100)).await).contains("told already"));
    let started = tokio::time::Instant::now();
    for said in [b"first".to_vec(), b"second".to_vec()] {
        scripted.says.send(Ok(said)).unwrap();
    }
    for expected in ["first", "second"] {
        match scene.events.recv().await {
            Some(DeviceEvent::DeviceReceived {
                octets, octets_max, ..
            }) => {
                assert_eq!((&octets[..], octets_max), (expected.as_bytes(), 8));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(started.elapsed() >= Duration::from_millis(100));
    let closed = scene.holdings.close_stream(DeviceClass::Usb, &usb).await;
    closed.unwrap();
    scripted.says.send(Ok(b"later".to_vec())).unwrap();
    assert_eq!(octets(scene.with(receive(8)).await), b"later");
    assert!(scene.events.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_says_so_once_and_the_device_stays() {
    let mut scene = scene();
    let (held, scripted) = scene.take();
    held.await.unwrap();
    scene.with(stream(0)).await.unwrap();
    let stalled = Fault::Failed(io::Error::other("stall"));
    scripted.says.send(Err(stalled)).unwrap();
    let event = scene.events.recv().await;
    assert!(matches!(event, Some(DeviceEvent::StreamBroken { problem, .. }) if problem == "stall"));
    scene.with(stream(0)).await.unwrap();
    scene.with(send(b"x")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_unplugged_device_is_told_once_and_is_free() {
    let mut scene = scene();
    let (held, scripted) = scene.take();
    held.await.unwrap();
    let waits = scene.with(receive(8));
    scripted.unplug.cancel();
    assert_eq!(problem(waits.await), "the device was unplugged");
    let event = scene.events.recv().await;
    assert!(matches!(event, Some(DeviceEvent::DeviceLost { .. })));
    assert!(scene.claim(2).is_ok());
    assert!(problem(scene.with(send(b"x")).await).contains("claim it first"));
    let (held, _scripted) = scene.take();
    held.await.unwrap();
    assert!(scene.events.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_does_nothing_costs_one_call_its_time() {
    let mut scene = scene();
    let (held, scripted) = scene.take();
    held.await.unwrap();
    let (jammed, next) = (scene.with(send(b"jam")), scene.with(send(b"x")));
    assert!(problem(scene.with(receive(8)).await).contains("did nothing in 5 s"));
    assert!(problem(jammed.await).contains("did nothing in 5 s"));
    next.await.unwrap();
    assert_eq!(*scripted.heard.lock().unwrap(), b"x");
    // What comes late is not lost.
    scripted.says.send(Ok(b"late".to_vec())).unwrap();
    assert_eq!(octets(scene.with(receive(8)).await), b"late");
}

#[tokio::test(start_paused = true)]
async fn nothing_beyond_its_bounds_waits() {
    let mut scene = scene();
    let (held, _scripted) = scene.take();
    held.await.unwrap();
    let most = scene.with(send(&vec![0; OCTETS_WAITING_MAX]));
    assert!(problem(scene.with(send(b"x")).await).contains("too much waits"));
    most.await.unwrap();
    assert!(
        problem(
            scene
                .with(Use::Send {
                    lane: 9,
                    octets: Vec::new()
                })
                .await
        )
        .contains("no endpoint 09")
    );
    assert!(problem(scene.with(Use::SendFeature(vec![0])).await).contains("no feature reports"));
    for number in 1..DEVICES_MAX {
        let (selector, wait) = (
            device(&format!("04b8:{number:04x}")),
            std::future::pending(),
        );
        drop(scene.holdings.hold(DeviceClass::Usb, selector, wait));
    }
    let one_more = device("04b8:ffff");
    let held = scene
        .holdings
        .hold(DeviceClass::Usb, one_more, std::future::pending());
    assert!(problem(held.await).contains("16 devices at one time"));
    scene.holdings.end().await;
}
