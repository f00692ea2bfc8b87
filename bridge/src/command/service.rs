//! `platen service`: the agent as a service of Windows.
//!
//! It runs under an account of its own (`NT SERVICE\Platen`), which has the
//! rights of no person: who gets hold of the agent has neither the machine nor
//! anybody's files. Its state lies in `%ProgramData%\Platen\State`, which only
//! that account, the system and administrators can enter.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use platen_windows::access::{self, Sid};
use platen_windows::service::{self, Definition, Running, Standing};
use serde_json::json;

use super::output::{print_json, say};
use super::run::{Manager, serve};
use super::{Context, Exit, Failure};
use crate::paths::{Environment, SERVICE, SERVICE_ACCOUNT};
use crate::{provision, state_directory};

/// Where a service without a log file of its configuration writes: it has no
/// terminal.
const LOG_FILE: &str = "platen.log";
/// What is tried where the agent as a service does not come up.
const LOOK: &str = "look at platen.log in its state directory, and at `platen config check`";

/// `platen service`.
#[derive(Debug, Subcommand)]
pub enum ServiceVerb {
    /// Make the service, and its folder in %ProgramData%; it starts with the
    /// machine. For administrators.
    ///
    /// With --config and --state the service uses those. Doing it twice changes
    /// nothing.
    Install,
    /// Stop the service and remove it; its state stays. For administrators.
    Uninstall,
    /// Start the service and wait until it works. For administrators.
    Start,
    /// Stop the service and wait until it has. For administrators.
    Stop,
    /// Tell how the service stands.
    Status,
    /// What the service control manager starts.
    #[command(hide = true)]
    Run,
}

pub(super) fn run(verb: &ServiceVerb, context: &Context<'_>) -> Result<Exit, Failure> {
    match verb {
        ServiceVerb::Install => install(context)?,
        ServiceVerb::Uninstall => {
            service::remove(SERVICE).map_err(explain)?;
            say("the service is removed; its state and its configuration stay");
        }
        ServiceVerb::Start => {
            service::start(SERVICE)
                .map_err(explain)
                .map_err(|error| anyhow!("{error}; {LOOK}"))?;
            say("the service runs");
        }
        ServiceVerb::Stop => {
            service::stop(SERVICE).map_err(explain)?;
            say("the service has stopped");
        }
        ServiceVerb::Status => return status(context),
        ServiceVerb::Run => be_the_service(context)?,
    }
    Ok(Exit::Done)
}

/// What the system said, and what to do.
fn explain(error: std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        return anyhow!("this is for administrators ({error}); open the terminal as one");
    }
    anyhow!("the service control manager says: {error}")
}

fn install(context: &Context<'_>) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let mut arguments: Vec<OsString> = Vec::new();
    let overrides = &context.overrides;
    let state = std::path::absolute(state(context))?;
    if let Some(file) = &overrides.config {
        arguments.push("--config".into());
        arguments.push(std::path::absolute(file)?.into_os_string());
    }
    // Named in any case: the folder that is closed here is the one it uses.
    arguments.push("--state".into());
    arguments.push(state.clone().into_os_string());
    arguments.extend(["service".into(), "run".into()]);
    service::install(&Definition {
        name: SERVICE,
        title: "Platen",
        description: "Lets web pages print on the printers of this machine.",
        program: &program,
        arguments: &arguments,
    })
    .map_err(explain)?;
    if overrides.state.is_none() {
        make_folders(&state).map_err(explain)?;
    }
    say(format_args!(
        "the service {SERVICE} starts with this machine; its state is in {}",
        state.display()
    ));
    Ok(())
}

/// The folder of configuration, for everybody to read, and in it the one of
/// the state, for the service.
fn make_folders(state: &Path) -> std::io::Result<()> {
    let own = access::own_account()?;
    let service = Sid::new(SERVICE_ACCOUNT);
    let close = |folder: &Path, list: &dyn Fn(&Path) -> std::io::Result<()>| {
        std::fs::create_dir_all(folder)?;
        let owner = access::exposure_of(folder, &own)?.owner;
        // Whoever owns a folder decides who may use it.
        if !owner.is_trusted_by(&own) && owner != service {
            return Err(std::io::Error::other(format!(
                "{} belongs to {owner}, who is no administrator; remove it",
                folder.display()
            )));
        }
        list(folder)
    };
    if let Some(folder) = state.parent() {
        close(folder, &access::make_readable)?;
    }
    close(state, &|folder| access::make_private(folder, &service))
}

/// The service's environment: that of a process for the whole machine.
fn environment(context: &Context<'_>) -> Environment {
    Environment {
        system: true,
        ..context.environment.clone()
    }
}

fn state(context: &Context<'_>) -> PathBuf {
    let given = context.overrides.state.clone();
    given.unwrap_or_else(|| environment(context).system_state_directory())
}

fn status(context: &Context<'_>) -> Result<Exit, Failure> {
    let standing = service::standing(SERVICE).map_err(explain)?;
    let state = state(context);
    let (word, text) = match standing {
        Standing::Absent => (
            "absent",
            "there is no service; `platen service install` makes it".to_owned(),
        ),
        Standing::Stopped(0) => (
            "stopped",
            "the service is stopped; `platen service start` starts it".to_owned(),
        ),
        Standing::Stopped(code) => (
            "stopped",
            format!("the service is stopped, with exit code {code}; {LOOK}"),
        ),
        Standing::Changing => ("changing", "the service starts or stops".to_owned()),
        Standing::Running(process) => (
            "running",
            format!(
                "the service runs as process {process}; an administrator asks it with --state {}",
                state.display()
            ),
        ),
    };
    if context.json {
        let process = match standing {
            Standing::Running(process) => Some(process),
            _ => None,
        };
        print_json(&json!({ "service": word, "process": process, "state_directory": state }))?;
    } else {
        say(text);
    }
    Ok(match standing {
        Standing::Running(_) => Exit::Done,
        _ => Exit::NotRunning,
    })
}

fn be_the_service(context: &Context<'_>) -> anyhow::Result<()> {
    let environment = environment(context);
    let overrides = context.overrides.clone();
    service::run(SERVICE, move |running| {
        let context = Context {
            environment: &environment,
            overrides,
            json: false,
        };
        match agent(&context, running) {
            Ok(_) => 0,
            Err(failure) => {
                tracing::error!(%failure, "the service ends");
                // What `platen run` ends with; nothing counts as a success.
                failure.exit().code().into()
            }
        }
    })
    .context("this is what the service control manager starts; use `platen service start`, or `platen run` in a terminal")
}

fn agent(context: &Context<'_>, running: &Running) -> Result<Exit, Failure> {
    let (mut loaded, found) = provision::load_config(&context.overrides, context.environment)?;
    let config = &mut loaded.config;
    if config.log.file.is_none() {
        let state = &config.state_directory;
        state_directory::make_private(state)
            .with_context(|| format!("{} cannot be used", state.display()))?;
        config.log.file = Some(state.join(LOG_FILE));
    }
    serve((loaded, found), running)
}

impl Manager for Running {
    fn stop_signal(&self) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
        Ok(self.stopped())
    }

    fn ready(&self) {
        Running::ready(self);
    }

    /// The manager knows: it is it who said so.
    fn stopping(&self) {}
}
