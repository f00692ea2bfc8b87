//! Programs and units where no package brings them: what lies beside this
//! program, put where the system looks for it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use platen_installer::{Place, Scope};

/// The units as packages have them, for `/usr/bin`.
const SYSTEM_UNIT: &str = include_str!("../../../../packaging/systemd/platen.service");
const USER_UNIT: &str = include_str!("../../../../packaging/systemd/platen-user.service");
const UDEV_RULES: &str = include_str!("../../../../packaging/udev/60-platen.rules");
/// What they call our program.
const PACKAGED: &str = "/usr/bin/platen";

/// What is to be put in place for this scope; nothing where a package did.
pub(super) fn of(scope: &Scope) -> anyhow::Result<Vec<Place>> {
    let own = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .context("this program cannot be found")?;
    if own == Path::new(PACKAGED) {
        return Ok(Vec::new());
    }
    let (prefix, unit, text) = match scope {
        Scope::System => (
            PathBuf::from("/usr/local"),
            PathBuf::from("/etc/systemd/system/platen.service"),
            SYSTEM_UNIT,
        ),
        Scope::User { home } => (
            home.join(".local"),
            home.join(".config/systemd/user/platen.service"),
            USER_UNIT,
        ),
    };
    let target = prefix.join("bin/platen");
    let mut places = vec![
        program(&own, target.clone())?,
        Place {
            path: unit,
            octets: text
                .replace(PACKAGED, &target.display().to_string())
                .into_bytes(),
            mode: 0o644,
        },
    ];
    let folder = own.parent().unwrap_or(Path::new("/"));
    for (from, to) in [
        (folder.join("platen-sign"), "bin/platen-sign"),
        (spooler(folder), "libexec/platen/platen-spooler"),
    ] {
        if from.is_file() {
            places.push(program(&from, prefix.join(to))?);
        }
    }
    if *scope == Scope::System {
        places.push(Place {
            path: "/etc/udev/rules.d/60-platen.rules".into(),
            octets: UDEV_RULES.into(),
            mode: 0o644,
        });
    }
    Ok(places)
}

fn program(from: &Path, to: PathBuf) -> anyhow::Result<Place> {
    let octets =
        std::fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    Ok(Place {
        path: to,
        octets,
        mode: 0o755,
    })
}

/// Where the archive of a release has it, or a build.
fn spooler(folder: &Path) -> PathBuf {
    let name = "platen-spooler";
    let released = folder.join("../libexec/platen").join(name);
    if released.is_file() {
        released
    } else {
        folder.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_start_the_program_where_it_was_put() {
        let home = PathBuf::from("/home/mo");
        let places = of(&Scope::User { home }).unwrap();
        let unit = places
            .iter()
            .find(|place| place.path.ends_with("systemd/user/platen.service"))
            .unwrap();
        let text = String::from_utf8(unit.octets.clone()).unwrap();
        assert!(
            text.contains("ExecStart=/home/mo/.local/bin/platen run"),
            "{text}"
        );
        assert!(!text.contains(PACKAGED));
    }
}
