//! Receipts in a page: what `platen-receipt` does, and the canonical form of a
//! signed statement, for JavaScript by WebAssembly.
//!
//! What crosses the border is octets, text and JSON. [`Engine`] composes,
//! renders and previews in its fonts, [`Preview`] is one receipt laid out,
//! [`Pictures`] brings the pixels; the rest are functions. What goes wrong is
//! a [`Fault`]. `js-sdk/src/receipt/` is what pages see of it; nothing here
//! knows pages.

mod blocks;
mod engine;
mod fault;
mod options;
mod pictures;
mod preview;
mod reading;
mod said;
mod statement;

pub use engine::{Composed, Engine};
pub use fault::Fault;
pub use pictures::{Pictures, dither};
pub use preview::Preview;
pub use reading::{parse, profiles};
pub use statement::{call_digest, canonical_statement};
