//! Asks a printer that is about to be added what it is.
//!
//! Only where a person wishes it: to a printer that does not speak ESC/POS the
//! question is three characters to print, and a USB printer is taken from the
//! kernel's driver for a moment. What comes back is a stranger's word, bounded
//! and without control characters, and names at most a receipt profile.

use std::time::Duration;

use platen_discovery::text::said;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::backend::escpos::{Answer, Decoder};
use crate::backend::{DeviceUri, usb};
use crate::tcp;

/// `GS I 66` and `GS I 67` — transmit the maker's name, and the model's.
const QUESTIONS: [u8; 6] = [0x1D, b'I', 66, 0x1D, b'I', 67];
/// The answers to them, one each.
const ANSWERS: usize = 2;
/// Header of such an answer.
const TEXT_HEADER: u8 = 0x5F;
/// For connecting, and for the answers.
const WAIT: Duration = Duration::from_secs(3);
/// Octets that are read while the answers are waited for.
const OCTETS_MAX: usize = 1024;

/// Why there is no word of the printer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum AskError {
    /// It did not answer, or not with its name.
    #[error(
        "it does not say what it is ({0}); leave `--ask` out, and name its model with `--profile` if you know it"
    )]
    Silent(String),
    /// There is no way to ask.
    #[error(
        "only a printer on TCP or USB can be asked what it is; name its model with `--profile`"
    )]
    NoWay,
}

/// The printer's own words for what it is, the best first.
///
/// # Errors
/// [`AskError`].
pub(super) async fn what_it_is(uri: &DeviceUri) -> Result<Vec<String>, AskError> {
    match uri {
        DeviceUri::Socket { host, port } => {
            let silent = |error: std::io::Error| AskError::Silent(error.to_string());
            let mut stream = in_time(tcp::connect(host, *port)).await?.map_err(silent)?;
            in_time(names(&mut stream)).await?.map_err(silent)
        }
        DeviceUri::Usb { address } => on_usb(address).await,
        DeviceUri::Virtual { .. }
        | DeviceUri::Serial { .. }
        | DeviceUri::Cups { .. }
        | DeviceUri::Winspool { .. } => Err(AskError::NoWay),
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, AskError> {
    tokio::time::timeout(WAIT, work)
        .await
        .map_err(|_| AskError::Silent("no answer in time".to_owned()))
}

/// Maker and model in one, then the model alone.
async fn names(stream: &mut TcpStream) -> std::io::Result<Vec<String>> {
    stream.write_all(&QUESTIONS).await?;
    let mut decoder = Decoder::default();
    let mut answers: Vec<String> = Vec::new();
    let mut octets = [0; 64];
    let mut read = 0;
    while answers.len() < ANSWERS {
        let length = stream.read(&mut octets).await?;
        read += length;
        if length == 0 || read > OCTETS_MAX {
            let kind = std::io::ErrorKind::UnexpectedEof;
            return Err(std::io::Error::new(kind, "what it answers is no name"));
        }
        for octet in &octets[..length] {
            if let Some(Answer::Block {
                header: TEXT_HEADER,
                data,
            }) = decoder.take(*octet)
            {
                answers.push(said(&data).unwrap_or_default());
            }
        }
    }
    let model = answers.swap_remove(1);
    let maker = answers.swap_remove(0);
    Ok(words(&maker, model))
}

/// By its device id (IEEE 1284).
async fn on_usb(address: &usb::UsbAddress) -> Result<Vec<String>, AskError> {
    let silent = |error: std::io::Error| AskError::Silent(error.to_string());
    let listed = tokio::task::spawn_blocking(usb::list).await;
    let listed = listed.map_err(|error| AskError::Silent(error.to_string()))?;
    let printers = listed.map_err(silent)?;
    let printer = printers
        .iter()
        .find(|printer| printer.address.as_ref() == Some(address))
        .ok_or_else(|| AskError::Silent("it is not plugged in".to_owned()))?;
    let id = in_time(printer.ask_device_id()).await?.map_err(silent)?;
    let id = id.ok_or_else(|| AskError::Silent("it has no device id".to_owned()))?;
    Ok(words(
        &id.manufacturer.unwrap_or_default(),
        id.model.unwrap_or_default(),
    ))
}

fn words(maker: &str, model: String) -> Vec<String> {
    let whole = format!("{maker} {model}").trim().to_owned();
    vec![whole, model]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn printer_that_says(answer: &'static [u8]) -> DeviceUri {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("socket://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; QUESTIONS.len()];
            stream.read_exact(&mut asked).await.unwrap();
            assert_eq!(asked, QUESTIONS);
            stream.write_all(answer).await.unwrap();
        });
        uri.parse().unwrap()
    }

    #[tokio::test]
    async fn a_printer_says_who_made_it_and_what_it_is() {
        let uri = printer_that_says(b"_EPSON\0_TM-T88V\0").await;
        let said = what_it_is(&uri).await.unwrap();
        assert_eq!(said, ["EPSON TM-T88V", "TM-T88V"]);
    }

    #[tokio::test]
    async fn what_it_sends_beside_its_names_is_passed_over() {
        let uri = printer_that_says(b"\x14\x00\x00\x0f_EPSON\0\x12_TM\0").await;
        let said = what_it_is(&uri).await.unwrap();
        assert_eq!(said, ["EPSON TM", "TM"]);
    }

    #[tokio::test]
    async fn one_that_hangs_up_without_a_name_is_silent() {
        let uri = printer_that_says(b"\x12_E\x1b[31mPSON\0").await;
        let error = what_it_is(&uri).await.unwrap_err();
        assert!(error.to_string().contains("--profile"), "{error}");
    }

    #[tokio::test]
    async fn a_queue_of_the_print_service_cannot_be_asked() {
        let uri = "cups:Bar".parse().unwrap();
        assert_eq!(what_it_is(&uri).await, Err(AskError::NoWay));
    }
}
