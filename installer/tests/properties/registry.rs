//! The registry and the stores of authorities of a test's machine: keys are
//! folders, values and certificates are files, so that a picture of the
//! machine shows them.

use std::fs;
use std::io;
use std::path::PathBuf;

use platen_installer::{RegistryData, RootStoreOf, Windows};

use crate::machine::TestMachine;

impl TestMachine {
    fn key(&self, key: &str) -> PathBuf {
        self.root.join("registry").join(key.replace('\\', "/"))
    }

    fn value_file(&self, key: &str, name: &str) -> PathBuf {
        self.key(key).join(format!("{name} (value)"))
    }

    fn certificate(&self, store: RootStoreOf, der: &[u8]) -> PathBuf {
        let name = String::from_utf8_lossy(der).into_owned();
        self.root.join(format!("certificates of {store:?} {name}"))
    }
}

impl Windows for TestMachine {
    fn names(&self, key: &str) -> io::Result<Option<Vec<String>>> {
        let entries = match fs::read_dir(self.key(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().into_string().unwrap();
            names.extend(name.strip_suffix(" (value)").map(str::to_owned));
        }
        names.sort();
        Ok(Some(names))
    }

    fn make_key(&self, key: &str) -> io::Result<()> {
        self.change(|| fs::create_dir(self.key(key)), || ())
    }

    fn remove_empty_key(&self, key: &str) -> io::Result<()> {
        self.change(
            || match fs::remove_dir(self.key(key)) {
                Err(error)
                    if !matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
                    ) =>
                {
                    Err(error)
                }
                Ok(()) | Err(_) => Ok(()),
            },
            || (),
        )
    }

    fn value(&self, key: &str, name: &str) -> io::Result<Option<RegistryData>> {
        match fs::read(self.value_file(key, name)) {
            Ok(octets) => Ok(Some(RegistryData { kind: 1, octets })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn set_value(&self, key: &str, name: &str, data: &RegistryData) -> io::Result<()> {
        self.change(
            || {
                fs::create_dir_all(self.key(key))?;
                fs::write(self.value_file(key, name), &data.octets)
            },
            || (),
        )
    }

    fn remove_value(&self, key: &str, name: &str) -> io::Result<()> {
        self.change(|| fs::remove_file(self.value_file(key, name)), || ())
    }

    fn has_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<bool> {
        Ok(self.certificate(store, der).exists())
    }

    fn add_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()> {
        self.change(|| fs::write(self.certificate(store, der), der), || ())
    }

    fn remove_root(&self, store: RootStoreOf, der: &[u8]) -> io::Result<()> {
        self.change(|| fs::remove_file(self.certificate(store, der)), || ())
    }
}
