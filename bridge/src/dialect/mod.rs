//! Dialects: text to types and back, at the edge.
//!
//! Nothing behind this module knows how a client spells things.

pub(crate) mod platen_v1;
