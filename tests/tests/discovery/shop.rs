//! Two machines on one network, without hardware: network namespaces with a
//! cable between them. The agent is in one, what it finds in the other.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use platen_tests::program;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Longer than anything here takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// Where the agent is.
pub(crate) const AGENT: &str = "10.77.0.1";
/// Where the printer is at first.
pub(crate) const PRINTER: &str = "10.77.0.2";
/// Another machine beside it, and one behind it, which is no neighbor.
pub(crate) const NEIGHBOR: &str = "10.77.0.9";
pub(crate) const REMOTE: &str = "10.88.0.2";

const UUID: &str = "12345678-9abc-def0-1234-56789abcdef0";

/// The network, the agent, and the printer's machine. Gone when dropped.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    agent: String,
    printer: String,
    children: Vec<Child>,
}

async fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().await?;
    ensure!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn ip(arguments: &str) -> Result<()> {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    run("ip", &arguments).await.map(drop)
}

/// Asks again until `look` has it.
pub(crate) async fn eventually<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> Result<T> {
    let found = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, found)
        .await
        .with_context(|| format!("{what} did not come"))?
}

/// What the machine that tests has plugged in is not the test's.
pub(crate) fn is_on_the_network(printer: &Value) -> bool {
    printer["sources"].to_string().contains("mdns")
}

impl Shop {
    /// The network with the agent on it.
    pub(crate) async fn open() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        ensure!(
            rustix::process::geteuid().is_root(),
            "network namespaces are root's to make: run this as root, or under `unshare --map-root-user --net --mount`"
        );
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |side: &str| format!("pl{side}{}x{number}", std::process::id());
        let (agent, printer) = (name("a"), name("p"));
        let mut shop = Self {
            folder: tempfile::tempdir()?,
            agent: agent.clone(),
            printer: printer.clone(),
            children: Vec::new(),
        };
        for command in [
            format!("netns add {agent}"),
            format!("netns add {printer}"),
            format!("link add net0 netns {agent} type veth peer name net0 netns {printer}"),
            format!("-n {agent} addr add {AGENT}/24 dev net0"),
            format!("-n {printer} addr add {PRINTER}/24 dev net0"),
            format!("-n {printer} addr add {NEIGHBOR}/24 dev net0"),
            format!("-n {printer} addr add {REMOTE}/24 dev lo"),
            format!("-n {agent} link set lo up"),
            format!("-n {printer} link set lo up"),
            format!("-n {agent} link set net0 up"),
            format!("-n {printer} link set net0 up"),
            format!("-n {agent} route add 10.88.0.0/24 via {PRINTER}"),
            format!("-n {printer} route add 224.0.0.0/4 dev net0"),
        ] {
            ip(&command).await?;
        }
        let config = "[listen]\nwss_ports = [8181]\nws_ports = [8182]\n[cups]\ndiscover = false\n\
                      [log]\nlevel = 'info'\n";
        std::fs::write(shop.path("platen.toml"), config)?;
        let platen = program::built("platen", "PLATEN_BIN")?;
        let mut run = shop.inside(&shop.agent, &platen);
        run.args(["run", "--config"]).arg(shop.path("platen.toml"));
        run.arg("--state").arg(shop.path("state"));
        shop.start(run, "agent")?;
        eventually("the agent", || async {
            Ok(shop.verb(&["status"]).await.ok())
        })
        .await?;
        Ok(shop)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn inside(&self, namespace: &str, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program);
        command
            .env_remove("PLATEN_CONFIG")
            .env_remove("PLATEN_STATE");
        command.env(
            "DBUS_SYSTEM_BUS_ADDRESS",
            format!("unix:path={}", self.path("bus").display()),
        );
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn start(&mut self, mut command: Command, name: &str) -> Result<()> {
        let log = std::fs::File::create(self.path(&format!("{name}.log")))?;
        command.stdout(log.try_clone()?).stderr(log);
        self.children
            .push(command.spawn().with_context(|| name.to_owned())?);
        Ok(())
    }

    /// What a program logged.
    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.log"))).unwrap_or_default()
    }

    /// Runs a verb of the command line and returns what it says.
    pub(crate) async fn verb(&self, arguments: &[&str]) -> Result<String> {
        let platen = program::built("platen", "PLATEN_BIN")?;
        let output = Command::new(platen)
            .args(arguments)
            .arg("--config")
            .arg(self.path("platen.toml"))
            .arg("--state")
            .arg(self.path("state"))
            .output()
            .await?;
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "platen {arguments:?}: {talk}\n{}",
            self.log("agent")
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The same, as JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let said = self.verb(&[arguments, &["--json"]].concat()).await?;
        Ok(serde_json::from_str(&said)?)
    }

    /// Looks for two seconds.
    pub(crate) async fn found(&self) -> Result<Vec<Value>> {
        let found = self.json(&["printers", "discover", "--wait", "2"]).await?;
        let mut found = found["printers"].as_array().context("a list")?.clone();
        found.retain(is_on_the_network);
        Ok(found)
    }

    /// Where a printer is, as the agent knows.
    pub(crate) async fn device_of(&self, id: &str) -> Result<String> {
        let printers = self.json(&["printers"]).await?;
        let all = printers.as_array().context("a list")?;
        let found = all.iter().find(|detail| detail["printer"]["printer"] == id);
        let uri = found.and_then(|detail| detail["uri"].as_str());
        Ok(uri
            .with_context(|| format!("no {id} among {printers}"))?
            .to_owned())
    }

    /// Starts a private avahi for the printer's machine.
    pub(crate) async fn avahi(&mut self) -> Result<()> {
        let bus = self.path("bus");
        std::fs::write(
            self.path("bus.conf"),
            format!(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n \
                 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
                 <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\n\
                 <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\n\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/><allow user=\"*\"/></policy></busconfig>\n",
                bus.display()
            ),
        )?;
        std::fs::write(
            self.path("avahi.conf"),
            "[server]\nhost-name=dock\nuse-ipv4=yes\nuse-ipv6=yes\nallow-interfaces=net0\n\
             [publish]\npublish-workstation=no\npublish-hinfo=no\n",
        )?;
        let mut dbus = self.inside(&self.printer, Path::new("dbus-daemon"));
        dbus.arg("--config-file")
            .arg(self.path("bus.conf"))
            .arg("--nofork");
        self.start(dbus, "dbus")?;
        eventually("the bus", || async { Ok(bus.exists().then_some(())) }).await?;
        // A file system of its own for what it writes to /run: the machine may
        // have an avahi of its own.
        let script = "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon && exec avahi-daemon \
                      --no-drop-root --no-chroot --no-rlimits -f \"$0\"";
        let mut avahi = self.inside(&self.printer, Path::new("unshare"));
        avahi
            .args(["--mount", "sh", "-c", script])
            .arg(self.path("avahi.conf"));
        self.start(avahi, "avahi")?;
        eventually("avahi", || async {
            Ok(self
                .log("avahi")
                .contains("Server startup complete")
                .then_some(()))
        })
        .await
        .with_context(|| self.log("avahi"))
    }

    /// Announces a service. The answer ends with a goodbye when it is killed.
    pub(crate) fn announce(&mut self, name: &str, service: &str, port: u16) -> Result<usize> {
        let mut publish = self.inside(&self.printer, Path::new("avahi-publish"));
        publish.args(["-s", name, service, &port.to_string()]);
        publish.args([&format!("UUID={UUID}"), "ty=EPSON TM-T88V", "note=Bar"]);
        self.start(publish, "announced")?;
        Ok(self.children.len() - 1)
    }

    /// Ends what was started as this.
    pub(crate) async fn end(&mut self, started: usize) -> Result<()> {
        Ok(self.children[started].kill().await?)
    }

    /// A receipt printer on every address of the printer's machine.
    pub(crate) async fn receipt_printer(&mut self) -> Result<()> {
        let platen = program::built("platen", "PLATEN_BIN")?;
        let mut emulator = self.inside(&self.printer, &platen);
        emulator.args(["emulator", "run", "--listen", "0.0.0.0"]);
        self.start(emulator, "emulator")?;
        eventually("the emulator", || async {
            Ok(self.log("emulator").contains("9100").then_some(()))
        })
        .await
    }

    /// SNMP on the printer's machine.
    pub(crate) async fn snmp(&mut self) -> Result<()> {
        let config = self.path("snmpd.conf");
        std::fs::write(
            &config,
            "rocommunity public\nsysLocation Bar\n\
             override 1.3.6.1.2.1.25.3.2.1.3.1 octet_str \"EPSON TM-T88V\"\n\
             override 1.3.6.1.2.1.25.3.2.1.5.1 integer 5\n\
             override 1.3.6.1.2.1.25.3.5.1.1.1 integer 1\n\
             override 1.3.6.1.2.1.25.3.5.1.2.1 octet_str \"@\"\n",
        )?;
        let mut snmpd = self.inside(&self.printer, Path::new("snmpd"));
        snmpd.args(["-f", "-Lo", "-C", "-c"]).arg(&config);
        snmpd.args(["-I", "-hr_print,hr_device", "udp:161"]);
        self.start(snmpd, "snmpd")?;
        eventually("snmpd", || async {
            Ok(self.log("snmpd").contains("NET-SNMP").then_some(()))
        })
        .await
    }

    /// Gives the printer's machine another address in place of its first.
    pub(crate) async fn move_printer(&self, to: &str) -> Result<()> {
        let printer = &self.printer;
        // The neighbor's goes with it.
        ip(&format!("-n {printer} addr del {PRINTER}/24 dev net0")).await?;
        ip(&format!("-n {printer} addr add {to}/24 dev net0")).await
    }

    /// What `platen printers discover --watch` tells.
    pub(crate) fn watch(&self) -> Result<Watch> {
        let mut command = Command::new(program::built("platen", "PLATEN_BIN")?);
        command.args(["printers", "discover", "--watch", "--json", "--config"]);
        command
            .arg(self.path("platen.toml"))
            .arg("--state")
            .arg(self.path("state"));
        command.stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        Ok(Watch {
            _child: child,
            lines,
        })
    }

    /// A neighbor that sends what it is told; nobody should contact `REMOTE`.
    pub(crate) fn neighbor(&self) -> Result<Neighbor> {
        let program = program::built("platen-neighbor", "PLATEN_NEIGHBOR_BIN")?;
        let mut command = self.inside(&self.printer, &program);
        command
            .arg(REMOTE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let said = BufReader::new(child.stdout.take().context("its output")?).lines();
        let told = child.stdin.take().context("its input")?;
        Ok(Neighbor {
            _child: child,
            told,
            said,
            contacts: Vec::new(),
        })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for child in &mut self.children {
            // One that has ended cannot be killed.
            let _ = child.start_kill();
        }
        for namespace in [&self.agent, &self.printer] {
            // What was not made cannot be deleted.
            let _ = std::process::Command::new("ip")
                .args(["netns", "del", namespace])
                .status();
        }
    }
}

/// What is told as it happens.
pub(crate) struct Watch {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    /// The next line that is wanted.
    pub(crate) async fn next(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let next = async {
            while let Some(line) = self.lines.next_line().await? {
                let line: Value = serde_json::from_str(&line)?;
                if wanted(&line) {
                    return Ok(line);
                }
            }
            bail!("the watch ended")
        };
        tokio::time::timeout(DEADLINE, next)
            .await
            .context("the change was not told")?
    }
}

/// A neighbor.
pub(crate) struct Neighbor {
    _child: Child,
    told: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// Who was contacted that should not be.
    pub(crate) contacts: Vec<String>,
}

impl Neighbor {
    /// Sends octets to everybody on the network.
    pub(crate) async fn send(&mut self, from: &str, octets: &[u8]) -> Result<()> {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        self.told
            .write_all(format!("{from} {hex}\n").as_bytes())
            .await?;
        loop {
            let line = tokio::time::timeout(DEADLINE, self.said.next_line()).await??;
            match line.as_deref() {
                Some("sent") => return Ok(()),
                Some(contact) => self.contacts.push(contact.to_owned()),
                None => bail!("the neighbor ended"),
            }
        }
    }
}
