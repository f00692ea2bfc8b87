//! A neighbor on a test's network, run inside its network namespace: it sends
//! what it is told to the group of multicast DNS, and tells who contacts it.
//!
//! Arguments are addresses that nobody should contact. Lines on standard input
//! are `ADDRESS HEXADECIMAL`: octets to send from there; each is answered with
//! `sent`. Contacts are told as `contacted ADDRESS:PORT`.

#![allow(clippy::print_stdout)] // it talks to the test by this

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::BufRead as _;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

use anyhow::{Context as _, Result};

const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);

fn main() -> Result<()> {
    for address in std::env::args().skip(1) {
        let address: IpAddr = address.parse()?;
        for port in [631, 8181, 9100] {
            let listener = TcpListener::bind((address, port))?;
            std::thread::spawn(move || {
                for _ in listener.incoming() {
                    println!("contacted {address}:{port}");
                }
            });
        }
        let socket = UdpSocket::bind((address, 161))?;
        std::thread::spawn(move || {
            while socket.recv_from(&mut [0; 2048]).is_ok() {
                println!("contacted {address}:161");
            }
        });
    }
    let mut sockets: BTreeMap<IpAddr, UdpSocket> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (from, hex) = line.split_once(' ').context("ADDRESS HEXADECIMAL")?;
        let from: IpAddr = from.parse()?;
        let socket = match sockets.entry(from) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(UdpSocket::bind((from, 5353))?),
        };
        let octets = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16))
            .collect::<Result<Vec<_>, _>>()?;
        socket.send_to(&octets, GROUP)?;
        println!("sent");
    }
    Ok(())
}
