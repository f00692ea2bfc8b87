//! The binary `platen`: the agent and its command line.
//!
//! The only place that looks at the process environment.

use std::process::ExitCode;

use clap::Parser;
use platen_bridge::command::{self, Cli};
use platen_bridge::paths::{Environment, Platform};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::read(Platform::current(), is_system(), |name| {
        std::env::var_os(name)
    });
    command::execute(cli, &environment)
}

/// Whether this process runs for the whole machine.
fn is_system() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(windows)]
    return platen_windows::machine::is_a_service_session();
}
