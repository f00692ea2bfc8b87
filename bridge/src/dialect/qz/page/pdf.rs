//! The smallest PDF that puts pictures on pages: one picture a page.
//!
//! Written and never read: what is here is what print services need to be told
//! (ISO 32000-1 §7.5, §8.9). Lengths are points, a seventy-second of an inch,
//! counted from the lower left corner.

use std::fmt::Write as _;

/// How the samples of a picture are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// A JPEG file as it is.
    Jpeg,
    /// Rows of samples, in zlib's format.
    Deflated,
}

/// A picture in a PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// `/DeviceRGB` or `/DeviceGray`.
    pub(super) color_space: &'static str,
    pub(super) bits: u8,
    pub(super) coding: Coding,
    pub(super) data: Vec<u8>,
}

/// A page with its picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Turned by half.
    pub(super) upside_down: bool,
    /// Where the corners of the picture are: a, b, c, d, e, f of `cm`.
    pub(super) place: [f64; 6],
    /// Whether printers may smooth what they enlarge.
    pub(super) smooth: bool,
    pub(super) picture: Picture,
}

/// A document of these pages.
pub(super) fn document(pages: &[Page]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.out.extend(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
    writer.object(b"<< /Type /Catalog /Pages 2 0 R >>");
    let mut kids = String::new();
    for page in 0..pages.len() {
        let _ = write!(kids, "{} 0 R ", 3 + page * 3);
    }
    let tree = format!("<< /Type /Pages /Count {} /Kids [{kids}] >>", pages.len());
    writer.object(tree.as_bytes());
    for page in pages {
        let number = writer.places.len() + 1;
        let (content, picture) = (number + 1, number + 2);
        writer.object(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {:.3} {:.3}] /Contents {content} 0 R \
                 /Resources << /XObject << /P {picture} 0 R >> >> >>",
                page.width, page.height
            )
            .as_bytes(),
        );
        let mut drawing = String::from("q ");
        if page.upside_down {
            let _ = write!(
                drawing,
                "-1 0 0 -1 {:.3} {:.3} cm ",
                page.width, page.height
            );
        }
        for number in page.place {
            // No minus before nothing.
            let _ = write!(drawing, "{:.4} ", number + 0.0);
        }
        drawing.push_str("cm /P Do Q");
        writer.stream("", drawing.as_bytes());
        let Picture {
            width,
            height,
            color_space,
            bits,
            ..
        } = page.picture;
        let filter = match page.picture.coding {
            Coding::Jpeg => "/DCTDecode",
            Coding::Deflated => "/FlateDecode",
        };
        let entries = format!(
            "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace \
             {color_space} /BitsPerComponent {bits} /Interpolate {} /Filter {filter} ",
            page.smooth
        );
        writer.stream(&entries, &page.picture.data);
    }
    writer.end()
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// Where each object begins.
    places: Vec<usize>,
}

impl Writer {
    fn object(&mut self, body: &[u8]) {
        self.places.push(self.out.len());
        let head = format!("{} 0 obj\n", self.places.len());
        self.out.extend(head.as_bytes());
        self.out.extend_from_slice(body);
        self.out.extend(b"\nendobj\n");
    }

    fn stream(&mut self, entries: &str, data: &[u8]) {
        let mut body = format!("<< {entries}/Length {} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend(b"\nendstream");
        self.object(&body);
    }

    fn end(mut self) -> Vec<u8> {
        let table = self.out.len();
        let count = self.places.len() + 1;
        let mut end = format!("xref\n0 {count}\n0000000000 65535 f \n");
        for place in &self.places {
            let _ = writeln!(end, "{place:010} 00000 n ");
        }
        let _ = write!(
            end,
            "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
        );
        self.out.extend(end.as_bytes());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_where_the_table_says() {
        let picture = Picture {
            width: 1,
            height: 1,
            color_space: "/DeviceGray",
            bits: 8,
            coding: Coding::Jpeg,
            data: b"not looked at".to_vec(),
        };
        let page = Page {
            width: 100.0,
            height: 50.5,
            upside_down: true,
            place: [10.0, 0.0, 0.0, 20.0, 5.0, 6.0],
            smooth: false,
            picture,
        };
        let file = document(&[page.clone(), page]);
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("/Count 2 /Kids [3 0 R 6 0 R ]"));
        assert!(text.contains("q -1 0 0 -1 100.000 50.500 cm 10.0000 0.0000"));
        let file = latin(&file);
        let table = file.find("xref\n0 9\n").unwrap();
        assert!(file.ends_with(&format!("startxref\n{table}\n%%EOF\n")));
        let places = file[table..].lines().skip(3).take(8);
        for (number, place) in (1..).zip(places) {
            let place: usize = place[..10].parse().unwrap();
            assert!(file[place..].starts_with(&format!("{number} 0 obj\n")));
        }
    }

    /// One character for each octet, so that places are places.
    fn latin(file: &[u8]) -> String {
        file.iter().map(|&octet| char::from(octet & 0x7f)).collect()
    }
}
