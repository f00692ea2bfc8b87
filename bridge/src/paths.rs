//! Where configuration, state and sockets lie, by each platform's convention.
//!
//! [`Environment`] is everything Platen takes from the process environment.
//! `main` reads it once; below `main` nobody asks the environment again, so a
//! test can be any user on any platform.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Whose conventions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux and other Unix systems: the file system hierarchy and XDG.
    Linux,
    /// macOS: `Library/Application Support`.
    Macos,
    /// Windows: `ProgramData` and `AppData`.
    Windows,
}

impl Platform {
    /// The one this program was built for.
    #[must_use]
    pub fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Macos
        } else {
            Self::Linux
        }
    }
}

/// What the process environment says, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Whose conventions hold.
    pub platform: Platform,
    /// Whether this process runs for the whole machine (root, or a service
    /// account) and not for one user.
    pub system: bool,
    /// `HOME` (`USERPROFILE` on Windows).
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME` (`APPDATA` on Windows).
    pub config_home: Option<PathBuf>,
    /// `XDG_STATE_HOME` (`LOCALAPPDATA` on Windows).
    pub state_home: Option<PathBuf>,
    /// `STATE_DIRECTORY`, which systemd sets for a unit with `StateDirectory=`.
    pub service_state: Option<PathBuf>,
    /// `CREDENTIALS_DIRECTORY`, which systemd sets for a unit with
    /// `LoadCredential=`.
    pub credentials: Option<PathBuf>,
    /// `ProgramData` on Windows.
    pub program_data: Option<PathBuf>,
    /// `PLATEN_CONFIG`: the configuration file.
    pub platen_config: Option<PathBuf>,
    /// `PLATEN_STATE`: the state directory.
    pub platen_state: Option<PathBuf>,
    /// `PLATEN_PROVISION`: the provisioning file.
    pub platen_provision: Option<PathBuf>,
    /// `NOTIFY_SOCKET`: where systemd wants to hear that the agent is ready.
    pub notify_socket: Option<OsString>,
    /// `PATH`, to look for programs such as `certutil`.
    pub search_path: Option<OsString>,
}

impl Environment {
    /// Reads the environment through `variable`, so that a test can play any.
    pub fn read(
        platform: Platform,
        system: bool,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        // The XDG Base Directory Specification: relative paths are invalid and
        // are to be ignored. Nobody else means relative ones either.
        let path = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let absolute = |name: &str| path(name).filter(|path| path.is_absolute());
        let windows = platform == Platform::Windows;
        Self {
            platform,
            system,
            home: absolute(if windows { "USERPROFILE" } else { "HOME" }),
            config_home: absolute(if windows {
                "APPDATA"
            } else {
                "XDG_CONFIG_HOME"
            }),
            state_home: absolute(if windows {
                "LOCALAPPDATA"
            } else {
                "XDG_STATE_HOME"
            }),
            service_state: variable("STATE_DIRECTORY")
                .and_then(|value| {
                    // Several directories are separated by colons (systemd.exec(5)).
                    let text = value.into_string().ok()?;
                    text.split(':').next().map(PathBuf::from)
                })
                .filter(|path| path.is_absolute()),
            credentials: absolute("CREDENTIALS_DIRECTORY"),
            program_data: absolute("ProgramData"),
            platen_config: path("PLATEN_CONFIG"),
            platen_state: path("PLATEN_STATE"),
            platen_provision: path("PLATEN_PROVISION"),
            notify_socket: variable("NOTIFY_SOCKET").filter(|value| !value.is_empty()),
            search_path: variable("PATH"),
        }
    }

    /// Where a configuration file is looked for when none is named, the
    /// machine's before the user's: what an administrator decided holds.
    #[must_use]
    pub fn config_candidates(&self) -> Vec<PathBuf> {
        let mut candidates = Vec::new();
        match self.platform {
            Platform::Linux => {
                candidates.push(PathBuf::from("/etc/platen/platen.toml"));
                let user = self
                    .config_home
                    .clone()
                    .or_else(|| Some(self.home.as_ref()?.join(".config")));
                candidates.extend(user.map(|folder| folder.join("platen/platen.toml")));
            }
            Platform::Macos => {
                let folder = "Library/Application Support/Platen/platen.toml";
                candidates.push(Path::new("/").join(folder));
                candidates.extend(self.home.as_ref().map(|home| home.join(folder)));
            }
            Platform::Windows => {
                let folders = [self.program_data.as_ref(), self.config_home.as_ref()];
                candidates.extend(
                    folders
                        .into_iter()
                        .flatten()
                        .map(|folder| folder.join("Platen").join("platen.toml")),
                );
            }
        }
        candidates
    }

    /// The state directory when neither the command line, nor the
    /// environment, nor the configuration names one. `None` when there is
    /// nothing to derive it from (no home directory).
    #[must_use]
    pub fn default_state_directory(&self) -> Option<PathBuf> {
        if let Some(folder) = &self.service_state {
            return Some(folder.clone());
        }
        if self.system {
            return Some(self.system_state_directory());
        }
        match self.platform {
            Platform::Linux => self
                .state_home
                .clone()
                .or_else(|| Some(self.home.as_ref()?.join(".local/state")))
                .map(|folder| folder.join("platen")),
            Platform::Macos => self
                .home
                .as_ref()
                .map(|home| home.join("Library/Application Support/Platen/State")),
            Platform::Windows => self
                .state_home
                .as_ref()
                .map(|folder| folder.join("Platen").join("State")),
        }
    }

    /// Where an agent that runs for the whole machine keeps its state.
    #[must_use]
    pub fn system_state_directory(&self) -> PathBuf {
        match self.platform {
            Platform::Linux => PathBuf::from("/var/lib/platen"),
            Platform::Macos => PathBuf::from("/Library/Application Support/Platen/State"),
            Platform::Windows => self
                .program_data
                .clone()
                .unwrap_or_else(|| PathBuf::from(r"C:\ProgramData"))
                .join("Platen")
                .join("State"),
        }
    }

    /// The first program of this name on the search path.
    #[must_use]
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(self.search_path.as_ref()?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    }
}

/// What the agent is called as a service of Windows.
pub const SERVICE: &str = "Platen";

/// The account of that service, `NT SERVICE\Platen`: Windows makes its number
/// from the SHA-1 of the name in capital letters.
pub const SERVICE_ACCOUNT: &str = "S-1-5-80-3093083062-3715948077-1318271331-1447423006-186729294";

/// The administration socket inside a state directory.
#[must_use]
pub fn admin_socket(state_directory: &Path) -> PathBuf {
    state_directory.join("admin.sock")
}

/// The folder with the certificate of the `wss` ports inside a state directory.
#[must_use]
pub fn certificate_folder(state_directory: &Path) -> PathBuf {
    state_directory.join("tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(platform: Platform, system: bool, set: &[(&str, &str)]) -> Environment {
        Environment::read(platform, system, |name| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_state_directory_follows_the_convention_of_platform_and_user() {
        let check = |platform, system, set: &[(&str, &str)], expected: Option<&str>| {
            let found = environment(platform, system, set).default_state_directory();
            assert_eq!(found, expected.map(PathBuf::from), "{platform:?} {set:?}");
        };
        let home = ("HOME", "/home/mo");
        check(
            Platform::Linux,
            false,
            &[home],
            Some("/home/mo/.local/state/platen"),
        );
        check(
            Platform::Linux,
            false,
            &[home, ("XDG_STATE_HOME", "/x/state")],
            Some("/x/state/platen"),
        );
        check(
            Platform::Linux,
            false,
            &[home, ("XDG_STATE_HOME", "relative")],
            Some("/home/mo/.local/state/platen"),
        );
        check(Platform::Linux, true, &[home], Some("/var/lib/platen"));
        check(
            Platform::Linux,
            true,
            &[home, ("STATE_DIRECTORY", "/var/lib/private/platen:/other")],
            Some("/var/lib/private/platen"),
        );
        check(Platform::Linux, false, &[], None);
        check(
            Platform::Macos,
            false,
            &[("HOME", "/Users/mo")],
            Some("/Users/mo/Library/Application Support/Platen/State"),
        );
        check(
            Platform::Macos,
            true,
            &[],
            Some("/Library/Application Support/Platen/State"),
        );
    }

    #[test]
    fn the_services_account_is_made_from_its_name() {
        let name: Vec<u8> = SERVICE
            .to_uppercase()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &name);
        let account =
            digest
                .as_ref()
                .chunks_exact(4)
                .fold("S-1-5-80".to_owned(), |account, word| {
                    let word = u32::from_le_bytes(word.try_into().unwrap());
                    format!("{account}-{word}")
                });
        assert_eq!(account, SERVICE_ACCOUNT);
    }

    #[test]
    fn the_machines_configuration_is_looked_for_before_the_users() {
        let check = |set: &[(&str, &str)], expected: &[&str]| {
            let found = environment(Platform::Linux, false, set).config_candidates();
            let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(found, expected);
        };
        check(
            &[("HOME", "/home/mo")],
            &[
                "/etc/platen/platen.toml",
                "/home/mo/.config/platen/platen.toml",
            ],
        );
        check(
            &[("HOME", "/home/mo"), ("XDG_CONFIG_HOME", "/x")],
            &["/etc/platen/platen.toml", "/x/platen/platen.toml"],
        );
        check(&[], &["/etc/platen/platen.toml"]);
    }
}
