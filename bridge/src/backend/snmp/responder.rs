//! A device that answers by SNMP what a test set, in the manner a test wants:
//! properly, late, wrongly, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use platen_discovery::snmp::{
    INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, RESPONSE, SEQUENCE, element, expect, number,
    oid, oid_octets,
};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// What a cell holds.
#[derive(Debug, Clone)]
pub(in crate::backend) enum Cell {
    Number(i32),
    Octets(Vec<u8>),
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) enum Manner {
    Version1,
    Version2,
    Silent,
    /// Datagrams without octets.
    Empty,
    /// What is no SNMP.
    Noise,
    /// The first half.
    Cut,
    /// A length that promises more than there is.
    Oversized,
    /// To a question nobody asked.
    WrongNumber,
    WrongCommunity,
    /// From another port.
    Elsewhere,
    /// Wrong answers without end before a right one.
    Flood,
    /// Each question gets the answer to the one before.
    OneBehind,
    /// Every row is followed by another.
    Endless,
}

/// The device. Ends when dropped.
#[derive(Debug)]
pub(in crate::backend) struct Responder {
    port: u16,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// A question, as far as it matters.
struct Asked {
    version: i64,
    id: Vec<u8>,
    after: bool,
    names: Vec<Vec<u32>>,
}

impl Responder {
    pub(in crate::backend) async fn start(cells: Vec<(Vec<u32>, Cell)>, manner: Manner) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let mut cells = cells;
        cells.sort_by(|(one, _), (other, _)| one.cmp(other));
        let task = tokio::spawn(async move {
            let elsewhere = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let mut octets = [0; 2_048];
            let mut before = Vec::new();
            while let Ok((length, manager)) = socket.recv_from(&mut octets).await {
                count.fetch_add(1, Ordering::Relaxed);
                let asked = read(&octets[..length]);
                let right = reply(&asked, b"public", &asked.id, &cells, manner);
                let datagrams = match manner {
                    Manner::Version1 if asked.version != 0 => vec![],
                    Manner::Version1 | Manner::Version2 | Manner::Endless => vec![right],
                    Manner::Silent => vec![],
                    Manner::Empty => vec![vec![]],
                    Manner::Noise => vec![vec![0xff; 1_400], b"HTTP/1.1 200 OK\r\n".to_vec()],
                    Manner::Cut => vec![right[..right.len() / 2].to_vec()],
                    Manner::Oversized => {
                        let mut oversized = right;
                        oversized[1] = 0x7f;
                        vec![oversized]
                    }
                    Manner::WrongNumber => {
                        vec![reply(&asked, b"public", &[1, 2, 3, 4, 5], &cells, manner)]
                    }
                    Manner::WrongCommunity => {
                        vec![reply(&asked, b"private", &asked.id, &cells, manner)]
                    }
                    Manner::Elsewhere => {
                        elsewhere.send_to(&right, manager).await.unwrap();
                        vec![]
                    }
                    Manner::Flood => {
                        let wrong = reply(&asked, b"public", &[0], &cells, manner);
                        let mut flood = vec![wrong; 64];
                        flood.push(right);
                        flood
                    }
                    Manner::OneBehind => vec![std::mem::replace(&mut before, right)],
                };
                for datagram in datagrams {
                    // The manager may have given up.
                    drop(socket.send_to(&datagram, manager).await);
                }
            }
        });
        Self { port, asked, task }
    }

    pub(in crate::backend) fn port(&self) -> u16 {
        self.port
    }

    /// How many questions came.
    pub(in crate::backend) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn read(octets: &[u8]) -> Asked {
    let (message, _) = expect(octets, SEQUENCE).unwrap();
    let (version, message) = expect(message, INTEGER).unwrap();
    let (_, message) = expect(message, OCTET_STRING).unwrap();
    let after = message[0] == 0xa1;
    let (request, _) = expect(message, message[0]).unwrap();
    let (id, request) = expect(request, INTEGER).unwrap();
    let (_, request) = expect(request, INTEGER).unwrap();
    let (_, request) = expect(request, INTEGER).unwrap();
    let (mut list, _) = expect(request, SEQUENCE).unwrap();
    let mut names = Vec::new();
    while !list.is_empty() {
        let (binding, rest) = expect(list, SEQUENCE).unwrap();
        let (name, _) = expect(binding, OBJECT_IDENTIFIER).unwrap();
        names.push(oid(name).unwrap());
        list = rest;
    }
    Asked {
        version: number(version).unwrap(),
        id: id.to_vec(),
        after,
        names,
    }
}

fn reply(
    asked: &Asked,
    community: &[u8],
    id: &[u8],
    cells: &[(Vec<u32>, Cell)],
    manner: Manner,
) -> Vec<u8> {
    let found = asked.names.iter().map(|name| {
        let mut found = cells.iter().filter(|(other, _)| {
            if asked.after {
                other > name
            } else {
                other == name
            }
        });
        match found.next() {
            _ if manner == Manner::Endless && asked.after && name.len() > 12 => {
                let mut next = name.clone();
                *next.last_mut().unwrap() += 1;
                Some((next, Cell::Number(3)))
            }
            other => other.cloned(),
        }
    });
    let found: Vec<_> = found.collect();
    // Version 1 refuses the whole question with `noSuchName`, version 2 marks what is missing.
    let refused = asked.version == 0 && found.iter().any(Option::is_none);
    let bindings: Vec<u8> = asked
        .names
        .iter()
        .zip(found)
        .flat_map(|(name, found)| {
            let (name, value) = match found {
                Some((name, Cell::Number(number))) => {
                    (name, element(INTEGER, &number.to_be_bytes()))
                }
                Some((name, Cell::Octets(octets))) => (name, element(OCTET_STRING, &octets)),
                None if refused => (name.clone(), element(NULL, &[])),
                // `endOfMibView`.
                None => (name.clone(), element(0x82, &[])),
            };
            let name = element(OBJECT_IDENTIFIER, &oid_octets(&name));
            element(SEQUENCE, &[name, value].concat())
        })
        .collect();
    let response = [
        element(INTEGER, id),
        element(INTEGER, &[if refused { 2 } else { 0 }]),
        element(INTEGER, &[u8::from(refused)]),
        element(SEQUENCE, &bindings),
    ];
    let version = u8::from(asked.version == 1);
    let message = [
        element(INTEGER, &[version]),
        element(OCTET_STRING, community),
        element(RESPONSE, &response.concat()),
    ];
    element(SEQUENCE, &message.concat())
}
