//! The authorities that Windows trusts: its stores named `ROOT`.

use std::io;
use std::marker::PhantomData;
use std::ptr;

use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CERT_OPEN_STORE_FLAGS, CERT_STORE_ADD_NEW, CERT_STORE_CTRL_COMMIT,
    CERT_STORE_PROV_SYSTEM_W, CERT_STORE_READONLY_FLAG, CERT_SYSTEM_STORE_CURRENT_USER_ID,
    CERT_SYSTEM_STORE_LOCAL_MACHINE_ID, CERT_SYSTEM_STORE_LOCATION_SHIFT,
    CertAddEncodedCertificateToStore, CertCloseStore, CertControlStore,
    CertDeleteCertificateFromStore, CertDuplicateCertificateContext, CertEnumCertificatesInStore,
    CertFreeCertificateContext, CertOpenStore, HCERTSTORE, X509_ASN_ENCODING,
};

use crate::access::{check, wide};

/// Whose authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The machine's, which every user trusts; an administrator changes it.
    Machine,
    /// This user's. Windows asks the user before it changes.
    User,
}

/// Whether a store holds this certificate (DER).
///
/// # Errors
/// What the system says.
pub fn contains(store: Store, der: &[u8]) -> io::Result<bool> {
    let store = Open::new(store, CERT_STORE_READONLY_FLAG)?;
    Ok(store.find(der).is_some())
}

/// Adds a certificate that is not there.
///
/// # Errors
/// What the system says; also where the user says no.
pub fn add(store: Store, der: &[u8]) -> io::Result<()> {
    let store = Open::new(store, 0)?;
    let octets = u32::try_from(der.len()).map_err(io::Error::other)?;
    // SAFETY: an open store and `octets` octets; nothing is written back.
    check(unsafe {
        CertAddEncodedCertificateToStore(
            store.0,
            X509_ASN_ENCODING,
            der.as_ptr(),
            octets,
            CERT_STORE_ADD_NEW,
            ptr::null_mut(),
        )
    })
}

/// Takes a certificate out; nothing where it is not there.
///
/// # Errors
/// What the system says; also where the user says no.
pub fn remove(store: Store, der: &[u8]) -> io::Result<()> {
    {
        let store = Open::new(store, 0)?;
        let Some(found) = store.find(der) else {
            return Ok(());
        };
        // SAFETY: a certificate of an open store; the call takes the one that
        // the duplicate counts, whatever it answers.
        check(unsafe { CertDeleteCertificateFromStore(CertDuplicateCertificateContext(found.0)) })?;
        // Closing is not enough for wine, and not every store of Windows knows
        // this: whether it is gone is looked at below.
        // SAFETY: an open store; this request takes nothing.
        unsafe { CertControlStore(store.0, 0, CERT_STORE_CTRL_COMMIT, ptr::null()) };
    }
    if contains(store, der)? {
        return Err(io::Error::other("the certificate is still there"));
    }
    Ok(())
}

/// A store, closed at the end.
struct Open(HCERTSTORE);

impl Open {
    fn new(store: Store, flags: CERT_OPEN_STORE_FLAGS) -> io::Result<Self> {
        let place = match store {
            Store::Machine => CERT_SYSTEM_STORE_LOCAL_MACHINE_ID,
            Store::User => CERT_SYSTEM_STORE_CURRENT_USER_ID,
        };
        let name = wide("ROOT");
        // SAFETY: a provider of the system's, and the name that it wants, which
        // ends with a zero.
        let opened = unsafe {
            CertOpenStore(
                CERT_STORE_PROV_SYSTEM_W,
                0,
                0,
                (place << CERT_SYSTEM_STORE_LOCATION_SHIFT) | flags,
                name.as_ptr().cast(),
            )
        };
        if opened.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(opened))
    }

    fn find(&self, der: &[u8]) -> Option<Certificate<'_>> {
        let mut last = ptr::null();
        loop {
            // SAFETY: an open store, and null or what the call gave before,
            // which it frees.
            let next = unsafe { CertEnumCertificatesInStore(self.0, last) };
            // SAFETY: null, or a certificate that lives until it is freed.
            let certificate = unsafe { next.as_ref() }?;
            // SAFETY: the certificate's own octets, which live as long.
            let octets = unsafe {
                std::slice::from_raw_parts(
                    certificate.pbCertEncoded,
                    certificate.cbCertEncoded as usize,
                )
            };
            if octets == der {
                return Some(Certificate(next, PhantomData));
            }
            last = next;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: opened here, and nobody else has it.
        unsafe { CertCloseStore(self.0, 0) };
    }
}

/// A certificate of a store that is open as long, freed at the end.
struct Certificate<'s>(*const CERT_CONTEXT, PhantomData<&'s Open>);

impl Drop for Certificate<'_> {
    fn drop(&mut self) {
        // SAFETY: CertEnumCertificatesInStore gave it, and nobody else frees it.
        unsafe { CertFreeCertificateContext(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of nobody's, valid in form only.
    const DER: &[u8] = include_bytes!("../tests/authority.der");

    #[test]
    fn an_authority_is_added_found_and_taken_out() {
        for store in [Store::Machine, Store::User] {
            assert!(!contains(store, DER).unwrap(), "{store:?}");
            add(store, DER).unwrap();
            assert!(contains(store, DER).unwrap(), "{store:?}");
            assert!(add(store, DER).is_err(), "twice");
            remove(store, DER).unwrap();
            assert!(!contains(store, DER).unwrap(), "{store:?}");
            remove(store, DER).unwrap();
        }
    }
}
