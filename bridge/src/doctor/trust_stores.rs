//! The places where browsers look for authorities, and whether they trust
//! this machine's own.
//!
//! Looked at, never written: adding and removing is the installer's work.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::Check;
use super::nss::{InStore, look_up};
use crate::paths::{Environment, Platform};

/// Profiles looked at; a person has a few.
const PROFILES_MAX: usize = 32;

/// Folders of NSS stores below a home directory: Chromium and its relatives.
const CHROMIUM_STORES: [&str; 3] = [
    ".pki/nssdb",
    ".local/share/pki/nssdb",
    "snap/chromium/current/.pki/nssdb",
];

/// Folders with Firefox profiles below a home directory.
const FIREFOX_PROFILES: [&str; 4] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
];

/// Managed policies of Chromium and its relatives.
const POLICY_FOLDERS: [&str; 4] = [
    "/etc/chromium/policies/managed",
    "/etc/opt/chrome/policies/managed",
    "/etc/opt/edge/policies/managed",
    "/etc/brave/policies/managed",
];

/// The system's own authorities, for everything but browsers.
const SYSTEM_BUNDLES: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// One place where somebody looks for authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustStore {
    /// Who looks there.
    pub user: StoreUser,
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub verdict: Verdict,
}

/// Who looks for authorities in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreUser {
    /// Chromium, Chrome, Edge of this user.
    Chromium,
    /// Chromium, Chrome, Edge of every user, by policy.
    ChromiumPolicy,
    /// Firefox of this user.
    Firefox,
    /// Programs that are no browsers.
    System,
}

impl StoreUser {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium, Chrome, Edge",
            Self::ChromiumPolicy => "Chromium, Chrome, Edge (policy)",
            Self::Firefox => "Firefox",
            Self::System => "other programs",
        }
    }
}

/// Whether a store trusts the authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Trusted,
    /// It holds it, without trusting it for servers.
    Untrusted,
    /// It does not know it.
    Absent,
    /// It could not be read.
    Unreadable(String),
}

/// Every store of this user and this machine, with what it says about the
/// authority `der`.
#[must_use]
pub fn find(der: &[u8], environment: &Environment) -> Vec<TrustStore> {
    // On macOS and Windows browsers ask the system's own store, which is no
    // file to read.
    if environment.platform != Platform::Linux {
        return Vec::new();
    }
    let mut stores = Vec::new();
    if let Some(home) = &environment.home {
        for folder in CHROMIUM_STORES {
            stores.extend(nss(StoreUser::Chromium, &home.join(folder), der));
        }
        for folder in FIREFOX_PROFILES {
            let profiles = std::fs::read_dir(home.join(folder)).into_iter().flatten();
            for profile in profiles.flatten().take(PROFILES_MAX) {
                stores.extend(nss(StoreUser::Firefox, &profile.path(), der));
            }
        }
    }
    let policies = POLICY_FOLDERS.iter().map(Path::new);
    stores.extend(policies.filter_map(|folder| policy(folder, der)));
    let bundles = SYSTEM_BUNDLES.iter().map(Path::new);
    stores.extend(bundles.filter_map(|file| bundle(file, der)));
    stores
}

/// DER of an authority kept as PEM.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn authority(ca_file: &Path) -> std::io::Result<Vec<u8>> {
    let text = std::fs::read(ca_file)?;
    let block = pem::parse(text).map_err(std::io::Error::other)?;
    Ok(block.into_contents())
}

fn nss(user: StoreUser, folder: &Path, der: &[u8]) -> Option<TrustStore> {
    let file = folder.join("cert9.db");
    if !file.is_file() {
        return None;
    }
    let verdict = match look_up(&file, der) {
        Ok(InStore::Trusted) => Verdict::Trusted,
        Ok(InStore::Untrusted) => Verdict::Untrusted,
        Ok(InStore::Absent) => Verdict::Absent,
        Err(error) => Verdict::Unreadable(error.to_string()),
    };
    Some(TrustStore {
        user,
        path: folder.to_owned(),
        verdict,
    })
}

/// The policies `CACertificates`, a list of base64 of DER, and
/// `CACertificatesWithConstraints`, a list of objects with such. Folders where
/// no file says anything about authorities are no trust store.
fn policy(folder: &Path, der: &[u8]) -> Option<TrustStore> {
    let ours = STANDARD.encode(der);
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let lists: Vec<serde_json::Value> = files
        .filter_map(|file| std::fs::read(file.path()).ok())
        .filter_map(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
        .flat_map(|mut policy| {
            let lists = ["CACertificates", "CACertificatesWithConstraints"];
            lists.map(|list| Some(policy.get_mut(list)?.take()))
        })
        .flatten()
        .collect();
    if lists.is_empty() {
        return None;
    }
    let mut named = lists.iter().filter_map(|list| list.as_array()).flatten();
    let is_ours = |item: &serde_json::Value| *item == ours.as_str();
    let verdict = if named.any(|item| is_ours(item) || item.get("certificate").is_some_and(is_ours))
    {
        Verdict::Trusted
    } else {
        Verdict::Absent
    };
    Some(TrustStore {
        user: StoreUser::ChromiumPolicy,
        path: folder.to_owned(),
        verdict,
    })
}

fn bundle(file: &Path, der: &[u8]) -> Option<TrustStore> {
    let text = std::fs::read(file).ok()?;
    let verdict = match pem::parse_many(&text) {
        Ok(blocks) if blocks.iter().any(|block| block.contents() == der) => Verdict::Trusted,
        Ok(_) => Verdict::Absent,
        Err(error) => Verdict::Unreadable(error.to_string()),
    };
    Some(TrustStore {
        user: StoreUser::System,
        path: file.to_owned(),
        verdict,
    })
}

pub(super) fn examine(ca_file: &Path, environment: &Environment) -> Vec<Check> {
    let der = match authority(ca_file) {
        Ok(der) => der,
        Err(error) => {
            return vec![Check::fail(
                "certificate",
                format!("{} cannot be read: {error}", ca_file.display()),
                "`platen cert renew` makes a new one",
            )];
        }
    };
    let stores = find(&der, environment);
    let by_policy = by_policy(&stores);
    let checks = stores
        .into_iter()
        .filter(|store| store.user != StoreUser::System)
        .filter(|store| store.verdict == Verdict::Trusted || !by_policy.contains(&store.user))
        .map(|store| check(&store, ca_file, environment));
    #[cfg(target_os = "linux")]
    let checks = checks.chain(super::installation::examine(Path::new("/"), &der));
    let checks: Vec<_> = checks.collect();
    if checks.is_empty() {
        return vec![Check::warn(
            "trust store",
            "no browser of this user has one yet",
            "nothing, where pages use ws; else start the browser once, then run `platen doctor` again",
        )];
    }
    checks
}

/// Who trusts the authority by a policy of the machine, whatever the user's own
/// stores say.
fn by_policy(stores: &[TrustStore]) -> Vec<StoreUser> {
    let mut users = Vec::new();
    let trusts = |store: &TrustStore| {
        store.user == StoreUser::ChromiumPolicy && store.verdict == Verdict::Trusted
    };
    if stores.iter().any(trusts) {
        users.push(StoreUser::Chromium);
    }
    #[cfg(target_os = "linux")]
    if super::installation::firefox_trusts(Path::new("/")) {
        users.push(StoreUser::Firefox);
    }
    users
}

fn check(store: &TrustStore, ca_file: &Path, environment: &Environment) -> Check {
    const NAME: &str = "trust store";
    let place = format!("{} in {}", store.user.as_str(), store.path.display());
    match &store.verdict {
        Verdict::Trusted => Check::ok(NAME, format!("{place} trusts our certificate")),
        Verdict::Untrusted | Verdict::Absent => Check::warn(
            NAME,
            format!("{place} does not trust our certificate: ws works there, wss does not"),
            how_to_add(store, ca_file, environment),
        ),
        Verdict::Unreadable(error) => Check::warn(
            NAME,
            format!("{place} cannot be read: {error}"),
            "close the browser, then run `platen doctor` again",
        ),
    }
}

fn how_to_add(store: &TrustStore, ca_file: &Path, environment: &Environment) -> String {
    if store.user == StoreUser::ChromiumPolicy {
        return "`sudo platen install --system` adds a policy file of our own".to_owned();
    }
    let command = format!(
        "`certutil -d sql:{} -A -t C,, -n 'Platen, this machine only' -i {}`, then restart the browser",
        store.path.display(),
        ca_file.display()
    );
    match environment.find_program("certutil") {
        Some(_) => format!("`platen install --user` adds it; by hand: {command}"),
        None => format!("install certutil (libnss3-tools), then {command}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::nss::tests::{TRUSTED, store_with};
    use super::*;

    #[test]
    fn the_stores_of_a_home_are_found_and_asked() {
        let home = tempfile::tempdir().unwrap();
        let chromium = home.path().join(".pki/nssdb");
        let firefox = home.path().join(".mozilla/firefox/abc.default");
        for (folder, der) in [(&chromium, b"ours"), (&firefox, b"else")] {
            std::fs::create_dir_all(folder).unwrap();
            store_with(&folder.join("cert9.db"), der, Some(TRUSTED));
        }
        std::fs::write(home.path().join(".mozilla/firefox/profiles.ini"), "").unwrap();
        let environment = Environment::read(Platform::Linux, false, |name| {
            (name == "HOME").then(|| home.path().into())
        });
        let found: Vec<_> = find(b"ours", &environment)
            .into_iter()
            .filter(|store| store.path.starts_with(home.path()))
            .map(|store| (store.path, store.verdict))
            .collect();
        assert_eq!(
            found,
            [(chromium, Verdict::Trusted), (firefox, Verdict::Absent)]
        );
    }

    #[test]
    fn a_policy_that_names_the_authority_is_found() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(policy(folder.path(), b"ours"), None);
        let after = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            policy(folder.path(), b"ours").map(|store| store.verdict)
        };
        let absent = Some(Verdict::Absent);
        let trusted = Some(Verdict::Trusted);
        assert_eq!(after("a.json", r#"{"HomepageLocation":"https://x"}"#), None);
        assert_eq!(after("b.json", r#"{"CACertificates":["AAAA"]}"#), absent);
        assert_eq!(
            after("c.json", r#"{"CACertificates":["b3Vycw=="]}"#),
            trusted
        );
        std::fs::remove_file(folder.path().join("c.json")).unwrap();
        assert_eq!(
            after(
                "d.json",
                r#"{"CACertificatesWithConstraints":[{"certificate":"b3Vycw=="}]}"#
            ),
            trusted
        );
    }
}
