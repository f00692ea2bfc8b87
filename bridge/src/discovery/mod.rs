//! Printers that are not in the configuration file: found on the network, on
//! USB and behind the print service, and added by a person.
//!
//! What is found is hostile and only ever a suggestion; how it is read and put
//! together is the crate `platen-discovery`'s business, which does no I/O.
//! [`roster`] keeps what a person added.

pub mod roster;
