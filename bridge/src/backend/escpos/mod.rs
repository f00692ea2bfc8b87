//! What an ESC/POS printer says of itself, and how it is asked.
//!
//! Device independent: octets in, values out, no connection and no clock. TCP
//! uses it today; USB and serial ports carry the same octets. A printer's
//! answers are a stranger's words: they are bounded, never believed beyond
//! their fixed bits, and an octet nobody asked for is no evidence. Start at
//! [`Conversation`]; `decoder` tells the answers of one stream apart,
//! `condition` puts them into IPP's words, `job` reads what is about to be
//! printed, and [`Knowledge`] remembers which printer answers what.

mod condition;
mod conversation;
mod decoder;
mod job;
mod knowledge;
mod request;

pub use condition::{Condition, Trouble};
pub use conversation::Conversation;
pub use decoder::{Answer, Decoder};
pub use job::{INITIALIZE, JobEnd, JobReader, speaks_escpos};
pub use knowledge::{Abilities, Approach, Knowledge, Silence};
pub use request::{AUTOMATIC_STATUS_OFF, AUTOMATIC_STATUS_ON, CLEAR_BUFFERS, ProcessId, STATUS};
