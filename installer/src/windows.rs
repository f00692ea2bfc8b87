//! What only Windows has: its registry, and its own store of authorities.
//!
//! Keys are those of the whole machine (`HKEY_LOCAL_MACHINE`), where browsers
//! look for policies: in a user's own, too, Windows lets only administrators
//! write policies.

use std::io;

use serde::{Deserialize, Serialize};

use crate::environment::Scope;

/// `REG_SZ`, as the registry numbers its kinds.
const TEXT: u32 = 1;

/// The registry of the machine and its stores of authorities.
pub trait Windows {
    /// The names of a key's values, sorted; `None` where there is no such key.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn names(&self, key: &str) -> io::Result<Option<Vec<String>>>;
    /// Makes one key.
    ///
    /// # Errors
    /// When the system refuses.
    fn make_key(&self, key: &str) -> io::Result<()>;
    /// Removes a key that holds nothing; one that holds something stays.
    ///
    /// # Errors
    /// When the system refuses.
    fn remove_empty_key(&self, key: &str) -> io::Result<()>;
    /// What a value holds; `None` where there is no such value.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn value(&self, key: &str, name: &str) -> io::Result<Option<RegistryData>>;
    /// Sets a value, and makes its key where that is missing.
    ///
    /// # Errors
    /// When the system refuses.
    fn set_value(&self, key: &str, name: &str, data: &RegistryData) -> io::Result<()>;
    /// Removes a value that is there.
    ///
    /// # Errors
    /// When the system refuses.
    fn remove_value(&self, key: &str, name: &str) -> io::Result<()>;
    /// Whether a store holds this certificate (DER).
    ///
    /// # Errors
    /// When the store cannot be opened.
    fn has_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<bool>;
    /// Puts a certificate that is not there into a store.
    ///
    /// # Errors
    /// When the system refuses, or the person whom it asks.
    fn add_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()>;
    /// Takes a certificate out of a store.
    ///
    /// # Errors
    /// When the system refuses, or the person whom it asks.
    fn remove_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()>;
}

/// Whose store of trusted authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootStoreOf {
    /// The machine's; everybody on it trusts what is there.
    Machine,
    /// This user's. Windows asks before it lets a program change it.
    User,
}

impl RootStoreOf {
    /// The one that an installation uses.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        match scope {
            Scope::System => Self::Machine,
            Scope::User { .. } => Self::User,
        }
    }
}

/// What a value of the registry holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryData {
    /// Its kind, as Windows numbers them.
    pub kind: u32,
    /// What is in it.
    pub octets: Vec<u8>,
}

impl RegistryData {
    /// A text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let units = text.encode_utf16().chain([0]);
        Self {
            kind: TEXT,
            octets: units.flat_map(u16::to_le_bytes).collect(),
        }
    }
}

#[cfg(windows)]
mod real {
    use std::io;

    use platen_windows::{registry, trust};

    use super::{RegistryData, RootStoreOf, Windows};
    use crate::machine::RealMachine;

    impl Windows for RealMachine {
        fn names(&self, key: &str) -> io::Result<Option<Vec<String>>> {
            registry::names(key)
        }

        fn make_key(&self, key: &str) -> io::Result<()> {
            registry::make_key(key)
        }

        fn remove_empty_key(&self, key: &str) -> io::Result<()> {
            registry::remove_empty_key(key)
        }

        fn value(&self, key: &str, name: &str) -> io::Result<Option<RegistryData>> {
            let found = registry::value(key, name)?;
            Ok(found.map(|(kind, octets)| RegistryData { kind, octets }))
        }

        fn set_value(&self, key: &str, name: &str, data: &RegistryData) -> io::Result<()> {
            registry::set_value(key, name, data.kind, &data.octets)
        }

        fn remove_value(&self, key: &str, name: &str) -> io::Result<()> {
            registry::remove_value(key, name)
        }

        fn has_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<bool> {
            trust::contains(place(store), der)
        }

        fn add_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()> {
            trust::add(place(store), der)
        }

        fn remove_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()> {
            trust::remove(place(store), der)
        }
    }

    fn place(store: RootStoreOf) -> trust::Store {
        match store {
            RootStoreOf::Machine => trust::Store::Machine,
            RootStoreOf::User => trust::Store::User,
        }
    }
}
