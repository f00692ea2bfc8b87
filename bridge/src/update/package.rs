//! Whether a package manager owns a program: then updates are its business.

use std::path::Path;
use std::process::{Command, Stdio};

/// Programs that tell, with their arguments before the path, and what a person
/// then updates with.
const MANAGERS: [(&str, &[&str], &str); 2] = [
    ("dpkg-query", &["--search"], "apt upgrade platen"),
    ("rpm", &["--query", "--file"], "dnf upgrade platen"),
];

/// How a program that a package manager owns is updated; `None` when none does.
pub(crate) fn updated_with(program: &Path) -> Option<&'static str> {
    MANAGERS.iter().find_map(|(manager, arguments, update)| {
        let owns = Command::new(manager)
            .args(*arguments)
            .arg(program)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        owns.is_ok_and(|status| status.success()).then_some(*update)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_no_package_is_ours_to_update() {
        let own = std::env::current_exe().unwrap();
        assert_eq!(updated_with(&own), None);
        if Path::new("/usr/bin/dpkg-query").exists() {
            let of_a_package = Path::new("/usr/bin/dpkg-query");
            assert_eq!(updated_with(of_a_package), Some("apt upgrade platen"));
        }
    }
}
