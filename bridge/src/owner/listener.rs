//! Whose a listening port is, as far as this system tells: proc(5) on Linux,
//! the table of connections on Windows.

use std::fmt;

use super::User;

/// Who listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Where we may know.
    user: Option<User>,
    /// Process and its name, where we may look.
    process: Option<(u32, String)>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.as_ref().map_or("another user", User::name);
        match &self.process {
            Some((pid, name)) => write!(
                f,
                "{}{name} (process {pid} of user {user})",
                if name == PROGRAM {
                    "another agent, "
                } else {
                    ""
                },
            ),
            None => write!(f, "a program of user {user}"),
        }
    }
}

/// What our own program is called.
const PROGRAM: &str = "platen";

/// Who listens on a port, in words for a person.
pub(crate) fn who(port: u16) -> String {
    owner(port).map_or_else(
        || "a program this user cannot see".to_owned(),
        |owner| owner.to_string(),
    )
}

/// Who listens on a port; `None` when nobody does or the system does not tell.
#[cfg(unix)]
pub(crate) fn owner(port: u16) -> Option<Owner> {
    proc::owner(port)
}

/// Who listens on a port; `None` when nobody does or the system does not tell.
#[cfg(windows)]
pub(crate) fn owner(port: u16) -> Option<Owner> {
    let listener = platen_windows::owner::of_listener(port)?;
    let unnamed = || "a program".to_owned();
    Some(Owner {
        user: listener.account.as_ref().map(super::system::user),
        process: Some((listener.process, listener.program.unwrap_or_else(unnamed))),
    })
}

#[cfg(unix)]
mod proc {
    //! The kernel's tables; on other systems than Linux there are none.

    use std::path::Path;

    use super::Owner;
    use crate::owner::user_with;

    pub(super) fn owner(port: u16) -> Option<Owner> {
        let entry = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|file| std::fs::read_to_string(file).ok())
            .find_map(|table| listening(&table, port))?;
        Some(Owner {
            user: Some(user_with(entry.uid)),
            process: process_with(Path::new("/proc"), entry.inode),
        })
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Entry {
        uid: u32,
        inode: u64,
    }

    /// The entry of `port` in state LISTEN (0A) in a table of the kernel.
    fn listening(table: &str, port: u16) -> Option<Entry> {
        table.lines().skip(1).find_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, local, _, "0A", _, _, _, uid, _, inode, ..] = fields[..] else {
                return None;
            };
            let (_, local_port) = local.split_once(':')?;
            (u16::from_str_radix(local_port, 16).ok()? == port).then_some(Entry {
                uid: uid.parse().ok()?,
                inode: inode.parse().ok()?,
            })
        })
    }

    /// The process that holds the socket: one of ours, or any for root.
    fn process_with(proc: &Path, inode: u64) -> Option<(u32, String)> {
        let wanted = format!("socket:[{inode}]");
        std::fs::read_dir(proc).ok()?.flatten().find_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let holds = std::fs::read_dir(entry.path().join("fd"))
                .ok()?
                .flatten()
                .any(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.as_os_str() == &*wanted));
            if !holds {
                return None;
            }
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            Some((pid, name.trim().to_owned()))
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const TABLE: &str = "\
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1FF5 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 48213 1 0000000000000000 100 0 0 10 0
       1: 0100007F:1FF6 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0000000000000000 20 4 30 10 -1
    ";

        #[test]
        fn the_kernels_table_tells_who_listens() {
            let expected = Entry {
                uid: 1000,
                inode: 48213,
            };
            assert_eq!(listening(TABLE, 8181), Some(expected));
            assert_eq!(listening(TABLE, 8182), None, "connected, not listening");
            assert_eq!(listening(TABLE, 9), None);
            assert_eq!(listening("", 8181), None);
        }

        #[cfg(target_os = "linux")]
        #[test]
        fn our_own_listener_is_found_with_our_process() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let (pid, _) = owner(port).unwrap().process.unwrap();
            assert_eq!(pid, std::process::id());
        }
    }
}
