//! The state directory, the disk, and the system's print service.

use std::path::Path;
use std::time::Duration;

use super::Check;
use crate::backend::DeviceUri;
use crate::config::Config;

/// Below this a large job does not fit any more.
const FREE_OCTETS_WARN: u64 = 500 * 1024 * 1024;
/// Below this the store itself may fail.
const FREE_OCTETS_FAIL: u64 = 50 * 1024 * 1024;

/// A local service answers at once.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Where a print server listens that is named without a port.
const IPP_PORT: u16 = 631;

/// Where CUPS listens by itself.
const CUPS_PLACES: [&str; 2] = ["/run/cups/cups.sock", "localhost:631"];

#[cfg(unix)]
pub(super) fn state_directory(folder: &Path) -> Vec<Check> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    const NAME: &str = "state directory";
    let shown = folder.display();
    let metadata = match std::fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("{shown} is not there yet; the agent makes it");
            return vec![Check::ok(NAME, what)];
        }
        Err(error) => {
            return vec![Check::fail(
                NAME,
                format!("{shown} cannot be looked at: {error}"),
                "ask as the agent's user or as root",
            )];
        }
    };
    let mode = metadata.permissions().mode() & 0o777;
    let mut checks = vec![if mode & 0o077 == 0 {
        Check::ok(NAME, format!("only its owner can enter {shown}"))
    } else {
        let owner = metadata.uid();
        Check::fail(
            NAME,
            format!("others than its owner {owner} can enter {shown} (mode {mode:o})"),
            format!("`chmod 700 {shown}`"),
        )
    }];
    if let Ok(disk) = rustix::fs::statvfs(folder) {
        checks.push(disk_space(disk.f_bavail.saturating_mul(disk.f_frsize)));
    }
    checks
}

#[cfg(windows)]
pub(super) fn state_directory(folder: &Path) -> Vec<Check> {
    use platen_windows::{access, machine};
    const NAME: &str = "state directory";
    let shown = folder.display();
    let found = access::own_account().and_then(|own| {
        let exposure = access::exposure_of(folder, &own)?;
        let is_ours = exposure.owner.is_trusted_by(&own);
        Ok((exposure, is_ours))
    });
    let mut checks = vec![match found {
        Ok((exposure, true)) if exposure.others.is_empty() => {
            Check::ok(NAME, format!("only its owner can enter {shown}"))
        }
        Ok((exposure, _)) => {
            let others = exposure.others.iter().map(|allowed| &allowed.who);
            let who: Vec<_> = others
                .chain([&exposure.owner])
                .map(ToString::to_string)
                .collect();
            Check::fail(
                NAME,
                format!(
                    "others than this user can enter {shown} ({})",
                    who.join(", ")
                ),
                "start the agent, which closes it, or choose another folder with --state",
            )
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("{shown} is not there yet; the agent makes it");
            return vec![Check::ok(NAME, what)];
        }
        Err(error) => {
            return vec![Check::fail(
                NAME,
                format!("{shown} cannot be looked at: {error}"),
                "ask as the agent's user or as an administrator",
            )];
        }
    }];
    if let Ok(free) = machine::free_octets(folder) {
        checks.push(disk_space(free));
    }
    checks
}

fn disk_space(free: u64) -> Check {
    let what = format!("{} MiB are free for jobs", free / (1024 * 1024));
    let next = "free space on this disk; jobs already accepted are kept";
    match free {
        ..FREE_OCTETS_FAIL => Check::fail("disk", what, next),
        FREE_OCTETS_FAIL..FREE_OCTETS_WARN => Check::warn("disk", what, next),
        FREE_OCTETS_WARN.. => Check::ok("disk", what),
    }
}

/// Whether CUPS answers where it is expected; nothing where it is not wanted.
pub(super) async fn print_service(config: &Config) -> Option<Check> {
    const NAME: &str = "print service";
    if !cfg!(unix) {
        return None;
    }
    let mut printers = config.printers.iter();
    let needed = printers.any(|printer| matches!(printer.uri, DeviceUri::Cups { .. }));
    // Elsewhere the system's own print service is not CUPS.
    let discovered = config.cups.discover && cfg!(unix);
    if !discovered && !needed {
        return None;
    }
    let places: Vec<&str> = match &config.cups.server {
        Some(server) => vec![server],
        None => CUPS_PLACES.into(),
    };
    for place in &places {
        if answers(place).await {
            return Some(Check::ok(NAME, format!("CUPS answers at {place}")));
        }
    }
    let what = format!("CUPS does not answer at {}", places.join(", "));
    Some(if needed {
        Check::fail(
            NAME,
            what,
            "start it (`systemctl start cups`): printers with a cups: device need it",
        )
    } else {
        Check::warn(
            NAME,
            what,
            "nothing, where all printers are named in the configuration; else start it (`systemctl start cups`)",
        )
    })
}

async fn answers(place: &str) -> bool {
    let connect = async {
        if place.starts_with('/') {
            #[cfg(unix)]
            return tokio::net::UnixStream::connect(place).await.is_ok();
            #[cfg(not(unix))]
            return false;
        }
        let with_port = format!("{place}:{IPP_PORT}");
        tokio::net::TcpStream::connect(place).await.is_ok()
            || tokio::net::TcpStream::connect(with_port).await.is_ok()
    };
    tokio::time::timeout(CONNECT_WAIT, connect)
        .await
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckResult;

    #[test]
    fn little_space_is_a_warning_and_none_a_failure() {
        for (free, expected) in [
            (0, CheckResult::Fail),
            (FREE_OCTETS_FAIL, CheckResult::Warn),
            (FREE_OCTETS_WARN, CheckResult::Ok),
        ] {
            assert_eq!(disk_space(free).result, expected, "{free}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_state_directory_that_others_can_enter_is_a_failure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (mode, expected) in [(0o700, CheckResult::Ok), (0o755, CheckResult::Fail)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path(), permissions).unwrap();
            assert_eq!(state_directory(folder.path())[0].result, expected);
        }
    }
}
