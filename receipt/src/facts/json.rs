//! Facts as JSON, written by hand: six lists of small objects are no reason
//! for a serializer in the WASM.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{CodeFact, Facts};
use crate::command::{CutMode, DrawerPin};
use crate::layout::Bitmap;

impl Facts {
    /// The facts as one JSON object. A picture is told by its size and by the
    /// SHA-256 of its binary PBM file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::from("{\"lines\": ");
        list(&mut json, &self.lines, |json, line| string(json, line));
        json.push_str(",\n \"barcodes\": ");
        list(&mut json, &self.barcodes, code);
        json.push_str(",\n \"codes2d\": ");
        list(&mut json, &self.codes2d, code);
        json.push_str(",\n \"images\": ");
        // One picture may be printed thousands of times.
        let mut printed: Vec<&Arc<Bitmap>> =
            self.images.iter().map(|image| &image.bitmap).collect();
        printed.sort_unstable_by_key(|bitmap| Arc::as_ptr(bitmap));
        printed.dedup_by_key(|bitmap| Arc::as_ptr(bitmap));
        let digests: Vec<String> = printed.iter().map(|bitmap| pbm_digest(bitmap)).collect();
        list(&mut json, &self.images, |json, image| {
            let found = printed
                .binary_search_by_key(&Arc::as_ptr(&image.bitmap), |bitmap| Arc::as_ptr(bitmap));
            let digest = found.map_or("", |at| digests[at].as_str());
            let strips = match image.strips {
                0 => String::new(),
                strips => format!("\"strips\": {strips}, "),
            };
            let _ = write!(
                json,
                "{{\"width\": {}, \"height\": {}, \"scale_x\": {}, \"scale_y\": {}, {strips}\"sha256\": \"{}\"}}",
                image.bitmap.width_dots(),
                image.bitmap.height_dots(),
                image.scale_x,
                image.scale_y,
                digest
            );
        });
        json.push_str(",\n \"cuts\": ");
        list(&mut json, &self.cuts, |json, mode| {
            json.push_str(match mode {
                CutMode::Full => "{\"mode\": \"full\"}",
                CutMode::Partial => "{\"mode\": \"partial\"}",
            });
        });
        json.push_str(",\n \"drawer\": ");
        list(&mut json, &self.drawer, |json, pulse| {
            let pin = match pulse.pin {
                DrawerPin::Pin2 => 2,
                DrawerPin::Pin5 => 5,
            };
            let (on_ms, off_ms) = (pulse.on_ms, pulse.off_ms);
            let _ = write!(
                json,
                "{{\"pin\": {pin}, \"on_ms\": {on_ms}, \"off_ms\": {off_ms}}}"
            );
        });
        json.push_str(",\n \"findings\": ");
        list(&mut json, &self.findings.kept, |json, finding| {
            let _ = write!(json, "{{\"offset\": {}, \"finding\": ", finding.offset);
            string(json, &finding.kind.to_string());
            json.push('}');
        });
        let _ = write!(
            json,
            ",\n \"findings_left_off\": {}, \"cut_short\": {}}}\n",
            self.findings.left_off, self.cut_short
        );
        json
    }
}

/// The SHA-256 of the picture as a binary PBM file, in hexadecimal.
fn pbm_digest(bitmap: &Bitmap) -> String {
    let digest = Sha256::digest(bitmap.to_pbm());
    digest.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn code(json: &mut String, code: &CodeFact) {
    json.push_str("{\"symbology\": ");
    string(json, code.symbology);
    json.push_str(", \"data\": ");
    string(json, &code.data);
    json.push('}');
}

fn list<T>(json: &mut String, all: &[T], mut each: impl FnMut(&mut String, &T)) {
    json.push('[');
    for (place, one) in all.iter().enumerate() {
        if place > 0 {
            json.push_str(",\n  ");
        }
        each(json, one);
    }
    json.push(']');
}

/// A JSON string: quotes, backslashes and controls escaped (RFC 8259 §7).
fn string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            // The C1 controls would steer a terminal on which they are shown.
            control if control.is_control() => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::lay_out;
    use crate::{Limits, Profile, parse};

    #[test]
    fn facts_are_one_json_object_whatever_the_receipt_says() {
        let job = b"Say \"hi\" \\ \x1b\x2d\x00\n\x1d(k\x07\x001P0a\n\x1b\x7f\x1d(k\x03\x001Q0\
            \x1dv0\x00\x01\x00\x01\x00\xff\x1bp\x01\x32\xfa\x1dV\x01\x01";
        let profile = Profile::default();
        let document = lay_out(parse(job).commands, &profile, Limits::default());
        let json = Facts::of(&document, &profile, &Limits::default()).to_json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["lines"], serde_json::json!(["Say \"hi\" \\"]));
        assert_eq!(value["codes2d"][0]["data"], "a\n\u{1b}\u{7f}");
        assert_eq!(value["images"][0]["width"], 8);
        assert_eq!(
            value["drawer"],
            serde_json::json!([{"pin": 5, "on_ms": 100, "off_ms": 500}])
        );
        assert_eq!(value["cuts"], serde_json::json!([{"mode": "partial"}]));
    }
}
