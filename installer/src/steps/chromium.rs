//! Policies of Chromium and its relatives: a file of our own beside others.
//!
//! Of two files that set the same list the last by name wins, unless the list
//! is named in `PolicyListMultipleSourceMergeList`: so ours sorts last and
//! names its lists there, and those of others count as before.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::change::Change;
use crate::environment::{Environment, Site};
use crate::machine::Machine;
use crate::plan::{Blocked, Step};
use crate::standing::Standing;

use super::own_file;

/// Our file in each folder of managed policies.
pub const POLICY_FILE: &str = "zz-platen.json";

/// The list of authorities, each with the names it may vouch for.
const AUTHORITIES: &str = "CACertificatesWithConstraints";
/// Sites that may reach loopback: from version 146 on, and before.
pub(super) const SITES: [&str; 2] = [
    "LoopbackNetworkAllowedForUrls",
    "LocalNetworkAccessAllowedForUrls",
];
/// Lists that are joined over all files.
const JOINED: &str = "PolicyListMultipleSourceMergeList";

/// A browser of the Chromium family with policies of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chromium.
    Chromium,
    /// Google Chrome.
    Chrome,
    /// Microsoft Edge.
    Edge,
    /// Brave.
    Brave,
}

impl Browser {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Chromium, Self::Chrome, Self::Edge, Self::Brave];

    /// Its name, for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Chrome => "Chrome",
            Self::Edge => "Edge",
            Self::Brave => "Brave",
        }
    }

    /// Its folder of managed policies.
    #[must_use]
    pub fn policies(self) -> &'static Path {
        Path::new(match self {
            Self::Chromium => "/etc/chromium/policies/managed",
            Self::Chrome => "/etc/opt/chrome/policies/managed",
            Self::Edge => "/etc/opt/edge/policies/managed",
            Self::Brave => "/etc/brave/policies/managed",
        })
    }

    /// Whether the machine has it, or policies for it. Chromium's come also
    /// before the browser, because it is installed when somebody wants it.
    pub(super) fn is_on(self, machine: &dyn Machine) -> bool {
        let signs: &[&str] = match self {
            Self::Chromium => return true,
            Self::Chrome => &["/opt/google/chrome", "/etc/opt/chrome"],
            Self::Edge => &["/opt/microsoft/msedge", "/etc/opt/edge"],
            Self::Brave => &["/opt/brave.com", "/etc/brave"],
        };
        let there = |path: &&str| {
            let standing = machine.look(Path::new(path));
            matches!(standing, Ok(Standing::Folder | Standing::Link { .. }))
        };
        signs.iter().any(there)
    }
}

/// Our policy file of one browser.
#[derive(Debug)]
pub struct ChromiumPolicy(pub Browser);

impl ChromiumPolicy {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.policies().join(POLICY_FILE)
    }
}

impl Step for ChromiumPolicy {
    fn name(&self) -> String {
        format!("{} policies", self.0.as_str())
    }

    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked> {
        let policy = policy(&environment.authority.der, &environment.sites);
        let octets = format!("{policy:#}\n").into_bytes();
        own_file(environment.machine, &self.path(), octets, 0o644)
    }
}

/// What our file says: the authority for loopback names alone, whatever it
/// signs, and the sites that were named.
fn policy(der: &[u8], sites: &[Site]) -> Value {
    let mut policy = Map::new();
    let authority = json!({
        "certificate": STANDARD.encode(der),
        "constraints": {
            "permitted_dns_names": ["localhost"],
            "permitted_cidrs": ["127.0.0.1/32", "::1/128"],
        },
    });
    let mut lists = vec![AUTHORITIES];
    policy.insert(AUTHORITIES.to_owned(), json!([authority]));
    if !sites.is_empty() {
        let patterns: Vec<_> = sites.iter().map(Site::to_chromium).collect();
        for list in SITES {
            policy.insert(list.to_owned(), json!(patterns));
            lists.push(list);
        }
    }
    policy.insert(JOINED.to_owned(), json!(lists));
    Value::Object(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(host: &str, port: Option<u16>, subdomains: bool) -> Site {
        Site {
            host: host.to_owned(),
            port,
            subdomains,
        }
    }

    #[test]
    fn without_sites_the_policy_trusts_the_authority_for_loopback_and_allows_nothing() {
        let policy = policy(b"der", &[]);
        assert_eq!(
            policy,
            json!({
                "CACertificatesWithConstraints": [{
                    "certificate": "ZGVy",
                    "constraints": {
                        "permitted_dns_names": ["localhost"],
                        "permitted_cidrs": ["127.0.0.1/32", "::1/128"],
                    },
                }],
                "PolicyListMultipleSourceMergeList": ["CACertificatesWithConstraints"],
            })
        );
    }

    #[test]
    fn named_sites_may_reach_loopback_and_the_lists_of_others_still_count() {
        let sites = [
            site("pos.example", None, false),
            site("shop.example", Some(8443), true),
        ];
        let policy = policy(b"der", &sites);
        let patterns = json!(["https://pos.example", "https://[*.]shop.example:8443"]);
        for list in SITES {
            assert_eq!(policy[list], patterns);
            let joined = policy[JOINED].as_array().unwrap();
            assert!(joined.contains(&json!(list)));
        }
    }
}
