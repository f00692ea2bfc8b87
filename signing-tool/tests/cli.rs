//! The program as a site owner runs it: files, exit codes, and what comes out.

#![allow(clippy::unwrap_used, reason = "every function here is part of a test")]

use platen_protocol::statement::call_digest;
use platen_protocol::{Digest, Method, Statement};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Done {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Done {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}", self.stdout))
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_platen-sign"))
}

fn run(arguments: &[&str], input: &str) -> Done {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends before it reads is fine; its code tells.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with a root and a site of it.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(more: &[&str]) -> Self {
        let shop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let done = run(
            &["ca", "new", "--out", &shop.text("ca"), "--name", "Shop CA"],
            "",
        );
        assert_eq!(done.code, 0, "{}", done.stderr);
        let done = shop.site("site", more);
        assert_eq!(done.code, 0, "{}", done.stderr);
        shop
    }

    fn site(&self, name: &str, more: &[&str]) -> Done {
        let (ca, out) = (self.text("ca"), self.text(name));
        let fixed = ["site", "new", "--ca", &ca, "--out", &out, "--origin"];
        run(&[&fixed[..], &["https://pos.example"], more].concat(), "")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn sign(&self, more: &[&str], input: &str) -> Done {
        let (key, cert) = (self.text("site/site.key"), self.text("site/site.pem"));
        run(
            &[&["sign", "--key", &key, "--cert", &cert], more].concat(),
            input,
        )
    }

    fn verify(&self, command: &str, more: &[&str], input: &str) -> Done {
        let root = self.text("ca/ca.pem");
        run(&[&[command, "--root", &root], more].concat(), input)
    }
}

const PARAMS: &str = r#"{"job_id":"a"}"#;

fn statement(change: impl Fn(&mut Statement)) -> String {
    let now = platen_sign::now();
    let mut statement = Statement {
        platen: 1,
        purpose: Method::JobsCancel,
        origin: "https://pos.example".parse().unwrap(),
        agent: "agent".parse().unwrap(),
        challenge: "challenge".to_owned(),
        sequence: 1,
        issued_at: now,
        expires_at: now + 60_000,
        digest: call_digest(Method::JobsCancel, PARAMS),
    };
    change(&mut statement);
    statement.to_canonical().unwrap()
}

#[test]
fn keys_are_made_signed_with_and_verified() {
    let rsa = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../protocol/vectors/test-keys/rsa.key.pem"
    );
    for more in [
        &[][..],
        &["--algorithm", "ed25519"],
        &["--algorithm", "rsa", "--key", rsa],
        &[
            "--origin",
            "*.shop.example",
            "--origin",
            "http://localhost:3000",
        ],
    ] {
        let shop = Shop::new(more);
        if more.contains(&rsa) {
            std::fs::copy(rsa, shop.path("site/site.key")).unwrap();
        }
        let text = statement(|_| {});
        let signed = shop.sign(&["--with-certificates"], &format!("{text}\n"));
        assert_eq!(signed.code, 0, "{}", signed.stderr);
        assert_eq!(signed.json()["statement"], *text);
        let verified = shop.verify("verify", &[], &signed.stdout);
        assert_eq!((verified.code, verified.stdout.as_str()), (0, "valid\n"));
        let explained = shop.verify("explain", &["--json"], &signed.stdout);
        assert_eq!(explained.code, 0);
        assert_eq!(explained.json()["valid"], true);
    }
}

#[cfg(unix)]
#[test]
fn keys_are_readable_by_their_owner_only_and_never_printed() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Shop::new(&[]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for key in ["ca/ca.key", "site/site.key"] {
        assert_eq!(mode(&shop.path(key)), 0o600, "{key}");
    }
    for folder in ["ca", "site"] {
        assert_eq!(mode(&shop.path(folder)), 0o700, "{folder}");
    }
    let key = std::fs::read_to_string(shop.path("site/site.key")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    let done = shop.sign(&["--json"], &statement(|_| {}));
    assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret));
    std::fs::set_permissions(
        shop.path("site/site.key"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let done = shop.sign(&[], &statement(|_| {}));
    assert!(done.stderr.contains("chmod 600"), "{}", done.stderr);
}

#[test]
fn files_that_exist_are_kept_without_force() {
    let shop = Shop::new(&[]);
    let read = |name: &str| std::fs::read(shop.path(name)).unwrap();
    let before = [read("ca/ca.key"), read("site/site.key")];
    let again = run(
        &["ca", "new", "--out", &shop.text("ca"), "--name", "Other"],
        "",
    );
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(shop.site("site", &[]).code, 1);
    assert_eq!([read("ca/ca.key"), read("site/site.key")], before);
    assert_eq!(shop.site("site", &["--force"]).code, 0);
    assert_ne!(read("site/site.key"), before[1]);
    // Renewal: the same key, a new certificate.
    let key = read("site/site.key");
    let file = shop.text("site/site.key");
    assert_eq!(shop.site("site", &["--force", "--key", &file]).code, 0);
    assert_eq!(read("site/site.key"), key);
}

#[test]
fn what_is_no_statement_of_this_site_is_refused_with_exit_code_3() {
    let shop = Shop::new(&[]);
    let digest = Digest::of(b"x");
    for (input, code) in [
        (digest.to_string(), "statement-malformed"),
        (digest.to_hex(), "statement-malformed"),
        (String::new(), "statement-malformed"),
        (
            json!({ "digest": digest }).to_string(),
            "statement-malformed",
        ),
        (statement(|_| {}).replace(',', ", "), "statement-malformed"),
        (
            statement(|it| it.expires_at = it.issued_at + 300_001),
            "statement-malformed",
        ),
        (
            statement(|it| {
                it.issued_at -= 120_000;
                it.expires_at -= 120_000;
            }),
            "statement-expired",
        ),
        (
            statement(|it| it.origin = "https://evil.example".parse().unwrap()),
            "certificate-origin-mismatch",
        ),
        (
            statement(|it| it.purpose = Method::QueuePause),
            "not-permitted",
        ),
    ] {
        let done = shop.sign(&["--json"], &input);
        assert_eq!(done.code, 3, "{input}: {}", done.stderr);
        assert_eq!(done.json()["error"]["code"], code, "{input}");
        assert!(done.json().get("signature").is_none());
        let done = shop.sign(&[], &input);
        assert_eq!((done.code, done.stdout.as_str()), (3, ""), "{input}");
    }
    let pause = statement(|it| it.purpose = Method::QueuePause);
    assert_eq!(shop.sign(&["--purpose", "queue.pause"], &pause).code, 0);
    let usage = shop.sign(&["--purpose", "printers.list"], &pause);
    assert_eq!(usage.code, 2, "{}", usage.stderr);
}

#[test]
fn verify_says_which_check_failed_and_explain_shows_all() {
    let shop = Shop::new(&[]);
    let signed = shop
        .sign(&["--with-certificates"], &statement(|_| {}))
        .json();
    let mut altered = signed.clone();
    altered["statement"] = json!(statement(|it| it.sequence = 2));
    let done = shop.verify("verify", &[], &altered.to_string());
    assert_eq!(done.code, 3);
    assert!(
        done.stdout.contains("✗ signature") && done.stdout.contains("→"),
        "{}",
        done.stdout
    );
    let done = shop.verify(
        "verify",
        &["--at", "2020-01-01T00:00:00Z"],
        &signed.to_string(),
    );
    assert_eq!(done.code, 3);
    assert!(done.stdout.contains("not valid yet"), "{}", done.stdout);
    let page = ["--origin", "https://evil.example", "--json"];
    let done = shop.verify("explain", &page, &signed.to_string());
    assert_eq!(done.code, 3);
    let checks = done.json()["checks"].as_array().unwrap().clone();
    let failed: Vec<&Value> = checks
        .iter()
        .filter(|check| check["passed"] == false)
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["code"], "statement-mismatch");
    // Only the chain.
    let cert = shop.text("site/site.pem");
    assert_eq!(shop.verify("verify", &["--cert", &cert], "").code, 0);
    // A site's certificate in the place of a root: said first, and plainly.
    let done = run(&["verify", "--root", &cert, "--cert", &cert], "");
    assert_eq!(done.code, 3);
    assert!(done.stdout.contains("✗ root"), "{}", done.stdout);
    let other = Shop::new(&[]);
    let done = other.verify("verify", &["--cert", &cert], "");
    assert_eq!(done.code, 3);
    let done = shop.verify("verify", &[], "not json");
    assert_eq!((done.code, done.stdout.as_str()), (1, ""));
}

#[test]
fn a_whole_request_is_verified_with_its_call() {
    let shop = Shop::new(&[]);
    let signed = shop.sign(&[], &statement(|_| {})).json();
    let request = |params: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"jobs.cancel","params":{params},"signed":{signed}}}"#
        )
    };
    let cert = shop.text("site/site.pem");
    let check = |params| shop.verify("verify", &["--cert", &cert], &request(params));
    let done = check(PARAMS);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let done = check(r#"{"job_id":"b"}"#);
    assert_eq!(done.code, 3);
    assert!(done.stdout.contains("digest"), "{}", done.stdout);
}

#[test]
fn t23_a_key_rotates_with_overlap_and_no_clock_revives_what_was_revoked() {
    let shop = Shop::new(&[]);
    let done = shop.site("next", &[]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let (ca, list) = (shop.text("ca"), shop.text("revoked.json"));
    let (old, next) = (shop.text("site/site.pem"), shop.text("next/site.pem"));
    let revoke = |more: &[&str]| {
        let fixed = ["revoke", "--ca", &ca, "--list", &list];
        assert_eq!(run(&[&fixed[..], more].concat(), "").code, 0);
    };
    let check = |cert: &str, at: u64| {
        let at = at.to_string();
        let arguments = ["--cert", cert, "--revocations", &list, "--at", &at];
        shop.verify("verify", &arguments, "").code
    };
    let now = platen_sign::now();
    revoke(&[]);
    // Both at once: no till waits for the other key.
    assert_eq!((check(&old, now), check(&next, now)), (0, 0));
    revoke(&["--cert", &old]);
    assert_eq!((check(&old, now), check(&next, now)), (3, 0));
    // Set back to a moment before the revocation, the key stays dead.
    for minutes in [0, 1, 30] {
        assert_eq!(check(&old, now - minutes * 60_000), 3, "{minutes}");
    }
}

#[test]
fn a_revoked_certificate_is_no_longer_valid() {
    let shop = Shop::new(&[]);
    let (ca, list, cert) = (
        shop.text("ca"),
        shop.text("revoked.json"),
        shop.text("site/site.pem"),
    );
    let revoke = |more: &[&str]| {
        let fixed = ["revoke", "--ca", &ca, "--list", &list, "--json"];
        run(&[&fixed[..], more].concat(), "")
    };
    let done = revoke(&[]);
    assert_eq!(done.json()["number"], 1, "{}", done.stderr);
    let check = || shop.verify("verify", &["--cert", &cert, "--revocations", &list], "");
    assert_eq!(check().code, 0);
    let done = revoke(&["--cert", &cert]);
    assert_eq!(
        (&done.json()["number"], &done.json()["revoked"]),
        (&json!(2), &json!(1))
    );
    let done = check();
    assert_eq!(done.code, 3);
    assert!(done.stdout.contains("revoked"), "{}", done.stdout);
}

#[test]
fn the_endpoint_signs_for_a_page_with_session_and_token_and_for_nobody_else() {
    let shop = Shop::new(&["--origin", "http://localhost:3000"]);
    let mut child = program()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--origin",
            "http://localhost:3000",
        ])
        .args(["--key", &shop.text("site/site.key")])
        .args(["--cert", &shop.text("site/site.pem")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().to_owned();
    let ask = |head: &str, body: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let length = body.len();
        let text = format!(
            "{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let outcome = std::panic::catch_unwind(|| {
        let page = "Origin: http://localhost:3000";
        let opened = ask(&format!("GET /session HTTP/1.1\r\n{page}"), "");
        let after = |mark: &str, end: char| {
            let start = opened.find(mark).unwrap() + mark.len();
            opened[start..].split(end).next().unwrap().to_owned()
        };
        let (cookie, csrf) = (after("set-cookie: ", ';'), after("\"csrf\":\"", '"'));
        let text = statement(|it| it.origin = "http://localhost:3000".parse().unwrap());
        let body = json!({ "statement": text }).to_string();
        let sign = "POST /sign HTTP/1.1\r\nContent-Type: application/json";
        let session = format!("Cookie: {cookie}");
        let token = format!("X-Platen-CSRF: {csrf}");
        let good = ask(&format!("{sign}\r\n{page}\r\n{session}\r\n{token}"), &body);
        assert!(good.starts_with("HTTP/1.1 200"), "{good}");
        assert!(good.contains("\"signature\""), "{good}");
        for head in [
            format!("{sign}\r\nOrigin: https://evil.example\r\n{session}\r\n{token}"),
            format!("{sign}\r\n{session}\r\n{token}"),
            format!("{sign}\r\n{page}\r\n{session}"),
            format!("{sign}\r\n{page}\r\n{token}"),
        ] {
            let refused = ask(&head, &body);
            assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
            assert!(!refused.contains("signature\""), "{refused}");
        }
    });
    child.kill().unwrap();
    child.wait().unwrap();
    outcome.unwrap();
}
