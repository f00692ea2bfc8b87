//! A reprint says on paper that it is a copy.
//!
//! A line is printed before the documents, at delivery: what is stored stays
//! as it was. Only where the data is recognizably ESC/POS: anywhere else these
//! octets could mean anything.

use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::job::FORMAT_RAW;
use platen_receipt::{Edit, Profile};

use crate::backend::{Document, PayloadSource, read_piece};

/// Octets looked at; a receipt says early what it is.
const LOOKED_AT: usize = 4096;

/// The documents of a copy, with their label first where it can be printed.
pub(super) async fn labeled(documents: Vec<Document>, label: &str) -> Vec<Document> {
    let Some(first) = documents.first().filter(|first| first.format == FORMAT_RAW) else {
        return documents;
    };
    let piece = read_piece(&first.payload, 0).await;
    let recognized = matches!(&piece, Ok(Some(piece)) if is_escpos(piece));
    if label.is_empty() || !recognized {
        return documents;
    }
    let Some(line) = line(label) else {
        return documents;
    };
    let line = Document {
        format: FORMAT_RAW.to_owned(),
        payload: Arc::new(Line(line)),
    };
    std::iter::once(line).chain(documents).collect()
}

/// The line as a job of its own, after which a printer has its own defaults. A
/// label is of ASCII, which every printer has.
fn line(label: &str) -> Option<Bytes> {
    let mut line = Edit::of(&[]);
    line.add_line_on_top(label, &Profile::default()).ok()?;
    Some(line.encode().into())
}

/// Whether a stream initializes, aligns or cuts as ESC/POS does, and does not
/// begin as another printer language.
fn is_escpos(octets: &[u8]) -> bool {
    const OTHERS: [&[u8]; 6] = [b"%!", b"%PDF", b"^XA", b"\x1b%-12345X", b"\x1bE", b"<"];
    let octets = octets.get(..LOOKED_AT).unwrap_or(octets);
    if OTHERS.iter().any(|other| octets.starts_with(other)) {
        return false;
    }
    octets.windows(3).any(|window| {
        matches!(
            window,
            [0x1b, b'@', _] | [0x1d, b'V', _] | [0x1b, b'a', 0..=2 | b'0'..=b'2']
        )
    })
}

/// A payload that is here already.
#[derive(Debug)]
struct Line(Bytes);

impl PayloadSource for Line {
    fn octets(&self) -> u64 {
        self.0.len() as u64
    }

    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>> {
        Ok((piece == 0).then(|| self.0.clone()))
    }

    fn piece_now(&self, piece: u32) -> Option<std::io::Result<Option<Bytes>>> {
        Some(self.piece(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(octets: &'static [u8]) -> Document {
        Document {
            format: FORMAT_RAW.to_owned(),
            payload: Arc::new(Line(Bytes::from_static(octets))),
        }
    }

    #[tokio::test]
    async fn only_what_is_recognizably_escpos_is_labeled_and_the_document_stays() {
        for (octets, expected) in [
            (&b"\x1b@Total 5\n\x1dV\x00"[..], true),
            (b"Total 5\n\n\x1dV\x00", true),
            (b"\x1ba1Total 5\n", true),
            (b"Total 5\n", false),
            (b"^XA^FO50,50^FDTotal^FS^XZ", false),
            (b"\x1bE\x1b&l0O\x1b@x", false),
            (b"%PDF-1.7 \x1b@x", false),
        ] {
            let documents = labeled(vec![raw(octets)], "*** COPY ***").await;
            assert_eq!(documents.len(), 1 + usize::from(expected), "{octets:?}");
            let last = documents.last().unwrap().payload.piece(0).unwrap().unwrap();
            assert_eq!(last, octets);
            if expected {
                let label = documents[0].payload.piece(0).unwrap().unwrap();
                assert_eq!(&label[..], b"\x1b@\x1ba\x01*** COPY ***\n\x1b@");
            }
        }
        assert_eq!(labeled(vec![raw(b"\x1b@x")], "").await.len(), 1);
    }
}
