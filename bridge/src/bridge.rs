//! The whole agent, put together from its configuration.
//!
//! [`Bridge::build`] opens what can fail to open, [`Bridge::run`] serves until
//! told to stop and returns when everything is drained. Tasks: the browser
//! ports, the administration socket, the metrics port where one is
//! configured, one actor per printer, the search for the system's printers,
//! and the one for others; each is joined here.

use std::collections::HashSet;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_discovery::identity::Identity;
use platen_protocol::{PrinterId, TimestampMs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::protocol::{Certificate, Listener, Scheme};
use crate::admin::socket::{AdminSocket, SocketError};
use crate::admin::tcp::{Token, TokenError, WatchServer};
use crate::admin::{AdminServer, AgentDesk, CertificateKeeper, Desk, Facts};
use crate::agent_identity::AgentIdentity;
use crate::authorize::Authorizer;
use crate::backend::cups::{CupsServer, CupsSettings, current_user};
use crate::backend::socket::SocketSettings;
use crate::backend::virtual_printer::VirtualSettings;
use crate::backend::{BackendSettings, Backends, DeviceQuestions, DeviceUri, SystemPrinters};
use crate::certificate::{self, MachineCertificate};
use crate::claims::Claims;
use crate::clock::Clock;
use crate::config::{Config, ServedUsers};
use crate::discovery::Search;
use crate::discovery::roster::{Roster, takes_any_format};
use crate::dispatch::Dispatcher;
use crate::logging::RecentLines;
use crate::metrics::Metrics;
use crate::model::PrinterModel;
use crate::observe::Observer;
use crate::operator::Operator;
use crate::owner::{self, Served, connection_owners};
use crate::paths;
use crate::provision::{Found, Provisioner};
use crate::queue::printers::{PrinterInfo, Printers};
use crate::revocation::Revoked;
use crate::socket::{Edge, EdgeConfig, Listening};
use crate::state_directory::{ClaimError, StateDirectory};
use crate::store::Store;
use crate::tls::Tls;

/// How often the system is asked for printers that came since.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(30);
/// Where below the state directory the files of pages lie.
const FILES_FOLDER: &str = "files";
/// Where below the state directory the secret of the agent's identity is kept.
const IDENTITY_FILE: &str = "identity.key";

/// Why an agent could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The state directory.
    #[error(transparent)]
    StateDirectory(#[from] ClaimError),
    /// The administration socket.
    #[error(transparent)]
    AdminSocket(#[from] SocketError),
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The agent's identity.
    #[error(transparent)]
    Identity(#[from] crate::agent_identity::IdentityError),
    /// The TLS certificate.
    #[error(transparent)]
    Certificate(#[from] certificate::CertificateError),
    /// TLS itself.
    #[error(transparent)]
    Tls(#[from] crate::tls::TlsError),
    /// The token of the metrics port.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The metrics port.
    #[error("the metrics port {address} cannot be had: {source}; choose another in [metrics]")]
    MetricsPort {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A value the configuration let pass.
    #[error("{0}")]
    Configuration(String),
}

/// An agent that listens, and does not serve yet.
#[derive(Debug)]
pub struct Bridge {
    edge: Edge<Dispatcher>,
    admin: AdminServer,
    watch: Option<WatchServer>,
    discovery: Option<Discovery>,
    search: Search,
    printers: Arc<Printers>,
    store: Store,
    draining: CancellationToken,
}

impl Bridge {
    /// Opens everything an agent needs, and takes its ports. `recent` has the
    /// newest lines of the log, `provisioned` is what speaks for this machine.
    /// Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`BuildError`]: what stands in the way, and what to do.
    pub async fn build(
        config: Config,
        config_file: Option<PathBuf>,
        provisioned: Found,
        recent: RecentLines,
    ) -> Result<Self, BuildError> {
        let clock = Clock::system();
        let claims = Claims::new(clock.clone());
        let started_at = clock.now();
        let state = config.state_directory.clone();
        let draining = CancellationToken::new();
        let claimed = StateDirectory::claim(&state)?;
        let admin_socket = AdminSocket::bind(&claimed)?;
        let store = Store::open(
            &claimed,
            &config.limits,
            &config.document_key,
            clock.clone(),
        )?;
        let metrics = Metrics::new(clock.clone());

        let printers = Arc::new(Printers::new(
            store.clone(),
            clock.clone(),
            Observer::new(metrics.clone()),
            config.limits.clone(),
            config.default_printer.clone(),
            &config.copy_label,
        )?);
        let backends = Arc::new(Backends::new(backend_settings(&config)?, claims.clone()));
        add_configured(&config, &backends, &printers)?;
        let configured = config.printers.iter();
        let configured = configured.map(|printer| (printer.id.clone(), printer.uri.to_string()));
        // Before the printers that it brings are started.
        let provisioner = Provisioner::start(
            provisioned,
            store.clone(),
            clock.clone(),
            configured.collect(),
        )
        .await?;
        let roster = Arc::new(Roster::load(
            Arc::clone(&printers),
            Arc::clone(&backends),
            store.clone(),
            clock.clone(),
        )?);
        let discovery = config.cups.discover.then(|| Discovery {
            system: backends.system_printers(),
            backends: Arc::clone(&backends),
            printers: Arc::clone(&printers),
            wanted: config.default_printer.clone(),
        });

        let dispatcher = Dispatcher::new(
            Arc::clone(&printers),
            store.clone(),
            clock.clone(),
            config.limits.clone(),
        );
        let revoked = Revoked::load(&store, clock.clone())?;
        let certificate =
            certificate::load_or_make(&paths::certificate_folder(&state), started_at)?;
        let tls = Tls::new(&certificate, clock.clone())?;
        let keeper = Arc::new(Keeper::new(&state, certificate, tls.clone(), clock.clone()));
        let authorizer = Authorizer::new(
            store.grants(),
            Arc::new(AgentIdentity::load_or_make(&state.join(IDENTITY_FILE))?),
            clock.clone(),
            revoked.known(),
        );
        let authorizer = authorizer.with_printer_users(
            config
                .printers
                .iter()
                .map(|printer| (printer.id.clone(), printer.users.clone()))
                .collect(),
        );
        let served = served(config.listen.users);
        let operator = Operator::new(
            Arc::clone(&printers),
            dispatcher.clone(),
            store.clone(),
            revoked,
            authorizer.pending(),
            roster,
        );
        let system = config.cups.discover.then(|| backends.system_printers());
        let search = Search::new(operator.finder().clone(), system, config.discovery.network);
        let edge = Edge::listen(
            EdgeConfig {
                wss_ports: config.listen.wss_ports.clone(),
                ws_ports: if config.listen.ws {
                    config.listen.ws_ports.clone()
                } else {
                    Vec::new()
                },
                tls,
                limits: config.limits.clone(),
                files_folder: state.join(FILES_FOLDER),
                claims: claims.clone(),
                served: served.clone(),
                owners: connection_owners(),
            },
            authorizer,
            dispatcher,
        );
        metrics.watch_edge(edge.counts());

        let facts = Facts {
            started_at,
            state_directory: state,
            config_file,
            configured_printers: config
                .printers
                .iter()
                .map(|printer| printer.id.clone())
                .collect(),
            listeners: listeners(edge.listening()),
            ports_taken: edge.listening().taken.clone(),
            claims,
            served,
            provisioner: Arc::new(provisioner),
        };
        let desk: Arc<dyn Desk> = Arc::new(AgentDesk::new(
            operator,
            metrics,
            clock,
            keeper,
            facts,
            recent,
            draining.clone(),
        ));
        let admin = AdminServer::new(
            admin_socket,
            Arc::clone(&desk),
            config.limits.job_octets_max,
            draining.clone(),
        );
        let watch = watch_server(&config, desk, draining.clone()).await?;
        Ok(Self {
            edge,
            admin,
            watch,
            discovery,
            search,
            printers,
            store,
            draining,
        })
    }

    /// Which browser ports are ours.
    #[must_use]
    pub fn listening(&self) -> &Listening {
        self.edge.listening()
    }

    /// Serves until `stop`, then drains: sessions finish their calls, printers
    /// their jobs, the store its writes.
    pub async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        tasks.spawn(self.admin.run());
        if let Some(watch) = self.watch {
            tasks.spawn(watch.run());
        }
        tasks.spawn(self.search.run(self.draining.clone()));
        if let Some(discovery) = self.discovery {
            tasks.spawn(discovery.run(self.draining.clone()));
        }
        self.edge.run(stop).await;
        tracing::info!("stopping: jobs under way may end, nothing new starts");
        self.draining.cancel();
        self.printers.drain().await;
        tasks.close();
        tasks.wait().await;
        let store = self.store;
        // Waiting for the writer's thread is blocking.
        if tokio::task::spawn_blocking(move || store.close())
            .await
            .is_err()
        {
            tracing::error!("the store was not closed in order");
        }
        tracing::info!("stopped");
    }
}

fn backend_settings(config: &Config) -> Result<BackendSettings, BuildError> {
    let state = &config.state_directory;
    let spooler = config
        .cups
        .spooler_program
        .clone()
        .unwrap_or_else(|| installed_helper(&format!("platen-spooler{EXE_SUFFIX}")));
    let mut cups = CupsSettings::new(current_user(), spooler, state.join("spooler"));
    if let Some(server) = &config.cups.server {
        cups.server = server
            .parse::<CupsServer>()
            .map_err(|error| BuildError::Configuration(format!("cups.server: {error}")))?;
    }
    Ok(BackendSettings {
        virtual_printer: VirtualSettings::in_folder(config.virtual_printer.folder.clone()),
        socket: SocketSettings::default(),
        cups,
    })
}

/// The helper program: in the folder of this one, where a build puts it, or
/// where packages do, out of people's search path.
fn installed_helper(name: &str) -> PathBuf {
    let own = std::env::current_exe().ok();
    let folder = own.as_deref().and_then(Path::parent);
    let Some(folder) = folder else {
        return PathBuf::from(name);
    };
    let beside = folder.join(name);
    let packaged = folder.join("../libexec/platen").join(name);
    if !beside.is_file() && packaged.is_file() {
        return packaged;
    }
    beside
}

fn add_configured(
    config: &Config,
    backends: &Backends,
    printers: &Printers,
) -> Result<(), BuildError> {
    for printer in &config.printers {
        let info = PrinterInfo {
            id: printer.id.clone(),
            name: printer.name.clone(),
            aliases: Vec::new(),
            uri: printer.uri.to_string(),
            takes_any_format: takes_any_format(&printer.uri),
            profile: printer.model.to_profile(),
            accessories: printer.model.accessories(),
        };
        match backends.open(&printer.uri, &printer.questions) {
            Ok(backend) => printers.add(info, backend, printer.backup.clone())?,
            // One bad printer is no reason to leave the others without an agent.
            Err(error) => tracing::error!(printer = %printer.id, %error, "a printer is left out"),
        }
    }
    Ok(())
}

/// Whose connections this agent serves.
fn served(users: ServedUsers) -> Served {
    let own = match users {
        ServedUsers::Auto => owner::can_tell() && owner::is_a_persons(),
        ServedUsers::Own => true,
        ServedUsers::All => false,
    };
    if own {
        Served::Only(owner::own_user())
    } else {
        Served::EveryUser
    }
}

async fn watch_server(
    config: &Config,
    desk: Arc<dyn Desk>,
    draining: CancellationToken,
) -> Result<Option<WatchServer>, BuildError> {
    let (Some(address), Some(file)) = (config.metrics.tcp, &config.metrics.token_file) else {
        return Ok(None);
    };
    let token = Token::read(file)?;
    let server = WatchServer::bind(address, token, desk, draining)
        .await
        .map_err(|source| BuildError::MetricsPort { address, source })?;
    Ok(Some(server))
}

fn listeners(listening: &Listening) -> Vec<Listener> {
    let listener = |scheme, port: Option<u16>| port.map(|port| Listener { scheme, port });
    [
        listener(Scheme::Wss, listening.wss),
        listener(Scheme::Ws, listening.ws),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Looks for the system's printers, now and again.
#[derive(Debug)]
struct Discovery {
    system: SystemPrinters,
    backends: Arc<Backends>,
    printers: Arc<Printers>,
    wanted: Option<PrinterId>,
}

impl Discovery {
    async fn run(self, stop: CancellationToken) {
        let mut said = HashSet::new();
        loop {
            match self.system.list().await {
                Ok(found) => {
                    for printer in found.iter() {
                        self.add(&printer.name, &printer.info, &printer.uri);
                        if printer.default && self.wanted.is_none() {
                            self.suggest_default(&printer.uri);
                        }
                    }
                }
                Err(error) => {
                    // Once is enough: a machine without CUPS stays one.
                    let text = error.to_string();
                    if said.insert(text.clone()) {
                        tracing::info!(reason = text, "no printers of the system for now");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(DISCOVERY_INTERVAL) => {}
            }
        }
    }

    fn add(&self, name: &str, info: &str, uri: &DeviceUri) {
        let Some(id) = system_printer_id(name, uri) else {
            tracing::warn!(
                queue = name,
                "a queue's name cannot be an id; name it in [[printers]]"
            );
            return;
        };
        // A printer that the configuration names is not added again under
        // another id.
        let known = self
            .printers
            .all()
            .iter()
            .any(|handle| handle.info.id == id || handle.info.uri == uri.to_string());
        if known {
            return;
        }
        let label = if info.is_empty() { name } else { info };
        let info = PrinterInfo {
            id,
            name: label.to_owned(),
            aliases: Vec::new(),
            uri: uri.to_string(),
            takes_any_format: takes_any_format(uri),
            profile: PrinterModel::default().to_profile(),
            accessories: PrinterModel::default().accessories(),
        };
        let added = self
            .backends
            .open(uri, &DeviceQuestions::default())
            .map_err(|error| error.to_string())
            .and_then(|backend| {
                self.printers
                    .add(info, backend, None)
                    .map_err(|error| error.to_string())
            });
        match added {
            Ok(()) => tracing::info!(queue = name, "a printer of the system was found"),
            Err(error) => {
                tracing::warn!(queue = name, error, "a printer of the system is left out");
            }
        }
    }

    fn suggest_default(&self, uri: &DeviceUri) {
        let uri = uri.to_string();
        if let Some(handle) = self
            .printers
            .all()
            .iter()
            .find(|handle| handle.info.uri == uri)
        {
            self.printers.suggest_default(handle.info.id.clone());
        }
    }
}

/// The stable id of a queue: its name, which the print service keeps unique.
/// Names of Windows hold what no id does.
fn system_printer_id(name: &str, uri: &DeviceUri) -> Option<PrinterId> {
    match uri {
        DeviceUri::Winspool { .. } => Identity::Place(uri.to_string()).printer_id().parse().ok(),
        _ => format!("cups:{name}").parse().ok(),
    }
}

/// Keeps the certificate of the `wss` ports and renews it while they serve.
#[derive(Debug)]
struct Keeper {
    folder: PathBuf,
    tls: Tls,
    clock: Clock,
    current: Mutex<MachineCertificate>,
}

impl Keeper {
    fn new(state: &Path, certificate: MachineCertificate, tls: Tls, clock: Clock) -> Self {
        Self {
            folder: paths::certificate_folder(state),
            tls,
            clock,
            current: Mutex::new(certificate),
        }
    }
}

impl CertificateKeeper for Keeper {
    fn current(&self) -> Certificate {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        Certificate::of(&current, self.clock.now())
    }

    fn renew(&self, now: TimestampMs) -> Result<Certificate, String> {
        let made = certificate::renew(&self.folder, now).map_err(|error| error.to_string())?;
        self.tls.replace(&made).map_err(|error| error.to_string())?;
        let described = Certificate::of(&made, now);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = made;
        Ok(described)
    }
}
