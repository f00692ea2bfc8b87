//! Signatures of provisioning files, for machines where the file cannot lie
//! protected. Docs/provisioning.md of the agent says what they are for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::provision::{FILE_OCTETS_MAX, signed_octets};
use rcgen::PublicKeyData as _;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError, Overwrite};
use crate::key::{Algorithm, KeyError, PrivateKey};

/// Why a file was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key that agents believe no provisioning file by.
    #[error(
        "provisioning files are signed with Ed25519 or ECDSA P-256; make a key with `platen-sign provision new`"
    )]
    Unsuitable,
}

/// The public half of a key, as `provision.keys` of `platen.toml` takes it.
///
/// # Errors
/// [`ProvisionError::Unsuitable`].
pub fn public_key(key: &PrivateKey) -> Result<String, ProvisionError> {
    match key.algorithm() {
        Algorithm::P256 | Algorithm::Ed25519 => Ok(STANDARD.encode(key.subject_public_key_info())),
        Algorithm::Rsa => Err(ProvisionError::Unsuitable),
    }
}

/// Makes a key in `folder` and returns its file.
///
/// # Errors
/// [`ProvisionError`].
pub fn create(
    folder: &Path,
    algorithm: Algorithm,
    overwrite: Overwrite,
) -> Result<(PathBuf, PrivateKey), ProvisionError> {
    let key = PrivateKey::generate(algorithm)?;
    let file = folder.join("provision.key");
    files::write_secret(&file, &key.to_pem(), overwrite)?;
    Ok((file, key))
}

/// Signs a provisioning file, into the file beside it that is returned. Another
/// signature there is replaced.
///
/// # Errors
/// [`ProvisionError`].
pub fn sign(file: &Path, key: &PrivateKey) -> Result<PathBuf, ProvisionError> {
    public_key(key)?;
    let text = files::read_bounded(file, FILE_OCTETS_MAX)?;
    let signature = URL_SAFE_NO_PAD.encode(key.sign(&signed_octets(text.as_bytes()))?);
    let mut beside = file.as_os_str().to_owned();
    beside.push(".sig");
    let beside = PathBuf::from(beside);
    files::write_public(&beside, &format!("{signature}\n"), Overwrite::Replace)?;
    Ok(beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    #[test]
    fn a_file_is_signed_with_what_says_that_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let (key_file, key) = create(folder.path(), Algorithm::Ed25519, Overwrite::Refuse).unwrap();
        let again = PrivateKey::from_pem(&std::fs::read_to_string(key_file).unwrap()).unwrap();
        assert_eq!(public_key(&again).unwrap(), public_key(&key).unwrap());
        let file = folder.path().join("provision.toml");
        std::fs::write(&file, "number = 1\n").unwrap();
        let signature = std::fs::read_to_string(sign(&file, &key).unwrap()).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature.trim()).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, key.der_bytes());
        let signed = b"platen-provision-v1\nnumber = 1\n";
        public.verify(signed, &signature).unwrap();
        assert!(public.verify(b"number = 1\n", &signature).is_err());
    }

    #[test]
    fn what_is_no_text_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        let file = folder.path().join("provision.toml");
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(sign(&file, &key).is_err());
        assert!(!folder.path().join("provision.toml.sig").exists());
    }
}
