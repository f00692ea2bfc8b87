//! `origins.json`: what is an origin, and which origins a pattern means.

use platen_protocol::{Origin, OriginPattern};
use serde::Serialize;

#[derive(Serialize)]
struct Vectors {
    about: &'static str,
    origins: &'static [&'static str],
    not_origins: &'static [&'static str],
    patterns: Vec<Pattern>,
    not_patterns: &'static [&'static str],
}

#[derive(Serialize)]
struct Pattern {
    pattern: &'static str,
    normal: String,
    origin: &'static str,
    matches: bool,
}

#[test]
fn origins_and_patterns_are_as_committed() {
    for text in ORIGINS {
        let origin: Origin = text.parse().unwrap();
        assert_eq!(origin.as_str(), *text);
    }
    for text in NOT_ORIGINS {
        assert!(text.parse::<Origin>().is_err(), "{text:?}");
    }
    for text in NOT_PATTERNS {
        assert!(text.parse::<OriginPattern>().is_err(), "{text:?}");
    }
    let pattern = |&(text, origin): &(&'static str, &'static str)| {
        let pattern: OriginPattern = text.parse().unwrap();
        Pattern {
            pattern: text,
            normal: pattern.to_string(),
            origin,
            matches: pattern.matches(&origin.parse().unwrap()),
        }
    };
    let patterns: Vec<_> = PATTERNS.iter().map(pattern).collect();
    let matching = patterns.iter().filter(|pattern| pattern.matches).count();
    assert_eq!(matching, 8, "the first eight match, no other");
    crate::check_committed(
        "origins.json",
        &Vectors {
            about: "An origin is exactly what a browser sends as `Origin`: `origins` are, `not_origins` are not. A pattern is what a certificate or a grant names: a DNS name is https on the default port, `*.` stands for exactly one label, a full origin for itself.",
            origins: ORIGINS,
            not_origins: NOT_ORIGINS,
            patterns,
            not_patterns: NOT_PATTERNS,
        },
    );
}

const ORIGINS: &[&str] = &[
    "https://pos.example",
    "https://pos.example:8443",
    "https://pos.example:80",
    "http://pos.example:443",
    "http://localhost:3000",
    "http://127.0.0.1",
    "https://192.0.2.7:8443",
    "https://[::1]:8443",
    "https://[2001:db8::1]",
    "https://xn--bcher-kva.example",
    "https://a-b.c_d.example",
];

const NOT_ORIGINS: &[&str] = &[
    "",
    "null",
    "https://",
    "https://pos.example/",
    "https://pos.example/path",
    "https://pos.example?",
    "https://pos.example#",
    "HTTPS://pos.example",
    "https://POS.example",
    "https://pos.example.",
    "https://pos.example:443",
    "http://localhost:80",
    "https://pos.example:",
    "https://pos.example:0",
    "https://pos.example:08443",
    "https://pos.example:65536",
    "https://user@pos.example",
    "https://user:secret@pos.example",
    "https://pos.example\\@evil.example",
    "https://pos..example",
    "https://bücher.example",
    "https://pos.example\u{0}",
    "https://pos.example ",
    " https://pos.example",
    "https://pos.example\n",
    "https://127.1",
    "https://0x7f.0.0.1",
    "https://2130706433",
    "https://127.0.0.01",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::ffff:127.0.0.1]",
    "wss://pos.example",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    "pos.example",
    "https://*.example.com",
    "https://pos.example, https://evil.example",
];

const PATTERNS: &[(&str, &str)] = &[
    ("pos.example", "https://pos.example"),
    ("https://pos.example", "https://pos.example"),
    ("https://pos.example:8443", "https://pos.example:8443"),
    ("http://localhost:3000", "http://localhost:3000"),
    ("*.example.com", "https://pos.example.com"),
    ("*.example.com", "https://xn--kasse-1-n2a.example.com"),
    ("https://*.example.com", "https://pos.example.com"),
    ("*.shop.example.com", "https://pos.shop.example.com"),
    ("pos.example", "http://pos.example"),
    ("pos.example", "https://pos.example:8443"),
    ("pos.example", "https://xpos.example"),
    ("pos.example", "https://pos.example.evil.example"),
    ("pos.example", "https://a.pos.example"),
    ("https://pos.example:8443", "https://pos.example"),
    ("http://localhost:3000", "http://localhost:3001"),
    ("http://localhost:3000", "https://localhost:3000"),
    ("http://localhost:3000", "http://127.0.0.1:3000"),
    ("*.example.com", "https://example.com"),
    ("*.example.com", "https://a.pos.example.com"),
    ("*.example.com", "https://posexample.com"),
    ("*.example.com", "http://pos.example.com"),
    ("*.example.com", "https://pos.example.com:8443"),
];

const NOT_PATTERNS: &[&str] = &[
    "",
    "*",
    "*.com",
    "*.127.0.0.1",
    "*.*.example.com",
    "pos.*.com",
    "po*.example.com",
    "*.example.com:8443",
    "http://*.example.com",
    "https://pos.example/",
];
