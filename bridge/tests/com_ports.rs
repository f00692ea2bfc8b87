//! Serial lines on COM ports, with two that are joined by a cable.
//!
//! `PLATEN_TEST_COM_PORTS` names them (`COM5,COM6`): see
//! `bridge/windows/tests/serial.rs`. Without that variable nothing is tested
//! here, and each test says so.

#![cfg(windows)]

use std::fs::File;
use std::time::Duration;

use platen_bridge::serial::{FlowControl, LineSettings, PortName, SerialError, SerialLine, list};
use tokio::time::timeout;

/// Longer than any of this takes.
const LONG: Duration = Duration::from_secs(20);

struct Cable {
    ours: PortName,
    theirs: PortName,
    _alone: File,
}

fn cable() -> Option<Cable> {
    let Ok(names) = std::env::var("PLATEN_TEST_COM_PORTS") else {
        eprintln!("NOT TESTED: PLATEN_TEST_COM_PORTS names no two COM ports");
        return None;
    };
    let (ours, theirs) = names.split_once(',').unwrap();
    let alone = File::create(std::env::temp_dir().join("platen-test-com")).unwrap();
    alone.lock().unwrap();
    Some(Cable {
        ours: ours.parse().unwrap(),
        theirs: theirs.parse().unwrap(),
        _alone: alone,
    })
}

async fn read(line: &SerialLine, count: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut piece = [0; 64];
    while heard.len() < count {
        let read = timeout(LONG, line.read(&mut piece)).await.unwrap().unwrap();
        heard.extend(&piece[..read]);
    }
    heard
}

#[tokio::test]
async fn octets_go_both_ways_and_everything_is_sent() {
    let Some(cable) = cable() else { return };
    let ours = SerialLine::open(&cable.ours, &LineSettings::default()).unwrap();
    let theirs = SerialLine::open(&cable.theirs, &LineSettings::default()).unwrap();
    let much: Vec<u8> = (0..=255).cycle().take(40_000).collect();
    let (written, heard) = tokio::join!(ours.write_all(&much), read(&theirs, much.len()));
    written.unwrap();
    assert_eq!(heard, much);
    timeout(LONG, ours.drain()).await.unwrap().unwrap();
    assert_eq!(ours.octets_waiting().unwrap(), 0);
    theirs.write_all(b"it is printed").await.unwrap();
    assert_eq!(read(&ours, 13).await, b"it is printed");
}

#[tokio::test]
async fn a_line_is_free_when_it_was_dropped_also_while_it_is_read() {
    let Some(cable) = cable() else { return };
    for _ in 0..5 {
        let line = SerialLine::open(&cable.ours, &LineSettings::default()).unwrap();
        let nothing = timeout(Duration::from_millis(50), line.read(&mut [0; 8])).await;
        assert!(nothing.is_err(), "{nothing:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    for name in ["COM250", "/dev/ttyUSB0"] {
        let refused = SerialLine::open(&name.parse().unwrap(), &LineSettings::default());
        assert!(matches!(refused, Err(SerialError::NotThere)), "{refused:?}");
    }
}

/// XOFF holds what is written and says how much that is, and what is held can be
/// thrown away.
#[tokio::test]
async fn a_held_line_takes_so_much_and_can_be_emptied() {
    let Some(cable) = cable() else { return };
    let settings = LineSettings {
        flow: FlowControl::XonXoff,
        ..LineSettings::default()
    };
    let ours = SerialLine::open(&cable.ours, &settings).unwrap();
    let theirs = SerialLine::open(&cable.theirs, &LineSettings::default()).unwrap();
    theirs.write_all(b"\x13").await.unwrap();
    theirs.drain().await.unwrap();
    // The system takes it in its own time.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let held = timeout(Duration::from_secs(1), ours.write_all(&[b'a'; 100_000])).await;
    assert!(held.is_err(), "{held:?}");
    assert!(ours.octets_waiting().unwrap() >= 4_096);
    ours.discard_output();
    theirs.write_all(b"\x11").await.unwrap();
    timeout(LONG, ours.drain()).await.unwrap().unwrap();
    ours.write_all(b"held").await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"held") {
        heard.extend(read(&theirs, 1).await);
    }
    let before = &heard[..heard.len() - 4];
    assert!(before.iter().all(|octet| *octet == b'a'));
}

/// `PLATEN_TEST_COM_PULLED` names a port whose plug is pulled when an octet is
/// written to it.
#[tokio::test]
async fn a_line_that_is_gone_says_so_to_who_reads_and_who_writes() {
    let Ok(name) = std::env::var("PLATEN_TEST_COM_PULLED") else {
        eprintln!("NOT TESTED: PLATEN_TEST_COM_PULLED names no COM port");
        return;
    };
    let line = SerialLine::open(&name.parse().unwrap(), &LineSettings::default()).unwrap();
    line.write_all(b"x").await.unwrap();
    let gone = async {
        loop {
            if let Err(error) = line.read(&mut [0; 8]).await {
                break error;
            }
        }
    };
    let error = timeout(LONG, gone).await.unwrap();
    assert!(matches!(error, SerialError::Gone), "{error:?}");
    let error = line.write_all(b"x").await.unwrap_err();
    assert!(matches!(error, SerialError::Gone), "{error:?}");
    let error = line.drain().await.unwrap_err();
    assert!(matches!(error, SerialError::Gone), "{error:?}");
}

#[test]
fn both_ports_are_listed() {
    let Some(cable) = cable() else { return };
    let listed = list();
    for name in [&cable.ours, &cable.theirs] {
        assert!(listed.iter().any(|port| port.name == *name), "{listed:?}");
    }
}
