//! Several printers and the socket they are controlled by.

use std::io;
use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use crate::control::Server;
use crate::emulator::{Control, Emulator};
use crate::options::Options;
use crate::script::Script;

/// What is to be started.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// How many printers. The first listens on the options' port, the others
    /// on the ports after it, or each on a free one when that is 0.
    pub printers: u16,
    /// What each is like. A record folder gets one folder for each.
    pub options: Options,
    /// What happens to them.
    pub script: Script,
    /// Where the control socket listens; on loopback only.
    pub control: SocketAddr,
}

/// Printers that run.
#[derive(Debug)]
pub struct Fleet {
    printers: Vec<Emulator>,
    server: Server,
}

impl Fleet {
    /// Starts them, on the tokio runtime it is called in.
    ///
    /// # Errors
    /// When an address cannot be listened on, or a record folder cannot be
    /// made.
    pub async fn start(fleet: FleetOptions) -> io::Result<Self> {
        let mut printers = Vec::new();
        for number in 1..=fleet.printers.max(1) {
            let options = one(&fleet, number)?;
            printers.push(Emulator::start(options).await?);
        }
        let controls = printers.iter().map(Emulator::control).collect();
        let server = Server::start(fleet.control, controls)?;
        Ok(Self { printers, server })
    }

    /// Where each printer listens.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.printers.iter().map(Emulator::address).collect()
    }

    /// Where the control socket listens.
    #[must_use]
    pub fn control_address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The control of each printer.
    #[must_use]
    pub fn controls(&self) -> Vec<Control> {
        self.printers.iter().map(Emulator::control).collect()
    }

    /// Canceled when somebody asks on the control socket for the end.
    #[must_use]
    pub fn stop_asked(&self) -> CancellationToken {
        self.server.stop_asked()
    }

    /// Ends them all; returns when everything is recorded.
    pub async fn stop(self) {
        self.server.stop().await;
        for printer in self.printers {
            printer.stop().await;
        }
    }
}

/// The options of one printer, counted from 1.
fn one(fleet: &FleetOptions, number: u16) -> io::Result<Options> {
    let mut options = fleet.options.clone();
    let port = options.address.port();
    if port != 0 {
        let port = port.checked_add(number - 1).ok_or_else(|| {
            io::Error::other("there are not so many ports; choose a lower one, or fewer printers")
        })?;
        options.address.set_port(port);
    }
    options.plan = fleet.script.plan(number.into());
    options.serial_number = format!("PLATEN{number:04}");
    options.record = options
        .record
        .map(|folder| folder.join(format!("printer-{number}")));
    if let Some(random) = &mut options.random {
        random.seed = random.seed.wrapping_add(u64::from(number - 1));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{ControlError, Request, ask};
    use crate::fault::{Fault, When};
    use serde_json::{Value, json};
    use std::net::Ipv4Addr;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    /// Longer than anything here takes; what misses it has hung.
    const DEADLINE: Duration = Duration::from_secs(20);

    async fn two() -> Fleet {
        Fleet::start(FleetOptions {
            printers: 2,
            options: Options::default(),
            script: Script::default(),
            control: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        })
        .await
        .unwrap()
    }

    async fn asked(fleet: &Fleet, request: &Request) -> Result<Value, ControlError> {
        timeout(DEADLINE, ask(fleet.control_address(), request))
            .await
            .expect("there is an answer")
    }

    fn to(printer: usize, request: Request) -> Request {
        Request {
            printer: Some(printer),
            ..request
        }
    }

    #[tokio::test]
    async fn printers_are_controlled_one_by_one_or_together() {
        let fleet = two().await;
        asked(&fleet, &to(2, Request::new("cover-open")))
            .await
            .unwrap();
        asked(&fleet, &Request::new("drawer-open")).await.unwrap();
        let status = asked(&fleet, &Request::new("status")).await.unwrap();
        let seen: Vec<_> = status
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (&one["printer"], &one["cover_open"], &one["drawer_open"]))
            .collect();
        assert_eq!(
            json!(seen),
            json!([[1, false, true], [2, true, true]]),
            "{status}"
        );
        fleet.stop().await;
    }

    #[tokio::test]
    async fn a_fault_is_armed_and_the_jobs_are_told() {
        let fleet = two().await;
        let jam = Request {
            fault: Some(Fault::Jam),
            when: Some(When::AfterLines(1)),
            ..to(1, Request::new("fault"))
        };
        asked(&fleet, &jam).await.unwrap();
        let mut stream = TcpStream::connect(fleet.addresses()[0]).await.unwrap();
        stream.write_all(b"one\ntwo\n").await.unwrap();
        drop(stream);
        let jammed = fleet.controls()[0].clone();
        let jammed = jammed.wait_for(|status| status.error.is_some());
        timeout(DEADLINE, jammed).await.unwrap().unwrap();
        let jobs = asked(&fleet, &to(1, Request::new("jobs"))).await.unwrap();
        assert_eq!(jobs[0]["text"], "one\n");
        assert_eq!(jobs[0]["end"], Value::Null);
        asked(&fleet, &Request::new("recover")).await.unwrap();
        let wait = Request {
            jobs: Some(1),
            ..Request::new("wait")
        };
        let waited = asked(&fleet, &wait).await.unwrap();
        assert_eq!(waited["jobs_ended"], 1);
        let whole = Request {
            octets: true,
            ..to(1, Request::new("jobs"))
        };
        let jobs = asked(&fleet, &whole).await.unwrap();
        assert_eq!(jobs[0]["is_complete"], true);
        assert_eq!(jobs[0]["octets_base64"], "b25lCnR3bwo=");
        fleet.stop().await;
    }

    #[tokio::test]
    async fn what_cannot_be_done_is_refused_with_what_can() {
        let fleet = two().await;
        for (request, said) in [
            (Request::new("burn"), "choose from paper-out"),
            (Request::new("fault"), "say which `fault`"),
            (Request::new("wait"), "say how many"),
            (to(3, Request::new("status")), "from 1 to 2"),
        ] {
            let error = asked(&fleet, &request).await.unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        fleet.stop().await;
    }

    #[tokio::test]
    async fn what_a_web_page_can_send_is_not_heard() {
        let fleet = two().await;
        let mut stream = TcpStream::connect(fleet.control_address()).await.unwrap();
        let post = b"POST / HTTP/1.1\r\nHost: x\r\n\r\n{\"do\": \"cover-open\"}\n";
        stream.write_all(post).await.unwrap();
        let mut answer = Vec::new();
        // The rest of what it sent is thrown away, which may be a reset.
        let _ = timeout(DEADLINE, stream.read_to_end(&mut answer))
            .await
            .expect("the connection ends");
        assert!(!fleet.controls()[0].status().cover_open);
        fleet.stop().await;
    }

    #[tokio::test]
    async fn the_control_socket_is_for_this_machine_only() {
        let error = Fleet::start(FleetOptions {
            printers: 1,
            options: Options::default(),
            script: Script::default(),
            control: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        })
        .await
        .unwrap_err();
        assert!(error.to_string().contains("loopback only"), "{error}");
    }

    #[tokio::test]
    async fn somebody_can_ask_for_the_end() {
        let fleet = two().await;
        let asked_for = fleet.stop_asked();
        asked(&fleet, &Request::new("stop")).await.unwrap();
        timeout(DEADLINE, asked_for.cancelled()).await.unwrap();
        fleet.stop().await;
    }

    #[test]
    fn each_printer_has_a_port_a_folder_and_dice_of_its_own() {
        use crate::options::RandomFaults;
        let fleet = FleetOptions {
            printers: 2,
            options: Options {
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9100)),
                record: Some("record".into()),
                random: Some(RandomFaults {
                    seed: 7,
                    one_in: 1,
                    lasts_ms_max: 1,
                }),
                ..Options::default()
            },
            script: Script::default(),
            control: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        let second = one(&fleet, 2).unwrap();
        assert_eq!(second.address.port(), 9101);
        assert_eq!(second.record, Some("record/printer-2".into()));
        assert_eq!(second.random.map(|random| random.seed), Some(8));
        assert_eq!(second.serial_number, "PLATEN0002");
    }
}
