//! Printers that are not in the configuration file: found on the network, on
//! USB and behind the print service, and added by a person.
//!
//! What is found is hostile and only ever a suggestion; how it is read and put
//! together is the crate `platen-discovery`'s business, which does no I/O.
//! `search` is the task that looks, [`finder`] what it tells, `ask` asks one what
//! it is, [`roster`] keeps what a person added, and `follow` finds it again at
//! another address.

mod ask;
pub mod finder;
mod follow;
mod mdns;
pub mod roster;
mod search;
mod shown;
mod sources;

pub use search::Search;
