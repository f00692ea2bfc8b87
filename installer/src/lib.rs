//! Puts Platen on a machine, and takes it off again without a trace.
//!
//! A [`Step`] compares what should be with what is, and answers with
//! [`Change`]s; it never writes. [`Plan`] collects them, [`apply`] makes them
//! one by one, each written to the [`Journal`] before it is made, so that
//! [`undo`] knows what stood there before, also after a crash. Everything
//! touches the machine through [`Machine`], so that tests have one in a
//! temporary folder that fails where they want. `docs/install-steps.md` says
//! how one adds a step.

mod change;
mod command;
mod engine;
mod environment;
mod journal;
mod json_merge;
mod machine;
mod plan;
mod standing;
pub mod steps;
mod windows;

pub use change::{Backward, Change, Question, Rule};
pub use command::{Argument, Command, Finished};
pub use engine::{ApplyError, Left, Undone, apply, undo, undo_cut_short, what_undo_does};
pub use environment::{
    AuthorityCertificate, Environment, NewFile, Place, Platform, Scope, Site, journal_file,
};
pub use journal::{Choices, Journal, JournalError};
pub use machine::{Machine, RealMachine};
pub use plan::{Blocked, Plan, PlannedStep, Step};
pub use standing::{FileStanding, Stamp, Standing};
pub use windows::{RegistryData, RootStoreOf, Windows};
