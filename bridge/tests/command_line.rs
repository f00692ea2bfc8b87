//! The program as a person at the machine meets it: started, asked, stopped;
//! what it prints and with which code it exits.
#![cfg(unix)]
// The helpers are part of the tests.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// An unoptimized program on a busy machine.
const START_WAIT: Duration = Duration::from_secs(60);

const REFUSED: i32 = 1;
const NOT_RUNNING: i32 = 3;
const CONFIG: i32 = 4;

/// A machine with one user, a built-in printer and one that is switched off.
struct Machine {
    home: TempDir,
}

impl Machine {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let machine = Self { home };
        machine.configure(
            "[listen]\nwss_ports = [0]\nws_ports = [0]\n\
             [[printers]]\nname = \"Kitchen\"\nuri = \"virtual:\"\n\
             [[printers]]\nname = \"Cellar\"\nuri = \"socket://127.0.0.1:1\"\n\
             [cups]\ndiscover = false\n",
        );
        machine
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.home.path().join("platen.toml"), text).unwrap();
    }

    fn state(&self) -> std::path::PathBuf {
        self.home.path().join("state")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_platen"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PLATEN_CONFIG", self.home.path().join("platen.toml"))
            .env("PLATEN_STATE", self.state())
            .stdin(Stdio::null());
        command
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints with `--json`; it must exit with 0.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {talk}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str], code: i32, part: &str) {
        let output = self.ask(arguments);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {talk}");
        assert!(talk.contains(part), "{arguments:?}: {talk}");
    }

    fn start(&self) -> Agent {
        let child = self
            .command(&["run"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Agent(Some(child));
        let begun = Instant::now();
        while !self.ask(&["status"]).status.success() {
            assert!(begun.elapsed() < START_WAIT, "the agent does not start");
        }
        agent
    }
}

/// A running agent, ended with its test.
struct Agent(Option<Child>);

impl Agent {
    /// SIGTERM, as a service manager stops it; its exit code.
    fn stop(mut self) -> Option<i32> {
        let mut child = self.0.take().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap().code()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

fn write(path: &Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_an_agent_every_question_says_how_to_start_one() {
    let machine = Machine::new();
    for arguments in [
        &["status"][..],
        &["printers"],
        &["jobs"],
        &["jobs", "show", "j1"],
        &["trust", "list"],
        &["events"],
        &["pause", "kitchen"],
    ] {
        machine.fails(arguments, NOT_RUNNING, "platen run");
    }
    let output = machine.ask(&["status", "--json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["error"]["message"].is_string(), "{error}");
    let doctor = machine.ask(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(REFUSED));
}

#[test]
fn a_person_prints_looks_and_stops_the_agent() {
    let machine = Machine::new();
    let agent = machine.start();
    let file = write(&machine.home.path().join("receipt.bin"), "hello\n\n");
    let job = machine.json(&["print", &file, "--printer", "Kitchen", "--wait"]);
    assert_eq!(job["state"], "completed", "{job}");
    assert_eq!(job["name"], "receipt.bin");
    let jobs = machine.json(&["jobs"]);
    assert_eq!(jobs[0]["job"]["job_id"], job["job_id"]);
    let story = machine.json(&["jobs", "show", job["job_id"].as_str().unwrap()]);
    assert_eq!(story["history"][0]["state"], "pending", "{story}");

    let printers = machine.json(&["printers"]);
    assert_eq!(printers[0]["printer"]["printer"], "kitchen");
    assert_eq!(printers[0]["printer"]["default"], true);
    machine.fails(
        &["print", &file, "--printer", "attic"],
        REFUSED,
        "kitchen, cellar",
    );
    machine.fails(&["jobs", "cancel", "none"], REFUSED, "platen jobs");

    let status = machine.json(&["status"]);
    assert_eq!(status["listeners"].as_array().unwrap().len(), 2, "{status}");
    let cert = machine.json(&["cert", "show"]);
    assert_eq!(cert["certificate"], status["certificate"]);
    machine.fails(&["run"], REFUSED, "another agent");
    assert_eq!(agent.stop(), Some(0));
    assert!(!machine.state().join("admin.sock").exists());
}

#[test]
fn the_doctor_finds_the_printer_that_is_switched_off() {
    let machine = Machine::new();
    let _agent = machine.start();
    let output = machine.ask(&["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(REFUSED));
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let result = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name);
        check.unwrap_or_else(|| panic!("{name}: {checks:?}"))["result"].clone()
    };
    for (name, expected) in [
        ("configuration", "ok"),
        ("agent", "ok"),
        ("state directory", "ok"),
        ("wss port", "ok"),
        ("ws port", "ok"),
        ("printer kitchen", "ok"),
        ("printer cellar", "fail"),
        ("grants", "warn"),
    ] {
        assert_eq!(result(name), expected, "{name}: {checks:?}");
    }
}

#[test]
fn a_new_certificate_is_made_with_and_without_a_running_agent() {
    let machine = Machine::new();
    machine.fails(&["cert", "show"], REFUSED, "when it starts");
    let fingerprint = |cert: &Value| cert["certificate"]["ca_fingerprint"].clone();
    let agent = machine.start();
    let first = machine.json(&["cert", "show"]);
    let second = machine.json(&["cert", "renew"]);
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(agent.stop(), Some(0));
    assert_eq!(machine.json(&["cert", "show"]), second);
    let third = machine.json(&["cert", "renew"]);
    assert_ne!(fingerprint(&second), fingerprint(&third));
    let _agent = machine.start();
    assert_eq!(machine.json(&["cert", "show"]), third);
}

#[test]
fn a_broken_configuration_is_explained_before_anything_starts() {
    let machine = Machine::new();
    machine.configure("[listen]\nws = 1\n[limits]\njobs = 3\n");
    for arguments in [&["config", "check"][..], &["config", "show"], &["run"]] {
        machine.fails(arguments, CONFIG, "line 2: listen.ws = 1");
        machine.fails(arguments, CONFIG, "line 4: limits.jobs: no such key");
    }
    let output = machine.ask(&["config", "check", "--json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["problems"][0]["key"], "listen.ws");
    let token = write(&machine.home.path().join("token"), "short");
    machine.configure(&format!(
        "[metrics]\ntcp = \"127.0.0.1:0\"\ntoken_file = '{token}'\n"
    ));
    machine.fails(&["config", "check"], CONFIG, "metrics.token_file");
    machine.fails(
        &["--config", "/nonexistent.toml", "config", "check"],
        CONFIG,
        "--config",
    );
}
