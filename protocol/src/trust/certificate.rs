//! One certificate, read once: what it is called, when it is valid, what key
//! it has and for which origins it speaks. Reading believes nothing.

use std::fmt;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::{KeyKind, TrustError, VerifyingKey, Which};
use crate::{Fingerprint, Origin, OriginPattern, TimestampMs};

/// A certificate, read from DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its name everywhere in Platen.
    pub fingerprint: Fingerprint,
    /// Subject, for people.
    pub subject: String,
    /// Issuer, for people.
    pub issuer: String,
    /// Start of its validity.
    pub not_before: TimestampMs,
    /// End of its validity.
    pub not_after: TimestampMs,
    /// What kind of key it holds.
    pub key: KeyKind,
    /// Whether it may issue others (basic constraints).
    pub is_authority: bool,
    /// The origins it speaks for: DNS names stand for `https` on the default
    /// port, URIs for exactly that origin.
    pub origins: Vec<OriginPattern>,
    /// Names in it that stand for no origin, with the reason.
    pub ignored_names: Vec<IgnoredName>,
    pub(super) der: Vec<u8>,
    pub(super) subject_der: Vec<u8>,
    pub(super) issuer_der: Vec<u8>,
    pub(super) may_make_signatures: bool,
    pub(super) may_be_client: bool,
    pub(super) limits_names: bool,
    pub(super) has_uri_names: bool,
    key_octets: Vec<u8>,
}

/// A name in a certificate that stands for no origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredName {
    /// The name as in the certificate.
    pub name: String,
    /// Why it is ignored.
    pub reason: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a certificate from exactly its DER. `index` is its place in the
    /// chain, for the error.
    ///
    /// # Errors
    /// [`TrustError::CertificateTooLarge`], [`TrustError::Malformed`].
    pub fn from_der(der: &[u8], index: usize) -> Result<Self, TrustError> {
        let malformed = |reason| TrustError::Malformed { index, reason };
        if der.len() > super::CERTIFICATE_OCTETS_MAX {
            return Err(TrustError::CertificateTooLarge { index });
        }
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|_| malformed("it is not DER of X.509"))?;
        if !rest.is_empty() {
            return Err(malformed("octets follow its end"));
        }
        let is_authority = parsed
            .basic_constraints()
            .map_err(|_| malformed("its basic constraints are broken or doubled"))?
            .is_some_and(|constraints| constraints.value.ca);
        let may_make_signatures = parsed
            .key_usage()
            .map_err(|_| malformed("its key usage is broken or doubled"))?
            .is_none_or(|usage| usage.value.digital_signature());
        let may_be_client = parsed
            .extended_key_usage()
            .map_err(|_| malformed("its extended key usage is broken or doubled"))?
            .is_none_or(|usage| usage.value.client_auth || usage.value.any);
        let limits_names = parsed
            .name_constraints()
            .map_err(|_| malformed("its name constraints are broken or doubled"))?
            .is_some();
        let names = parsed
            .subject_alternative_name()
            .map_err(|_| malformed("its alternative names are broken or doubled"))?;
        let names = names.map_or(&[][..], |names| names.value.general_names.as_slice());
        let (mut origins, mut ignored_names) = (Vec::new(), Vec::new());
        for name in names {
            match origin_of_name(name) {
                Ok(origin) => origins.push(origin),
                Err(ignored) => ignored_names.push(ignored),
            }
        }
        let info = parsed.public_key();
        Ok(Self {
            fingerprint: Fingerprint::of(der),
            subject: for_people(&parsed.subject().to_string()),
            issuer: for_people(&parsed.issuer().to_string()),
            not_before: milliseconds(parsed.validity().not_before.timestamp()),
            not_after: milliseconds(parsed.validity().not_after.timestamp()),
            key: KeyKind::of(info),
            is_authority,
            origins,
            ignored_names,
            der: der.to_vec(),
            subject_der: parsed.subject().as_raw().to_vec(),
            issuer_der: parsed.issuer().as_raw().to_vec(),
            may_make_signatures,
            may_be_client,
            limits_names,
            has_uri_names: names.iter().any(|name| matches!(name, GeneralName::URI(_))),
            key_octets: info.subject_public_key.data.to_vec(),
        })
    }

    /// Its DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it names itself as its issuer.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// Whether it speaks for `origin`.
    #[must_use]
    pub fn names(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|pattern| pattern.matches(origin))
    }

    /// That it speaks for `origin`.
    ///
    /// # Errors
    /// [`TrustError::OriginNotNamed`].
    pub fn check_names(&self, origin: &Origin) -> Result<(), TrustError> {
        if self.names(origin) {
            return Ok(());
        }
        let named: Vec<String> = self.origins.iter().map(ToString::to_string).collect();
        Err(TrustError::OriginNotNamed {
            origin: origin.clone(),
            named: if named.is_empty() {
                "no origin".to_owned()
            } else {
                named.join(", ")
            },
        })
    }

    /// That `now` lies in its validity.
    ///
    /// # Errors
    /// [`TrustError::Expired`], [`TrustError::NotYetValid`].
    pub fn check_validity(&self, index: Option<usize>, now: TimestampMs) -> Result<(), TrustError> {
        const DAY_MS: u64 = 86_400_000;
        let which = || self.which(index);
        // X.509 counts in seconds: the last second belongs to the validity.
        if now / 1000 > self.not_after / 1000 {
            return Err(TrustError::Expired {
                which: which(),
                days_ago: (now - self.not_after) / DAY_MS,
            });
        }
        if now < self.not_before {
            return Err(TrustError::NotYetValid { which: which() });
        }
        Ok(())
    }

    /// Its key, to check signatures with.
    ///
    /// # Errors
    /// [`TrustError::UnsupportedKey`] where such a key may not sign.
    pub fn verifying_key(&self) -> Result<VerifyingKey, TrustError> {
        VerifyingKey::new(self.key, &self.key_octets).ok_or_else(|| TrustError::UnsupportedKey {
            which: self.which(Some(0)),
            key: self.key,
        })
    }

    /// How an error names it.
    pub(super) fn which(&self, index: Option<usize>) -> Which {
        Which {
            index,
            subject: self.subject.clone(),
        }
    }
}

/// The origin a name stands for, or why it stands for none.
fn origin_of_name(name: &GeneralName<'_>) -> Result<OriginPattern, IgnoredName> {
    let ignored = |reason: &str| IgnoredName {
        name: for_people(&name.to_string()),
        reason: reason.to_owned(),
    };
    match name {
        GeneralName::DNSName(text) => {
            let text = text.to_ascii_lowercase();
            let is_name =
                !text.contains([':', '/', '[']) && text.parse::<std::net::Ipv4Addr>().is_err();
            if !is_name {
                return Err(ignored(
                    "it is no DNS name; name other origins by their URI",
                ));
            }
            text.parse()
                .map_err(|error: crate::origin::OriginError| ignored(&error.to_string()))
        }
        GeneralName::URI(text) => text
            .parse()
            .map(OriginPattern::Exact)
            .map_err(|error: crate::origin::OriginError| ignored(&error.to_string())),
        GeneralName::IPAddress(_) => Err(ignored("name the origin by its URI, with the scheme")),
        _ => Err(ignored("only DNS names and URIs name origins")),
    }
}

/// Text from a certificate without controls, and no longer than a line.
fn for_people(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(clean).take(200).collect()
}

fn milliseconds(seconds: i64) -> TimestampMs {
    u64::try_from(seconds).unwrap_or(0).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::testing::Site;

    #[test]
    fn names_become_origins_and_what_names_none_is_reported() {
        let site = Site::with_names(&[
            "dns:POS.example",
            "dns:kasse1",
            "dns:*.example.com",
            "dns:*.com",
            "dns:192.0.2.7",
            "dns:pos.example:8443",
            "uri:https://pos.example:8443",
            "uri:http://localhost:3000",
            "uri:https://pos.example/path",
            "uri:https://*.example.com",
            "uri:ldap://pos.example",
        ]);
        let certificate = site.certificate();
        let origins: Vec<_> = certificate
            .origins
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            origins,
            [
                "https://pos.example",
                "https://kasse1",
                "https://*.example.com",
                "https://pos.example:8443",
                "http://localhost:3000"
            ]
        );
        assert_eq!(certificate.ignored_names.len(), 6);
        assert!(certificate.names(&"https://a.example.com".parse().unwrap()));
        let error = certificate.check_names(&"http://pos.example".parse().unwrap());
        assert!(matches!(error, Err(TrustError::OriginNotNamed { .. })));
    }

    #[test]
    fn whatever_is_cut_off_or_added_is_no_certificate() {
        let der = Site::p256("pos.example").certificate().der().to_vec();
        for end in 0..der.len() {
            assert!(Certificate::from_der(&der[..end], 0).is_err(), "{end}");
        }
        let longer = [&der[..], &[0]].concat();
        assert_eq!(
            Certificate::from_der(&longer, 3),
            Err(TrustError::Malformed {
                index: 3,
                reason: "octets follow its end"
            })
        );
    }
}
