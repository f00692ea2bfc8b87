//! ESC/POS receipts as pure stages, each usable alone.
//!
//! Bytes to commands ([`parse()`], [`Parser`]) and back ([`encode`]), commands
//! to a document ([`layout`]), a document to plain text ([`document_text`]).
//! [`render_text`] does all of it; [`Facts`] are the same for programs, and
//! [`Dialect`] reads Star and ZPL. [`Edit`] changes a job. [`inspect`] tells what
//! a raw job would do besides print, and [`TextEncoder`] makes a receipt of plain
//! text. No I/O, no clock, no printer: what comes in is bytes and a [`Profile`],
//! what goes out is values, and everything that could grow is bounded by
//! [`Limits`].
//!
//! A job taken apart, changed, and put together again, without its cut:
//!
//! ```
//! use platen_receipt::{Profile, command::Command, encode, parse, render_text};
//!
//! let mut job = parse(b"Flat white   3.80\n\x1dV\x00");
//! job.commands.retain(|located| !matches!(located.command, Command::CutPaper(_)));
//! let text = render_text(&encode(&job.commands), &Profile::default());
//! assert_eq!(text, "Flat white   3.80\n");
//! ```

mod barcode;
pub mod build;
mod code_table;
pub mod command;
mod dialect;
pub mod draw;
mod edit;
mod encode;
pub mod facts;
mod font;
mod html;
pub mod image;
pub mod inspect;
pub mod layout;
mod limits;
pub mod markup;
mod numbers;
mod parse;
mod plain_text;
mod profile;
mod sorted;
mod text;

pub use code_table::{CodeTable, EPSON as EPSON_CODE_TABLES, InternationalCharacterSet};
pub use dialect::Dialect;
pub use edit::{Edit, EditError, EditedCommand};
pub use encode::encode;
pub use facts::Facts;
pub use font::{FontError, Fonts};
pub use html::document_html;
pub use limits::Limits;
pub use parse::{Finding, FindingKind, Findings, Located, Parsed, Parser, parse, parse_each};
pub use plain_text::{REPLACEMENT, TextEncoder};
pub use profile::{Cell, Feature, Multibyte, Profile};
pub use text::{document_text, render_text};
