//! A shop on the internet, and a person who prints there: the example POS page under an https name
//! that browsers take for a public address, in a browser that is driven.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::machine::{Machine, told};

/// Where the shop is.
pub(crate) const ORIGIN: &str = "https://pos.example:8443";

/// A shop that serves its page inside a machine.
pub(crate) struct Shop {
    server: Child,
}

impl Shop {
    /// Makes its keys, tells the machine of its provisioning file, and has the browsers of the
    /// machine trust its https certificate, as they do those of the internet.
    pub(crate) fn prepare(machine: &Machine) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let sign = told("PLATEN_SIGN_BIN")?;
        let (authority, site) = (folder.path().join("authority"), folder.path().join("site"));
        must(
            Command::new(&sign)
                .args(["ca", "new", "--name", "Example Shop", "--out"])
                .arg(&authority),
        )?;
        must(
            Command::new(&sign)
                .args(["site", "new", "--origin", ORIGIN, "--ca"])
                .arg(&authority)
                .arg("--out")
                .arg(&site),
        )?;
        for name in ["site.pem", "site.key"] {
            machine.write(&format!("/home/shop/{name}"), fs::read(site.join(name))?)?;
        }
        let root = fs::read_to_string(authority.join("ca.pem"))?;
        machine.write("/home/shop/ca.pem", &root)?;
        machine.write("/etc/platen/provision.toml", provisioning(&root))?;
        make_web_certificate(machine)?;
        let hosts = fs::read_to_string(machine.path("/etc/hosts")).unwrap_or_default();
        machine.write(
            "/etc/hosts",
            format!("{hosts}127.0.0.1 localhost pos.example\n::1 localhost\n"),
        )
    }

    /// Serves the page.
    pub(crate) fn open(machine: &Machine) -> Result<Self> {
        let line = format!(
            "exec /opt/node /opt/platen/examples/pos/server.mjs --origin {ORIGIN} --port 8443 \
             --host 0.0.0.0 --ports wss:8181 --certificates /home/shop/site.pem \
             --key /home/shop/site.key --tls-cert /home/shop/web.pem --tls-key /home/shop/web.key"
        );
        let server = machine
            .command(&line)
            .stdout(Stdio::null())
            .spawn()
            .context("the shop's server")?;
        let shop = Self { server };
        machine.until("bash -c 'exec 3<>/dev/tcp/127.0.0.1/8443'")?;
        Ok(shop)
    }

    /// Opens the page in this browser, as a person without rights, and prints; fails where the
    /// browser warns, asks or cannot connect.
    pub(crate) fn print_with(&self, machine: &Machine, browser: &str) -> Result<String> {
        machine.must(&format!(
            "runuser -u person -- env HOME=/home/person /opt/node \
             /opt/platen/tests/install/print.mjs {browser} {ORIGIN}"
        ))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// What an administrator rolls out: who may print, and where.
fn provisioning(root: &str) -> String {
    format!(
        "name = \"Example Shop, tills\"\n\n\
         [[sites]]\nname = \"Point of sale\"\ncertificate = '''\n{root}'''\n\
         origins = [\"{ORIGIN}\"]\ncapabilities = [\"printers\", \"print\", \"status\", \"jobs\"]\n\n\
         [[printers]]\nid = \"kitchen\"\nname = \"Kitchen\"\nuri = \"socket://127.0.0.1:9100\"\n\n\
         [[printers]]\nid = \"bar\"\nname = \"Bar\"\nuri = \"socket://127.0.0.1:9101\"\n"
    )
}

/// A web authority that the machine's browsers know by policies of its own, before Platen comes.
fn make_web_certificate(machine: &Machine) -> Result<()> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "The web");
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate()?;
    let leaf =
        CertificateParams::new(vec!["pos.example".to_owned()])?.signed_by(&leaf_key, &issuer)?;
    machine.write("/home/shop/web.pem", leaf.pem())?;
    machine.write("/home/shop/web.key", leaf_key.serialize_pem())?;
    machine.write("/usr/local/share/web.pem", authority.pem())?;
    let body: String = authority
        .pem()
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    machine.write(
        "/etc/chromium/policies/managed/web.json",
        format!("{{ \"CACertificates\": [\"{body}\"] }}\n"),
    )?;
    machine.write(
        "/etc/firefox/policies/policies.json",
        "{\n\t\"policies\": { \"Certificates\": { \"Install\": [\"/usr/local/share/web.pem\"] } }\n}\n",
    )
}

fn must(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let program = Path::new(command.get_program()).display();
    ensure!(output.status.success(), "{program} failed: {said}");
    Ok(())
}
