//! The registry of the whole machine (`HKEY_LOCAL_MACHINE`).

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY, KEY_WRITE, REG_OPTION_NON_VOLATILE,
    REG_SAM_FLAGS, RegCloseKey, RegCreateKeyExW, RegDeleteKeyExW, RegDeleteValueW, RegEnumValueW,
    RegOpenKeyExW, RegQueryInfoKeyW, RegQueryValueExW, RegSetValueExW,
};

use crate::access::{succeeded, wide};

/// Longest name of a value, with its closing zero, in units of UTF-16.
const NAME_UNITS: usize = 16_384;
/// Longest value that is read.
const OCTETS_MAX: usize = 1024 * 1024;

/// The names of a key's values, sorted; `None` where there is no such key.
///
/// # Errors
/// What the system says.
pub fn names(key: &str) -> io::Result<Option<Vec<String>>> {
    let Some(key) = Key::open(key, KEY_READ)? else {
        return Ok(None);
    };
    let mut names = Vec::new();
    let mut place = vec![0; NAME_UNITS];
    for index in 0.. {
        let mut units = 16_384;
        // SAFETY: an open key, and a place for as many units as `units` says;
        // the rest is not asked for.
        let result = unsafe {
            RegEnumValueW(
                key.0,
                index,
                place.as_mut_ptr(),
                &raw mut units,
                ptr::null(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if result == ERROR_NO_MORE_ITEMS {
            break;
        }
        succeeded(result)?;
        names.push(String::from_utf16_lossy(&place[..units as usize]));
    }
    names.sort();
    Ok(Some(names))
}

/// Makes a key, and those above it.
///
/// # Errors
/// What the system says.
pub fn make_key(key: &str) -> io::Result<()> {
    Key::make(key).map(|_| ())
}

/// Removes a key that holds nothing; one that holds something stays.
///
/// # Errors
/// What the system says.
pub fn remove_empty_key(key: &str) -> io::Result<()> {
    let Some(open) = Key::open(key, KEY_READ)? else {
        return Ok(());
    };
    let (mut keys, mut values) = (0, 0);
    // SAFETY: an open key and two places for numbers; the rest is not asked for.
    succeeded(unsafe {
        RegQueryInfoKeyW(
            open.0,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null(),
            &raw mut keys,
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut values,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    drop(open);
    if keys != 0 || values != 0 {
        return Ok(());
    }
    let name = wide(key);
    // SAFETY: a root that is always open, and a name that ends with a zero.
    succeeded(unsafe { RegDeleteKeyExW(HKEY_LOCAL_MACHINE, name.as_ptr(), KEY_WOW64_64KEY, 0) })
}

/// The kind and the octets of a value; `None` where there is no such value.
///
/// # Errors
/// What the system says; also for a value of more than a mebibyte.
pub fn value(key: &str, name: &str) -> io::Result<Option<(u32, Vec<u8>)>> {
    let Some(key) = Key::open(key, KEY_READ)? else {
        return Ok(None);
    };
    let name = wide(name);
    let mut place = vec![0; OCTETS_MAX];
    let mut octets = u32::try_from(OCTETS_MAX).map_err(io::Error::other)?;
    let mut kind = 0;
    // SAFETY: an open key, a name that ends with a zero, and a place for as many
    // octets as `octets` says.
    let result = unsafe {
        RegQueryValueExW(
            key.0,
            name.as_ptr(),
            ptr::null(),
            &raw mut kind,
            place.as_mut_ptr(),
            &raw mut octets,
        )
    };
    if result == ERROR_FILE_NOT_FOUND {
        return Ok(None);
    }
    succeeded(result)?;
    place.truncate(octets as usize);
    Ok(Some((kind, place)))
}

/// Sets a value, and makes its key where that is missing.
///
/// # Errors
/// What the system says.
pub fn set_value(key: &str, name: &str, kind: u32, octets: &[u8]) -> io::Result<()> {
    let key = Key::make(key)?;
    let name = wide(name);
    let count = u32::try_from(octets.len()).map_err(io::Error::other)?;
    // An empty slice points nowhere, which not every system takes.
    let first = if octets.is_empty() {
        ptr::null()
    } else {
        octets.as_ptr()
    };
    // SAFETY: an open key, a name that ends with a zero, and `count` octets
    // from `first` on, which are one slice's.
    succeeded(unsafe { RegSetValueExW(key.0, name.as_ptr(), 0, kind, first, count) })
}

/// Removes a value; nothing where it is not there.
///
/// # Errors
/// What the system says.
pub fn remove_value(key: &str, name: &str) -> io::Result<()> {
    let Some(key) = Key::open(key, KEY_WRITE)? else {
        return Ok(());
    };
    let name = wide(name);
    // SAFETY: an open key, and a name that ends with a zero.
    match unsafe { RegDeleteValueW(key.0, name.as_ptr()) } {
        ERROR_FILE_NOT_FOUND => Ok(()),
        result => succeeded(result),
    }
}

/// An open key, closed at the end.
struct Key(HKEY);

impl Key {
    fn open(key: &str, rights: REG_SAM_FLAGS) -> io::Result<Option<Self>> {
        let name = wide(key);
        let mut opened = ptr::null_mut();
        // SAFETY: a root that is always open, and a name that ends with a zero;
        // one handle is written, to a place that is ours.
        let result = unsafe {
            RegOpenKeyExW(
                HKEY_LOCAL_MACHINE,
                name.as_ptr(),
                0,
                rights | KEY_WOW64_64KEY,
                &raw mut opened,
            )
        };
        match result {
            ERROR_SUCCESS => Ok(Some(Self(opened))),
            ERROR_FILE_NOT_FOUND => Ok(None),
            error => Err(io::Error::from_raw_os_error(error.cast_signed())),
        }
    }

    fn make(key: &str) -> io::Result<Self> {
        let name = wide(key);
        let mut opened = ptr::null_mut();
        // SAFETY: a root that is always open, and a name that ends with a zero;
        // one handle is written, to a place that is ours.
        succeeded(unsafe {
            RegCreateKeyExW(
                HKEY_LOCAL_MACHINE,
                name.as_ptr(),
                0,
                ptr::null(),
                REG_OPTION_NON_VOLATILE,
                KEY_READ | KEY_WRITE | KEY_WOW64_64KEY,
                ptr::null(),
                &raw mut opened,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(opened))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: opened here, and nobody else has it.
        unsafe { RegCloseKey(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r"SOFTWARE\Platen-test";

    #[test]
    fn a_key_is_made_filled_emptied_and_removed() {
        let list = format!(r"{KEY}\List");
        assert_eq!(names(&list).unwrap(), None);
        assert_eq!(value(&list, "1").unwrap(), None);
        make_key(KEY).unwrap();
        set_value(&list, "2", 1, &[b'a', 0, 0, 0]).unwrap();
        set_value(&list, "1", 3, &[]).unwrap();
        let found = names(&list).unwrap();
        assert_eq!(found, Some(vec!["1".to_owned(), "2".to_owned()]));
        let text = value(&list, "2").unwrap();
        assert_eq!(text, Some((1, vec![b'a', 0, 0, 0])));
        assert_eq!(value(&list, "1").unwrap(), Some((3, Vec::new())));
        for key in [KEY, &list] {
            remove_empty_key(key).unwrap();
            assert!(names(key).unwrap().is_some(), "{key} holds something");
        }
        remove_value(&list, "1").unwrap();
        remove_value(&list, "1").unwrap();
        remove_value(&list, "2").unwrap();
        remove_empty_key(&list).unwrap();
        remove_empty_key(KEY).unwrap();
        assert_eq!(names(KEY).unwrap(), None);
    }
}
