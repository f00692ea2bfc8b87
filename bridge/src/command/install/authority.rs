//! The certificate that an installation makes browsers trust.
//!
//! It is read from a folder where the agent's user writes, and trusted by the
//! whole machine: so only a certificate that can vouch for loopback names
//! alone is taken, and nothing of the file but that certificate.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use platen_installer::{AuthorityCertificate, Environment, NewFile, Scope};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::X509Certificate;

use crate::{certificate, when};

/// The authority's file in the folder of certificates.
const CA_FILE: &str = "ca.pem";

/// The authority there is; a new one where there is none and one may be made.
pub(super) fn of(
    environment: &Environment<'_>,
    may_make: bool,
) -> anyhow::Result<AuthorityCertificate> {
    let file = environment.certificate_folder().join(CA_FILE);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return if may_make {
                make(environment)
            } else {
                Ok(AuthorityCertificate::default())
            };
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", file.display()));
        }
    };
    Ok(AuthorityCertificate {
        der: checked(&text).with_context(|| {
            format!(
                "{} is not trusted; remove its folder and restart the agent, which makes another",
                file.display()
            )
        })?,
        new_files: Vec::new(),
    })
}

/// Made where only we can look, and put in place by the installation.
fn make(environment: &Environment<'_>) -> anyhow::Result<AuthorityCertificate> {
    let state = &environment.state;
    if !is_ours(state)? {
        bail!(
            "{} belongs to the agent's user and holds no certificate; start the agent, which makes it, then run this again",
            state.display()
        );
    }
    let folder = Scratch::make(&environment.scope)?;
    certificate::load_or_make(&folder.0, when::now())?;
    let mut new_files = Vec::new();
    for entry in fs::read_dir(&folder.0)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| anyhow!("{} is no name of ours", name.display()))?;
        new_files.push(NewFile {
            name,
            octets: fs::read(entry.path())?,
            mode: mode(&entry.metadata()?),
        });
    }
    new_files.sort_by(|one, other| one.name.cmp(&other.name));
    let ca = fs::read(folder.0.join(CA_FILE))?;
    Ok(AuthorityCertificate {
        der: checked(&ca)?,
        new_files,
    })
}

/// Whether nobody else keeps his state there.
#[cfg(unix)]
fn is_ours(state: &Path) -> anyhow::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    Ok(fs::metadata(state).map_or(true, |there| there.uid() == own))
}

#[cfg(windows)]
use super::windows::is_ours;

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o777
}

/// Who may read a file is its folder's on Windows.
#[cfg(windows)]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0o644
}

/// A folder of our own, gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn make(scope: &Scope) -> anyhow::Result<Self> {
        let place = match scope {
            Scope::System | Scope::User { .. } if cfg!(windows) => std::env::temp_dir(),
            // Memory, where only root writes.
            Scope::System if Path::new("/run").is_dir() => PathBuf::from("/run"),
            Scope::System | Scope::User { .. } => PathBuf::from("/tmp"),
        };
        let mut random = [0; 8];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random)
            .map_err(|_| anyhow!("the system gives no random octets"))?;
        let name = format!("platen-install-{:016x}", u64::from_le_bytes(random));
        let folder = place.join(name);
        // Fails where somebody laid something there.
        create_private_folder(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder))
    }
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(windows)]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use platen_windows::access;
    access::create_private_folder(folder, &access::own_account()?)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "a folder could not be removed");
        }
    }
}

/// The DER of the one certificate in `text`, when it is an authority for
/// loopback names alone.
fn checked(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let block = pem::parse(text).context("it is no certificate")?;
    if block.tag() != "CERTIFICATE" {
        bail!("it is no certificate");
    }
    let (rest, certificate) = x509_parser::parse_x509_certificate(block.contents())
        .map_err(|error| anyhow!("it is no certificate: {error}"))?;
    if !rest.is_empty() {
        bail!("something follows the certificate");
    }
    if !vouches_for_loopback_alone(&certificate) {
        bail!("it could vouch for other names than this machine's own");
    }
    Ok(block.contents().to_vec())
}

fn vouches_for_loopback_alone(certificate: &X509Certificate<'_>) -> bool {
    let Ok(Some(constraints)) = certificate.name_constraints() else {
        return false;
    };
    let Some(permitted) = &constraints.value.permitted_subtrees else {
        return false;
    };
    let (mut names, mut addresses) = (0, 0);
    for subtree in permitted {
        match &subtree.base {
            GeneralName::DNSName("localhost") => names += 1,
            // Address, then mask (RFC 5280 §4.2.1.10).
            GeneralName::IPAddress([127, 0, 0, 1, 255, 255, 255, 255]) => addresses += 1,
            GeneralName::IPAddress(octets) if is_loopback_v6(octets) => addresses += 1,
            _ => return false,
        }
    }
    // A kind of name that is not mentioned is not constrained.
    constraints.critical && names > 0 && addresses > 0
}

fn is_loopback_v6(octets: &[u8]) -> bool {
    let mut expected = [0xff; 32];
    expected[..15].fill(0);
    expected[15] = 1;
    octets == expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, GeneralSubtree, IsCa, KeyPair, NameConstraints,
    };

    fn authority(permitted: Vec<GeneralSubtree>) -> String {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        if !permitted.is_empty() {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: permitted,
                excluded_subtrees: Vec::new(),
            });
        }
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .pem()
    }

    #[test]
    fn t15_only_an_authority_for_loopback_names_alone_is_ever_trusted() {
        let folder = tempfile::tempdir().unwrap();
        certificate::load_or_make(folder.path(), when::now()).unwrap();
        let ours = fs::read(folder.path().join(CA_FILE)).unwrap();
        checked(&ours).unwrap();
        let dns = |name: &str| GeneralSubtree::DnsName(name.to_owned());
        let address = |text: [u8; 4], prefix| {
            GeneralSubtree::IpAddress(rcgen::CidrSubnet::from_v4_prefix(text, prefix))
        };
        for (what, permitted) in [
            ("no constraints", Vec::new()),
            ("names alone", vec![dns("localhost")]),
            ("addresses alone", vec![address([127, 0, 0, 1], 32)]),
            (
                "another name",
                vec![
                    dns("localhost"),
                    dns("bank.example"),
                    address([127, 0, 0, 1], 32),
                ],
            ),
            (
                "more addresses",
                vec![dns("localhost"), address([0, 0, 0, 0], 0)],
            ),
        ] {
            assert!(checked(authority(permitted).as_bytes()).is_err(), "{what}");
        }
        assert!(checked(b"root:x:0:0").is_err());
    }
}
