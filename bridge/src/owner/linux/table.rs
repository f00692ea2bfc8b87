//! The kernel's table of TCP connections (proc(5)), where it answers no
//! `sock_diag` question: a filter of system calls may forbid the socket.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, SocketAddr};

use super::Holder;
use crate::owner::OwnerError;

/// The table is read up to here: 150 octets for each connection of the machine.
const TABLE_OCTETS_MAX: u64 = 4 * 1024 * 1024;

/// Who holds the socket that is bound to `client` and connected to `agent`.
pub(super) fn holder(client: SocketAddr, agent: SocketAddr) -> Result<Holder, OwnerError> {
    // A program may connect to an IPv4 address over an IPv6 socket.
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    let mut failed = None;
    for table in tables {
        match File::open(table) {
            Ok(file) => {
                let lines = BufReader::new(file.take(TABLE_OCTETS_MAX)).lines();
                for line in lines.map_while(Result::ok) {
                    if let Some(holder) = entry(&line, client, agent) {
                        return Ok(holder);
                    }
                }
            }
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.map_or(OwnerError::Gone, OwnerError::System))
}

/// What a line tells, if it is about that connection.
fn entry(line: &str, client: SocketAddr, agent: SocketAddr) -> Option<Holder> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, remote, _, _, _, _, uid, _, inode, ..] = fields[..] else {
        return None;
    };
    if !is(local, client) || !is(remote, agent) {
        return None;
    }
    Some(Holder {
        uid: uid.parse().ok()?,
        inode: inode.parse().ok()?,
    })
}

/// Whether a column names this end: 32-bit words as this machine writes
/// numbers, and the port.
fn is(column: &str, end: SocketAddr) -> bool {
    let words = |octets: &[u8]| -> String {
        let words = octets.chunks_exact(4).map(|word| {
            let word = word.try_into().expect("chunks of four");
            format!("{:08X}", u32::from_ne_bytes(word))
        });
        words.collect()
    };
    let Some((address, port)) = column.split_once(':') else {
        return false;
    };
    let known = match end.ip() {
        IpAddr::V4(ip) => {
            address == words(&ip.octets()) || address == words(&ip.to_ipv6_mapped().octets())
        }
        IpAddr::V6(ip) => address == words(&ip.octets()),
    };
    known && port == format!("{:04X}", end.port())
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_only_for_exactly_its_two_ends() {
        let v4 = "   1: 0100007F:C350 0100007F:1FF5 01 00000000:00000000 00:00000000 00000000  1000        0 99 1 0000000000000000 20 4 30 10 -1";
        let mapped = "   1: 0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000100007F:1FF5 01 00000000:00000000 00:00000000 00000000  1000        0 99 1";
        let v6 = "   1: 00000000000000000000000001000000:C350 00000000000000000000000001000000:1FF5 01 00000000:00000000 00:00000000 00000000  1000        0 99 1";
        let client = |ip: &str| format!("{ip}:50000").parse().unwrap();
        let agent = |ip: &str| format!("{ip}:8181").parse().unwrap();
        let found = Some(Holder {
            uid: 1000,
            inode: 99,
        });
        for (line, ip, expected) in [
            (v4, "127.0.0.1", found),
            (mapped, "127.0.0.1", found),
            (v6, "[::1]", found),
            (v4, "127.0.0.2", None),
            (v6, "127.0.0.1", None),
            ("", "127.0.0.1", None),
        ] {
            assert_eq!(entry(line, client(ip), agent(ip)), expected, "{line} {ip}");
            assert_eq!(entry(line, agent(ip), client(ip)), None, "the other way");
        }
    }
}
