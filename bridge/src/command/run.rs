//! `platen run`: the agent itself, until it is told to stop.

use std::ffi::OsStr;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::failure::{Exit, Failure};
use super::{Context, notify};
use crate::bridge::Bridge;
use crate::config::Loaded;
use crate::provision::{self, Found};
use crate::{crash, logging, memory};

/// Reads of the store and of files; more wait for their turn.
const BLOCKING_THREADS_MAX: usize = 8;

/// How an agent hears that it is to stop, and who is told how far it is.
pub(super) trait Manager {
    /// Ends when the agent is to stop. Called within the runtime, once.
    fn stop_signal(&self) -> std::io::Result<impl Future<Output = ()> + Send + 'static>;
    /// The agent works.
    fn ready(&self);
    /// The agent ends.
    fn stopping(&self);
}

/// Runs until a signal of the system or of the terminal, then drains.
pub(super) fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let loaded = provision::load_config(&context.overrides, context.environment)?;
    let socket = context.environment.notify_socket.as_deref();
    serve(loaded, &Signals { socket })
}

/// What stops a process of a terminal, or of systemd.
struct Signals<'a> {
    socket: Option<&'a OsStr>,
}

impl Manager for Signals<'_> {
    fn stop_signal(&self) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
        stop_signal()
    }

    fn ready(&self) {
        notify::tell(self.socket, "READY=1");
    }

    fn stopping(&self) {
        notify::tell(self.socket, "STOPPING=1");
    }
}

/// Runs the agent of a configuration until its manager wants it to stop.
pub(super) fn serve(
    (loaded, found): (Loaded, Found),
    manager: &impl Manager,
) -> Result<Exit, Failure> {
    let Loaded {
        config,
        file,
        decided,
    } = loaded;
    let recent = logging::start(&config.log).context("the log cannot be written; see [log]")?;
    if !decided.is_empty() {
        let keys = decided.join(", ");
        tracing::warn!(
            keys,
            "the provisioning file decides what the configuration says otherwise"
        );
    }
    crash::log_panics();
    crash::leave_no_core();
    memory::keep_for_the_next_job();
    // One thread: everything that takes long is asked of the store's thread, of
    // blocking threads or of another process, and a receipt on its way to the
    // printer is not handed from core to core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("blocking")
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    runtime.block_on(async {
        let signal = manager
            .stop_signal()
            .context("signals cannot be listened for")?;
        let bridge = Bridge::build(config, file, found, recent)
            .await
            .map_err(anyhow::Error::from)?;
        manager.ready();
        memory::forget_the_start();
        let stop = CancellationToken::new();
        let told = stop.clone();
        let waiting = tokio::spawn(async move {
            signal.await;
            told.cancel();
        });
        bridge.run(stop).await;
        manager.stopping();
        waiting.abort();
        Ok(Exit::Done)
    })
}

/// Ends when the system, or the person at the terminal, wants us to stop.
#[cfg(unix)]
pub(super) fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ends when the system, or the person at the terminal, wants us to stop. After
/// the window is closed, the person logs off or the machine shuts down, Windows
/// leaves a few seconds.
#[cfg(windows)]
pub(super) fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let (mut interrupt, mut break_key) = (ctrl_c()?, ctrl_break()?);
    let (mut close, mut logoff, mut shutdown) = (ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = break_key.recv() => {}
            _ = close.recv() => {}
            _ = logoff.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}
