//! The name of the user this process runs as, as the print service knows it.

/// The name of the current user in the system's user list, or its number.
///
/// Read from `/etc/passwd`: the print service lets us cancel our jobs when the
/// name is the same each time, and looks at the socket for who we really are.
#[must_use]
pub fn current_user() -> String {
    system_user()
}

#[cfg(unix)]
fn system_user() -> String {
    let id = rustix::process::getuid().as_raw();
    std::fs::read_to_string("/etc/passwd")
        .ok()
        .and_then(|users| user_in(&users, id))
        .unwrap_or_else(|| id.to_string())
}

#[cfg(windows)]
fn system_user() -> String {
    platen_windows::machine::user_name().unwrap_or_default()
}

/// The name in a user list (`passwd(5)`).
#[cfg(unix)]
fn user_in(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let listed: u32 = fields.nth(1)?.parse().ok()?;
        (listed == id && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_number() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\n\nbroken\ntill:x:1000:1000::/home/till:/bin/sh\n";
        assert_eq!(user_in(users, 1000).as_deref(), Some("till"));
        assert_eq!(user_in(users, 0).as_deref(), Some("root"));
        assert_eq!(user_in(users, 7), None);
    }
}
