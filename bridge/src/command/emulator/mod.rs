//! `platen emulator`: receipt printers to test against, and their control.
//!
//! It needs no agent. The printers live in the crate `platen-emulator`; here
//! is what one can say to them.

mod control;
mod run;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use platen_emulator::{CloseWhen, Fault, JobEnds, PaperWidth, When};
use serde::de::DeserializeOwned;

use super::Context;
use super::failure::{Exit, Failure};

/// Where the control socket is when nobody says otherwise.
const CONTROL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9180);

/// `platen emulator`.
#[derive(Debug, Subcommand)]
pub enum Emulator {
    /// Run emulated printers until stopped (SIGTERM, Ctrl-C, `control stop`).
    ///
    /// Each listens on its own port, tells on standard output what it prints,
    /// and does what `platen emulator control` or a script says.
    #[command(
        after_long_help = "Examples:\n  platen emulator run\n  platen emulator run --printers 4 --port 9100 --record printed\n  platen emulator run --script faults.toml --seed 7"
    )]
    Run(Box<Run>),
    /// Tell running printers what happens to them, and ask what they printed.
    #[command(
        after_long_help = "Examples:\n  platen emulator control paper-out\n  platen emulator control paper-new --printer 2\n  platen emulator control fault jam --when after-lines:3\n  platen emulator control fault reset --when after-octets:512\n  platen emulator control --address 127.0.0.1:9180 jobs"
    )]
    Control(Control),
}

/// `platen emulator run`.
#[derive(Debug, Args)]
pub struct Run {
    /// How many printers; the others listen on the ports after the first.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub printers: u16,
    /// Port of the first printer; 0 takes a free one for each.
    #[arg(long, value_name = "PORT", default_value_t = 9100)]
    pub port: u16,
    /// Address the printers listen on; 0.0.0.0 lets other machines print.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// Where the control socket listens, on loopback only; port 0 takes a free
    /// one.
    #[arg(long, value_name = "ADDRESS", default_value_t = CONTROL)]
    pub control: SocketAddr,
    /// What kind of printers, and what happens to them, in TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Folder that gets what each job printed.
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Faults by chance; the same seed and the same connections give the same
    /// faults.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// With --seed: one connection in this many gets a fault.
    #[arg(long, value_name = "NUMBER", default_value_t = 10, requires = "seed", value_parser = clap::value_parser!(u32).range(1..))]
    pub one_in: u32,
    /// With --seed: each fault mends itself after at most this many
    /// milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 3000, requires = "seed")]
    pub lasts: u32,
    /// Width of the paper: 80mm or 58mm.
    #[arg(long, value_name = "WIDTH", value_parser = word::<PaperWidth>)]
    pub paper: Option<PaperWidth>,
    /// Length of a new roll in millimeters; 0 never ends.
    #[arg(long, value_name = "MM")]
    pub roll: Option<u32>,
    /// Octets the buffer takes before the printer stops reading.
    #[arg(long, value_name = "OCTETS")]
    pub buffer: Option<usize>,
    /// Octets interpreted a second; 0 is at once.
    #[arg(long, value_name = "NUMBER")]
    pub octets_per_second: Option<u32>,
    /// Lines printed a second; 0 is at once.
    #[arg(long, value_name = "NUMBER", conflicts_with = "octets_per_second")]
    pub lines_per_second: Option<u32>,
    /// Connections a printer serves beside each other; more wait.
    #[arg(long, value_name = "NUMBER")]
    pub connections: Option<usize>,
    /// When a finished connection is closed: received or printed.
    #[arg(long, value_name = "WHEN", value_parser = word::<CloseWhen>)]
    pub close: Option<CloseWhen>,
    /// What one job is: connection, cut or process-id.
    #[arg(long, value_name = "WHAT", value_parser = word::<JobEnds>)]
    pub job_ends: Option<JobEnds>,
}

/// `platen emulator control`.
#[derive(Debug, Args)]
pub struct Control {
    /// Where the control socket is, as `platen emulator run` says.
    #[arg(long, value_name = "ADDRESS", default_value_t = CONTROL, global = true)]
    pub address: SocketAddr,
    /// Which printer, counted from 1; default: all.
    #[arg(long, value_name = "NUMBER", global = true)]
    pub printer: Option<usize>,
    /// What to do.
    #[command(subcommand)]
    pub verb: ControlVerb,
}

/// What happens to printers.
#[derive(Debug, Subcommand)]
pub enum ControlVerb {
    /// Take the paper out.
    PaperOut,
    /// Leave so little paper that the near-end sensor speaks.
    PaperLow,
    /// Put a new roll in and close the cover.
    PaperNew,
    /// Open the cover.
    CoverOpen,
    /// Close the cover.
    CoverClose,
    /// Pull the drawer open.
    DrawerOpen,
    /// Push the drawer shut.
    DrawerClose,
    /// Remove what jammed; let the print head cool.
    Recover,
    /// Switch off: the buffer is lost, connections are refused.
    PowerOff,
    /// Switch on.
    PowerOn,
    /// End every fault and forget those that are armed.
    Heal,
    /// Let something go wrong.
    #[command(after_long_help = FAULTS)]
    Fault {
        /// What goes wrong.
        fault: Fault,
        /// When it happens.
        #[arg(long, value_name = "WHEN", default_value_t = When::Now)]
        when: When,
        /// Mend itself after so many milliseconds; default: never.
        #[arg(long, value_name = "MS")]
        lasts: Option<u64>,
    },
    /// Show how the printers are.
    Status,
    /// Show what they printed.
    Jobs {
        /// From this job on.
        #[arg(long, value_name = "JOB")]
        from: Option<u64>,
        /// With --json: the octets as well, in base64.
        #[arg(long)]
        octets: bool,
    },
    /// Wait until so many jobs have ended since the start, on the first
    /// printer or on the one named with --printer.
    Wait {
        /// How many.
        jobs: u64,
    },
    /// Forget the jobs that have ended.
    Forget,
    /// End the emulator.
    Stop,
}

const FAULTS: &str = "\
Faults of the connection:
  refuse              nobody listens
  stall               nothing is read; the system takes what fits its buffers
  zero-window         nothing is read, and the sender's window closes
  reset, close        the connection ends; what was received is printed
  half-close          the printer closes its half and reads on
  slow-drain:NUMBER   so many octets a second are interpreted
  mute                no reply is sent
  wrong-replies       replies have the right length and the wrong bits
  endless-replies     replies that nobody asked for, without end
  delay-replies:MS    replies come late

Faults of the mechanism:
  paper-out, cover-open
  jam, stuck          an error of the cutter, of the mechanism; DLE ENQ or `recover` ends it
  hot                 an error that passes: with --lasts, or by `recover`
  broken              an error that only switching off and on ends
  power-off           the buffer is lost, connections are reset and refused

Moments:
  now                    at once
  next-connection        when the next connection is made
  after-octets:NUMBER    of the job; received for the connection, printed for the mechanism
  after-lines:NUMBER     of the job on paper
  after-last-octet       the sender has closed its half, or asked for a process id
  between-jobs           while no job is under way

Examples:
  platen emulator control fault stall --when after-octets:100 --lasts 5000
  platen emulator control fault paper-out --when after-lines:3 --printer 2";

/// Does what was said.
pub(super) fn execute(verb: Emulator, context: &Context<'_>) -> Result<Exit, Failure> {
    match verb {
        Emulator::Run(run) => run::run(context, *run),
        Emulator::Control(control) => super::connection::asking(control::run(context, control)),
    }
}

/// Reads one of the words that scripts use as well.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Cli;
    use clap::Parser as _;
    use platen_emulator::{Operation, Script};

    const GUIDE: &str = include_str!("../../../../docs/emulator.md");

    #[test]
    fn help_and_guide_name_every_fault_and_operation() {
        for fault in Fault::ALL {
            let name = fault.to_string();
            let name = name.split(':').next().unwrap();
            assert!(FAULTS.contains(name), "the help leaves out {name}");
            assert!(GUIDE.contains(name), "the guide leaves out {name}");
        }
        for operation in Operation::ALL {
            let line = ["platen", "emulator", "control", operation.name()];
            Cli::try_parse_from(line).unwrap();
            assert!(GUIDE.contains(operation.name()), "{operation}");
        }
    }

    #[test]
    fn the_commands_and_the_script_of_the_guide_are_understood() {
        let commands = GUIDE.lines().filter(|line| line.starts_with("platen "));
        let mut count = 0;
        for line in commands {
            let line = line.split(" #").next().unwrap();
            Cli::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| {
                panic!("{line}: {error}");
            });
            count += 1;
        }
        assert!(count > 10, "the guide has commands");

        let begin = GUIDE.find("# faults.toml").unwrap();
        let script = &GUIDE[begin..begin + GUIDE[begin..].find("```").unwrap()];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("faults.toml");
        std::fs::write(&file, script).unwrap();
        assert_eq!(Script::read(&file).unwrap().plan(2).len(), 2);
    }
}
