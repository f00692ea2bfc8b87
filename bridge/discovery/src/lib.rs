//! What printers on the network, on USB and behind the print service say of
//! themselves: read within bounds, judged, and put together to devices.
//!
//! Pure: octets and facts in, values out; no socket, no clock, no file. All of
//! it is hostile until a person has chosen it. Start reading at [`sighting`];
//! [`devices`] makes devices of sightings, [`identity`] says which one is
//! which.

pub mod device_id;
pub mod devices;
pub mod dns;
pub mod identity;
pub mod neighborhood;
pub mod recognize;
pub mod sighting;
pub mod snmp;
pub mod text;
pub mod watched;
