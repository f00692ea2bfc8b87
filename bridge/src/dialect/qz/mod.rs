//! The dialect of pages written for QZ Tray, as the npm client `qz-tray` 2.3
//! speaks it.
//!
//! [`envelope`] reads a message, and finds the octets its signature is over;
//! [`call`] tells what is asked; [`print`] makes octets of a `print`, `picture`
//! of a raw image, `page` pages of pixel images, [`charset`] of text in a printer's set (`arabic` where that
//! knows shapes of letters); [`printers`] finds a printer by its name as that
//! agent does; [`device`] reads the calls about everything else, [`held`] those about USB and HID; [`status`]
//! says what printers and jobs are doing in its words; [`answer`] writes what
//! comes back. Pure: what is asked for is decided by
//! [`crate::authorize`] and done by [`crate::dispatch`].

pub(crate) mod answer;
mod arabic;
pub(crate) mod call;
pub(crate) mod charset;
mod data;
pub(crate) mod device;
pub(crate) mod envelope;
pub(crate) mod file;
pub(crate) mod held;
mod network;
pub(crate) mod opened;
mod page;
mod picture;
pub(crate) mod print;
pub(crate) mod printers;
mod serial;
mod socket;
pub(crate) mod status;
mod surrogate;

/// The version we claim to be. From 2.2.4 on the client leaves its jobs as
/// the page wrote them.
pub(crate) const VERSION: &str = "2.2.6";

/// The answer to `getVersion` with `details`: the same for everybody, since
/// it needs no certificate.
pub(crate) fn version_details() -> serde_json::Value {
    serde_json::json!({
        "title": "Platen",
        "version": VERSION,
        "vendor": "Platen",
        "url": env!("CARGO_PKG_REPOSITORY"),
        "email": "",
    })
}
