//! Keys, certificates and signatures for a site owner.
//!
//! A server in Rust needs one thing of this: [`Signer`], which signs
//! statements and nothing else. The binary `platen-sign` is a thin shell over
//! the rest: [`Authority`] makes certificates, [`examine`] explains why a
//! signature is refused, [`revoke`] takes a certificate's word back, [`serve`]
//! is a signing endpoint for development.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use platen_sign::Signer;
//! let signer = Signer::load("site.key".as_ref(), "site.pem".as_ref())?;
//! // What the page posted, after your own session and CSRF checks:
//! # let text = "";
//! let signed = signer.sign_text(text)?;
//! # Ok(())
//! # }
//! ```

mod authority;
pub mod examine;
mod files;
mod key;
pub mod provision;
pub mod revoke;
pub mod serve;
mod signer;
#[cfg(test)]
mod testing;

pub use authority::{Authority, AuthorityError, SiteCertificate, SiteRequest};
pub use files::{
    FileError, Overwrite, is_exposed, read_chain, read_text, write_public, write_secret,
};
pub use key::{Algorithm, KeyError, PrivateKey};
pub use signer::{DEFAULT_PURPOSES, SignError, Signer};

use platen_protocol::TimestampMs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time, in milliseconds since the Unix epoch.
#[must_use]
pub fn now() -> TimestampMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |elapsed| {
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    })
}
