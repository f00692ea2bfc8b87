//! Why a signature is accepted or refused: every check an agent makes, one by
//! one, on which certificate, and what to do. `verify` and `explain` are two
//! ways to show the same list.

use platen_protocol::revocation::SignedRevocationList;
use platen_protocol::statement::StatementError;
use platen_protocol::trust::{
    Anchor, Certificate, RevocationError, Revocations, TrustError, VerifiedChain, verify_chain,
};
use platen_protocol::{
    Digest, ErrorCode, Fingerprint, Method, Origin, Signed, Statement, TimestampMs,
    statement::CLOCK_SKEW_MS_MAX,
};
use serde::Serialize;

use crate::authority::time_of;

/// What is to be examined, and against what.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The chain, DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// The roots a machine trusts.
    pub roots: Vec<Certificate>,
    /// Site certificates it trusts by themselves.
    pub pins: Vec<Fingerprint>,
    /// The newest revocation list, where there is one.
    pub revocations: Option<SignedRevocationList>,
    /// The signed statement; without it only the chain is examined.
    pub signed: Option<Signed>,
    /// The call it came with: method, and digest of method and params.
    pub call: Option<(Method, Digest)>,
    /// The page's origin.
    pub origin: Option<Origin>,
    /// The time to judge at.
    pub now: TimestampMs,
}

/// One check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// Which certificate it is about, by its place in the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<usize>,
    /// Whether it holds.
    pub passed: bool,
    /// What was found; where it failed: what is wrong.
    pub found: String,
    /// Where it failed: the code an agent answers with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Where it failed: what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that failed: code and message.
struct Failure(ErrorCode, String);

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self(error.code(), error.to_string())
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self(error.code(), error.to_string())
    }
}

impl From<RevocationError> for Failure {
    fn from(error: RevocationError) -> Self {
        Self(ErrorCode::CertificateUntrusted, error.to_string())
    }
}

/// Every check, in the order an agent makes them. All are made, so that one
/// look shows all that is wrong; the first that failed is the agent's answer.
#[must_use]
pub fn examine(evidence: &Evidence) -> Vec<Check> {
    let mut checks = Checks(Vec::new());
    let anchors = checks.anchors(evidence);
    let chain = checks.read(evidence);
    if let Some(chain) = &chain {
        for (index, certificate) in chain.iter().enumerate() {
            checks.validity(index, certificate, evidence.now);
        }
        checks.leaf(&chain[0]);
        checks.issuers(chain, evidence);
    }
    let verified = checks.path(evidence, &anchors);
    if let (Some(list), Some(chain)) = (&evidence.revocations, &verified) {
        checks.revocations(list, chain, &evidence.roots);
    }
    let leaf = chain.as_ref().map(|chain| &chain[0]);
    match &evidence.signed {
        Some(signed) => checks.statement(signed, leaf, evidence),
        None => {
            if let (Some(origin), Some(leaf)) = (&evidence.origin, leaf) {
                let named = leaf.check_names(origin);
                checks.add("origin", Some(0), named.map(|()| format!("names {origin}")));
            }
        }
    }
    checks.0
}

struct Checks(Vec<Check>);

impl Checks {
    fn add(
        &mut self,
        name: &'static str,
        certificate: Option<usize>,
        outcome: Result<String, impl Into<Failure>>,
    ) {
        self.0.push(match outcome {
            Ok(found) => Check {
                name,
                certificate,
                passed: true,
                found,
                code: None,
                next: None,
            },
            Err(failure) => {
                let Failure(code, message) = failure.into();
                // Messages end in what to do; where one does not, the code's own words do.
                let (found, next) = message
                    .rsplit_once("; ")
                    .unwrap_or((&message, code.next_step()));
                Check {
                    name,
                    certificate,
                    passed: false,
                    found: found.to_owned(),
                    code: Some(code),
                    next: Some(next.to_owned()),
                }
            }
        });
    }

    /// What is trusted, as far as it can be.
    fn anchors(&mut self, evidence: &Evidence) -> Vec<Anchor> {
        let mut anchors: Vec<Anchor> = evidence.pins.iter().copied().map(Anchor::leaf).collect();
        for root in &evidence.roots {
            match Anchor::root(root.clone()) {
                Ok(anchor) => anchors.push(anchor),
                Err(error) => self.add("root", None, Err::<String, _>(error)),
            }
        }
        anchors
    }

    /// The certificates, where all can be read.
    fn read(&mut self, evidence: &Evidence) -> Option<Vec<Certificate>> {
        let mut chain = Vec::new();
        for (index, der) in evidence.chain.iter().enumerate() {
            let read = Certificate::from_der(der, index);
            let found = read.as_ref().map(|certificate| {
                format!(
                    "{}, {} key, SHA-256 {}",
                    certificate.subject, certificate.key, certificate.fingerprint
                )
            });
            self.add("certificate", Some(index), found.map_err(TrustError::clone));
            chain.extend(read);
        }
        (!chain.is_empty() && chain.len() == evidence.chain.len()).then_some(chain)
    }

    fn validity(&mut self, index: usize, certificate: &Certificate, now: TimestampMs) {
        let valid = certificate.check_validity(Some(index), now).map(|()| {
            format!(
                "valid from {} to {}",
                time_of(certificate.not_before).date(),
                time_of(certificate.not_after).date()
            )
        });
        self.add("validity", Some(index), valid);
    }

    fn leaf(&mut self, leaf: &Certificate) {
        let key = leaf.verifying_key();
        let key = key.map(|key| format!("signs with {}", key.kind().algorithm()));
        self.add("key", Some(0), key);
        let list = |items: Vec<String>| items.join(", ");
        let ignored: Vec<String> = leaf
            .ignored_names
            .iter()
            .map(|ignored| format!("{}: {}", ignored.name, ignored.reason))
            .collect();
        let also = match ignored.is_empty() {
            true => String::new(),
            false => format!(" (ignored: {})", list(ignored)),
        };
        let names = if leaf.origins.is_empty() {
            Err(Failure(
                ErrorCode::CertificateOriginMismatch,
                format!("the site certificate names no origin{also}"),
            ))
        } else {
            let named = leaf.origins.iter().map(ToString::to_string).collect();
            Ok(format!("names {}{also}", list(named)))
        };
        self.add("names", Some(0), names);
    }

    /// Who vouches for each certificate: a trusted root, or the next in line.
    fn issuers(&mut self, chain: &[Certificate], evidence: &Evidence) {
        for (index, certificate) in chain.iter().enumerate() {
            let pinned = index == 0 && evidence.pins.contains(&certificate.fingerprint);
            let is_root = |root: &&Certificate| root.fingerprint == certificate.fingerprint;
            let issued = |issuer: &&Certificate| {
                issuer.subject == certificate.issuer && certificate.is_signed_by(issuer)
            };
            let others = || chain.iter().skip(index + 1);
            let outcome = if pinned {
                Ok("trusted by itself".to_owned())
            } else if evidence.roots.iter().any(|root| is_root(&root)) {
                Ok("is a trusted root".to_owned())
            } else if let Some(root) = evidence.roots.iter().find(issued) {
                Ok(format!("issued by the trusted root \"{}\"", root.subject))
            } else if let Some(issuer) = others().find(issued) {
                Ok(format!("issued by \"{}\" of the chain", issuer.subject))
            } else {
                Err(Failure(
                    ErrorCode::CertificateUntrusted,
                    format!(
                        "issued by \"{}\", which is neither trusted nor in the chain, or has another key now",
                        certificate.issuer
                    ),
                ))
            };
            self.add("issuer", Some(index), outcome);
        }
    }

    /// The whole path, judged as an agent does.
    fn path(&mut self, evidence: &Evidence, anchors: &[Anchor]) -> Option<VerifiedChain> {
        let verified = verify_chain(&evidence.chain, anchors, evidence.now);
        let found = verified.as_ref().map(|chain| {
            let count = chain.path().len();
            format!("{count} certificates to anchor {}", chain.anchor())
        });
        self.add("path", None, found.map_err(TrustError::clone));
        verified.ok()
    }

    fn revocations(
        &mut self,
        list: &SignedRevocationList,
        chain: &VerifiedChain,
        roots: &[Certificate],
    ) {
        let Some(root) = roots.iter().find(|root| root.fingerprint == chain.anchor()) else {
            return; // A pinned leaf has no root to revoke it.
        };
        let outcome = match Revocations::verify(list, root) {
            Err(error) => Err(Failure::from(error)),
            Ok(list) => list
                .check(chain)
                .map(|()| format!("not on revocation list number {}", list.number()))
                .map_err(Failure::from),
        };
        self.add("revocation", None, outcome);
    }

    fn statement(&mut self, signed: &Signed, leaf: Option<&Certificate>, evidence: &Evidence) {
        let read = Statement::read(&signed.statement);
        let found = read.as_ref().map(|statement| {
            format!(
                "for {} by {}, sequence {}, lives {} s",
                statement.purpose.as_str(),
                statement.origin,
                statement.sequence,
                statement.expires_at.saturating_sub(statement.issued_at) / 1000
            )
        });
        self.add("statement", None, found.map_err(StatementError::clone));
        if let Ok(statement) = &read {
            self.add("time", None, check_time(statement, evidence.now));
            if let Some(leaf) = leaf {
                let named = leaf.check_names(&statement.origin);
                let found = format!("the certificate names {}", statement.origin);
                self.add("origin", Some(0), named.map(|()| found));
            }
            if let Some(origin) = &evidence.origin {
                let same = *origin == statement.origin;
                self.add("page", None, fits(same, "origin"));
            }
            if let Some((method, digest)) = &evidence.call {
                self.add("call", None, fits(*method == statement.purpose, "purpose"));
                self.add("call", None, fits(*digest == statement.digest, "digest"));
            }
        }
        if let Some(leaf) = leaf {
            let fits = leaf.verifying_key().and_then(|key| {
                key.verify(signed.statement.as_bytes(), &signed.signature)
                    .map(|()| format!("made with the certificate's {} key", key.kind()))
            });
            self.add("signature", Some(0), fits);
        }
    }
}

fn fits(same: bool, member: &'static str) -> Result<String, StatementError> {
    if same {
        Ok(format!("the statement's {member} is this call's"))
    } else {
        Err(StatementError::Mismatch { member })
    }
}

fn check_time(statement: &Statement, now: TimestampMs) -> Result<String, StatementError> {
    if now > statement.expires_at {
        return Err(StatementError::Expired(now - statement.expires_at));
    }
    let ahead = statement.issued_at.saturating_sub(now);
    if ahead > CLOCK_SKEW_MS_MAX {
        return Err(StatementError::FromTheFuture(ahead));
    }
    let left = (statement.expires_at - now) / 1000;
    Ok(format!("{left} s are left"))
}

/// The checks as a person reads them: a mark, the name, what it is about, what
/// was found, and below a failure what to do.
#[must_use]
pub fn to_text(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let mark = if check.passed { '✓' } else { '✗' };
        let about = match check.certificate {
            Some(0) => "site certificate".to_owned(),
            Some(index) => format!("certificate {index}"),
            None => String::new(),
        };
        let line = format!("{mark} {:<12}{about:<18}{}", check.name, check.found);
        text.push_str(line.trim_end());
        text.push('\n');
        if let Some(next) = &check.next {
            text.push_str(&format!("  → {next}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::vector_file;
    use platen_protocol::statement::call_digest;
    use platen_protocol::trust::decode_chain;
    use serde_json::Value;

    fn vectors() -> Value {
        let text = std::fs::read_to_string(vector_file("statements.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn root() -> Certificate {
        let chain = crate::read_chain(&vector_file("test-keys/root.pem")).unwrap();
        Certificate::from_der(&chain[0], 0).unwrap()
    }

    fn evidence(vectors: &Value, case: &Value) -> Evidence {
        let text = |name: &str| case[name].as_str().unwrap();
        let chain = &vectors["chains"][text("chain")]["certificates"];
        let chain: Vec<String> = serde_json::from_value(chain.clone()).unwrap();
        let method = Method::from_name(text("method")).unwrap();
        Evidence {
            chain: decode_chain(&chain).unwrap(),
            roots: vec![root()],
            pins: Vec::new(),
            revocations: Some(serde_json::from_value(vectors["revocations"].clone()).unwrap()),
            signed: Some(serde_json::from_value(case["signed"].clone()).unwrap()),
            call: Some((method, call_digest(method, text("params")))),
            origin: Some(text("origin").parse().unwrap()),
            now: case["now"].as_u64().unwrap(),
        }
    }

    /// Members that only an agent can compare.
    const ONLY_AN_AGENT_KNOWS: [&str; 2] = ["for another machine", "for another connection"];

    #[test]
    fn the_first_failed_check_has_the_code_an_agent_answers_with() {
        let vectors = vectors();
        for case in vectors["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            if ONLY_AN_AGENT_KNOWS.contains(&name) {
                continue;
            }
            let checks = examine(&evidence(&vectors, case));
            let failed = checks.iter().find(|check| !check.passed);
            let code = failed.and_then(|check| check.code);
            let code = code.map(ErrorCode::as_str);
            assert_eq!(code, case["error"].as_str(), "{name}: {failed:?}");
        }
    }

    /// Compares with a committed text; `PLATEN_UPDATE=1` renews it.
    fn check_snapshot(name: &str, text: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/snapshots")
            .join(name);
        if std::env::var_os("PLATEN_UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            text,
            committed,
            "{} is stale; PLATEN_UPDATE=1 renews it",
            path.display()
        );
    }

    #[test]
    fn what_explain_prints_is_as_committed() {
        let vectors = vectors();
        let mut text = String::new();
        for name in [
            "signed with p256",
            "a root this machine does not trust",
            "a certificate of another site",
            "a certificate past its validity",
            "another text than was signed",
            "expired a millisecond ago",
            "for other params",
        ] {
            let cases = vectors["cases"].as_array().unwrap();
            let case = cases.iter().find(|case| case["name"] == name).unwrap();
            let checks = examine(&evidence(&vectors, case));
            text.push_str(&format!("# {name}\n\n{}\n", to_text(&checks)));
        }
        // Fingerprints change when the vectors are made anew; the rest is ours.
        let hex = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let words = line.split(' ');
                let words = words.map(|word| if hex(word) { "<fingerprint>" } else { word });
                words.collect::<Vec<_>>().join(" ")
            })
            .collect();
        check_snapshot("explain.txt", &(lines.join("\n") + "\n"));
    }

    #[test]
    fn a_pinned_certificate_needs_no_root() {
        let chain = crate::read_chain(&vector_file("test-keys/p256.pem")).unwrap();
        let leaf = Certificate::from_der(&chain[0], 0).unwrap();
        let mut evidence = Evidence {
            chain: chain[..1].to_vec(),
            pins: vec![leaf.fingerprint],
            now: 1_780_315_200_000,
            ..Evidence::default()
        };
        assert!(examine(&evidence).iter().all(|check| check.passed));
        evidence.pins.clear();
        assert!(!examine(&evidence).iter().all(|check| check.passed));
    }

    #[test]
    fn nothing_to_examine_is_a_failure_not_a_success() {
        let checks = examine(&Evidence::default());
        assert!(checks.iter().any(|check| !check.passed));
    }
}
