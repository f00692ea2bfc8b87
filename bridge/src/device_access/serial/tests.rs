//! Pages at serial lines: pseudo-terminals stand for the devices.

use super::*;
use crate::claims::{Claims, Holder};
use crate::clock::Clock;
use crate::scale::{ScaleProfile, Unit};
use crate::serial::pair::Pair;
use crate::serial::{Body, Frame};
use crate::testing::subject;
use platen_protocol::Capability;

struct Page {
    subject: Subject,
    ports: SerialPorts,
    told: mpsc::Receiver<DeviceEvent>,
}

/// A page whose grant names these.
fn page(claims: &Claims, session_id: u64, names: &[&PortName]) -> Page {
    let mut subject = subject("https://pos.example");
    let grant = Arc::make_mut(&mut subject.grant);
    grant.capabilities.insert(Capability::Serial);
    grant.devices = names
        .iter()
        .map(|name| format!("serial:{name}").parse().unwrap())
        .collect();
    let holder = Holder::Session {
        origin: subject.origin.clone(),
        session_id,
    };
    let (events, told) = mpsc::channel(4);
    let ports = SerialPorts::new(Claimant::new(claims.clone(), holder), events);
    Page {
        subject,
        ports,
        told,
    }
}

impl Page {
    fn start(
        &mut self,
        port: &PortName,
        work: SerialWork,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        self.ports.start(self.subject.clone(), port.clone(), work)
    }

    fn open(&mut self, port: &PortName) -> BoxFuture<'static, Result<(), DeviceError>> {
        let framing = Framing::Frames(Frame {
            start: b"\x02".to_vec(),
            body: Body::Until(b"\r".to_vec()),
            includes_header: false,
        });
        let settings = LineSettings::default();
        let using = SerialUse::Frames(framing);
        self.start(port, SerialWork::Open { settings, using })
    }

    fn send(
        &mut self,
        port: &PortName,
        octets: &[u8],
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        let octets = octets.to_vec();
        self.start(
            port,
            SerialWork::Send {
                octets,
                settings: None,
                framing: None,
            },
        )
    }

    async fn received(&mut self) -> Vec<u8> {
        match self.told.recv().await.unwrap() {
            DeviceEvent::SerialReceived { octets, .. } => octets,
            other => panic!("{other:?}"),
        }
    }
}

fn claims() -> Claims {
    Claims::new(Clock::system())
}

#[tokio::test]
async fn what_is_sent_arrives_in_order_and_frames_come_back() {
    let mut pair = Pair::new();
    let port = pair.name().clone();
    let claims = claims();
    let mut page = page(&claims, 1, &[&port]);
    let opened = page.open(&port);
    // Nothing waits for anything here: the order of the calls counts.
    let sent = [&b"one "[..], b"two ", b"three"].map(|text| page.send(&port, text));
    opened.await.unwrap();
    for sent in sent {
        sent.await.unwrap();
    }
    assert_eq!(pair.read(13).await, b"one two three");
    pair.write(b"\x021.5 kg\r\x022.5").await;
    assert_eq!(page.received().await, b"1.5 kg");
    pair.write(b" kg\r").await;
    assert_eq!(page.received().await, b"2.5 kg");
    assert_eq!(claims.list()[0].device, format!("serial:{port}"));
    page.start(&port, SerialWork::Close).await.unwrap();
    assert_eq!(claims.list(), []);
    let late = page.send(&port, b"x").await;
    assert!(matches!(late, Err(DeviceError::SerialNotOpen(_))));
    page.open(&port).await.unwrap();
    page.ports.end().await;
    assert_eq!(claims.list(), []);
}

#[tokio::test]
async fn a_port_has_one_page_and_only_one_whose_grant_names_it() {
    let pair = Pair::new();
    let port = pair.name().clone();
    let claims = claims();
    let mut first = page(&claims, 1, &[&port]);
    let mut second = page(&claims, 2, &[&port]);
    let mut stranger = page(&claims, 3, &[&"/dev/ttyS9".parse().unwrap()]);
    let refused = stranger.open(&port).await;
    assert!(matches!(refused, Err(DeviceError::NotNamed(_))));
    first.open(&port).await.unwrap();
    let again = first.open(&port).await;
    assert!(matches!(again, Err(DeviceError::SerialOpen(_))));
    let taken = second.open(&port).await;
    assert!(
        matches!(
            taken,
            Err(DeviceError::SerialCannotOpen {
                source: SerialError::InUse,
                ..
            })
        ),
        "{taken:?}"
    );
    first.ports.end().await;
    second.open(&port).await.unwrap();
    second.ports.end().await;
}

#[tokio::test]
async fn an_unplugged_port_is_told_and_its_place_is_free() {
    let pair = Pair::new();
    let port = pair.name().clone();
    let claims = claims();
    let mut page = page(&claims, 1, &[&port]);
    page.open(&port).await.unwrap();
    drop(pair);
    let event = page.told.recv().await.unwrap();
    assert!(matches!(event, DeviceEvent::SerialLost { .. }), "{event:?}");
    assert_eq!(claims.list(), []);
    let late = page.send(&port, b"x").await;
    assert!(matches!(late, Err(DeviceError::SerialNotOpen(_))));
    let again = page.open(&port).await;
    assert!(
        matches!(
            again,
            Err(DeviceError::SerialCannotOpen {
                source: SerialError::NotThere,
                ..
            })
        ),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_scale_is_asked_and_its_weight_told_when_it_changes() {
    let mut pair = Pair::new();
    let port = pair.name().clone();
    let claims = claims();
    let mut page = page(&claims, 1, &[&port]);
    let setup = ScaleSetup {
        profile: ScaleProfile::Toledo8217,
        unit: Unit::Pound,
    };
    let open = SerialWork::Open {
        settings: setup.profile.settings(),
        using: SerialUse::Scale(setup),
    };
    page.start(&port, open).await.unwrap();
    for (answer, expected) in [
        (&b"\x0201.50\r"[..], "1.50"),
        (b"\x0201.50\r\x0202.75N\r", "2.75"),
    ] {
        assert_eq!(pair.read(1).await, b"W");
        pair.write(answer).await;
        let event = page.told.recv().await.unwrap();
        let DeviceEvent::ScaleChanged {
            device,
            state: ScaleState::Weight(weight),
        } = event
        else {
            panic!("{event:?}");
        };
        assert_eq!(device, format!("serial:{port}"));
        assert_eq!(weight.value.as_str(), expected);
        assert_eq!(weight.unit, Unit::Pound);
    }
    page.ports.end().await;
}

#[tokio::test]
async fn a_link_counts_by_its_own_name_and_by_what_it_leads_to() {
    let pair = Pair::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    std::os::unix::fs::symlink(pair.name().as_str(), &path).unwrap();
    let link: PortName = path.to_str().unwrap().parse().unwrap();
    let claims = claims();
    for named in [pair.name(), &link] {
        let mut page = page(&claims, 1, &[named]);
        page.open(&link).await.unwrap();
        assert_eq!(claims.list()[0].device, format!("serial:{}", pair.name()));
        page.ports.end().await;
    }
}
