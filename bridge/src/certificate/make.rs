//! Makes a machine's CA and all its leaves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use platen_protocol::TimestampMs;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{CertificateError, certificate_pem};

/// Ten years: a till's life, and no store is touched in it.
const CA_DAYS: i64 = 3650;
/// Apple's limit for server certificates is 825 days.
const LEAF_DAYS: i64 = 820;
/// Each leaf begins so long after the one before it: they overlap by 50 days.
const STEP_DAYS: i64 = 770;
/// Begins earlier than made: the clock of a till may be set back a little.
const EARLIER_DAYS: i64 = 2;

/// Makes CA and leaves, as the text of the server's file. The CA's key lives in
/// this function only; ring wipes nothing, so what is kept here is the
/// serialized key, and that is dropped with the [`KeyPair`].
pub(super) fn make(now: TimestampMs) -> Result<Zeroizing<String>, CertificateError> {
    let seconds = i64::try_from(now / 1000).unwrap_or(0);
    let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let begin = now - Duration::days(EARLIER_DAYS);
    let end = now + Duration::days(CA_DAYS);
    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let ca_params = ca_params(begin, end)?;
    let ca = ca_params.self_signed(&ca_key)?;
    let issuer = Issuer::from_params(&ca_params, ca_key);
    let mut text = Zeroizing::new(String::new());
    let mut leaf_begin = begin;
    loop {
        let leaf_end = end.min(leaf_begin + Duration::days(LEAF_DAYS));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let leaf = leaf_params(leaf_begin, leaf_end)?.signed_by(&key, &issuer)?;
        text.push_str(&certificate_pem(leaf.der()));
        text.push_str(&Zeroizing::new(pem::encode(&pem::Pem::new(
            "PRIVATE KEY",
            key.serialize_der(),
        ))));
        if leaf_end == end {
            break;
        }
        leaf_begin += Duration::days(STEP_DAYS);
    }
    drop(issuer);
    text.push_str(&certificate_pem(ca.der()));
    Ok(text)
}

pub(super) fn ca_params(
    begin: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<CertificateParams, CertificateError> {
    let mut params = params("Platen, this machine only", begin, end)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 32)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

pub(super) fn leaf_params(
    begin: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<CertificateParams, CertificateError> {
    let mut params = params("Platen on this machine", begin, end)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    Ok(params)
}

fn params(
    name: &str,
    begin: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = begin;
    params.not_after = end;
    params.serial_number = Some(random_serial()?);
    Ok(params)
}

/// 127 random bits, positive (RFC 5280 §4.1.2.2): a name derived from nothing.
fn random_serial() -> Result<SerialNumber, CertificateError> {
    let mut octets = [0; 16];
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| CertificateError::Random)?;
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}
