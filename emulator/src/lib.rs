//! A receipt printer on TCP that does what it is told: prints, runs out of
//! paper, jams, stalls, lies and disappears.
//!
//! [`Emulator`] is a running one, for tests and for `platen emulator`;
//! [`Machine`] is the thinking in it, without sockets and without a clock.
//! What it prints counts only when it is on paper: see [`PrintedJob`].

mod connection;
mod emulator;
mod fault;
mod job;
mod machine;
mod operation;
mod options;
mod port;
mod printer;
mod record;
mod status;

pub use emulator::{Control, Emulator, Gone};
pub use fault::{Arming, Fault, When};
pub use job::{JobEnd, PrintedJob};
pub use machine::{ConnectionId, Effect, Input, Listening, Machine, Paper, PrinterError};
pub use operation::Operation;
pub use options::{CloseWhen, Drain, JobEnds, Options, PaperWidth, RandomFaults};
pub use status::Status;
