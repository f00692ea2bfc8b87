//! One message of a client: what it is, and what its signature is over.
//!
//! A signature is made over the text `{"call":...,"params":...,"timestamp":...}`
//! as the client's `JSON.stringify` wrote it. We hash the slices of the text
//! that arrived, so that no number is printed again by somebody else's rules.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

/// What a text message is.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// A sign of life that wants no answer.
    Ping,
    /// Another agent looks for its like.
    ProgramName,
    /// Nothing at all.
    Empty,
    /// No JSON, or a member that is there twice.
    Malformed,
    /// JSON that no client of this dialect sends.
    Incompatible,
    /// The page shows its certificate.
    Certificate {
        /// Where to answer.
        uid: String,
        /// PEM; `None` for a page that has none.
        certificate: Option<String>,
    },
    /// A call.
    Call(Call<'a>),
}

/// A call as it arrived.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Where to answer.
    pub(crate) uid: String,
    /// What is asked.
    pub(crate) name: String,
    /// `params`, if there are any.
    pub(crate) params: Option<&'a RawValue>,
    /// When the client signed, ms since 1970.
    pub(crate) timestamp: Option<u64>,
    /// Base64.
    pub(crate) signature: Option<String>,
    /// `signAlgorithm`, as written.
    pub(crate) algorithm: Option<String>,
    call_raw: &'a RawValue,
    timestamp_raw: Option<&'a RawValue>,
    is_spaced: bool,
}

impl Call<'_> {
    /// The 64 characters that the client's signature is made over.
    pub(crate) fn signed_digest(&self) -> String {
        self.digest(|value, hash| hash.update(value))
    }

    /// The same without white space between the parts of the text: `None`
    /// where it begins its values as `JSON.stringify` does, right after the
    /// colon.
    pub(crate) fn compact_digest(&self) -> Option<String> {
        self.is_spaced
            .then(|| self.digest(|value, hash| without_spaces(value, |piece| hash.update(piece))))
    }

    fn digest(&self, update: impl Fn(&str, &mut Sha256)) -> String {
        let mut hash = Sha256::new();
        let members = [
            ("\"call\":", Some(self.call_raw)),
            ("\"params\":", self.params),
            ("\"timestamp\":", self.timestamp_raw),
        ];
        let mut before = "{";
        for (name, value) in members {
            if let Some(value) = value {
                hash.update(before);
                hash.update(name);
                update(value.get(), &mut hash);
                before = ",";
            }
        }
        hash.update("}");
        let octets = hash.finalize();
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// The pieces of a JSON text between the white space that means nothing.
fn without_spaces(json: &str, mut piece: impl FnMut(&str)) {
    let mut rest = json;
    while !rest.is_empty() {
        let octets = rest.as_bytes();
        let end = match octets[0] {
            b' ' | b'\n' | b'\r' | b'\t' => {
                rest = &rest[1..];
                continue;
            }
            b'"' => end_of_string(octets),
            _ => octets
                .iter()
                .position(|octet| b" \n\r\t\"".contains(octet))
                .unwrap_or(octets.len()),
        };
        let (before, after) = rest.split_at(end);
        piece(before);
        rest = after;
    }
}

/// Where the string that begins here ends.
fn end_of_string(octets: &[u8]) -> usize {
    let mut place = 1;
    while place < octets.len() {
        match octets[place] {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    octets.len()
}

/// Whether white space stands before a value, which is a part of `text`.
fn is_spaced(text: &str, value: &RawValue) -> bool {
    let place = (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let before = place.and_then(|place| text.as_bytes().get(place.checked_sub(1)?));
    before.is_some_and(u8::is_ascii_whitespace)
}

/// The members we know. Serde refuses one that is there twice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    uid: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    certificate: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    call: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    signature: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    sign_algorithm: Option<&'a RawValue>,
}

/// A member that is there, also where it is `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What a text message is.
pub(crate) fn read(text: &str) -> Frame<'_> {
    match text {
        "" => return Frame::Empty,
        "ping" => return Frame::Ping,
        "getProgramName" => return Frame::ProgramName,
        _ => {}
    }
    // An array would be read as the members in their order.
    let is_object = text.trim_start().starts_with('{');
    let Some(members) = is_object
        .then(|| serde_json::from_str::<Members<'_>>(text).ok())
        .flatten()
    else {
        return Frame::Malformed;
    };
    let uid = members.uid.map_or_else(String::new, |uid| {
        text_of(uid).unwrap_or_else(|| uid.get().to_owned())
    });
    if let Some(certificate) = members.certificate {
        return Frame::Certificate {
            uid,
            certificate: text_of(certificate),
        };
    }
    match (members.call, members.uid) {
        (Some(call_raw), _) => Frame::Call(Call {
            uid,
            name: text_of(call_raw).unwrap_or_default(),
            params: members.params,
            timestamp: members.timestamp.and_then(|at| at.get().parse().ok()),
            signature: members.signature.and_then(text_of),
            algorithm: members.sign_algorithm.and_then(text_of),
            call_raw,
            timestamp_raw: members.timestamp,
            is_spaced: is_spaced(text, call_raw),
        }),
        (None, Some(_)) => Frame::Call(Call {
            uid,
            name: String::new(),
            params: members.params,
            timestamp: None,
            signature: None,
            algorithm: None,
            call_raw: RawValue::NULL,
            timestamp_raw: None,
            is_spaced: false,
        }),
        (None, None) => Frame::Incompatible,
    }
}

/// The text, where the value is a string.
fn text_of(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> Call<'_> {
        match read(text) {
            Frame::Call(call) => call,
            other => panic!("{other:?}"),
        }
    }

    fn sha256(text: &str) -> String {
        platen_protocol::Digest::of(text.as_bytes()).to_hex()
    }

    #[test]
    fn frames_are_told_apart() {
        assert!(matches!(read(""), Frame::Empty));
        assert!(matches!(read("ping"), Frame::Ping));
        assert!(matches!(read("getProgramName"), Frame::ProgramName));
        for malformed in ["{", "[]", "7", "null", r#"{"uid":"a","uid":"b"}"#] {
            assert!(matches!(read(malformed), Frame::Malformed), "{malformed}");
        }
        assert!(matches!(read(r#"{"x":1}"#), Frame::Incompatible));
        let Frame::Certificate { uid, certificate } = read(r#"{"certificate":null,"uid":7}"#)
        else {
            panic!("no certificate")
        };
        assert_eq!((uid.as_str(), certificate), ("7", None));
        assert_eq!(call(r#"{"call":"getVersion","uid":"-1a"}"#).uid, "-1a");
        assert_eq!(call(r#"{"uid":"a"}"#).name, "");
        assert_eq!(call(r#"{"call":"print"}"#).uid, "");
    }

    #[test]
    fn the_signature_is_over_the_slices_that_arrived() {
        for (text, signed) in [
            (
                r#"{"call":"printers.find","params":{"query":"A"},"timestamp":1700000000000,"uid":"a"}"#,
                r#"{"call":"printers.find","params":{"query":"A"},"timestamp":1700000000000}"#,
            ),
            (
                r#"{"uid":"a","timestamp":5,"params":null,"call":"printers.getDefault"}"#,
                r#"{"call":"printers.getDefault","params":null,"timestamp":5}"#,
            ),
            (
                r#"{"call":"printers.detail","timestamp":5,"uid":"a"}"#,
                r#"{"call":"printers.detail","timestamp":5}"#,
            ),
            // Numbers and characters that other printers of JSON change.
            (
                r#"{"call":"print","params":[1e-7,1e+21,12345678901234567000,0.00001,10000000.5,"\u00e9\/\ud800"],"timestamp":5,"uid":"a"}"#,
                r#"{"call":"print","params":[1e-7,1e+21,12345678901234567000,0.00001,10000000.5,"\u00e9\/\ud800"],"timestamp":5}"#,
            ),
        ] {
            assert_eq!(call(text).signed_digest(), sha256(signed), "{text}");
        }
    }

    #[test]
    fn a_text_made_readable_has_the_digest_of_what_was_signed_as_well() {
        let params = r#"{"data":["a \" b\\"," , ",1e-7],"x":null}"#;
        let signed = format!(r#"{{"call":"print","params":{params},"timestamp":5}}"#);
        let compact = format!(r#"{{"call":"print","params":{params},"timestamp":5,"uid":"a"}}"#);
        assert_eq!(call(&compact).compact_digest(), None);
        let readable = "{\n  \"call\": \"print\",\n  \"params\": {\n\t\"data\": [\"a \\\" b\\\\\", \" , \",\r\n 1e-7 ],\n \"x\" : null\n}, \"timestamp\": 5, \"uid\": \"a\"}";
        assert_eq!(call(readable).compact_digest(), Some(sha256(&signed)));
        assert_ne!(call(readable).signed_digest(), sha256(&signed));
    }

    proptest::proptest! {
        /// Whatever it is, nothing but white space is left out.
        #[test]
        fn only_white_space_goes(text in "[ \\n\"\\\\a-c{}:,é]{0,40}") {
            let mut compact = String::new();
            without_spaces(&text, |piece| compact.push_str(piece));
            let dense = |text: &str| text.split_ascii_whitespace().collect::<String>();
            proptest::prop_assert_eq!(dense(&compact), dense(&text));
        }
    }
}
