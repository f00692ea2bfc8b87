//! The roster over a real store, with printers nobody answers for.

use super::*;
use crate::backend::BackendSettings;
use crate::backend::cups::CupsSettings;
use crate::backend::socket::SocketSettings;
use crate::backend::virtual_printer::VirtualSettings;
use crate::claims::Claims;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::observe::Observer;
use crate::state_directory::StateDirectory;
use crate::store::KeySource;
use crate::testing::NOW;

struct Machine {
    roster: Roster,
    printers: Arc<Printers>,
    store: Store,
    folder: tempfile::TempDir,
}

fn start(folder: tempfile::TempDir) -> Machine {
    let clock = Clock::from_fn(|| NOW);
    let state = StateDirectory::claim(folder.path()).unwrap();
    let limits = Limits::default();
    let store = Store::open(&state, &limits, &KeySource::default(), Clock::system()).unwrap();
    let observer = Observer::new(Metrics::new(clock.clone()));
    let printers =
        Arc::new(Printers::new(store.clone(), clock.clone(), observer, limits, None, "").unwrap());
    let spooler = folder.path().join("platen-spooler");
    let backends = Arc::new(Backends::new(
        BackendSettings {
            virtual_printer: VirtualSettings::in_folder(folder.path().join("receipts")),
            socket: SocketSettings::default(),
            cups: CupsSettings::new("till".to_owned(), spooler, folder.path().join("documents")),
        },
        Claims::new(Clock::system()),
    ));
    let roster = Roster::load(Arc::clone(&printers), backends, store.clone(), clock).unwrap();
    Machine {
        roster,
        printers,
        store,
        folder,
    }
}

impl Machine {
    /// The same machine after its agent was stopped and started.
    async fn again(self) -> Self {
        self.printers.drain().await;
        let Self {
            store,
            folder,
            roster,
            printers,
        } = self;
        drop((roster, printers));
        tokio::task::spawn_blocking(move || store.close())
            .await
            .unwrap();
        start(folder)
    }

    fn names(&self) -> Vec<(String, String)> {
        let all = self.printers.all();
        all.iter()
            .map(|handle| (handle.info.name.clone(), handle.info.uri.clone()))
            .collect()
    }
}

fn new() -> Machine {
    start(tempfile::tempdir().unwrap())
}

fn at(uri: &str, name: &str) -> Addition {
    Addition::by_hand(uri.parse().unwrap(), Some(name.to_owned()), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_renamed_and_moved_is_so_after_a_restart() {
    let machine = new();
    let id = machine
        .roster
        .add(at("socket://192.0.2.7", "Till"))
        .await
        .unwrap();
    assert_eq!(id.as_str(), "socket:192.0.2.7:9100");
    machine.roster.rename(&id, "Bar").await.unwrap();
    let uri = "socket://192.0.2.8:9100".parse().unwrap();
    machine.roster.move_to(&id, &uri).await.unwrap();
    let expected = [("Bar".to_owned(), "socket://192.0.2.8:9100".to_owned())];
    assert_eq!(machine.names(), expected);
    let machine = machine.again().await;
    assert_eq!(machine.names(), expected);
    let handle = machine.printers.find(&id).unwrap();
    assert_eq!(handle.info.aliases, ["Till"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_is_there_once_and_has_a_name_of_its_own() {
    let machine = new();
    machine
        .roster
        .add(at("socket://192.0.2.7", "Till"))
        .await
        .unwrap();
    for refused in [
        at("socket://192.0.2.7:9100/", "Other"),
        at("socket://192.0.2.8", "Till"),
        at("socket://192.0.2.8", " "),
        at("socket://192.0.2.8", &"x".repeat(121)),
        Addition {
            profile: Some("TM-9000".to_owned()),
            ..at("socket://192.0.2.8", "Bar")
        },
    ] {
        let error = machine.roster.add(refused.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidParams, "{refused:?}");
    }
    let bar = machine
        .roster
        .add(at("socket://192.0.2.8", "Bar"))
        .await
        .unwrap();
    assert!(machine.roster.rename(&bar, "Till").await.is_err());
    let uri = "socket://192.0.2.7".parse().unwrap();
    assert!(machine.roster.move_to(&bar, &uri).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_steer_a_terminal_are_made_visible() {
    let machine = new();
    machine
        .roster
        .add(at("socket://192.0.2.7", "Till\u{1b}[2J\u{202e}"))
        .await
        .unwrap();
    assert_eq!(machine.names()[0].0, "Till\\u001b[2J\\u202e");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_added_here_is_not_changed_here() {
    let machine = new();
    let id: PrinterId = "kitchen".parse().unwrap();
    assert!(machine.roster.rename(&id, "Bar").await.is_err());
    let error = machine.roster.remove(&id, true).await.unwrap_err();
    assert!(error.message.contains("configuration"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_printer_is_gone_and_can_be_added_again() {
    let machine = new();
    let id = machine
        .roster
        .add(at("socket://192.0.2.7", "Till"))
        .await
        .unwrap();
    assert_eq!(machine.roster.remove(&id, false).await, Ok(0));
    assert!(machine.printers.find(&id).is_none());
    let machine = machine.again().await;
    assert_eq!(machine.names(), []);
    assert_eq!(
        machine.roster.add(at("socket://192.0.2.7", "Till")).await,
        Ok(id)
    );
}
