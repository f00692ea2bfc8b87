//! The provisioning file as an agent finds it when it starts, or when it is
//! asked to look again; and the configuration under its policies.

use std::path::{Path, PathBuf};

use super::accept::{Accepted, Refused, Trust, Warrant, Why, accept};
use super::kept::Kept;
use super::{Policy, ProvisionKey, find};
use crate::config::{Config, ConfigError, Loaded, Overrides};
use crate::paths::Environment;

/// What speaks for this machine.
#[derive(Debug)]
pub struct Found {
    pub(super) file: FoundFile,
    pub(super) kept: Option<Kept>,
    pub(super) place: Place,
}

/// The file.
#[derive(Debug)]
pub(super) enum FoundFile {
    /// None is there: what one brought before is taken back.
    Absent,
    /// This one.
    Accepted(Box<Accepted>),
    /// One that is not believed: what was accepted before stays in effect.
    Refused(Refused),
}

/// Where to look, and whom to believe.
#[derive(Debug, Clone)]
pub(super) struct Place {
    environment: Environment,
    keys: Vec<ProvisionKey>,
    config_file: Option<PathBuf>,
    pub(super) state: PathBuf,
}

impl Place {
    pub(super) fn look(&self) -> Found {
        let kept = Kept::read(&self.state);
        let file = match find(&self.environment) {
            None => absent(kept.as_ref()),
            Some(file) => self.look_at(&file, kept.as_ref()),
        };
        Found {
            file,
            kept,
            place: self.clone(),
        }
    }

    fn look_at(&self, file: &Path, kept: Option<&Kept>) -> FoundFile {
        let trust = Trust {
            keys: &self.keys,
            config_file: self.config_file.as_deref(),
        };
        let accepted = match accept(file, trust) {
            Ok(accepted) => accepted,
            Err(refused) => return FoundFile::Refused(refused),
        };
        let known = kept.and_then(|kept| kept.number).unwrap_or(0);
        let number = accepted.provision.number.unwrap_or(0);
        if accepted.warrant == Warrant::Signed && number < known {
            return FoundFile::Refused(Refused {
                file: file.to_owned(),
                why: Why::Untrusted(format!(
                    "its number is {number}, and {known} was applied here before; bring the newest"
                )),
            });
        }
        FoundFile::Accepted(Box::new(accepted))
    }
}

/// Who can write a folder can take a signed file away, and that is no word of
/// who signed it.
fn absent(kept: Option<&Kept>) -> FoundFile {
    match kept {
        Some(kept) if kept.warrant == Warrant::Signed => FoundFile::Refused(Refused {
            file: kept.file.clone(),
            why: Why::Untrusted(
                "it was signed, and is gone; what it said stays until a signed file with a higher number says otherwise".to_owned(),
            ),
        }),
        Some(_) | None => FoundFile::Absent,
    }
}

impl Found {
    /// Looks for the file of the machine whose configuration this is.
    #[must_use]
    pub fn look(environment: &Environment, loaded: &Loaded) -> Self {
        let place = Place {
            environment: environment.clone(),
            keys: loaded.config.provision.keys.clone(),
            config_file: loaded.file.clone(),
            state: loaded.config.state_directory.clone(),
        };
        place.look()
    }

    /// The values that are decided here.
    #[must_use]
    pub fn policy(&self) -> Policy {
        match &self.file {
            FoundFile::Absent => Policy::default(),
            FoundFile::Accepted(accepted) => accepted.provision.policy.clone(),
            FoundFile::Refused(_) => self.kept.as_ref().map(Kept::policy).unwrap_or_default(),
        }
    }

    /// Why the file is refused, if it is.
    #[must_use]
    pub fn refused(&self) -> Option<&Refused> {
        match &self.file {
            FoundFile::Refused(refused) => Some(refused),
            FoundFile::Absent | FoundFile::Accepted(_) => None,
        }
    }

    /// The file, where it is believed.
    #[must_use]
    pub fn accepted(&self) -> Option<&Accepted> {
        match &self.file {
            FoundFile::Accepted(accepted) => Some(accepted),
            FoundFile::Absent | FoundFile::Refused(_) => None,
        }
    }
}

/// The configuration in effect: the file's values under the policies of the
/// provisioning file.
///
/// # Errors
/// Every problem of the configuration.
pub fn load_config(
    overrides: &Overrides,
    environment: &Environment,
) -> Result<(Loaded, Found), ConfigError> {
    let loaded = Config::load(overrides, environment)?;
    let found = Found::look(environment, &loaded);
    let policy = found.policy();
    if policy.is_empty() {
        return Ok((loaded, found));
    }
    Ok((Config::load_under(overrides, environment, &policy)?, found))
}
