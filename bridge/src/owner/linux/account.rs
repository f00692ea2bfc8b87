//! Numbers of users and their names, as `/etc/passwd` has them. Users that
//! only a directory of the network knows have no name here: they are named by
//! number in grants and configuration.

use std::fs::File;
use std::io::Read as _;

use crate::owner::User;

/// The list is read up to here.
const LIST_OCTETS_MAX: u64 = 4 * 1024 * 1024;
/// Below are the accounts of services (Debian Policy 9.2.2, `UID_MIN`).
const FIRST_PERSON: u32 = 1000;
/// What systemd gives to units with `DynamicUser=yes` (its `uid-range`).
const DYNAMIC_USERS: std::ops::RangeInclusive<u32> = 61184..=65519;

/// The user with this number.
pub(in crate::owner) fn user(uid: u32) -> User {
    let mut list = Vec::new();
    if let Ok(file) = File::open("/etc/passwd") {
        // Half a list is better than none.
        drop(file.take(LIST_OCTETS_MAX).read_to_end(&mut list));
    }
    let name = name(&String::from_utf8_lossy(&list), uid);
    User::new(&uid.to_string(), name.as_deref())
}

/// The name in a list of users (passwd(5)).
fn name(list: &str, uid: u32) -> Option<String> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let listed: u32 = fields.nth(1)?.parse().ok()?;
        (listed == uid && !name.is_empty()).then(|| name.to_owned())
    })
}

/// The account this process runs under.
pub(in crate::owner) fn own_user() -> User {
    user(rustix::process::geteuid().as_raw())
}

/// Whether that is a person's.
pub(in crate::owner) fn is_a_persons() -> bool {
    is_a_persons_number(rustix::process::geteuid().as_raw())
}

fn is_a_persons_number(uid: u32) -> bool {
    uid >= FIRST_PERSON && !DYNAMIC_USERS.contains(&uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_of_its_line() {
        let list =
            "root:x:0:0:root:/root:/bin/sh\n\nbroken\nanna:x:1000:1000::/home/anna:/bin/sh\n";
        for (uid, expected) in [(0, Some("root")), (1000, Some("anna")), (7, None)] {
            assert_eq!(name(list, uid).as_deref(), expected);
        }
    }

    #[test]
    fn root_and_services_are_no_persons() {
        for (uid, expected) in [
            (0, false),
            (101, false),
            (1000, true),
            (61500, false),
            (165_536, true),
        ] {
            assert_eq!(is_a_persons_number(uid), expected, "{uid}");
        }
    }
}
