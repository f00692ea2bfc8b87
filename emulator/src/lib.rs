//! A receipt printer on TCP that does what it is told: prints, runs out of
//! paper, jams, stalls, lies and disappears.
//!
//! [`Emulator`] is a running one, for tests; [`Fleet`] is several, with a
//! control socket, for `platen emulator`. [`Machine`] is the thinking in each,
//! without sockets and without a clock. What is printed counts only when it is
//! on paper: see [`PrintedJob`].

mod connection;
mod control;
mod emulator;
mod fault;
mod fleet;
mod job;
mod machine;
mod operation;
mod options;
mod port;
mod printer;
mod record;
mod script;
mod status;

pub use control::{ControlError, Request, ask};
pub use emulator::{Control, Emulator, Gone};
pub use fault::{Arming, Fault, When};
pub use fleet::{Fleet, FleetOptions};
pub use job::{JobEnd, PrintedJob};
pub use machine::{ConnectionId, Effect, Input, Listening, Machine, Paper, PrinterError};
pub use operation::Operation;
pub use options::{CloseWhen, Drain, JobEnds, Options, PaperWidth, RandomFaults};
pub use script::{PrinterSettings, Script, ScriptError, Step, StepAct, StepMoment};
pub use status::Status;
