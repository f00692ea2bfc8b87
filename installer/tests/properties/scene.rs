//! Random machines, and random wishes for them.

use std::fs;
use std::path::Path;

use platen_installer::{
    AuthorityCertificate, Command, Environment, Machine, NewFile, Place, Platform, RegistryData,
    Scope, Site, Windows as _,
};
use proptest::prelude::*;

use crate::machine::{Fault, TestMachine};

/// What stood on the machine before, and what is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) system: bool,
    windows: bool,
    /// Which steps are done, by their place in the list.
    pub(crate) steps: u16,
    sites: u16,
    provision: bool,
    service: bool,
    /// Which of the files of [`PRIOR`] are there, and with which contents.
    prior: Vec<Option<usize>>,
    /// Which of the values of [`REGISTRY`] are there.
    registry: Vec<bool>,
}

/// Values that others may have set, in keys and with names as ours: the last
/// of them with a name of ours.
const REGISTRY: [(&str, &str); 4] = [
    (r"SOFTWARE\Policies", "0"),
    (r"SOFTWARE\Policies\Google\Chrome", "HomepageLocation"),
    (
        r"SOFTWARE\Policies\Google\Chrome\LoopbackNetworkAllowedForUrls",
        "1",
    ),
    (
        r"SOFTWARE\Policies\Microsoft\Edge\LoopbackNetworkAllowedForUrls",
        "78211",
    ),
];

/// Files that others may have written, with contents they may have.
const PRIOR: [(&str, &[&str]); 12] = [
    (
        "/etc/firefox/policies/policies.json",
        &[
            "{}",
            "no json",
            "{\"policies\": {\"DisableTelemetry\": true}}",
            "{\"policies\":{\"Certificates\":{\"Install\":[\"/theirs.pem\",\"/etc/platen/ca.pem\"]}}}",
            "{\"policies\":{\"Certificates\":{\"ImportEnterpriseRoots\":true}}}",
            "{\"policies\":{\"LocalNetworkAccess\":{\"SkipDomains\":[\"site0.example\"]}}}",
            "[1]",
        ],
    ),
    (
        "/usr/lib/firefox-esr/distribution/policies.json",
        &["{\"policies\":{\"DontCheckDefaultBrowser\":true}}"],
    ),
    (
        "/etc/chromium/policies/managed/zz-platen.json",
        &["{}", "somebody's"],
    ),
    ("/etc/chromium/policies/managed/other.json", &["{}"]),
    ("/etc/opt/chrome/policies/managed/other.json", &["{}"]),
    ("/etc/brave/nothing", &[""]),
    ("/etc/platen/ca.pem", &["an older one"]),
    ("/etc/platen/provision.toml", &["# by hand\n"]),
    ("/usr/local/share/ca-certificates/shop.crt", &["shop\n"]),
    (
        "/home/mo/.pki/nssdb/cert9.db",
        &["", "Their CA|CT,C,|AAAA\n"],
    ),
    (
        "/home/mo/.local/share/pki/nssdb/cert9.db",
        &["Platen, this machine only|,,|Zm9ybWVy\n"],
    ),
    (
        "/home/mo/.mozilla/firefox/a.default/cert9.db",
        &[
            "Their CA|CT,C,|AAAA\n",
            "Platen, this machine only|C,,|b3Vycw==\n",
        ],
    ),
];

pub(crate) fn scenes() -> impl Strategy<Value = Scene> {
    let prior: Vec<_> = PRIOR
        .iter()
        .map(|(_, contents)| proptest::option::of(0..contents.len()))
        .collect();
    let wishes = (
        any::<[bool; 2]>(),
        any::<u16>(),
        0..3u16,
        any::<bool>(),
        any::<bool>(),
    );
    let registry = proptest::collection::vec(any::<bool>(), REGISTRY.len());
    (wishes, prior, registry).prop_map(
        |(([system, windows], steps, sites, provision, service), prior, registry)| Scene {
            system,
            windows,
            // Half of the time all of them.
            steps: if steps & 1 == 1 { u16::MAX } else { steps },
            sites,
            provision,
            service,
            prior,
            registry,
        },
    )
}

impl Scene {
    /// Puts the machine below `root`.
    pub(crate) fn build(&self, root: &Path) {
        let write = |path: &str, text: &str| {
            let path = root.join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("/var/lib/dpkg/status", "");
        write("/etc/ssl/certs/ca-certificates.crt", "");
        write("/etc/systemd/system/other.service", "");
        write("/home/mo/.profile", "");
        fs::create_dir_all(root.join("run/systemd/system")).unwrap();
        fs::create_dir_all(root.join("registry/SOFTWARE")).unwrap();
        for ((path, contents), which) in PRIOR.iter().zip(&self.prior) {
            if let Some(which) = which {
                write(path, contents[*which]);
            }
        }
        let machine = TestMachine::new(root, Fault::None);
        machine
            .run(&Command::new("update-ca-certificates"))
            .unwrap();
        let chosen = REGISTRY.iter().zip(&self.registry);
        for ((key, name), _) in chosen.filter(|(_, chosen)| **chosen) {
            let theirs = RegistryData::of_text("theirs");
            machine.set_value(key, name, &theirs).unwrap();
        }
    }

    /// What is wanted. `fresh`: the machine has no certificate yet.
    pub(crate) fn environment<'m>(
        &self,
        machine: &'m dyn Machine,
        fresh: bool,
        more_sites: u16,
    ) -> Environment<'m> {
        let (scope, state) = if self.system {
            (Scope::System, "/var/lib/platen")
        } else {
            let home = "/home/mo".into();
            (Scope::User { home }, "/home/mo/.local/state/platen")
        };
        let new_file = |name: &str, mode| NewFile {
            name: name.to_owned(),
            octets: b"made".to_vec(),
            mode,
        };
        let site = |number| Site {
            host: format!("site{number}.example"),
            port: None,
            subdomains: false,
        };
        Environment {
            machine,
            platform: if self.windows {
                Platform::Windows
            } else {
                Platform::Unix
            },
            scope,
            state: state.into(),
            authority: AuthorityCertificate {
                der: b"ours".to_vec(),
                new_files: if fresh {
                    vec![new_file("ca.pem", 0o644), new_file("server.pem", 0o600)]
                } else {
                    Vec::new()
                },
            },
            sites: (0..self.sites + more_sites).map(site).collect(),
            provision: self.provision.then(|| Place {
                path: "/etc/platen/provision.toml".into(),
                octets: b"[agent]\n".to_vec(),
                mode: 0o644,
            }),
            places: vec![Place {
                path: "/etc/systemd/system/platen.service".into(),
                octets: b"[Service]\n".to_vec(),
                mode: 0o644,
            }],
            service: self.service,
        }
    }
}
