//! SNMP beside a backend that talks to the device itself.
//!
//! The device's own word on its connection goes before: what it says in
//! ESC/POS, and that it cannot be reached. Where the connection tells nothing,
//! SNMP does. A printer that does not answer is asked again after a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_protocol::{Evidence, StatusSource};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{SnmpSettings, observe};
use crate::backend::{
    Abilities, Answer, Backend, DeviceStatus, DeviceUri, Outcome, Pace, Report, Work,
};

/// Between two questions to an idle printer that answers.
const IDLE_PAUSE: Duration = Duration::from_secs(3);
/// The same while jobs wait for it.
const WAITING_PAUSE: Duration = Duration::from_secs(1);
/// A printer that did not answer, or is none, is left alone this long.
const SILENT_PAUSE: Duration = Duration::from_secs(300);
/// One that answered before may have been switched off.
const LOST_PAUSE: Duration = Duration::from_secs(10);

/// A network printer's backend with what SNMP adds to it.
#[derive(Debug)]
pub struct Supplemented {
    backend: Arc<dyn Backend>,
    host: String,
    settings: SnmpSettings,
    known: Mutex<Known>,
}

/// What is known of the printer's SNMP from watch to watch.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    answers: bool,
    /// Not to be asked before.
    ask_at: Option<Instant>,
}

impl Supplemented {
    /// Adds what the device at `host` says by SNMP to `backend`. Asks nothing yet.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, host: String, settings: SnmpSettings) -> Self {
        Self {
            backend,
            host,
            settings,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> Known {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks once, and settles when to ask again; `None` when nothing was
    /// learned.
    async fn ask(&self, pace: Pace) -> Option<DeviceStatus> {
        let status = observe(&self.host, &self.settings).await.ok().flatten();
        let answered_before = self.known().answers;
        let pause = match (&status, pace) {
            (Some(_), Pace::Idle) => IDLE_PAUSE,
            (Some(_), Pace::Waiting) => WAITING_PAUSE,
            (None, _) if answered_before => LOST_PAUSE,
            (None, _) => SILENT_PAUSE,
        };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Known {
            answers: answered_before || status.is_some(),
            ask_at: Some(Instant::now() + pause),
        };
        status
    }

    async fn watch_both(&self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) {
        let (own_out, mut own_in) = mpsc::channel(1);
        let (snmp_out, mut snmp_in) = mpsc::channel(1);
        let own = self.backend.watch(pace, own_out);
        let asking = async {
            loop {
                if let Some(at) = self.known().ask_at {
                    sleep_until(at).await;
                }
                if snmp_out.send(self.ask(pace).await).await.is_err() {
                    return;
                }
            }
        };
        let telling = async {
            let mut heard = Heard::default();
            loop {
                tokio::select! {
                    Some(status) = own_in.recv() => heard.own = Some(status),
                    Some(status) = snmp_in.recv() => heard.hear_snmp(status),
                    () = seen.closed() => return,
                }
                if let Some(status) = heard.status(pace)
                    && seen.send(status.clone()).await.is_err()
                {
                    return;
                }
            }
        };
        tokio::select! {
            ((), ()) = async { tokio::join!(own, asking) } => {}
            () = telling => {}
        }
    }
}

/// What both said last.
#[derive(Debug, Default)]
struct Heard {
    own: Option<DeviceStatus>,
    snmp: Option<DeviceStatus>,
}

impl Heard {
    fn hear_snmp(&mut self, status: Option<DeviceStatus>) {
        // What it said is no longer so, and nobody knows what is.
        let lost = self.snmp.is_some().then_some(DeviceStatus {
            state: None,
            reasons: Vec::new(),
            reachable: None,
            source: StatusSource::Snmp,
        });
        self.snmp = status.or(lost);
    }

    /// What is worth telling of both.
    fn status(&self, pace: Pace) -> Option<&DeviceStatus> {
        match (&self.own, &self.snmp) {
            (None, None) => None,
            (Some(own), None) => Some(own),
            // A network card that answers does not mean that the printer takes jobs again.
            (None, Some(snmp)) => Some(snmp).filter(|snmp| pace == Pace::Idle || snmp.stops()),
            (Some(own), Some(snmp)) => {
                let better = own.source != StatusSource::EscPos
                    && own.reachable != Some(false)
                    && snmp.reachable == Some(true)
                    && (snmp.stops() || !own.stops());
                Some(if better { snmp } else { own })
            }
        }
    }
}

impl Backend for Supplemented {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        self.backend.deliver(work, reports, cancel)
    }

    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(async move {
            let own = self.backend.status().await;
            if own.source == StatusSource::EscPos || own.reachable == Some(false) {
                return own;
            }
            let heard = Heard {
                snmp: self.ask(Pace::Waiting).await,
                own: Some(own.clone()),
            };
            heard.status(Pace::Waiting).cloned().unwrap_or(own)
        })
    }

    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(self.watch_both(pace, seen))
    }

    fn direct(&self) -> Answer<'_, Option<DeviceUri>> {
        self.backend.direct()
    }

    fn proven(&self) -> Option<Abilities> {
        self.backend.proven()
    }

    fn recall(&self, proven: Abilities) {
        self.backend.recall(proven);
    }

    fn evidence(&self) -> Evidence {
        self.backend.evidence()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::snmp::responder::{Cell, Manner, Responder};
    use crate::backend::snmp::{ERROR_STATE, PRINTER_STATUS};

    /// A device that says on its connection what a test wants, once.
    #[derive(Debug)]
    struct Says(Option<DeviceStatus>);

    impl Backend for Says {
        fn deliver<'a>(
            &'a self,
            _: Work,
            _: mpsc::Sender<Report>,
            _: CancellationToken,
        ) -> Answer<'a, Outcome> {
            Box::pin(std::future::ready(Outcome::Canceled { octets_sent: 0 }))
        }

        fn status(&self) -> Answer<'_, DeviceStatus> {
            let ready = DeviceStatus::ready(StatusSource::Connection);
            Box::pin(std::future::ready(self.0.clone().unwrap_or(ready)))
        }

        fn watch<'a>(&'a self, _: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
            Box::pin(async move {
                if let Some(status) = &self.0 {
                    drop(seen.send(status.clone()).await);
                }
                seen.closed().await;
            })
        }

        fn evidence(&self) -> Evidence {
            Evidence::Transport
        }
    }

    fn connected() -> DeviceStatus {
        DeviceStatus::ready(StatusSource::Connection)
    }

    fn out_of_paper() -> DeviceStatus {
        DeviceStatus::stopped("media-empty", StatusSource::Snmp)
    }

    async fn jammed_device() -> Responder {
        let cells = vec![
            ([PRINTER_STATUS, &[1]].concat(), Cell::Number(1)),
            ([ERROR_STATE, &[1]].concat(), Cell::Octets(vec![0x04])),
        ];
        Responder::start(cells, Manner::Version2).await
    }

    fn beside(own: Option<DeviceStatus>, port: u16) -> Supplemented {
        let settings = SnmpSettings {
            port,
            answer_wait_ms_max: 100,
            ..SnmpSettings::default()
        };
        Supplemented::new(Arc::new(Says(own)), "127.0.0.1".to_owned(), settings)
    }

    #[test]
    fn the_devices_own_word_goes_before_and_snmp_fills_what_it_leaves_open() {
        let own = |status: &DeviceStatus| Some(status.clone());
        let escpos = DeviceStatus::ready(StatusSource::EscPos);
        let offline = DeviceStatus::unreachable("offline", StatusSource::Connection);
        let mute = DeviceStatus::stopped("timed-out", StatusSource::Connection);
        let idle = DeviceStatus::ready(StatusSource::Snmp);
        for (own, snmp, pace, expected) in [
            (None, None, Pace::Idle, None),
            (own(&connected()), None, Pace::Idle, own(&connected())),
            (
                own(&connected()),
                own(&out_of_paper()),
                Pace::Idle,
                own(&out_of_paper()),
            ),
            (own(&connected()), own(&idle), Pace::Waiting, own(&idle)),
            (own(&escpos), own(&out_of_paper()), Pace::Idle, own(&escpos)),
            (own(&offline), own(&idle), Pace::Waiting, own(&offline)),
            (own(&mute), own(&idle), Pace::Waiting, own(&mute)),
            (
                own(&mute),
                own(&out_of_paper()),
                Pace::Waiting,
                own(&out_of_paper()),
            ),
            (None, own(&idle), Pace::Idle, own(&idle)),
            // It may answer here and still take no jobs.
            (None, own(&idle), Pace::Waiting, None),
            (
                None,
                own(&out_of_paper()),
                Pace::Waiting,
                own(&out_of_paper()),
            ),
        ] {
            let heard = Heard { own, snmp };
            assert_eq!(heard.status(pace).cloned(), expected, "{heard:?} {pace:?}");
        }
    }

    #[test]
    fn what_snmp_said_is_taken_back_when_it_falls_silent() {
        let mut heard = Heard::default();
        heard.hear_snmp(None);
        assert_eq!(heard.status(Pace::Idle), None);
        heard.hear_snmp(Some(out_of_paper()));
        assert!(heard.status(Pace::Idle).unwrap().stops());
        heard.hear_snmp(None);
        let lost = heard.status(Pace::Idle).unwrap();
        assert!(lost.reasons.is_empty() && lost.reachable.is_none());
    }

    #[tokio::test]
    async fn a_watched_printer_that_tells_nothing_else_is_known_by_snmp() {
        let device = jammed_device().await;
        let printer = beside(None, device.port());
        let (sender, mut seen) = mpsc::channel(8);
        let watch = printer.watch(Pace::Idle, sender);
        let first = async { seen.recv().await.unwrap() };
        let status = tokio::select! {
            () = watch => panic!("the watch ended"),
            status = first => status,
        };
        assert_eq!(status.source, StatusSource::Snmp);
        assert_eq!(status.reasons[0].as_str(), "media-jam");
        assert_eq!(printer.status().await, status);
    }

    #[tokio::test]
    async fn a_printer_that_does_not_answer_costs_one_question_and_no_word() {
        let device = Responder::start(vec![], Manner::Silent).await;
        let printer = beside(Some(connected()), device.port());
        assert_eq!(printer.ask(Pace::Waiting).await, None);
        assert!(printer.known().ask_at.unwrap() > Instant::now() + LOST_PAUSE);
        let asked = device.asked();
        let (sender, mut seen) = mpsc::channel(8);
        let watch = printer.watch(Pace::Idle, sender);
        let first = async { seen.recv().await.unwrap() };
        let status = tokio::select! {
            () = watch => panic!("the watch ended"),
            status = first => status,
        };
        assert_eq!(status, connected());
        assert_eq!(device.asked(), asked);
    }
}
