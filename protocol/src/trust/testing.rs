//! Authorities and sites for the tests of this module.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, NameConstraints, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SanType,
    SignatureAlgorithm, SigningKey as _, date_time_ymd,
};

use super::{Anchor, Certificate, VerifiedChain, verify_chain};
use crate::TimestampMs;

/// Noon of 1 June 2026; every certificate here is valid from 2026 to 2027.
pub(crate) const NOW: TimestampMs = 1_780_315_200_000;

pub(crate) struct Authority {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) struct Site {
    der: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn site_params(names: &[&str]) -> CertificateParams {
    let mut params = params("site");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.split_once(':').unwrap() {
            ("dns", name) => SanType::DnsName(name.try_into().unwrap()),
            ("uri", name) => SanType::URI(name.try_into().unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let (params, key) = (authority_params(name), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        Self { der, issuer }
    }

    fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        Self { der, issuer }
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.below(authority_params(name))
    }

    pub(crate) fn limited_to(&self, parent: &str) -> Self {
        let mut params = authority_params("limited");
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(parent.to_owned())],
            excluded_subtrees: Vec::new(),
        });
        self.below(params)
    }

    pub(crate) fn site(&self, names: &[&str]) -> Site {
        Site::new(
            site_params(names),
            &PKCS_ECDSA_P256_SHA256,
            Some(&self.issuer),
        )
    }

    pub(crate) fn server(&self, name: &str) -> Site {
        let mut params = site_params(&[&format!("dns:{name}")]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Site::new(params, &PKCS_ECDSA_P256_SHA256, Some(&self.issuer))
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der, 0).unwrap()
    }

    pub(crate) fn anchor(&self) -> Anchor {
        Anchor::root(self.certificate()).unwrap()
    }

    pub(crate) fn sign(&self, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.issuer.key().sign(text).unwrap())
    }
}

impl Site {
    fn new(
        params: CertificateParams,
        algorithm: &'static SignatureAlgorithm,
        issuer: Option<&Issuer<'static, KeyPair>>,
    ) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        };
        let der = certificate.unwrap().der().to_vec();
        Self { der, params, key }
    }

    pub(crate) fn p256(name: &str) -> Self {
        Self::with_names(&[&format!("dns:{name}")])
    }

    pub(crate) fn ed25519(name: &str) -> Self {
        Self::new(site_params(&[&format!("dns:{name}")]), &PKCS_ED25519, None)
    }

    pub(crate) fn with_names(names: &[&str]) -> Self {
        Self::new(site_params(names), &PKCS_ECDSA_P256_SHA256, None)
    }

    /// What a thief of the site's key would try: issue another site.
    pub(crate) fn issue(&self, names: &[&str]) -> Self {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let (params, key) = (site_params(names), KeyPair::generate().unwrap());
        let der = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        Self { der, params, key }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der, 0).unwrap()
    }

    pub(crate) fn verified(&self, authority: &Authority) -> VerifiedChain {
        verify_chain(std::slice::from_ref(&self.der), &[authority.anchor()], NOW).unwrap()
    }

    pub(crate) fn sign(&self, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.key.sign(text).unwrap())
    }
}
