//! The command line: what one can say, and who does it.
//!
//! Results go to standard output, talk to standard error. Each verb is one
//! file; all but `run`, `emulator`, `config`, `install`,
//! `uninstall`, `service`, `doctor`, `preview` and `render` ask the running agent over its
//! administration socket. Help, and `docs/command-line.md`, come from the
//! definitions here.

mod agent;
mod arguments;
mod cert;
mod config;
mod connection;
mod csv;
mod doctor;
mod emulator;
mod events;
mod failure;
mod input;
#[cfg(any(target_os = "linux", windows))]
mod install;
mod jobs;
mod notify;
mod output;
mod preview;
mod print;
mod printer_model;
mod printers;
mod provision;
mod qz_option;
#[cfg(test)]
mod reference;
mod render;
mod run;
#[cfg(windows)]
mod service;
mod story;
mod support_bundle;
mod table;
mod trust;
#[cfg(unix)]
mod update;

use std::process::ExitCode;

pub use arguments::{Cli, Verb};
pub use emulator::Emulator;
pub use failure::{Exit, Failure};
#[cfg(any(target_os = "linux", windows))]
pub use install::{Install, Uninstall};
#[cfg(windows)]
pub use service::ServiceVerb;

use crate::config::Overrides;
use crate::paths::Environment;

/// What every verb gets.
#[derive(Debug)]
struct Context<'a> {
    environment: &'a Environment,
    overrides: Overrides,
    json: bool,
}

/// Does what the command line says; talks about what went wrong.
#[must_use]
pub fn execute(cli: Cli, environment: &Environment) -> ExitCode {
    let context = Context {
        environment,
        overrides: Overrides {
            config: cli.config.or_else(|| environment.platen_config.clone()),
            state: cli.state.or_else(|| environment.platen_state.clone()),
        },
        json: cli.json,
    };
    match dispatch(cli.verb, &context) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell(context.json);
            failure.exit().into()
        }
    }
}

fn dispatch(verb: Verb, context: &Context<'_>) -> Result<Exit, Failure> {
    match verb {
        Verb::Run => run::run(context),
        Verb::Config(verb) => config::run(&verb, context),
        Verb::Status => connection::asking(agent::status(context)),
        Verb::Printers(printers) => connection::asking(printers::run(context, printers)),
        Verb::Pause(which) => connection::asking(agent::pause(context, which)),
        Verb::Resume(which) => connection::asking(agent::resume(context, which)),
        Verb::Jobs(jobs) => connection::asking(jobs::run(context, jobs)),
        Verb::Preview(order) => preview::run(&order),
        Verb::Render(order) => render::run(&order),
        Verb::Print(order) => connection::asking(print::run(context, order)),
        Verb::Trust(verb) => connection::asking(trust::run(context, verb)),
        Verb::Cert(verb) => connection::asking(cert::run(context, verb)),
        Verb::Provision(verb) => connection::asking(provision::run(context, &verb)),
        #[cfg(any(target_os = "linux", windows))]
        Verb::Install(wanted) => install::install(context, &wanted),
        #[cfg(any(target_os = "linux", windows))]
        Verb::Uninstall(wanted) => install::uninstall(context, &wanted),
        #[cfg(unix)]
        Verb::Update(verb) => connection::asking(update::run(context, verb)),
        #[cfg(unix)]
        Verb::Supervise => update::supervise(context),
        #[cfg(windows)]
        Verb::Service(verb) => service::run(&verb, context),
        Verb::Events(wanted) => connection::asking(events::run(context, wanted)),
        Verb::Emulator(verb) => emulator::execute(verb, context),
        Verb::Doctor => connection::asking(doctor::run(context)),
        Verb::SupportBundle { file, with_origins } => {
            connection::asking(support_bundle::run(context, file, with_origins))
        }
    }
}
