//! The Platen agent: a signed-certificate WebSocket API on loopback in front
//! of durable printer queues.
//!
//! One way through, each stage a module:
//! `socket -> dialect -> session -> authorize -> dispatch -> queue -> backend`,
//! with the store as the truth about jobs and grants. Start reading at
//! [`dispatch`].

// What goes to a terminal goes through `command::output`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod accessory;
pub mod admin;
pub mod agent_identity;
pub mod authorize;
pub mod backend;
pub mod bridge;
mod budget;
pub mod certificate;
pub mod claims;
pub mod clock;
pub mod command;
pub mod config;
pub mod crash;
mod device_access;
mod dialect;
pub mod discovery;
pub mod dispatch;
pub mod doctor;
mod firewall;
#[cfg(test)]
mod fresh;
pub mod grant;
mod hid;
pub mod job;
pub mod limits;
pub mod logging;
pub mod memory;
pub mod metrics;
pub mod model;
pub mod observe;
pub mod operator;
pub mod owner;
pub mod paths;
mod preview;
pub mod provision;
pub mod queue;
pub mod revocation;
pub mod scale;
mod secret_file;
pub mod serial;
pub mod session;
pub mod socket;
pub mod state_directory;
pub mod store;
pub mod support;
mod tcp;
#[cfg(test)]
mod testing;
mod thumbprint;
pub mod tls;
mod tls_client;
pub mod update;
pub mod visible;
pub mod waits;
mod when;
