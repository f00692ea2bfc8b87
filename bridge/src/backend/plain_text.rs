//! Text documents as raw printers take them.
//!
//! A document of format `text/plain` becomes a receipt while it is delivered:
//! the store, its digest and the history keep what was submitted. Each piece
//! of the text becomes one piece of the receipt, with the rows that end in it,
//! and one more holds its end.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use platen_protocol::job::{FORMAT_RAW, FORMAT_TEXT};
use platen_receipt::{Profile, TextEncoder};

use super::{Document, PayloadSource};

/// A larger piece is encoded on a thread that may block.
const PIECE_NOW_OCTETS_MAX: usize = 64 * 1024;

/// The documents, with receipts for such a printer in place of texts.
pub(crate) fn as_receipts(documents: &[Document], profile: &Arc<Profile>) -> Vec<Document> {
    documents
        .iter()
        .map(|document| {
            if document.format == FORMAT_TEXT {
                Document {
                    format: FORMAT_RAW.to_owned(),
                    payload: Arc::new(Receipt::of(
                        Arc::clone(&document.payload),
                        Arc::clone(profile),
                    )),
                }
            } else {
                document.clone()
            }
        })
        .collect()
}

/// A text that is read as a receipt.
struct Receipt {
    text: Arc<dyn PayloadSource>,
    profile: Arc<Profile>,
    encoded: Mutex<Encoded>,
}

/// How far the text has been encoded.
struct Encoded {
    /// The next piece to encode.
    next: u32,
    /// `None` after the end.
    encoder: Option<TextEncoder>,
}

impl Encoded {
    fn new(profile: &Profile) -> Self {
        Self {
            next: 0,
            encoder: Some(TextEncoder::new(profile)),
        }
    }

    /// What the next piece of the text, or its end, becomes.
    fn take(&mut self, piece: Option<Bytes>) -> Option<Bytes> {
        self.next += 1;
        match piece {
            Some(piece) => self.encoder.as_mut().map(|encoder| encoder.feed(&piece)),
            None => self.encoder.take().map(TextEncoder::finish),
        }
        .map(Bytes::from)
    }
}

impl Receipt {
    fn of(text: Arc<dyn PayloadSource>, profile: Arc<Profile>) -> Self {
        Self {
            text,
            encoded: Mutex::new(Encoded::new(&profile)),
            profile,
        }
    }

    /// The encoding, begun anew when an earlier piece is asked for again.
    fn encoded(&self, piece: u32) -> std::sync::MutexGuard<'_, Encoded> {
        let mut encoded = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
        if piece < encoded.next {
            *encoded = Encoded::new(&self.profile);
        }
        encoded
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({:?})", self.text)
    }
}

impl PayloadSource for Receipt {
    /// Those of the text: the receipt's are known when it has been read.
    fn octets(&self) -> u64 {
        self.text.octets()
    }

    fn piece(&self, piece: u32) -> io::Result<Option<Bytes>> {
        let mut encoded = self.encoded(piece);
        loop {
            let number = encoded.next;
            let text = self.text.piece(number)?;
            let receipt = encoded.take(text);
            if number == piece || receipt.is_none() {
                return Ok(receipt);
            }
        }
    }

    fn piece_now(&self, piece: u32) -> Option<io::Result<Option<Bytes>>> {
        let mut encoded = self.encoded(piece);
        if encoded.next != piece {
            return None;
        }
        match self.text.piece_now(piece)? {
            Ok(Some(text)) if text.len() > PIECE_NOW_OCTETS_MAX => None,
            Ok(text) => Some(Ok(encoded.take(text))),
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::pieces::fixtures::{document, document_with};

    fn text(octets: &'static str, piece_octets: usize) -> Document {
        Document {
            format: FORMAT_TEXT.to_owned(),
            ..document_with(octets, piece_octets, None)
        }
    }

    fn whole(document: &Document) -> Vec<u8> {
        let pieces = (0..).map(|piece| document.payload.piece(piece).unwrap());
        pieces.map_while(|piece| piece).flatten().collect()
    }

    #[test]
    fn a_text_becomes_a_receipt_and_raw_data_stay_as_they_are() {
        let documents = [text("Käse\x1bp\n", 3), document("\x1b@raw")];
        let receipts = as_receipts(&documents, &Arc::default());
        assert_eq!(
            whole(&receipts[0]),
            b"\x1b@\x1bR\x00K\x1c.\x1bt\x00\x84se?p\n\x1dVB\x00"
        );
        assert_eq!(whole(&receipts[1]), b"\x1b@raw");
        assert!(receipts.iter().all(|receipt| receipt.format == FORMAT_RAW));
    }

    #[test]
    fn a_receipt_for_a_printer_without_a_cutter_ends_with_a_feed() {
        let simple = Arc::new(Profile::named("POS-5890").expect("a known model"));
        let receipts = as_receipts(&[text("Tea\n", 64)], &simple);
        let job = whole(&receipts[0]);
        assert!(job.ends_with(b"Tea\n\x1bd\x04"), "{job:?}");
    }

    #[test]
    fn a_receipt_can_be_read_again_and_from_anywhere() {
        let receipts = as_receipts(&[text("one\ntwo\nthree\n", 4)], &Arc::default());
        let first = whole(&receipts[0]);
        assert_eq!(whole(&receipts[0]), first);
        let payload = &receipts[0].payload;
        assert_eq!(payload.piece(3).unwrap().unwrap(), "three\n");
        assert_eq!(payload.piece(1).unwrap().unwrap(), "two\n");
        assert_eq!(payload.piece(9).unwrap(), None);
        assert!(payload.piece_now(3).is_none());
    }

    #[test]
    fn a_text_that_cannot_be_read_is_an_error_and_not_an_end() {
        let broken = Document {
            format: FORMAT_TEXT.to_owned(),
            ..document_with("abcd", 2, Some(1))
        };
        let receipts = as_receipts(&[broken], &Arc::default());
        assert!(receipts[0].payload.piece(0).is_ok());
        assert!(receipts[0].payload.piece(1).is_err());
    }
}
