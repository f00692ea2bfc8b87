//! `cargo xtask`: the only entry point a person must know.
//!
//! It builds, tests, checks and shows Platen, and sets up what a command needs and the machine
//! lacks. Each command is one file; `suite.rs` is the list of what `test` runs, `setup/` knows what
//! can be missing and how it is installed. It knows no secrets and needs no network beyond the
//! package registries.

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

mod bench;
mod command;
mod demo;
mod docs;
mod end_to_end;
mod fmt;
mod fuzz;
mod install;
mod lint;
mod macos;
mod package;
mod setup;
mod suite;
mod unit;
mod usb;
mod wasm;
mod windows;
mod workspace;

use workspace::Workspace;

/// Build, test and show Platen; sets up what is missing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a receipt from a web page, end to end, on this machine.
    Demo {
        /// Press Print in a headless browser, show what came out, and exit.
        #[arg(long)]
        check: bool,
    },
    /// Run the test suites; all of them when none is named.
    Test {
        /// Which suites to run.
        #[arg(value_parser = PossibleValuesParser::new(suite::names()))]
        suites: Vec<String>,
    },
    /// Measure the release build beside a floor taken in the same run; `receipt`: that library beside others; `qz`: with the client of QZ Tray; `usb`: the first octet on USB.
    Bench {
        /// `receipt`, `qz`, `usb`, or nothing for the agent; the rest is passed on to the benchmark program.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Give made-up input to everything that reads bytes from outside.
    Fuzz {
        /// Which target; all in turn when none is named.
        target: Option<String>,
        /// How many inputs each target gets.
        #[arg(long, default_value_t = 1_000_000)]
        runs: u64,
    },
    /// Format Rust, TypeScript, JavaScript, JSON, HTML and CSS.
    Fmt,
    /// Check format, lints, types, documentation, licenses and dependencies.
    Lint,
    /// Build the receipt module for browsers into the SDK.
    Wasm,
    /// Make the packages people install, in target/package.
    Package(package::Options),
    /// Install what the suites need and this machine lacks.
    Setup {
        /// Only what these suites need.
        #[arg(value_parser = PossibleValuesParser::new(suite::names()))]
        suites: Vec<String>,
    },
}

fn main() -> Result<()> {
    let workspace = Workspace::find()?;
    match Arguments::parse().command {
        Command::Demo { check: false } => demo::serve(&workspace),
        Command::Demo { check: true } => demo::check(&workspace),
        Command::Test { suites } => suite::run(&workspace, &suites),
        Command::Bench { arguments } => bench::measure(&workspace, &arguments),
        Command::Fuzz { target, runs } => fuzz::run_targets(&workspace, target.as_deref(), runs),
        Command::Fmt => fmt::write(&workspace),
        Command::Lint => suite::run(&workspace, &["lint".to_owned()]),
        Command::Wasm => wasm::renew(&workspace),
        Command::Package(options) => package::run(&workspace, &options),
        Command::Setup { suites } => suite::set_up(&workspace, &suites),
    }
}
