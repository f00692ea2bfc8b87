//! The desk in front of a real operator, store and built-in printer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::{Capability, Evidence, JobState, PrinterState, Signing};

use super::*;
use crate::admin::found::{NewName, NewPrinter, Removal};
use crate::admin::protocol::{GrantChoice, JobChoice, PrinterChoice, RevocationOrder};
use crate::backend::cups::CupsSettings;
use crate::backend::socket::SocketSettings;
use crate::backend::virtual_printer::{VirtualPrinter, VirtualSettings};
use crate::backend::{BackendSettings, Backends};
use crate::claims::Claims;
use crate::discovery::roster::Roster;
use crate::dispatch::Dispatcher;
use crate::limits::Limits;
use crate::observe::Observer;
use crate::queue::printers::{PrinterInfo, Printers};
use crate::revocation::Revoked;
use crate::store::Store;
use crate::testing::{NOW, Site};

#[derive(Debug)]
struct NoCertificates;

impl CertificateKeeper for NoCertificates {
    fn current(&self) -> Certificate {
        Certificate {
            ca_file: "/ca.pem".into(),
            ca_fingerprint: "00".repeat(32),
            not_after: NOW,
            leaves: Vec::new(),
            next_switch: None,
        }
    }

    fn renew(&self, _now: TimestampMs) -> Result<Certificate, String> {
        Err("the folder is read-only".to_owned())
    }
}

struct Running {
    desk: AgentDesk,
    printers: Arc<Printers>,
    store: Store,
    draining: CancellationToken,
    _folder: tempfile::TempDir,
}

async fn start() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let clock = Clock::from_fn(|| NOW);
    let store = Store::open(
        &crate::state_directory::StateDirectory::claim(folder.path()).unwrap(),
        &limits,
        &crate::store::KeySource::default(),
        Clock::system(),
    )
    .unwrap();
    let metrics = Metrics::new(clock.clone());
    let printers = Arc::new(
        Printers::new(
            store.clone(),
            clock.clone(),
            Observer::new(metrics.clone()),
            limits.clone(),
            Some("kitchen".parse().unwrap()),
            "*** COPY ***",
        )
        .unwrap(),
    );
    let info = PrinterInfo {
        id: "kitchen".parse().unwrap(),
        name: "Kitchen, 2nd floor".to_owned(),
        aliases: Vec::new(),
        uri: "virtual:".to_owned(),
        takes_any_format: false,
        profile: Arc::default(),
        accessories: crate::accessory::Accessories::of(&platen_receipt::Profile::default()),
    };
    let printed = folder.path().join("printed");
    let device = VirtualPrinter::open(VirtualSettings::in_folder(printed)).unwrap();
    printers.add(info, Arc::new(device), None).unwrap();
    let dispatcher = Dispatcher::new(Arc::clone(&printers), store.clone(), clock.clone(), limits);
    let revoked = Revoked::load(&store, Clock::system()).unwrap();
    let spooler = folder.path().join("platen-spooler");
    let backends = Arc::new(Backends::new(
        BackendSettings {
            virtual_printer: VirtualSettings::in_folder(folder.path().join("added")),
            socket: SocketSettings::default(),
            cups: CupsSettings::new("till".to_owned(), spooler, folder.path().join("documents")),
        },
        Claims::new(Clock::system()),
    ));
    let roster = Roster::load(
        Arc::clone(&printers),
        backends,
        store.clone(),
        clock.clone(),
    )
    .unwrap();
    let operator = Operator::new(
        Arc::clone(&printers),
        dispatcher,
        store.clone(),
        revoked,
        Arc::default(),
        Arc::new(roster),
    );
    let environment =
        crate::paths::Environment::read(crate::paths::Platform::Windows, false, |_| None);
    let overrides = crate::config::Overrides {
        config: None,
        state: Some(folder.path().to_owned()),
    };
    let (_, found) = crate::provision::load_config(&overrides, &environment).unwrap();
    let provisioner = Provisioner::start(found, store.clone(), clock.clone(), Vec::new())
        .await
        .unwrap();
    let facts = Facts {
        served: Served::EveryUser,
        started_at: NOW,
        state_directory: folder.path().to_owned(),
        config_file: None,
        configured_printers: vec!["kitchen".parse().unwrap()],
        listeners: Vec::new(),
        ports_taken: Vec::new(),
        claims: Claims::new(clock.clone()),
        provisioner: Arc::new(provisioner),
    };
    let draining = CancellationToken::new();
    let certificates = Arc::new(NoCertificates);
    Running {
        desk: AgentDesk::new(
            operator,
            metrics,
            clock,
            certificates,
            facts,
            RecentLines::default(),
            draining.clone(),
        ),
        printers,
        store,
        draining,
        _folder: folder,
    }
}

impl Running {
    async fn ask(&self, request: AdminRequest) -> Result<AdminResponse, WireError> {
        self.desk.answer(request, Bytes::new()).await
    }

    async fn refusal(&self, request: AdminRequest) -> WireError {
        self.ask(request).await.unwrap_err()
    }

    async fn print(&self, printer: &str) -> Submitted {
        let order = PrintOrder {
            printer: printer.to_owned(),
            name: "a\u{1b}[2J".into(),
            format: "application/octet-stream".to_owned(),
        };
        let document = Bytes::from_static(b"hello\n");
        match self.desk.answer(AdminRequest::Print(order), document).await {
            Ok(AdminResponse::Submitted(submitted)) => submitted,
            other => panic!("{other:?}"),
        }
    }

    async fn job(&self, job_id: &JobId) -> JobDetail {
        let choice = JobChoice {
            job_id: job_id.clone(),
        };
        match self.ask(AdminRequest::Job(choice)).await {
            Ok(AdminResponse::Job(detail)) => *detail,
            other => panic!("{other:?}"),
        }
    }

    async fn stop(self) {
        self.printers.drain().await;
        self.store.close();
    }
}

fn new_grant(site: &Site, printers: &[&str]) -> NewGrant {
    NewGrant {
        users: Vec::new(),
        name: None,
        certificate: STANDARD.encode(&site.root),
        origins: vec!["pos.example".parse().unwrap()],
        capabilities: [Capability::Print].into(),
        printers: printers.iter().map(|&name| name.to_owned()).collect(),
        devices: Default::default(),
        signing: Signing::Request,
        native: false,
        thumbprint: None,
        qz: None,
        revocations_max_age_days: None,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_document_printed_here_has_a_job_with_a_history() {
    let agent = start().await;
    let mut events = agent.desk.events(None).await.unwrap();
    let submitted = agent.print("Kitchen, 2nd floor").await;
    assert_eq!(submitted.printer.as_str(), "kitchen");
    loop {
        let event = events.live.recv().await.unwrap();
        if let platen_protocol::Event::JobStateChanged { state, .. } = event.event
            && state.is_terminal()
        {
            break;
        }
    }
    let detail = agent.job(&submitted.job_id).await;
    assert_eq!(detail.job.state, JobState::Completed);
    assert_eq!(detail.job.evidence, Some(Evidence::Device));
    assert_eq!(detail.origin, None);
    assert!(
        !detail.job.name.as_str().contains('\u{1b}'),
        "{:?}",
        detail.job.name
    );
    let states: Vec<_> = detail.history.iter().map(|step| &*step.state).collect();
    assert_eq!(states, ["pending", "processing", "completed"]);
    agent.stop().await;
}

#[tokio::test]
async fn the_pause_of_the_whole_machine_is_one_of_its_own_and_ends_by_its_own() {
    let agent = start().await;
    let kitchen = || PrinterChoice {
        printer: "kitchen".to_owned(),
    };
    let state = |answer: Result<AdminResponse, WireError>| match answer {
        Ok(AdminResponse::Printers(printers)) => printers[0].printer.state,
        Ok(AdminResponse::Printer(detail)) => detail.printer.state,
        other => panic!("{other:?}"),
    };
    let paused_at = |answer: Result<AdminResponse, WireError>| match answer {
        Ok(AdminResponse::Status(status)) => status.paused_at,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        state(agent.ask(AdminRequest::PauseAll).await),
        PrinterState::Stopped
    );
    assert_eq!(paused_at(agent.ask(AdminRequest::Status).await), Some(NOW));
    assert_eq!(
        state(agent.ask(AdminRequest::Resume(kitchen())).await),
        PrinterState::Stopped
    );
    agent
        .ask(AdminRequest::Pause(kitchen()))
        .await
        .expect("a pause beside the other");
    assert_eq!(
        state(agent.ask(AdminRequest::ResumeAll).await),
        PrinterState::Stopped
    );
    assert_eq!(paused_at(agent.ask(AdminRequest::Status).await), None);
    assert_eq!(
        state(agent.ask(AdminRequest::Resume(kitchen())).await),
        PrinterState::Idle
    );
}

#[tokio::test]
async fn a_paused_printer_keeps_its_jobs_until_it_is_resumed() {
    let agent = start().await;
    let choice = || PrinterChoice {
        printer: "kitchen".to_owned(),
    };
    let state = |answer: Result<AdminResponse, WireError>| match answer {
        Ok(AdminResponse::Printer(detail)) => detail.printer.state,
        other => panic!("{other:?}"),
    };
    let paused = agent.ask(AdminRequest::Pause(choice())).await;
    assert_eq!(state(paused), PrinterState::Stopped);
    let submitted = agent.print("kitchen").await;
    assert_eq!(
        agent.job(&submitted.job_id).await.job.state,
        JobState::Pending
    );
    let cancel = AdminRequest::Cancel(JobChoice {
        job_id: submitted.job_id.clone(),
    });
    agent.ask(cancel.clone()).await.unwrap();
    assert_eq!(
        agent.job(&submitted.job_id).await.job.state,
        JobState::Canceled
    );
    let again = agent.refusal(cancel).await;
    assert_eq!(again.data.code, ErrorCode::JobNotPossible);
    let resumed = agent.ask(AdminRequest::Resume(choice())).await;
    assert_eq!(state(resumed), PrinterState::Idle);
    agent.stop().await;
}

#[tokio::test]
async fn a_grant_is_made_listed_and_taken_back() {
    let agent = start().await;
    let site = Site::new(&["pos.example"]);
    let added = agent.ask(AdminRequest::AddGrant(new_grant(&site, &["kitchen"])));
    let Ok(AdminResponse::Grant(grant)) = added.await else {
        panic!("no grant");
    };
    assert_eq!(
        grant.printers,
        PrinterScope::Only(["kitchen".parse().unwrap()].into())
    );
    let grants = agent.desk.operator.grants().borrow().clone();
    assert_eq!(grants[0].certificate, site.root, "kept for verification");
    let listed = agent.ask(AdminRequest::Grants).await.unwrap();
    let AdminResponse::Grants(listed) = listed else {
        panic!("{listed:?}");
    };
    assert_eq!(listed[0].id, grant.id);
    let remove = AdminRequest::RemoveGrant(GrantChoice { id: grant.id });
    agent.ask(remove.clone()).await.unwrap();
    let gone = agent.refusal(remove).await;
    assert!(gone.message.contains("platen trust list"), "{gone:?}");
    agent.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_what_to_do() {
    let agent = start().await;
    let site = Site::new(&["pos.example"]);
    let foreign = RevocationOrder {
        signed_list: "{}".to_owned(),
    };
    for (request, code, part) in [
        (
            AdminRequest::Probe(PrinterChoice {
                printer: "cellar".to_owned(),
            }),
            ErrorCode::PrinterNotFound,
            "kitchen",
        ),
        (
            AdminRequest::Job(JobChoice {
                job_id: "none".parse().unwrap(),
            }),
            ErrorCode::JobNotFound,
            "platen jobs",
        ),
        (
            AdminRequest::AddGrant(new_grant(&site, &["cellar"])),
            ErrorCode::PrinterNotFound,
            "kitchen",
        ),
        (
            AdminRequest::Revoke(foreign),
            ErrorCode::InvalidParams,
            "platen-sign revoke",
        ),
        (
            AdminRequest::RenewCertificate,
            ErrorCode::Internal,
            "read-only",
        ),
    ] {
        let error = agent.refusal(request.clone()).await;
        assert_eq!(error.data.code, code, "{request:?}");
        assert!(error.message.contains(part), "{error:?}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_stopping_agent_is_not_ready_and_says_so() {
    let agent = start().await;
    assert!(
        agent.desk.ready().unwrap_err().contains("platen doctor"),
        "no port"
    );
    agent.draining.cancel();
    assert_eq!(agent.desk.ready().unwrap_err(), "the agent is stopping");
    let status = agent.ask(AdminRequest::Status).await;
    assert!(matches!(status, Ok(AdminResponse::Status(status)) if status.draining));
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_is_added_renamed_paused_by_its_old_name_and_removed() {
    let running = start().await;
    let add = AdminRequest::AddPrinter(NewPrinter {
        device: "virtual:bar".to_owned(),
        name: Some("Bar".to_owned()),
        profile: Some("TM-T88V".to_owned()),
        ask: false,
    });
    let Ok(AdminResponse::Printer(added)) = running.ask(add).await else {
        panic!("the printer is added");
    };
    assert_eq!(added.printer.printer.as_str(), "virtual:bar");
    assert!(!added.configured && added.added.is_some());
    let rename = AdminRequest::RenamePrinter(NewName {
        printer: "Bar".to_owned(),
        name: "Counter".to_owned(),
    });
    let Ok(AdminResponse::Printer(renamed)) = running.ask(rename).await else {
        panic!("the printer is renamed");
    };
    assert_eq!(renamed.printer.name, "Counter");
    let pause = AdminRequest::Pause(PrinterChoice {
        printer: "Bar".to_owned(),
    });
    assert!(matches!(
        running.ask(pause).await,
        Ok(AdminResponse::Printer(_))
    ));

    let waiting = running.print("Counter").await;
    let remove = |force| {
        AdminRequest::RemovePrinter(Removal {
            printer: "Counter".to_owned(),
            force,
        })
    };
    let refused = running.refusal(remove(false)).await;
    assert_eq!(refused.data.code, ErrorCode::JobNotPossible);
    assert!(refused.message.contains("--force"), "{}", refused.message);
    let Ok(AdminResponse::Removed(removed)) = running.ask(remove(true)).await else {
        panic!("the printer is removed");
    };
    assert_eq!(removed.canceled, 1);
    // Its jobs keep their history.
    assert_eq!(
        running.job(&waiting.job_id).await.job.state,
        JobState::Canceled
    );
    let gone = running.refusal(remove(false)).await;
    assert_eq!(gone.data.code, ErrorCode::PrinterNotFound);
    let configured = AdminRequest::RemovePrinter(Removal {
        printer: "kitchen".to_owned(),
        force: true,
    });
    let refused = running.refusal(configured).await;
    assert!(
        refused.message.contains("configuration"),
        "{}",
        refused.message
    );
}
