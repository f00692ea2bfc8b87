//! `canonical.json`: JSON texts and their canonical form (RFC 8785).

use platen_protocol::canonical;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Vectors {
    about: &'static str,
    cases: Vec<Case>,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Case {
    name: &'static str,
    json: &'static str,
    canonical: String,
}

#[derive(Serialize)]
struct Refused {
    name: &'static str,
    json: &'static str,
}

#[test]
fn canonical_json_is_as_committed() {
    let case = |(name, json): (&'static str, &'static str)| {
        let value: Value = serde_json::from_str(json).unwrap();
        let canonical = canonical::to_string(&value).unwrap();
        let again: Value = serde_json::from_str(&canonical).unwrap();
        assert_eq!(canonical::to_string(&again).unwrap(), canonical, "{name}");
        Case {
            name,
            json,
            canonical,
        }
    };
    let refused = |(name, json): (&'static str, &'static str)| {
        let value: Value = serde_json::from_str(json).unwrap();
        assert!(canonical::to_string(&value).is_err(), "{name}");
        Refused { name, json }
    };
    check_vectors(
        CASES.into_iter().map(case).collect(),
        REFUSED.into_iter().map(refused).collect(),
    );
}

fn check_vectors(cases: Vec<Case>, refused: Vec<Refused>) {
    crate::check_committed(
        "canonical.json",
        &Vectors {
            about: "Canonical JSON (RFC 8785): `json` is any spelling of a value, `canonical` its one spelling. Values under `refused` have none: an integer that JSON readers would round.",
            cases,
            refused,
        },
    );
}

const CASES: [(&str, &str); 15] = [
    ("null", "null"),
    ("an empty object", " { } "),
    ("an empty array", "[ ]"),
    ("members are sorted", r#"{"b":1,"a":2,"A":3,"aa":4,"":5}"#),
    (
        "members are sorted at every depth",
        r#"{"z":[{"b":1,"a":{"d":1,"c":2}}],"y":0}"#,
    ),
    (
        "the numbers, string and literals of RFC 8785 §3.2.2",
        r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
    ),
    (
        "the sorting of RFC 8785 §3.2.3, by UTF-16 code units",
        r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}"#,
    ),
    (
        "every short escape, and controls in lowercase hexadecimal",
        r#""\b\f\n\r\t\u0000\u001F\u001b\u007f\"\\\/""#,
    ),
    (
        "text beyond ASCII stays as it is",
        r#""K\u00fcche \u2028 \ud83d\uddb6""#,
    ),
    ("zero has no sign", "[0,-0,0.0,-0.0,0e9]"),
    (
        "integers at the edge",
        "[9007199254740991,-9007199254740991,1,-1]",
    ),
    (
        "integers written as floats",
        "[1.0,1e3,1E+3,100e-2,123456789012345680000.0]",
    ),
    (
        "where the exponent begins",
        "[1e20,1e21,123e19,1e-6,1e-7,0.0000015]",
    ),
    (
        "floats at the edge",
        "[5e-324,1.7976931348623157e308,-2.2250738585072014e-308]",
    ),
    (
        "params of a submit",
        r#"{"documents": [{"octets": 5, "sha256": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ", "format": "application/octet-stream"}], "name": "Beleg \u2116 7"}"#,
    ),
];

const REFUSED: [(&str, &str); 3] = [
    ("one more than readers agree on", "9007199254740992"),
    ("one less than readers agree on", "-9007199254740992"),
    ("inside a value", r#"{"a":[18446744073709551615]}"#),
];
