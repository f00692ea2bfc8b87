//! What may become a grant: the checks of `platen trust add`, made by the
//! agent, so that no other client can go around them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::trust::{Certificate, KeyKind};
use platen_protocol::{OriginPattern, TimestampMs};

use super::protocol::NewGrant;
use crate::grant::{AnchorKind, Grant, PrinterScope};
use crate::owner::Users;
use crate::thumbprint::{NotAThumbprint, Thumbprint};

/// A note for people fits a line.
const NAME_CHARACTERS_MAX: usize = 200;
/// More origins are several sites.
const ORIGINS_MAX: usize = 64;
/// More devices are no till.
const DEVICES_MAX: usize = 64;

/// Makes a grant of what was asked for; it has no number yet. `printers` is
/// what the names in `asked` stand for.
///
/// # Errors
/// What is wrong and what to do, for people.
pub fn check(asked: NewGrant, printers: PrinterScope, now: TimestampMs) -> Result<Grant, String> {
    let site = match &asked.thumbprint {
        Some(thumbprint) => site_by_thumbprint(thumbprint, &asked)?,
        None => site_by_certificate(&asked, now)?,
    };
    let Site {
        anchor,
        fingerprint,
        certificate,
        subject,
        origins,
    } = site;
    if origins.len() > ORIGINS_MAX {
        return Err(format!(
            "a grant names at most {ORIGINS_MAX} origins; add several grants"
        ));
    }
    if asked.capabilities.is_empty() && asked.thumbprint.is_none() {
        return Err("a grant without a capability allows nothing; name one".to_owned());
    }
    if asked.devices.len() > DEVICES_MAX {
        return Err(format!("a grant names at most {DEVICES_MAX} devices"));
    }
    if let Some(device) =
        (asked.devices.iter()).find(|device| !asked.capabilities.contains(&device.capability()))
    {
        return Err(format!(
            "the grant names {device} and lacks the capability {}; add it with --capability",
            device.capability()
        ));
    }
    if asked.expires_at.is_some_and(|end| end <= now) {
        return Err("the grant would have ended already; name a later end".to_owned());
    }
    if asked.revocations_max_age_days == Some(0) {
        return Err("no list of revocations is younger than 0 days; name at least 1".to_owned());
    }
    if asked.revocations_max_age_days.is_some() && anchor == AnchorKind::Leaf {
        return Err(
            "a leaf that is trusted by itself has no root that revokes it; leave the age of its list out, or trust the root"
                .to_owned(),
        );
    }
    let name = asked.name.unwrap_or(subject);
    if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        return Err(format!(
            "the name of a grant has at most {NAME_CHARACTERS_MAX} characters in one line"
        ));
    }
    Ok(Grant {
        id: 0,
        name,
        anchor,
        fingerprint,
        certificate,
        origins,
        capabilities: asked.capabilities,
        printers,
        users: Users::named(asked.users).map_err(|error| error.to_string())?,
        devices: asked.devices,
        signing: asked.signing,
        native: asked.native,
        qz: asked.qz,
        provisioned: false,
        created_at: now,
        revocations_max_age_days: asked.revocations_max_age_days,
        expires_at: asked.expires_at,
    })
}

/// Whom a grant is for.
struct Site {
    anchor: AnchorKind,
    fingerprint: String,
    /// DER.
    certificate: Vec<u8>,
    subject: String,
    origins: Vec<OriginPattern>,
}

fn site_by_certificate(asked: &NewGrant, now: TimestampMs) -> Result<Site, String> {
    let der = STANDARD
        .decode(&asked.certificate)
        .map_err(|_| "the certificate is no base64 of DER".to_owned())?;
    let certificate = Certificate::from_der(&der, 0).map_err(|error| error.to_string())?;
    if certificate.not_after <= now {
        return Err(format!(
            "the certificate {} has ended; have the site make a new one",
            certificate.subject
        ));
    }
    let named = asked.origins.clone();
    let (anchor, origins) = if certificate.is_authority {
        (AnchorKind::Root, root_origins(named)?)
    } else if asked.qz.is_some() && certificate.origins.is_empty() {
        check_legacy_key(&certificate)?;
        (AnchorKind::Leaf, legacy_origins(named)?)
    } else {
        (AnchorKind::Leaf, leaf_origins(&certificate, named)?)
    };
    Ok(Site {
        anchor,
        fingerprint: certificate.fingerprint.to_string(),
        certificate: der,
        subject: certificate.subject,
        origins,
    })
}

/// A site of which only a list of QZ Tray tells: its certificate is seen, and
/// its key checked, when it comes.
fn site_by_thumbprint(text: &str, asked: &NewGrant) -> Result<Site, String> {
    let thumbprint: Thumbprint = text
        .parse()
        .map_err(|error: NotAThumbprint| error.to_string())?;
    if asked.qz.is_none() || !asked.certificate.is_empty() {
        return Err("a SHA-1 stands for a certificate of QZ Tray's pages only".to_owned());
    }
    Ok(Site {
        anchor: AnchorKind::Leaf,
        fingerprint: thumbprint.to_string(),
        certificate: Vec::new(),
        subject: thumbprint.to_string(),
        origins: legacy_origins(asked.origins.clone())?,
    })
}

/// A root issues leaves for any name: the machine says which it believes.
fn root_origins(asked: Vec<OriginPattern>) -> Result<Vec<OriginPattern>, String> {
    if asked.is_empty() {
        return Err(
            "a root could speak for any site; name the origins it may speak for with --origin"
                .to_owned(),
        );
    }
    Ok(asked)
}

/// Certificates made for QZ Tray name no origin: the machine says which.
fn legacy_origins(asked: Vec<OriginPattern>) -> Result<Vec<OriginPattern>, String> {
    if asked.is_empty() {
        return Err(
            "this certificate names no origin; name those it may speak for with --origin"
                .to_owned(),
        );
    }
    Ok(asked)
}

/// The client of QZ Tray signs with RSA and nothing else.
fn check_legacy_key(certificate: &Certificate) -> Result<(), String> {
    match certificate.key {
        KeyKind::Rsa { bits } if bits >= 2048 => Ok(()),
        other => Err(format!(
            "pages for QZ Tray sign with an RSA key of 2048 bits or more, and this certificate's key is {other}; have the site make a new one"
        )),
    }
}

/// A leaf speaks for what it names, or for less.
fn leaf_origins(
    certificate: &Certificate,
    asked: Vec<OriginPattern>,
) -> Result<Vec<OriginPattern>, String> {
    match certificate.key {
        KeyKind::P256 | KeyKind::Ed25519 => {}
        KeyKind::Rsa { bits } if bits >= 2048 => {}
        KeyKind::Rsa { .. } | KeyKind::P384 | KeyKind::Other => {
            return Err(
                "this certificate's key cannot sign statements; have the site make one with an ECDSA P-256, Ed25519 or RSA key of 2048 bits or more".to_owned(),
            );
        }
    }
    let named = || {
        let names: Vec<_> = certificate
            .origins
            .iter()
            .map(ToString::to_string)
            .collect();
        names.join(", ")
    };
    if certificate.origins.is_empty() {
        return Err(
            "this certificate names no origin; have the site make one with `platen-sign site new --origin`".to_owned(),
        );
    }
    if asked.is_empty() {
        return Ok(certificate.origins.clone());
    }
    let foreign = asked.iter().find(|origin| {
        let mut own = certificate.origins.iter();
        !own.any(|named| named.covers(origin))
    });
    match foreign {
        None => Ok(asked),
        Some(origin) => Err(format!(
            "this certificate does not speak for {origin}; it names {}",
            named()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_protocol::{Capability, Signing};
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, SanType};

    const NOW: TimestampMs = 1_700_000_000_000;

    fn certificate(authority: bool, names: &[&str]) -> String {
        let mut params = CertificateParams::default();
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params.subject_alt_names = names
            .iter()
            .map(|name| SanType::DnsName((*name).try_into().unwrap()))
            .collect();
        let key = KeyPair::generate().unwrap();
        STANDARD.encode(params.self_signed(&key).unwrap().der())
    }

    fn ask(certificate: String, origins: &[&str]) -> NewGrant {
        NewGrant {
            name: None,
            certificate,
            origins: origins.iter().map(|text| text.parse().unwrap()).collect(),
            capabilities: Capability::FOR_PRINTING.into(),
            printers: Vec::new(),
            users: Vec::new(),
            devices: Default::default(),
            signing: Signing::Request,
            native: false,
            thumbprint: None,
            qz: None,
            revocations_max_age_days: None,
            expires_at: None,
        }
    }

    #[test]
    fn a_root_needs_its_origins_named_and_a_leaf_brings_its_own() {
        let check = |certificate: String, origins: &[&str], expected: Result<&str, &str>| {
            let grant = check(ask(certificate, origins), PrinterScope::All, NOW);
            match (grant, expected) {
                (Ok(grant), Ok(origin)) => {
                    let names: Vec<_> = grant.origins.iter().map(ToString::to_string).collect();
                    assert_eq!(names.join(" "), origin);
                }
                (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
                (grant, expected) => panic!("{grant:?} is not {expected:?}"),
            }
        };
        let root = || certificate(true, &[]);
        let leaf = || certificate(false, &["pos.example", "*.shop.example"]);
        check(root(), &["pos.example"], Ok("https://pos.example"));
        check(root(), &[], Err("--origin"));
        check(
            leaf(),
            &[],
            Ok("https://pos.example https://*.shop.example"),
        );
        check(leaf(), &["a.shop.example"], Ok("https://a.shop.example"));
        check(
            leaf(),
            &["other.example"],
            Err("it names https://pos.example"),
        );
        check(certificate(false, &[]), &[], Err("names no origin"));
        check("!".to_owned(), &["pos.example"], Err("base64"));
        check(STANDARD.encode("no"), &["pos.example"], Err("certificate"));
    }

    #[test]
    fn a_grant_that_allows_nothing_or_has_ended_is_refused() {
        let mut nothing = ask(certificate(true, &[]), &["pos.example"]);
        nothing.capabilities.clear();
        let error = check(nothing, PrinterScope::All, NOW).unwrap_err();
        assert!(error.contains("allows nothing"), "{error}");
        let mut ended = ask(certificate(true, &[]), &["pos.example"]);
        ended.expires_at = Some(NOW);
        let error = check(ended, PrinterScope::All, NOW).unwrap_err();
        assert!(error.contains("later end"), "{error}");
        let mut shouting = ask(certificate(true, &[]), &["pos.example"]);
        shouting.name = Some("a\u{1b}[2J".to_owned());
        assert!(check(shouting, PrinterScope::All, NOW).is_err());
    }

    #[test]
    fn a_site_of_a_list_is_pinned_by_its_sha1_and_may_be_refused() {
        let thumbprint = "AB".repeat(20);
        let listed = |origins: &[&str]| NewGrant {
            thumbprint: Some(thumbprint.clone()),
            qz: Some(crate::grant::QzTerms::default()),
            ..ask(String::new(), origins)
        };
        let grant = check(listed(&["pos.example"]), PrinterScope::All, NOW).unwrap();
        assert_eq!(grant.fingerprint, format!("sha1:{}", "ab".repeat(20)));
        assert_eq!(grant.anchor, AnchorKind::Leaf);
        let mut blocked = listed(&["pos.example"]);
        blocked.capabilities.clear();
        assert!(check(blocked, PrinterScope::All, NOW).is_ok());
        let check = |asked| check(asked, PrinterScope::All, NOW).unwrap_err();
        assert!(check(listed(&[])).contains("--origin"));
        let mut ours = listed(&["pos.example"]);
        ours.qz = None;
        assert!(check(ours).contains("QZ Tray"));
        let mut none = ask(certificate(true, &[]), &["pos.example"]);
        none.capabilities.clear();
        assert!(check(none).contains("capability"));
    }
}
