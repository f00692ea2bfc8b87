//! `platen-sign`: the site owner's command line over the library.
//!
//! It parses, calls the library, prints and exits. Results go to standard
//! output, talk to standard error. What each exit code means stands in
//! [`report::Exit`] and in the help.

mod cli;
mod command;
mod report;

use clap::Parser as _;
use std::process::ExitCode;

use cli::{AuthorityCommand, Cli, Command, ProvisionCommand, SiteCommand, UpdateCommand};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Ca(AuthorityCommand::New(arguments)) => command::authority::new(arguments),
        Command::Site(SiteCommand::New(arguments)) => command::site::new(arguments),
        Command::Sign(arguments) => command::sign::run(arguments),
        Command::Verify(arguments) => command::examine::verify(arguments),
        Command::Explain(arguments) => command::examine::explain(arguments),
        Command::Revoke(arguments) => command::revoke::run(arguments),
        Command::Provision(ProvisionCommand::New(arguments)) => command::provision::new(arguments),
        Command::Provision(ProvisionCommand::Sign(arguments)) => {
            command::provision::sign(arguments)
        }
        Command::Update(UpdateCommand::NewKey(arguments)) => command::update::new_key(arguments),
        Command::Update(UpdateCommand::Manifest(arguments)) => command::update::manifest(arguments),
        Command::Serve(arguments) => command::serve::run(arguments),
    };
    report::finish(outcome, cli.command.json())
}
