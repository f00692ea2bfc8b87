//! Whether what an installation put in place is there, and counts.
//!
//! Of policy files others may be read after ours, or have replaced ours: each
//! check names the file that wins and what mends it. Only looks.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_installer::steps::{Browser, FIREFOX_POLICIES, POLICY_FILE};
use serde_json::Value;

use super::Check;

const NAME: &str = "installation";
/// Does again what the installation did.
const REPAIR: &str = "`sudo platen install --system --repair` mends it";
/// Our public copy of the authority, which policies name.
const AUTHORITY_FILE: &str = "/etc/platen/ca.pem";
const AUTHORITIES: &str = "CACertificatesWithConstraints";
const JOINED: &str = "PolicyListMultipleSourceMergeList";
/// Lists that our policy file may set, with what it means when they do not count.
const LISTS: [(&str, &str); 3] = [
    (AUTHORITIES, "our certificate is not trusted"),
    (
        "LoopbackNetworkAllowedForUrls",
        "pages that were allowed must ask",
    ),
    (
        "LocalNetworkAccessAllowedForUrls",
        "pages that were allowed must ask before version 146",
    ),
];
/// Sites that may not reach this machine, whatever else is said.
const BLOCKED: &str = "LoopbackNetworkBlockedForUrls";

/// Looks at policies and stores of the whole machine, below `root`; `der` is
/// the authority that the agent serves with.
pub(super) fn examine(root: &Path, der: &[u8]) -> Vec<Check> {
    let place = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
    let authority = place(Path::new(AUTHORITY_FILE));
    // Without it nothing was installed for the whole machine.
    let Ok(text) = std::fs::read(&authority) else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    if pem::parse(text).is_ok_and(|block| block.contents() != der) {
        checks.push(Check::fail(
            NAME,
            format!("{AUTHORITY_FILE} is another certificate than the agent serves with: browsers trust the wrong one"),
            REPAIR,
        ));
    }
    for browser in Browser::ALL {
        checks.extend(chromium(browser, &place(browser.policies()), der));
    }
    checks.push(firefox(&place(Path::new(FIREFOX_POLICIES))));
    checks
}

/// Whether Firefox's policies trust our authority.
pub(super) fn firefox_trusts(root: &Path) -> bool {
    let path = Path::new(FIREFOX_POLICIES);
    let file = root.join(path.strip_prefix("/").unwrap_or(path));
    std::fs::read(file).is_ok_and(|text| names_authority(&text) == Some(true))
}

fn chromium(browser: Browser, folder: &Path, der: &[u8]) -> Vec<Check> {
    let files = policies(folder);
    let Some(at) = files.iter().position(Policy::is_ours) else {
        // Where the browser came later than we.
        return if browser == Browser::Chromium || folder.is_dir() {
            vec![Check::warn(
                NAME,
                format!(
                    "{}: our policy file {POLICY_FILE} is not in {}",
                    browser.as_str(),
                    folder.display()
                ),
                REPAIR,
            )]
        } else {
            Vec::new()
        };
    };
    let mut checks = Vec::new();
    let ours = &files[at];
    if !ours.names(der) {
        checks.push(Check::fail(
            NAME,
            format!(
                "{}: {} does not name the agent's certificate",
                browser.as_str(),
                ours.path.display()
            ),
            REPAIR,
        ));
    }
    for file in files
        .iter()
        .filter(|file| file.value.get(BLOCKED).is_some())
    {
        checks.push(Check::warn(
            NAME,
            format!(
                "{}: {} sets {BLOCKED}, which counts more than any permission",
                browser.as_str(),
                file.path.display()
            ),
            "take the sites that print out of it",
        ));
    }
    let joined = joined_lists(&files);
    let later = &files[at + 1..];
    for (list, means) in LISTS {
        let set = |file: &&Policy| file.value.get(list).is_some();
        let Some(winner) = later.iter().rev().find(set) else {
            continue;
        };
        if ours.value.get(list).is_none()
            || joined.names.iter().any(|name| name == list || name == "*")
        {
            continue;
        }
        let by = joined.by.unwrap_or(&winner.path);
        checks.push(Check::fail(
            NAME,
            format!(
                "{}: {} sets {list} and is read after ours, so that only its list counts: {means}",
                browser.as_str(),
                winner.path.display()
            ),
            format!("add \"{list}\" to {JOINED} in {}, or rename it so that it sorts before {POLICY_FILE}", by.display()),
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok(
            NAME,
            format!("{}: {} counts", browser.as_str(), ours.path.display()),
        ));
    }
    checks
}

#[derive(Debug)]
struct Policy {
    path: PathBuf,
    value: Value,
}

impl Policy {
    fn is_ours(&self) -> bool {
        self.path.ends_with(POLICY_FILE)
    }

    fn names(&self, der: &[u8]) -> bool {
        let ours = STANDARD.encode(der);
        let list = self.value.get(AUTHORITIES).and_then(Value::as_array);
        let mut entries = list.into_iter().flatten();
        entries.any(|entry| entry["certificate"] == ours.as_str())
    }
}

/// What can be read in a folder of policies, in the order in which it counts:
/// the last wins.
fn policies(folder: &Path) -> Vec<Policy> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
            Some(Policy { path, value })
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

struct Joined<'p> {
    names: Vec<String>,
    by: Option<&'p Path>,
}

/// The lists that are joined: this list itself is not, its last file counts.
fn joined_lists(files: &[Policy]) -> Joined<'_> {
    let last = files
        .iter()
        .rev()
        .find(|file| file.value.get(JOINED).is_some());
    let list = last.and_then(|file| file.value[JOINED].as_array());
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    Joined {
        names: names.map(str::to_owned).collect(),
        by: last.map(|file| file.path.as_path()),
    }
}

fn firefox(file: &Path) -> Check {
    let shown = file.display();
    let fail = |what: String| Check::fail(NAME, what, REPAIR);
    match std::fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => fail(format!(
            "Firefox: {shown} is gone, and with it the trust in our certificate"
        )),
        Err(error) => Check::warn(
            NAME,
            format!("Firefox: {shown} cannot be read: {error}"),
            "ask as root",
        ),
        Ok(text) => match names_authority(&text) {
            Some(true) => Check::ok(NAME, format!("Firefox: {shown} trusts our certificate")),
            Some(false) => fail(format!(
                "Firefox: {shown} was replaced: it does not name {AUTHORITY_FILE} in Certificates.Install, so Firefox does not trust our certificate"
            )),
            None => Check::fail(
                NAME,
                format!("Firefox: {shown} is no JSON, so Firefox takes none of its policies"),
                format!("correct it, then {REPAIR}"),
            ),
        },
    }
}

fn names_authority(text: &[u8]) -> Option<bool> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let list = value["policies"]["Certificates"]["Install"].as_array();
    let mut items = list.into_iter().flatten();
    Some(items.any(|item| item == AUTHORITY_FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckResult;
    use serde_json::json;

    struct Machine(tempfile::TempDir);

    impl Machine {
        /// As an installation for the whole machine leaves it.
        fn installed() -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            let pem = pem::encode(&pem::Pem::new("CERTIFICATE", b"ours".to_vec()));
            machine.write("etc/platen/ca.pem", &pem);
            machine.policy(
                "zz-platen.json",
                &json!({
                    AUTHORITIES: [{"certificate": STANDARD.encode(b"ours")}],
                    "LoopbackNetworkAllowedForUrls": ["https://pos.example"],
                    JOINED: [AUTHORITIES, "LoopbackNetworkAllowedForUrls"],
                }),
            );
            machine.write(
                "etc/firefox/policies/policies.json",
                &json!({"policies": {"Certificates": {"Install": [AUTHORITY_FILE]}}}).to_string(),
            );
            machine
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn policy(&self, name: &str, value: &Value) {
            self.write(
                &format!("etc/chromium/policies/managed/{name}"),
                &value.to_string(),
            );
        }

        /// What is wrong, each with what mends it.
        fn wrong(&self, der: &[u8]) -> Vec<String> {
            let checks = examine(self.0.path(), der).into_iter();
            checks
                .filter(|check| check.result != CheckResult::Ok)
                .map(|check| format!("{} -> {}", check.what, check.next.unwrap_or_default()))
                .collect()
        }
    }

    #[test]
    fn what_is_installed_is_found_in_order_and_without_an_installation_nothing_is_said() {
        assert!(Machine::installed().wrong(b"ours").is_empty());
        let bare = tempfile::tempdir().unwrap();
        assert!(examine(bare.path(), b"ours").is_empty());
    }

    #[test]
    fn a_policy_file_that_wins_over_ours_is_named_unless_the_lists_are_joined() {
        let machine = Machine::installed();
        let list = json!({"LoopbackNetworkAllowedForUrls": ["https://theirs.example"]});
        machine.policy("zzz-other.json", &list);
        assert!(machine.wrong(b"ours").is_empty(), "joined by our file");
        machine.policy(
            "zzz-other.json",
            &json!({
                "LoopbackNetworkAllowedForUrls": ["https://theirs.example"],
                JOINED: ["SomethingElse"],
            }),
        );
        let wrong = machine.wrong(b"ours");
        let [only] = wrong.as_slice() else {
            panic!("{wrong:?}");
        };
        assert!(
            only.contains("zzz-other.json sets LoopbackNetworkAllowedForUrls"),
            "{only}"
        );
        assert!(only.contains("must ask"), "{only}");
        machine.policy("aa-first.json", &json!({BLOCKED: ["https://pos.example"]}));
        assert_eq!(machine.wrong(b"ours").len(), 2);
    }

    #[test]
    fn policies_of_firefox_that_were_replaced_are_named() {
        let machine = Machine::installed();
        let check = |text: &str, expected: &str| {
            machine.write("etc/firefox/policies/policies.json", text);
            let wrong = machine.wrong(b"ours");
            assert!(wrong.len() == 1 && wrong[0].contains(expected), "{wrong:?}");
            assert!(
                wrong[0].contains("platen install --system --repair"),
                "{wrong:?}"
            );
        };
        check("{\"policies\": {}}", "was replaced");
        check("not json", "is no JSON");
    }

    #[test]
    fn another_certificate_than_the_agents_is_named_wherever_it_is_trusted() {
        let wrong = Machine::installed().wrong(b"another");
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
