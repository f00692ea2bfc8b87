//! The service control manager: being a service ([`run`]), and making one
//! ([`install`]).
//!
//! A service runs under an account of its own (`NT SERVICE\NAME`), which
//! Windows makes with it: it has the rights of no person, and shares its files
//! with no other service.

mod manage;
mod run;

pub use manage::{Definition, Standing, install, remove, standing, start, stop};
pub use run::{Running, run};

/// The most that a service may take to start or to stop.
pub const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(60);
