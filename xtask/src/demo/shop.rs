//! The shop of the demo: keys, trust, the bridge with one built-in printer, and the page's server.
//!
//! The steps are those of a site owner who reads the README: make a root, make the site's
//! certificate from it, tell the machine to trust it, serve a page that signs.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::child::Running;
use crate::command::{command, succeeds};
use crate::end_to_end::with_programs;
use crate::workspace::Workspace;

/// Tried first, so that the address stays the same from one demo to the next.
const PAGE_PORT: u16 = 4180;

/// How many ports after it are tried when others have them.
const PAGE_PORTS: u16 = 20;

/// How long a program may take until it answers: an unoptimized build on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What the page may do. Not `raw-commands`: the receipt opens no drawer.
const CAPABILITIES: &str = "printers,print,status,jobs";

/// Everything that runs for the demo. Dropping it ends the programs, the page's server first.
pub(super) struct Shop {
    page: Running,
    bridge: Running,
    origin: String,
    receipts: PathBuf,
}

impl Shop {
    /// Sets up what is missing in the folder and starts the programs; answers when all are ready.
    pub(super) fn open(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let tools = Tools { workspace, folder };
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let port = free_port()?;
        let origin = format!("http://localhost:{port}");
        tools.make_keys(&origin)?;
        let mut bridge = tools.start_bridge()?;
        bridge.wait_until(START_LIMIT, || tools.bridge_answers())?;
        tools.trust(&origin)?;
        let mut page = tools.start_page(&origin, port)?;
        page.wait_until(START_LIMIT, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        })?;
        Ok(Self {
            page,
            bridge,
            origin,
            receipts: tools.receipts(),
        })
    }

    /// The page's address.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The folder of the built-in printer.
    pub(super) fn receipts(&self) -> &Path {
        &self.receipts
    }

    /// Fails when one of the programs has ended.
    pub(super) fn check_running(&mut self) -> Result<()> {
        self.bridge.check()?;
        self.page.check()
    }
}

/// The programs of this workspace, working in the demo's folder.
struct Tools<'a> {
    workspace: &'a Workspace,
    folder: &'a Path,
}

impl Tools<'_> {
    fn authority(&self) -> PathBuf {
        self.folder.join("authority")
    }

    fn site(&self) -> PathBuf {
        self.folder.join("site")
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn receipts(&self) -> PathBuf {
        self.folder.join("receipts")
    }

    /// The root once; the site's certificate each time, because it names the port.
    fn make_keys(&self, origin: &str) -> Result<()> {
        let authority = self.authority();
        if !authority.join("ca.pem").is_file() {
            self.silently(
                self.sign(&["ca", "new", "--name", "Demo CA", "--out"])
                    .arg(&authority),
            )?;
        }
        let site = self.site();
        if site.exists() {
            fs::remove_dir_all(&site).with_context(|| format!("removing {}", site.display()))?;
        }
        self.silently(
            self.sign(&["site", "new", "--origin", origin, "--ca"])
                .arg(&authority)
                .arg("--out")
                .arg(&site),
        )
    }

    fn start_bridge(&self) -> Result<Running> {
        let config = self.folder.join("platen.toml");
        // Paths in TOML's literal strings: no backslash means anything in them.
        let text = format!(
            "# Written by `cargo xtask demo`.\n\n[virtual]\nfolder = '{}'\n\n[[printers]]\nname = \"Receipts\"\nuri = \"virtual:\"\n",
            self.receipts().display()
        );
        fs::write(&config, text).with_context(|| format!("writing {}", config.display()))?;
        let mut bridge = self.platen(&["run"]);
        Running::start(
            "the bridge",
            with_programs(self.workspace, bridge.arg("--config").arg(&config)),
        )
    }

    fn bridge_answers(&self) -> bool {
        succeeds(&mut self.platen(&["status", "--json"]), START_LIMIT)
    }

    fn trust(&self, origin: &str) -> Result<()> {
        let mut add = self.platen(&["trust", "add"]);
        add.arg(self.authority().join("ca.pem"));
        self.silently(add.args(["--origin", origin, "--capability", CAPABILITIES, "--json"]))
    }

    fn start_page(&self, origin: &str, port: u16) -> Result<Running> {
        let mut node = command(self.workspace, "node");
        node.args(["examples/pos/server.mjs", "--origin", origin])
            .args(["--port", &port.to_string()])
            .arg("--certificates")
            .arg(self.site().join("site.pem"))
            .arg("--key")
            .arg(self.site().join("site.key"));
        Running::start("the page's server", &mut node)
    }

    fn sign(&self, arguments: &[&str]) -> Command {
        let mut sign = command(self.workspace, self.workspace.program("platen-sign"));
        sign.args(arguments);
        sign
    }

    fn platen(&self, arguments: &[&str]) -> Command {
        let mut platen = command(self.workspace, self.workspace.program("platen"));
        platen.args(arguments).arg("--state").arg(self.state());
        platen
    }

    /// Runs a step whose results go to files; its talk is shown only when it fails.
    fn silently(&self, step: &mut Command) -> Result<()> {
        let output = step
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {:?}", step.get_program()))?;
        if !output.status.success() {
            bail!(
                "setting up the demo in {} failed: {}\n{}",
                self.folder.display(),
                step.get_program().to_string_lossy(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }
}

/// The demo's port, or the next that nobody has.
fn free_port() -> Result<u16> {
    (PAGE_PORT..PAGE_PORT + PAGE_PORTS)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .with_context(|| {
            format!("no port from {PAGE_PORT} on is free for the page; end what listens there")
        })
}
