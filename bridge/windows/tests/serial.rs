//! COM ports, with two that are joined by a cable.
//!
//! `PLATEN_TEST_COM_PORTS` names them (`COM5,COM6`). Under wine they are two
//! pseudo-terminals that socat joins; on Windows a null modem cable, or com0com.
//! Without that variable nothing is tested here, and each test says so.

#![cfg(windows)]

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use platen_windows::serial::{Error, Parity, Port, Settings, StopBits, list};

/// Longer than any of this takes.
const LONG: Duration = Duration::from_secs(20);

const SETTINGS: Settings = Settings {
    baud: Some(115_200),
    data_bits: 8,
    parity: Parity::None,
    stop_bits: StopBits::One,
    rts_cts: false,
    xon_xoff_out: false,
    xon_xoff_in: false,
};

/// The names of both, with the cable to oneself.
struct Cable {
    ours: String,
    theirs: String,
    _alone: std::fs::File,
}

fn cable() -> Option<Cable> {
    let Ok(names) = std::env::var("PLATEN_TEST_COM_PORTS") else {
        eprintln!("NOT TESTED: PLATEN_TEST_COM_PORTS names no two COM ports");
        return None;
    };
    let (ours, theirs) = names.split_once(',').expect("two names");
    let alone = std::fs::File::create(std::env::temp_dir().join("platen-test-com")).unwrap();
    alone.lock().unwrap();
    Some(Cable {
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
        _alone: alone,
    })
}

fn read(port: &Port, count: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut piece = [0; 64];
    while heard.len() < count {
        let count = port.read(&mut piece).unwrap();
        heard.extend(&piece[..count]);
    }
    heard
}

fn write(port: &Port, mut octets: &[u8]) {
    while !octets.is_empty() {
        octets = &octets[port.write(octets, port.turn()).unwrap()..];
    }
}

/// Does it in a thread of its own, and waits no longer than [`LONG`].
fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    ended.recv_timeout(LONG).expect("it takes too long")
}

#[test]
fn octets_go_both_ways_as_they_are() {
    let Some(cable) = cable() else { return };
    let all: Vec<u8> = (0..=255).collect();
    let expected = all.clone();
    let heard = soon(move || {
        let ours = Port::open(&cable.ours, &SETTINGS).unwrap();
        let theirs = Port::open(&cable.theirs, &SETTINGS).unwrap();
        write(&ours, &all);
        let there = read(&theirs, 256);
        write(&theirs, &all);
        (there, read(&ours, 256))
    });
    assert_eq!(heard, (expected.clone(), expected));
}

#[test]
fn a_read_waits_and_ends_when_it_is_stopped() {
    let Some(cable) = cable() else { return };
    let port = Arc::new(Port::open(&cable.ours, &SETTINGS).unwrap());
    let reader = Arc::clone(&port);
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(reader.read(&mut [0; 8])));
    assert!(ended.recv_timeout(Duration::from_millis(300)).is_err());
    port.stop();
    let read = ended.recv_timeout(LONG).unwrap();
    assert!(matches!(read, Err(Error::Stopped)), "{read:?}");
    let again = Arc::clone(&port);
    let refused = soon(move || again.read(&mut [0; 8]));
    assert!(matches!(refused, Err(Error::Stopped)), "{refused:?}");
}

#[test]
fn what_is_not_there_is_not_taken_for_something_else() {
    for name in ["COM250", "COM", "NUL", r"..\x", "COM1:", ""] {
        let refused = Port::open(name, &SETTINGS);
        assert!(
            matches!(refused, Err(Error::NotThere)),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn a_port_is_held_once_and_free_when_it_was_closed() {
    let Some(cable) = cable() else { return };
    let port = Port::open(&cable.ours, &SETTINGS).unwrap();
    if std::env::var_os("WINEPREFIX").is_some() {
        eprintln!("NOT TESTED: wine opens a port for whoever asks");
    } else {
        let again = Port::open(&cable.ours, &SETTINGS);
        assert!(matches!(again, Err(Error::InUse)), "{again:?}");
    }
    drop(port);
    Port::open(&cable.ours, &SETTINGS).unwrap();
}

/// XOFF holds what is written, and a port that is held can be emptied.
#[test]
fn a_held_port_can_be_emptied_and_goes_on_after_xon() {
    let Some(cable) = cable() else { return };
    let settings = Settings {
        xon_xoff_out: true,
        ..SETTINGS
    };
    let ours = Arc::new(Port::open(&cable.ours, &settings).unwrap());
    let theirs = Port::open(&cable.theirs, &SETTINGS).unwrap();
    write(&theirs, b"\x13");
    let writer = Arc::clone(&ours);
    let (done, ended) = mpsc::channel();
    let handle = thread::spawn(move || {
        let turn = writer.turn();
        loop {
            match writer.write(&[b'a'; 512], turn) {
                Ok(_) => {}
                Err(error) => break done.send(error).unwrap(),
            }
        }
    });
    assert!(
        ended.recv_timeout(Duration::from_secs(1)).is_err(),
        "it is held"
    );
    ours.discard_output().unwrap();
    let error = ended.recv_timeout(LONG).unwrap();
    assert!(matches!(error, Error::Discarded), "{error:?}");
    handle.join().unwrap();
    let writer = Arc::clone(&ours);
    thread::spawn(move || write(&writer, b"held"));
    write(&theirs, b"\x11");
    let heard = soon(move || {
        let mut heard = Vec::new();
        while !heard.ends_with(b"held") {
            heard.extend(read(&theirs, 1));
        }
        heard
    });
    assert!(heard[..heard.len() - 4].iter().all(|octet| *octet == b'a'));
}

#[test]
fn settings_are_taken_and_wires_are_asked() {
    let Some(cable) = cable() else { return };
    let port = Port::open(&cable.ours, &SETTINGS).unwrap();
    for baud in [1_200, 9_600, 115_200] {
        for (data_bits, parity) in [(8, Parity::None), (7, Parity::Even), (8, Parity::Odd)] {
            let settings = Settings {
                baud: Some(baud),
                data_bits,
                parity,
                ..SETTINGS
            };
            port.set(&settings).unwrap();
        }
    }
    println!("wires: {:?}", port.signals());
    assert_eq!(port.output_waiting().unwrap(), 0);
}

#[test]
fn both_ports_are_listed() {
    let Some(cable) = cable() else { return };
    let listed = list();
    for name in [&cable.ours, &cable.theirs] {
        assert!(listed.iter().any(|port| port.name == *name), "{listed:?}");
    }
}
