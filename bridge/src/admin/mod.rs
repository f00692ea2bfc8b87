//! Administration: what the person at the machine may ask of the agent, over a
//! socket that only that person and root can reach. Never over a browser port.
//!
//! [`protocol`] has the words, [`server`] answers them, [`client`] asks them
//! (the command line is its only user). [`socket`] alone knows Unix sockets
//! and named pipes.

pub mod agent;
pub mod client;
mod desk;
pub mod found;
mod http;
pub mod new_grant;
pub mod protocol;
pub mod server;
pub mod socket;
pub mod tcp;

pub use agent::{AgentDesk, CertificateKeeper, Facts};
pub use client::{Client, ClientError};
pub use desk::Desk;
pub use protocol::{AdminRequest, AdminResponse};
pub use server::AdminServer;

/// Waits a moment where the system gives no connection (too many open files):
/// without it the accepting task would turn in circles.
async fn pause_after_accept_error() {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}
