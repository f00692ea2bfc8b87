//! What the client says, as far as the benchmark makes it say it.

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::trust::{LegacyHash, VerifyingKey};
use platen_receipt::command::BitImageMode;
use platen_receipt::image::language::escpos;
use platen_receipt::image::{Dither, GrayPicture};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

/// One message.
pub(crate) struct Incoming {
    /// Where to answer.
    pub(crate) uid: String,
    /// What it wants.
    pub(crate) ask: Ask,
    /// What proves who says it.
    pub(crate) signed: Signed,
}

/// What a client wants.
pub(crate) enum Ask {
    /// `getVersion`.
    Version,
    /// It shows its certificate, PEM.
    Certificate(String),
    /// `print`.
    Print(Print),
}

/// A signature, and what it is over.
pub(crate) struct Signed {
    digest: String,
    signature: String,
}

impl Signed {
    /// # Errors
    /// When somebody else signed.
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<()> {
        let signature = STANDARD.decode(&self.signature)?;
        key.verify_legacy_rsa(LegacyHash::Sha512, self.digest.as_bytes(), &signature)?;
        Ok(())
    }
}

/// The items of a print.
#[derive(Deserialize)]
pub(crate) struct Print {
    data: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Text(String),
    Kind {
        format: String,
        flavor: String,
        data: String,
    },
}

impl Print {
    /// What the printer gets.
    ///
    /// # Errors
    /// When an item is none that the benchmark sends.
    pub(crate) fn octets(self) -> Result<Vec<u8>> {
        let mut octets = Vec::new();
        for item in self.data {
            match item {
                Item::Text(text) => octets.extend_from_slice(text.as_bytes()),
                Item::Kind {
                    format,
                    flavor,
                    data,
                } => match (format.as_str(), flavor.as_str()) {
                    ("command", "base64") => octets.extend(STANDARD.decode(data)?),
                    ("image", "base64") => octets.extend(picture(&STANDARD.decode(data)?)?),
                    _ => bail!("the floor does not print {format} ({flavor})"),
                },
            }
        }
        Ok(octets)
    }
}

/// A picture file as `ESC *`.
fn picture(file: &[u8]) -> Result<Vec<u8>> {
    let bitmap = GrayPicture::read(file)?.dithered(Dither::Threshold(127));
    let commands = escpos::strips(&bitmap, BitImageMode::TwentyFourDotsSingle)?;
    Ok(platen_receipt::encode(&commands))
}

#[derive(Deserialize)]
struct Members<'a> {
    uid: String,
    #[serde(borrow)]
    call: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    signature: Option<String>,
    certificate: Option<String>,
}

/// Reads a message, and takes the digest of what is signed of it.
///
/// # Errors
/// When it is none that the benchmark sends.
pub(crate) fn read(text: &str) -> Result<Incoming> {
    let members: Members<'_> = serde_json::from_str(text)?;
    if let Some(pem) = members.certificate {
        return Ok(Incoming {
            uid: members.uid,
            ask: Ask::Certificate(pem),
            signed: Signed {
                digest: String::new(),
                signature: String::new(),
            },
        });
    }
    let call = members.call.context("a message without a call")?.get();
    let params = members.params.map_or("null", RawValue::get);
    let ask = match call {
        "\"getVersion\"" => Ask::Version,
        "\"print\"" => Ask::Print(serde_json::from_str(params)?),
        _ => bail!("the floor knows no {call}"),
    };
    let timestamp = members.timestamp.context("no timestamp")?.get();
    let mut hash = Sha256::new();
    for part in [
        "{\"call\":",
        call,
        ",\"params\":",
        params,
        ",\"timestamp\":",
        timestamp,
        "}",
    ] {
        hash.update(part);
    }
    let digest = hash.finalize();
    Ok(Incoming {
        uid: members.uid,
        ask,
        signed: Signed {
            digest: digest.iter().map(|octet| format!("{octet:02x}")).collect(),
            signature: members.signature.unwrap_or_default(),
        },
    })
}
