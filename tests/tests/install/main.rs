//! The package, as it is installed: on a clean Debian with a booted systemd, silently, with
//! browsers that print; upgraded, killed, attacked, purged. `cargo xtask test install` runs it.

mod machine;
mod shop;
mod snapshot;

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use machine::Machine;
use shop::Shop;
use snapshot::Snapshot;

/// The package, and the same with a higher version.
const PACKAGE: &str = "PLATEN_DEB";
const NEWER_PACKAGE: &str = "PLATEN_DEB_NEWER";

/// systemd's measure of how much a service can reach: 0 nothing, 10 everything.
const EXPOSURE_MAX: f64 = 2.0;

#[test]
fn t16_purged_nothing_of_it_is_left_on_the_machine() -> Result<()> {
    let machine = Machine::boot()?;
    // Policies of the administrator's own are there before: they must be the same afterwards.
    Shop::prepare(&machine)?;
    let provision = std::fs::read(machine.path("/etc/platen/provision.toml"))?;
    machine.must("rm -r /etc/platen")?;
    let before = Snapshot::take(&machine)?;
    machine.write("/etc/platen/provision.toml", provision)?;
    machine.install(PACKAGE)?;
    machine.must("printf 'Total 3.20\\n' | platen print - --printer receipt --wait")?;
    let installed = Snapshot::take(&machine)?;
    let added = before.difference(&installed)?.len();
    ensure!(added > 0, "nothing was installed");
    println!("installed: {added} files are new or different");
    machine.must("dpkg --purge platen")?;
    let left = before.difference(&Snapshot::take(&machine)?)?;
    ensure!(left.is_empty(), "purge leaves:\n{}", left.join("\n"));
    ensure!(
        !machine.run("getent passwd platen")?.status.success(),
        "a user is left"
    );
    let units = machine.must("systemctl list-units --all --plain --no-legend 'platen*'")?;
    ensure!(units.trim().is_empty(), "units are left: {units}");
    let running = machine.must("find /run /tmp /dev/shm -iname '*platen*'")?;
    ensure!(running.trim().is_empty(), "left while it runs: {running}");
    Ok(())
}

#[test]
fn installed_silently_both_browsers_print_without_a_warning_or_a_question() -> Result<()> {
    let machine = Machine::boot()?;
    Shop::prepare(&machine)?;
    machine.install(PACKAGE)?;
    machine.until("platen status")?;
    let shop = Shop::open(&machine)?;
    for (number, browser) in (1..).zip(["chromium", "firefox"]) {
        let said = shop.print_with(&machine, browser)?;
        println!("{browser}: {said}");
        let paper = machine.until(&format!(
            "test $(ls /var/lib/platen/printed/*.txt | wc -l) -eq {number} && cat $(ls -t /var/lib/platen/printed/*.txt | head -1)"
        ))?;
        ensure!(
            !paper.trim().is_empty(),
            "{browser} printed an empty receipt"
        );
    }
    Ok(())
}

#[test]
fn an_upgrade_keeps_queue_trust_and_printers_and_the_job_under_way_is_printed_once() -> Result<()> {
    let machine = Machine::boot()?;
    Shop::prepare(&machine)?;
    machine.install(PACKAGE)?;
    machine.until("platen status")?;
    // Nobody answers at the kitchen's printer yet: the job waits.
    machine.must("printf 'Order 17\\n' | platen print - --printer Kitchen --name order")?;
    // The bar's printer is slower than a stopping agent waits (10 s), and what it has not taken is
    // more than the system holds for it: octets flow while the program is replaced. Zeros, for
    // they print nothing.
    let mut bar = machine
        .command(
            "exec platen emulator run --port 9101 --control 127.0.0.1:0 --buffer 256 \
             --octets-per-second 1000000 --record /tmp/bar",
        )
        .stdout(Stdio::null())
        .spawn()?;
    machine.must("(echo 'Order 18'; head -c 24000000 /dev/zero) | platen print - --printer Bar --name under-way")?;
    machine.until("platen jobs --json --state-is processing | grep under-way")?;
    let kept = "cat /var/lib/platen/tls/ca.pem /etc/chromium/policies/managed/*.json \
                /etc/firefox/policies/policies.json; platen trust list; platen printers --json | grep '\"id\"'";
    let before = machine.must(kept)?;
    let process = machine.must("systemctl show --property=MainPID platen")?;
    machine.install(NEWER_PACKAGE)?;
    machine.until("platen status")?;
    ensure!(
        process != machine.must("systemctl show --property=MainPID platen")?,
        "the old program still runs"
    );
    let version = machine.must("dpkg-query --show platen")?;
    ensure!(version.contains("+newer"), "{version}");
    ensure!(
        before == machine.must(kept)?,
        "trust, policies or printers changed"
    );
    ensure!(
        before.contains(shop::ORIGIN) && before.contains("kitchen") && before.contains("bar"),
        "what was provisioned is not there: {before}"
    );
    let mut kitchen = machine
        .command("exec platen emulator run --record /tmp/paper")
        .stdout(Stdio::null())
        .spawn()?;
    let outcome = machine.until("platen jobs --json --state-is completed | grep order");
    kitchen.kill()?;
    kitchen.wait()?;
    outcome.context("the job of before the upgrade is not printed")?;
    let printed = machine.must("grep -rl 'Order 17' /tmp/paper --include='*.bin' | wc -l")?;
    ensure!(printed.trim() == "1", "printed {} times", printed.trim());
    let ended = machine
        .until("platen jobs --state-is completed,interrupted | grep under-way")
        .context("the job under way at the upgrade has no end")?;
    // What was received is recorded when the printer has taken it in.
    machine.until("grep -rl 'Order 18' /tmp/bar --include='*.bin'")?;
    bar.kill()?;
    bar.wait()?;
    println!("the job under way at the upgrade: {}", ended.trim());
    let printed = machine.must("grep -rl 'Order 18' /tmp/bar --include='*.bin' | wc -l")?;
    ensure!(printed.trim() == "1", "printed {} times", printed.trim());
    Ok(())
}

#[test]
fn killed_the_service_is_back_with_what_was_undone_and_it_can_reach_little() -> Result<()> {
    let machine = Machine::boot()?;
    machine.install(PACKAGE)?;
    machine.until("platen status")?;
    let policy = "/etc/chromium/policies/managed/zz-platen.json";
    let as_installed = machine.must(&format!("cat {policy}"))?;
    machine.must(&format!("rm {policy}"))?;
    machine.must("systemctl kill --signal=KILL platen")?;
    machine.until(
        "systemctl show --property=NRestarts platen | grep -x NRestarts=1 && platen status",
    )?;
    let as_repaired = machine.must(&format!("cat {policy}"))?;
    ensure!(as_repaired == as_installed, "{as_repaired}");
    let security = machine.must("systemd-analyze security --no-pager platen.service")?;
    let overall = security
        .lines()
        .find(|line| line.contains("Overall exposure level"));
    let overall = overall.context("systemd measures nothing")?;
    let level = overall
        .split_whitespace()
        .find_map(|word| word.parse::<f64>().ok());
    println!("{overall}");
    ensure!(
        level.is_some_and(|level| level <= EXPOSURE_MAX),
        "{overall}"
    );
    let user = machine
        .must("stat --format=%U /proc/$(systemctl show --property=MainPID --value platen)")?;
    ensure!(user.trim() != "root", "it runs as root");
    Ok(())
}

#[test]
fn t02_nobody_reaches_the_agent_from_another_network() -> Result<()> {
    let machine = Machine::boot()?;
    Shop::prepare(&machine)?;
    machine.install(PACKAGE)?;
    machine.until("platen status")?;
    // What is reached, so that a refusal is the agent's and not the network's.
    let _shop = Shop::open(&machine)?;
    let script = format!(
        "ip link add neighbor type veth peer name lan netns {leader}\n\
         ip link set neighbor up; ip addr add 192.0.2.1/24 dev neighbor; ip addr add fd00::1/64 dev neighbor nodad\n\
         nsenter --target {leader} --net sh -c 'ip link set lan up; ip addr add 192.0.2.2/24 dev lan; ip addr add fd00::2/64 dev lan nodad'\n\
         reach() {{ timeout 5 bash -c \"exec 3<>/dev/tcp/$1/$2\" 2>/dev/null && echo \"$1 $2\"; }}\n\
         for attempt in $(seq 50); do reach 192.0.2.2 8443 >/dev/null && break; done\n\
         for port in 8443 8181 8182 631; do reach 192.0.2.2 $port; reach fd00::2 $port; done; true",
        leader = machine.leader()
    );
    let outside = std::process::Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .output()?;
    let reached = String::from_utf8_lossy(&outside.stdout).into_owned();
    let said = String::from_utf8_lossy(&outside.stderr);
    ensure!(
        reached.trim() == "192.0.2.2 8443",
        "reached: {reached}{said}"
    );
    let listening = machine.in_its_network().args(["ss", "-Htln"]).output()?;
    let listening = String::from_utf8_lossy(&listening.stdout).into_owned();
    let ours: Vec<&str> = listening
        .lines()
        .filter(|line| line.contains(":818"))
        .collect();
    ensure!(ours.len() == 4, "{listening}");
    ensure!(
        ours.iter()
            .all(|line| line.contains("127.0.0.1:") || line.contains("[::1]:")),
        "{listening}"
    );
    Ok(())
}

#[test]
fn t18_a_person_without_rights_cannot_change_what_runs_with_more() -> Result<()> {
    let machine = Machine::boot()?;
    Shop::prepare(&machine)?;
    machine.install(PACKAGE)?;
    machine.until("platen status")?;
    let files = "$(dpkg --listfiles platen) /etc/platen /etc/platen/* /var/lib/platen /var/lib/private \
                 /var/lib/private/platen /var/lib/platen-installer /etc/chromium/policies/managed \
                 /etc/chromium/policies/managed/* /etc/firefox/policies /etc/firefox/policies/* \
                 /etc/systemd/system/multi-user.target.wants";
    // Every file of it, and every folder above one.
    let open = machine.must(&format!(
        "for file in {files}; do while [ \"$file\" != / ]; do echo \"$file\"; file=$(dirname \"$file\"); done; done \
         | sort -u | while read -r file; do runuser -u person -- test -w \"$file\" && echo \"$file\"; done; true"
    ))?;
    ensure!(open.trim().is_empty(), "a person can write:\n{open}");
    let privileged =
        machine.must("find $(dpkg --listfiles platen) -maxdepth 0 -type f -perm /6000")?;
    ensure!(
        privileged.trim().is_empty(),
        "runs as its owner: {privileged}"
    );
    for attempt in [
        "cat /var/lib/private/platen/identity.key",
        "cat /var/lib/platen/platen.db",
        "platen status --state /var/lib/platen",
        "platen trust add /usr/local/share/web.pem --origin https://evil.example --state /var/lib/platen",
        "systemctl stop platen",
        "systemctl edit --force --full platen </dev/null",
        "kill -KILL $(systemctl show --property=MainPID --value platen)",
        "ln -s /etc/shadow /run/platen",
        "mv /etc/platen/provision.toml /etc/platen/old.toml",
        "ln -sf /tmp/evil.toml /etc/platen/platen.toml",
        "platen install --system --allow-origin https://evil.example",
        "platen uninstall --system",
    ] {
        ensure!(!machine.person_can(attempt)?, "a person can: {attempt}");
    }
    // Traps laid where careless programs write: an upgrade follows none of them.
    machine.must("runuser -u person -- sh -c 'for name in platen platen.deb.new platen-installer platen.sock; do ln -s /etc/passwd /tmp/$name; ln -s /etc/passwd /var/tmp/$name; done'")?;
    let before = machine.must("cat /etc/passwd; stat --format='%a %U' /etc/passwd")?;
    machine.install(NEWER_PACKAGE)?;
    machine.until("platen status")?;
    ensure!(
        before == machine.must("cat /etc/passwd; stat --format='%a %U' /etc/passwd")?,
        "a trap worked"
    );
    let unit = machine.must("systemctl show --property=ExecStart platen")?;
    ensure!(unit.contains("path=/usr/bin/platen ;"), "{unit}");
    Ok(())
}
