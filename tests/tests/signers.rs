//! The example signers, run as their readers will run them: each language that
//! is installed signs what it must, refuses what it must, and its endpoint
//! gives no signature to another site's page.
//!
//! Node is required. Others that are missing are named on standard error.

#![allow(clippy::unwrap_used, reason = "every function here is part of a test")]

use platen_protocol::statement::call_digest;
use platen_protocol::trust::{Anchor, Certificate, VerifyingKey, decode_chain, verify_chain};
use platen_protocol::{Digest, Method, Statement};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

const ORIGIN: &str = "https://pos.example";
/// The time of the vectors; their statements are moved to now.
const VECTOR_TIME: u64 = 1_780_315_200_000;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn vector(name: &str) -> PathBuf {
    repository().join("protocol/vectors").join(name)
}

fn key_file(key: &str) -> PathBuf {
    vector(&format!("test-keys/{key}.key.pem"))
}

fn vectors() -> Value {
    serde_json::from_str(&std::fs::read_to_string(vector("statements.json")).unwrap()).unwrap()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

/// A language with its signer and its endpoint.
struct Signer {
    name: &'static str,
    /// Kinds of keys it signs with.
    keys: &'static [&'static str],
    folder: PathBuf,
    /// Its program, built where it needs to be.
    program: PathBuf,
    /// What it keeps beside it.
    scratch: tempfile::TempDir,
}

impl Signer {
    /// The signer, or `None` where its language is not installed.
    fn find(name: &'static str) -> Option<Self> {
        let (probe, keys): (&[&str], &[&str]) = match name {
            "node" => (&["node", "--version"], &["p256", "ed25519", "rsa"]),
            "python" => (
                &["python3", "-c", "import cryptography"],
                &["p256", "ed25519", "rsa"],
            ),
            "php" => (
                &[
                    "php",
                    "-r",
                    "exit(function_exists('openssl_sign') ? 0 : 1);",
                ],
                &["p256"],
            ),
            "go" => (&["go", "version"], &["p256", "ed25519", "rsa"]),
            other => panic!("no signer in {other}"),
        };
        let probed = Command::new(probe[0]).args(&probe[1..]).output();
        if !probed.is_ok_and(|output| output.status.success()) {
            assert_ne!(name, "node", "node is needed: {probe:?} failed");
            eprintln!("skipped: the signer in {name}, because {probe:?} failed");
            return None;
        }
        let folder = repository().join("examples/signers").join(name);
        let scratch = tempfile::tempdir().unwrap();
        let mut program = PathBuf::from(probe[0]);
        if name == "go" {
            program = scratch.path().join("signer");
            let built = Command::new("go")
                .args(["build", "-buildvcs=false", "-o"])
                .arg(&program)
                .arg(".")
                .env("GOFLAGS", "-mod=mod")
                .env("GOTOOLCHAIN", "local")
                .current_dir(&folder)
                .status();
            assert!(built.unwrap().success(), "go build");
        }
        Some(Self {
            name,
            keys,
            folder,
            program,
            scratch,
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Its standard output, or what it refused with.
    fn sign(&self, key: &str, text: &str) -> Result<String, String> {
        let mut command = self.command();
        match self.name {
            "node" => command.arg("signer.mjs"),
            "python" => command.arg("signer.py"),
            "php" => command.arg("signer.php"),
            _ => command.arg("sign-statement"),
        };
        let mut child = command
            .arg(key_file(key))
            .arg(ORIGIN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that refuses early reads no more; its answer tells.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            return Ok(stdout.trim_end().to_owned());
        }
        assert_eq!(stdout, "", "{} prints nothing when it refuses", self.name);
        Err(String::from_utf8(output.stderr).unwrap())
    }

    /// Its endpoint, listening.
    fn serve(&self) -> Endpoint {
        let (key, chain) = (key_file("p256"), vector("test-keys/p256.pem"));
        let mut command = self.command();
        match self.name {
            "node" => command.arg("server.mjs"),
            "python" => command.arg("server.py"),
            "php" => command
                .arg("-d")
                .arg(format!(
                    "session.save_path={}",
                    self.scratch.path().display()
                ))
                .args(["-S", "127.0.0.1:0", "server.php"])
                .env("PLATEN_KEY", &key)
                .env("PLATEN_CHAIN", &chain)
                .env("PLATEN_ORIGIN", ORIGIN),
            _ => command.arg("serve"),
        };
        if self.name != "php" {
            command.arg(&key).arg(&chain).arg(ORIGIN).arg("0");
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // PHP tells its address on standard error, the others on standard output.
        let mut told: Box<dyn BufRead> = match self.name {
            "php" => Box::new(BufReader::new(child.stderr.take().unwrap())),
            _ => Box::new(BufReader::new(child.stdout.take().unwrap())),
        };
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let address = line.split_once("http://").expect(&line).1;
        let end = address.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
        let address = address[..end.unwrap()].to_owned();
        Endpoint {
            child,
            address,
            _told: told,
        }
    }
}

/// A running endpoint; ends with this value.
struct Endpoint {
    child: Child,
    address: String,
    /// Kept open: who logs into a closed pipe may end.
    _told: Box<dyn BufRead>,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Endpoint {
    fn ask(&self, head: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut text = format!("{head} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        let length = body.len();
        text += &format!("Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A server may close hard on a body it does not want; what came counts.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }
}

fn statement(change: impl Fn(&mut Statement)) -> String {
    let now = now();
    let mut statement = Statement {
        platen: 1,
        purpose: Method::JobsSubmit,
        origin: ORIGIN.parse().unwrap(),
        agent: "k7Yk0t2mZJv1T0cD3mA8wqjJr0mJ2i6v3b9sWq1xQ5E"
            .parse()
            .unwrap(),
        challenge: "Y2hhbGxlbmdlIG9mIGEgcmVjb3JkZWQgY29ubmVjdGk".to_owned(),
        sequence: 7,
        issued_at: now,
        expires_at: now + 60_000,
        digest: call_digest(Method::JobsSubmit, "{}"),
    };
    change(&mut statement);
    statement.to_canonical().unwrap()
}

/// The key of a chain of the vectors, through the whole verification.
fn verified_key(chain: &str) -> VerifyingKey {
    let vectors = vectors();
    let certificates = vectors["chains"][chain]["certificates"].clone();
    let certificates: Vec<String> = serde_json::from_value(certificates).unwrap();
    let der = decode_chain(&certificates).unwrap();
    let root = Anchor::root(Certificate::from_der(&der[1], 1).unwrap()).unwrap();
    let verified = verify_chain(&der, &[root], now()).unwrap();
    verified
        .leaf()
        .check_names(&ORIGIN.parse().unwrap())
        .unwrap();
    verified.key().clone()
}

fn signs_what_it_must(signer: &Signer) {
    for key in signer.keys {
        let text = statement(|_| {});
        let signature = signer.sign(key, &text).unwrap();
        let checked = verified_key(key).verify(text.as_bytes(), &signature);
        assert_eq!(checked, Ok(()), "{} with {key}", signer.name);
    }
    let key = verified_key("p256");
    for text in [
        statement(|it| it.purpose = Method::SessionOpen),
        statement(|it| it.expires_at = it.issued_at + 300_000),
        statement(|it| it.sequence = (1 << 53) - 1),
        statement(|it| {
            it.issued_at += 30_000;
            it.expires_at += 30_000;
        }),
        statement(|it| it.challenge = "a/b <&> é 🖨 \"q\" \\".to_owned()),
    ] {
        let signature = signer.sign("p256", &text).unwrap();
        let checked = key.verify(text.as_bytes(), &signature);
        assert_eq!(checked, Ok(()), "{}: {text}", signer.name);
    }
}

/// Everything a signer must not sign, with why.
fn refusals() -> Vec<(String, String)> {
    let mut refusals: Vec<(String, String)> = Vec::new();
    let mut add = |why: &str, text: String| refusals.push((why.to_owned(), text));
    let digest = Digest::of(b"anything");
    add("nothing", String::new());
    add("a digest", digest.to_string());
    add("a digest in hexadecimal", digest.to_hex());
    add("a digest as JSON", json!({ "digest": digest }).to_string());
    add(
        "another product's call",
        json!({ "call": "print", "params": {}, "timestamp": now() }).to_string(),
    );
    add("JSON that is no object", "[]".to_owned());
    add("null", "null".to_owned());
    add("two statements", statement(|_| {}) + &statement(|_| {}));
    add("a line end after it", statement(|_| {}) + "\n");
    add(
        "a statement far too long",
        statement(|it| it.challenge = "x".repeat(2000)),
    );
    add(
        "true where 1 stands",
        statement(|_| {}).replace("\"platen\":1", "\"platen\":true"),
    );
    add(
        "a negative number",
        statement(|_| {}).replace("\"sequence\":7", "\"sequence\":-7"),
    );
    add(
        "a number as text",
        statement(|_| {}).replace("\"sequence\":7", "\"sequence\":\"7\""),
    );
    add(
        "a number that readers round",
        statement(|_| {}).replace("\"sequence\":7", "\"sequence\":9007199254740993"),
    );
    add(
        "a text where a digest stands",
        statement(|_| {}).replace(&call_digest(Method::JobsSubmit, "{}").to_string(), "x"),
    );
    for origin in [
        "https://evil.example",
        "http://pos.example",
        "https://pos.example:8443",
        "https://pos.example.evil.example",
        "https://xpos.example",
    ] {
        let text = statement(|it| it.origin = origin.parse().unwrap());
        add(&format!("a page of {origin}"), text);
    }
    add(
        "a purpose that is not listed",
        statement(|it| it.purpose = Method::QueuePause),
    );
    add(
        "a purpose that needs no signature",
        statement(|it| it.purpose = Method::JobsList),
    );
    add(
        "a lifetime too long by a millisecond",
        statement(|it| it.expires_at = it.issued_at + 300_001),
    );
    add(
        "one that is over",
        statement(|it| {
            it.issued_at -= 120_000;
            it.expires_at -= 120_000;
        }),
    );
    add(
        "one dated far ahead",
        statement(|it| {
            it.issued_at += 200_000;
            it.expires_at += 200_000;
        }),
    );
    // What every agent refuses as malformed, moved to now.
    for case in vectors()["cases"].as_array().unwrap() {
        if case["error"] == "statement-malformed" {
            let mut text = case["signed"]["statement"].as_str().unwrap().to_owned();
            for offset in [0, 60_000, 300_001] {
                let moved = (now() + offset).to_string();
                text = text.replace(&(VECTOR_TIME + offset).to_string(), &moved);
            }
            add(case["name"].as_str().unwrap(), text);
        }
    }
    refusals
}

fn refuses_what_it_must(signer: &Signer) {
    for (why, text) in refusals() {
        let outcome = signer.sign("p256", &text);
        let message = outcome.expect_err(&format!("{}: {why}: {text}", signer.name));
        let said = message.starts_with("refused: ");
        assert!(said, "{}: {why}: {message}", signer.name);
    }
    // A key of a kind that agents do not know.
    assert!(signer.sign("p384", &statement(|_| {})).is_err());
}

fn gives_other_sites_no_signature(signer: &Signer) {
    let endpoint = signer.serve();
    let opened = endpoint.ask("GET /session", &[], "");
    let lower = opened.to_ascii_lowercase();
    let line = lower
        .lines()
        .position(|line| line.starts_with("set-cookie:"));
    let cookie_line = opened.lines().nth(line.unwrap()).unwrap();
    let flags = cookie_line.to_ascii_lowercase();
    for flag in ["httponly", "samesite=strict", "secure"] {
        assert!(flags.contains(flag), "{}: {cookie_line}", signer.name);
    }
    let cookie = cookie_line
        .split_once(": ")
        .unwrap()
        .1
        .split(';')
        .next()
        .unwrap();
    let csrf_mark = opened.find("\"csrf\"").unwrap();
    let csrf = opened[csrf_mark..].split('"').nth(3).unwrap();
    assert!(!lower.contains("access-control"), "{opened}");

    let text = statement(|_| {});
    let body = json!({ "statement": text }).to_string();
    let good = [
        ("Origin", ORIGIN),
        ("Content-Type", "application/json"),
        ("Cookie", cookie),
        ("X-Platen-CSRF", csrf),
    ];
    let answer = endpoint.ask("POST /sign", &good, &body);
    assert!(answer.contains(" 200 "), "{}: {answer}", signer.name);
    let json_start = answer.find('{').unwrap();
    let json_end = answer.rfind('}').unwrap();
    let value: Value = serde_json::from_str(&answer[json_start..=json_end]).unwrap();
    let signature = value["signature"].as_str().unwrap();
    let checked = verified_key("p256").verify(text.as_bytes(), signature);
    assert_eq!(checked, Ok(()), "{}", signer.name);
    assert_eq!(
        value["certificates"],
        vectors()["chains"]["p256"]["certificates"],
        "{}",
        signer.name
    );

    let other_cookie = endpoint.ask("GET /session", &[], "");
    let other_mark = other_cookie.find("\"csrf\"").unwrap();
    let other_csrf = other_cookie[other_mark..].split('"').nth(3).unwrap();
    for (name, value) in [
        ("Origin", Some("https://evil.example")),
        ("Origin", Some("null")),
        ("Origin", Some("https://pos.example.evil.example")),
        ("Origin", None),
        ("Content-Type", Some("text/plain")),
        ("Content-Type", Some("application/x-www-form-urlencoded")),
        ("Cookie", None),
        ("Cookie", Some("session=forged.forged")),
        ("X-Platen-CSRF", None),
        ("X-Platen-CSRF", Some("")),
        ("X-Platen-CSRF", Some(other_csrf)),
        // As long as a token in characters, not in octets.
        ("X-Platen-CSRF", Some("éééééééééééééééééééééa")),
    ] {
        let headers: Vec<(&str, &str)> = good
            .iter()
            .filter_map(|(other, kept)| match *other == name {
                true => value.map(|value| (name, value)),
                false => Some((*other, *kept)),
            })
            .collect();
        let answer = endpoint.ask("POST /sign", &headers, &body);
        let about = format!("{}: {name} {value:?}: {answer}", signer.name);
        assert!(answer.contains(" 403 "), "{about}");
        assert!(!answer.contains("signature"), "{about}");
    }
    // Who leaves in the middle ends nobody's service but their own.
    let mut left = TcpStream::connect(&endpoint.address).unwrap();
    let head = good
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let half = format!("POST /sign HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 900\r\n\r\n{{");
    left.write_all(half.as_bytes()).unwrap();
    drop(left);
    let answer = endpoint.ask("POST /sign", &good, &body);
    assert!(answer.contains(" 200 "), "{}: {answer}", signer.name);

    for body in [
        json!({ "statement": Digest::of(b"x").to_string() }).to_string(),
        json!({ "statement": statement(|it| it.origin = "https://evil.example".parse().unwrap()) })
            .to_string(),
        json!({ "statement": 1 }).to_string(),
        "[]".to_owned(),
        "not json".to_owned(),
        json!({ "statement": "x".repeat(20_000) }).to_string(),
    ] {
        let answer = endpoint.ask("POST /sign", &good, &body);
        let refused = answer.contains(" 422 ") || answer.contains(" 413 ") || answer.is_empty();
        assert!(refused, "{}: {answer}", signer.name);
        assert!(!answer.contains("signature\""), "{}: {answer}", signer.name);
    }
}

fn check(name: &'static str) {
    if let Some(signer) = Signer::find(name) {
        signs_what_it_must(&signer);
        refuses_what_it_must(&signer);
        gives_other_sites_no_signature(&signer);
    }
}

#[test]
fn the_signer_in_node_signs_statements_and_nothing_else() {
    check("node");
}

#[test]
fn the_signer_in_python_signs_statements_and_nothing_else() {
    check("python");
}

#[test]
fn the_signer_in_php_signs_statements_and_nothing_else() {
    check("php");
}

#[test]
fn the_signer_in_go_signs_statements_and_nothing_else() {
    check("go");
}
