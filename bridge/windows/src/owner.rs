//! Whose process is at the other end of a TCP connection: the system's table, and the token of the process.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP_STATE_LISTEN, TCP_TABLE_OWNER_PID_ALL,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};
use windows_sys::Win32::Security::Authorization::ConvertStringSidToSidW;
use windows_sys::Win32::Security::{LookupAccountSidW, PSID};
use windows_sys::Win32::System::Threading::{PROCESS_NAME_WIN32, QueryFullProcessImageNameW};
use windows_sys::Win32::System::WindowsProgramming::GetComputerNameW;

use crate::access::{Sid, account_of_process, open_process};

/// Connections come and go between the question for the size and that for the
/// table.
const TRIES_MAX: usize = 8;
/// Characters of an account's name, a domain's and a computer's, with room.
const NAME_CHARACTERS: usize = 512;
/// Characters of a path, as long as Windows has them.
const PATH_CHARACTERS: usize = 32_768;

/// Why the owner of a connection is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No socket has these two ends any more.
    #[error("the connection is gone")]
    Gone,
    /// No process has it: it was closed, or is not of this system.
    #[error("the connection is no process's")]
    Nobody,
    /// The system did not answer.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The account of the process that has the socket which is bound to `client`
/// and connected to `agent`.
///
/// # Errors
/// [`Error`]; a process of another user may be asked by an administrator or the
/// system only.
pub fn of_connection(client: SocketAddr, agent: SocketAddr) -> Result<Sid, Error> {
    let process = process_of(client, agent)?;
    let account = account_of_process(process)?;
    // Its number was not given to another one meanwhile: that would not have the
    // connection.
    if process_of(client, agent)? != process {
        return Err(Error::Gone);
    }
    Ok(account)
}

fn process_of(client: SocketAddr, agent: SocketAddr) -> Result<u32, Error> {
    let ends = (canonical(client), canonical(agent));
    let found = rows()?
        .into_iter()
        .find(|row| !row.listens && (row.local, row.remote) == ends);
    match found.ok_or(Error::Gone)?.process {
        0 => Err(Error::Nobody),
        process => Ok(process),
    }
}

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its number.
    pub process: u32,
    /// What its program's file is called, without `.exe`; where we may know.
    pub program: Option<String>,
    /// Whose it is, where we may know.
    pub account: Option<Sid>,
}

/// Who listens on a port; `None` when nobody does or the system does not tell.
#[must_use]
pub fn of_listener(port: u16) -> Option<Listener> {
    let rows = rows().ok()?;
    let row = rows
        .iter()
        .find(|row| row.listens && row.local.port() == port)?;
    let process = (row.process != 0).then_some(row.process)?;
    Some(Listener {
        process,
        program: program_of(process),
        account: account_of_process(process).ok(),
    })
}

/// What people call an account: its name alone where it is one of this computer,
/// else with that of its domain (`SHOP\anna`). May ask the domain.
#[must_use]
pub fn name_of(account: &Sid) -> Option<String> {
    let text = wide(account.as_str());
    let mut sid: PSID = ptr::null_mut();
    // SAFETY: `text` ends with a zero; one pointer is written to a place that is
    // ours.
    if unsafe { ConvertStringSidToSidW(text.as_ptr(), &raw mut sid) } == 0 {
        return None;
    }
    let mut name = [0_u16; NAME_CHARACTERS];
    let mut domain = [0_u16; NAME_CHARACTERS];
    let mut name_length = u32::try_from(name.len()).ok()?;
    let mut domain_length = u32::try_from(domain.len()).ok()?;
    let mut kind = 0;
    // SAFETY: `sid` is whole; both lengths are those of what they are said of.
    let found = unsafe {
        LookupAccountSidW(
            ptr::null(),
            sid,
            name.as_mut_ptr(),
            &raw mut name_length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    };
    // SAFETY: ConvertStringSidToSidW made it with LocalAlloc, and nobody uses it
    // after this.
    unsafe { LocalFree(sid) };
    let (name, domain) = (text_of(&name), text_of(&domain));
    if found == 0 || name.is_empty() {
        return None;
    }
    let is_ours = domain.is_empty()
        || computer().is_some_and(|computer| computer.eq_ignore_ascii_case(&domain));
    Some(if is_ours {
        name
    } else {
        format!(r"{domain}\{name}")
    })
}

fn computer() -> Option<String> {
    let mut name = [0_u16; NAME_CHARACTERS];
    let mut length = u32::try_from(name.len()).ok()?;
    // SAFETY: `length` is that of `name`.
    let told = unsafe { GetComputerNameW(name.as_mut_ptr(), &raw mut length) };
    (told != 0).then(|| text_of(&name))
}

fn program_of(process: u32) -> Option<String> {
    let process = open_process(process).ok()?;
    let mut path = vec![0_u16; PATH_CHARACTERS];
    let mut length = u32::try_from(path.len()).ok()?;
    // SAFETY: the process is open, and `length` is that of `path`.
    let told = unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            path.as_mut_ptr(),
            &raw mut length,
        )
    };
    let path = (told != 0).then(|| text_of(&path))?;
    let name = Path::new(&path).file_stem()?;
    Some(name.to_string_lossy().into_owned())
}

/// One socket of TCP.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    local: SocketAddr,
    remote: SocketAddr,
    listens: bool,
    process: u32,
}

/// All sockets of both families.
fn rows() -> io::Result<Vec<Row>> {
    let mut rows: Vec<Row> = entries(&table(AF_INET)?).map(row_v4).collect();
    // A system without IPv6 has no such table.
    if let Ok(table) = table(AF_INET6) {
        rows.extend(entries(&table).map(row_v6));
    }
    Ok(rows)
}

/// The system's table of one family: the number of entries, then these.
fn table(family: u16) -> io::Result<Vec<u8>> {
    let mut octets = 16 * 1024_u32;
    for _ in 0..TRIES_MAX {
        let room = usize::try_from(octets).map_err(io::Error::other)?;
        let mut table = vec![0_u32; room.div_ceil(size_of::<u32>())];
        // SAFETY: `table` has room for `octets` octets, and the alignment of the
        // numbers that are written.
        let told = unsafe {
            GetExtendedTcpTable(
                table.as_mut_ptr().cast(),
                &raw mut octets,
                0,
                family.into(),
                TCP_TABLE_OWNER_PID_ALL,
                0,
            )
        };
        match told {
            ERROR_SUCCESS => {
                return Ok(table.into_iter().flat_map(u32::to_ne_bytes).collect());
            }
            // Some come while we make room.
            ERROR_INSUFFICIENT_BUFFER => octets = octets.saturating_add(octets / 4),
            error => return Err(io::Error::from_raw_os_error(error.cast_signed())),
        }
    }
    Err(io::Error::other("the table of connections grows too fast"))
}

/// The entries of a table, each of `N` octets.
fn entries<const N: usize>(table: &[u8]) -> impl Iterator<Item = &[u8; N]> {
    let (count, entries) = table.split_first_chunk().unwrap_or((&[0; 4], &[]));
    let count = usize::try_from(u32::from_ne_bytes(*count)).unwrap_or(usize::MAX);
    entries.as_chunks().0.iter().take(count)
}

/// `MIB_TCPROW_OWNER_PID`.
fn row_v4(entry: &[u8; 24]) -> Row {
    let end = |address: usize, port: usize| {
        let address: [u8; 4] = part(entry, address);
        SocketAddr::new(Ipv4Addr::from(address).into(), port_at(entry, port))
    };
    Row {
        local: end(4, 8),
        remote: end(12, 16),
        listens: number_at(entry, 0) == MIB_TCP_STATE_LISTEN.cast_unsigned(),
        process: number_at(entry, 20),
    }
}

/// `MIB_TCP6ROW_OWNER_PID`.
fn row_v6(entry: &[u8; 56]) -> Row {
    let end = |address: usize, port: usize| {
        let address: [u8; 16] = part(entry, address);
        canonical(SocketAddr::new(
            Ipv6Addr::from(address).into(),
            port_at(entry, port),
        ))
    };
    Row {
        local: end(0, 20),
        remote: end(24, 44),
        listens: number_at(entry, 48) == MIB_TCP_STATE_LISTEN.cast_unsigned(),
        process: number_at(entry, 52),
    }
}

fn part<const N: usize>(entry: &[u8], at: usize) -> [u8; N] {
    entry[at..at + N].try_into().expect("N octets")
}

fn number_at(entry: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(part(entry, at))
}

/// A port: the first two octets of its four, as on the network.
fn port_at(entry: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(part(entry, at))
}

/// Address and port alone, and an IPv4 address as what it is.
fn canonical(end: SocketAddr) -> SocketAddr {
    let address: IpAddr = end.ip().to_canonical();
    SocketAddr::new(address, end.port())
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Text up to its zero.
fn text_of(text: &[u16]) -> String {
    let end = text.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&text[..end.unwrap_or(text.len())])
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::access::own_account;

    fn is_wine() -> bool {
        std::env::var_os("WINEPREFIX").is_some()
    }

    #[test]
    fn our_own_connection_is_ours_in_both_families() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue; // no IPv6 here
            };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (agent, _) = listener.accept().unwrap();
            let ends = (agent.peer_addr().unwrap(), agent.local_addr().unwrap());
            if is_wine() {
                let told = of_connection(ends.0, ends.1);
                assert!(matches!(told, Err(Error::Nobody)), "{told:?}");
                eprintln!("NOT TESTED: wine has the connection and knows no process of it");
            } else {
                assert_eq!(process_of(ends.0, ends.1).unwrap(), std::process::id());
                assert_eq!(
                    of_connection(ends.0, ends.1).unwrap(),
                    own_account().unwrap()
                );
            }
            drop(client);
            let closed = of_connection(ends.0, ends.1);
            assert!(
                matches!(closed, Err(Error::Gone | Error::Nobody)),
                "{closed:?}"
            );
        }
    }

    #[test]
    fn whoever_listens_on_the_clients_port_is_not_taken_for_the_client() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let (theirs, ours) = (listener.local_addr().unwrap(), other.local_addr().unwrap());
        let refused = of_connection(theirs, ours);
        assert!(matches!(refused, Err(Error::Gone)), "{refused:?}");
    }

    #[test]
    fn our_own_listener_is_found_with_our_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = of_listener(listener.local_addr().unwrap().port());
        if found.is_none() && is_wine() {
            eprintln!("NOT TESTED: wine knows no process of a listener");
            return;
        }
        let found = found.unwrap();
        assert_eq!(found.process, std::process::id());
        assert_eq!(found.account, Some(own_account().unwrap()));
        assert!(found.program.unwrap().starts_with("platen_windows"));
    }

    #[test]
    fn a_process_has_its_account_and_program() {
        let own = std::process::id();
        assert_eq!(account_of_process(own).unwrap(), own_account().unwrap());
        assert!(program_of(own).unwrap().starts_with("platen_windows"));
        assert_eq!(program_of(0), None);
    }

    #[test]
    fn an_account_has_a_name_and_one_that_is_not_there_has_none() {
        let name = name_of(&own_account().unwrap()).unwrap();
        assert!(!name.is_empty() && !name.contains('\\'), "{name}");
        let system = name_of(&Sid::new("S-1-5-18")).unwrap();
        assert!(system.ends_with(r"\SYSTEM"), "{system}");
        for nobody in ["S-1-5-21-1-2-3-54321", "no account"] {
            assert_eq!(name_of(&Sid::new(nobody)), None, "{nobody}");
        }
    }

    #[test]
    fn entries_are_read_as_far_as_the_table_says() {
        let mut table = Vec::from(1_u32.to_ne_bytes());
        let numbers = [MIB_TCP_STATE_LISTEN.cast_unsigned(), 0, 0, 0, 0, 7];
        table.extend(numbers.into_iter().flat_map(u32::to_ne_bytes));
        table[8..14].copy_from_slice(&[127, 0, 0, 1, 0x1f, 0xf5]);
        table.extend([0; 24]);
        let rows: Vec<Row> = entries(&table).map(row_v4).collect();
        let expected = Row {
            local: "127.0.0.1:8181".parse().unwrap(),
            remote: "0.0.0.0:0".parse().unwrap(),
            listens: true,
            process: 7,
        };
        assert_eq!(rows, [expected]);
        assert_eq!(entries::<24>(&[]).count(), 0);
    }
}
