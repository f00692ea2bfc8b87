//! Updates of installations that no package manager owns.
//!
//! A manifest names one version and its files, signed by a key that is kept
//! offline. Pure, in the order of an update: [`envelope`] opens what came,
//! [`manifest`] reads it, [`judge`] decides whether it counts on this machine,
//! [`journal`] is where an installation stands. Beside that the smallest
//! possible layer of files: [`installation`] and [`stage`]. It knows no
//! network, no agent and no clock: who fetches, runs and waits is
//! `platen-bridge`.

pub mod envelope;
#[cfg(unix)]
pub mod installation;
pub mod journal;
pub mod judge;
pub mod manifest;
#[cfg(unix)]
pub mod stage;
mod version;

pub use version::{Version, VersionError};
