//! What is found, for whoever asks: the list, what changes in it, and one device
//! of it to add.
//!
//! The network is listened on only while somebody looks, or while a printer was
//! added that may turn up at another address. The task behind it is
//! [`search`](super::search).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_discovery::devices::Device;
use platen_discovery::recognize::recognize;
use platen_discovery::sighting::Place;
use platen_discovery::watched::{Change, Watched};
use platen_protocol::ErrorCode;
use tokio::sync::{broadcast, watch};

use super::ask;
use super::shown::{Known, label, profile, shown};
use crate::admin::found::{Found, FoundLine, FoundPrinter, NewPrinter};
use crate::backend::{DeviceStatus, DeviceUri};
use crate::discovery::roster::{Addition, Roster};
use crate::dispatch::DispatchError;
use crate::queue::printers::Printers;

/// Changes that a reader may be behind before it is told to look again.
const CHANGES_MAX: usize = 512;
/// Nobody looks longer at once.
const WAIT_MS_MAX: u64 = 60_000;

/// Finds printers. Clones share what they know.
#[derive(Debug, Clone)]
pub struct Finder {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) roster: Arc<Roster>,
    printers: Arc<Printers>,
    /// How many look.
    pub(super) looking: watch::Sender<usize>,
    state: Mutex<State>,
    changes: broadcast::Sender<FoundLine>,
}

#[derive(Debug, Default)]
struct State {
    watched: Watched,
    statuses: BTreeMap<Place, DeviceStatus>,
    passed_over: u64,
}

/// Somebody looks, until this is dropped.
#[derive(Debug)]
pub struct Looking {
    shared: Arc<Shared>,
    /// What is there at the beginning.
    pub present: Vec<FoundPrinter>,
    /// What changes from then on.
    pub changes: broadcast::Receiver<FoundLine>,
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.shared.looking.send_modify(|looking| *looking -= 1);
    }
}

impl Finder {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(roster: Arc<Roster>, printers: Arc<Printers>) -> Self {
        Self {
            shared: Arc::new(Shared {
                roster,
                printers,
                looking: watch::Sender::new(0),
                state: Mutex::default(),
                changes: broadcast::channel(CHANGES_MAX).0,
            }),
        }
    }

    /// Looks until the answer is dropped.
    pub async fn look(&self) -> Looking {
        self.shared.looking.send_modify(|looking| *looking += 1);
        let known = self.shared.known().await;
        let state = self.shared.state();
        Looking {
            changes: self.shared.changes.subscribe(),
            present: state.list(&known),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Looks for a while, and tells what is there then.
    pub async fn look_for(&self, wait_ms: u64) -> Found {
        let looking = self.look().await;
        tokio::time::sleep(Duration::from_millis(wait_ms.min(WAIT_MS_MAX))).await;
        let known = self.shared.known().await;
        let state = self.shared.state();
        drop(looking);
        Found {
            printers: state.list(&known),
            passed_over: state.passed_over,
        }
    }

    /// What to add, and what it says it is where that is asked for.
    ///
    /// # Errors
    /// As [`Self::addition`], and when a printer that is asked does not say.
    pub async fn asked_addition(&self, asked: NewPrinter) -> Result<Addition, DispatchError> {
        let ask = asked.ask && asked.profile.is_none();
        let mut addition = self.addition(asked)?;
        if ask {
            let words = ask::what_it_is(&addition.uri).await.map_err(|error| {
                DispatchError::with_message(ErrorCode::InvalidParams, error.to_string())
            })?;
            let known = recognize(words.iter().map(String::as_str));
            let known = known.ok_or_else(|| {
                let said = words.first().cloned().unwrap_or_default();
                let message = format!(
                    "no profile is for what it says it is (`{said}`); add it without `--ask`, or name a model like it with `--profile`"
                );
                DispatchError::with_message(ErrorCode::InvalidParams, message)
            })?;
            addition.profile = Some(known.to_owned());
        }
        Ok(addition)
    }

    /// What to add for a device URI, or for a device that was found: by its
    /// number, or by a name that only one has.
    ///
    /// # Errors
    /// When it is neither, or nothing can be printed to it.
    fn addition(&self, asked: NewPrinter) -> Result<Addition, DispatchError> {
        let refused =
            |message: String| DispatchError::with_message(ErrorCode::InvalidParams, message);
        let NewPrinter {
            device: wanted,
            name,
            profile: chosen,
            ask: _,
        } = asked;
        let by_uri = wanted.parse::<DeviceUri>();
        let state = self.shared.state();
        let found = match (&by_uri, wanted.parse::<u32>()) {
            (Ok(uri), _) => {
                let way = uri.to_string();
                let devices = state.watched.devices().values();
                let here: Vec<_> = devices
                    .filter(|device| device.ways.contains(&way))
                    .collect();
                // Two that claim one place are told apart by nobody.
                if let [device] = here[..] {
                    Some(device)
                } else {
                    None
                }
            }
            (Err(_), Ok(number)) => state.watched.devices().get(&number),
            (Err(_), Err(_)) => {
                let devices = state.watched.devices().values();
                let named: Vec<_> = devices.filter(|device| label(device) == wanted).collect();
                if let [device] = named[..] {
                    Some(device)
                } else {
                    None
                }
            }
        };
        match (by_uri, found) {
            (Ok(uri), Some(device)) => Ok(Addition::found(uri, device, name, chosen)),
            (Ok(uri), None) => Ok(Addition::by_hand(uri, name, chosen)),
            (Err(_), Some(device)) => {
                let way = device.ways.first().and_then(|way| way.parse().ok());
                let uri = way.ok_or_else(|| {
                    refused(format!(
                        "{wanted} announces no way to print raw data; add it to the print service, or by its address: `platen printers add socket://ADDRESS:9100`"
                    ))
                })?;
                Ok(Addition::found(uri, device, name, chosen))
            }
            (Err(error), None) if wanted.contains(':') => Err(refused(error.to_string())),
            (Err(_), None) => Err(refused(format!(
                "no device that was found is called {wanted}; look with `platen printers discover` and use a number of that list, or write a device URI such as socket://192.0.2.7:9100"
            ))),
        }
    }
}

impl Addition {
    /// Of a device that was found, to be printed to at `uri`.
    fn found(
        uri: DeviceUri,
        device: &Device,
        name: Option<String>,
        chosen: Option<String>,
    ) -> Self {
        let surely = device
            .identity
            .survives_a_move()
            .then_some(&device.identity);
        let by_hand = Self::by_hand(uri, None, None);
        let id = surely.and_then(|identity| identity.printer_id().parse().ok());
        Self {
            id: id.unwrap_or(by_hand.id),
            name: name.unwrap_or_else(|| label(device)),
            uri: by_hand.uri,
            identity: surely.map(ToString::to_string),
            profile: chosen.or_else(|| profile(device)),
        }
    }
}

impl State {
    fn list(&self, known: &Known) -> Vec<FoundPrinter> {
        let devices = self.watched.devices().iter();
        devices
            .map(|(number, device)| shown(*number, device, known, &self.statuses))
            .collect()
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which printers there are, by identity and by URI.
    async fn known(&self) -> Known {
        let handles = self.printers.all();
        let by_uri = handles
            .iter()
            .map(|handle| (handle.info.uri.clone(), handle.info.id.clone()));
        let mut known: Known = by_uri.collect();
        for added in self.roster.list().await {
            if let Some(identity) = added.identity {
                known.insert(identity, added.id);
            }
        }
        known
    }

    /// These are there now.
    pub(super) async fn update(
        &self,
        devices: Vec<Device>,
        statuses: BTreeMap<Place, DeviceStatus>,
        passed_over: u64,
    ) {
        let known = self.known().await;
        let mut state = self.state();
        state.passed_over = passed_over;
        state.statuses = statuses;
        for change in state.watched.update(devices) {
            let line =
                |number, device: &Device| Box::new(shown(number, device, &known, &state.statuses));
            let line = match &change {
                Change::Found(number, device) => FoundLine::Found(line(*number, device)),
                Change::Changed(number, device) => FoundLine::Changed(line(*number, device)),
                Change::Lost(number, device) => FoundLine::Lost(line(*number, device)),
            };
            // Nobody may be listening.
            let _ = self.changes.send(line);
        }
    }
}
