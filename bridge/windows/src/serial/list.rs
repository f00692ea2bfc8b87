//! The COM ports of this machine, and what is known of their USB adapters.
//!
//! Which ports there are is what their drivers wrote into `SERIALCOMM`. A port
//! is on an adapter when a device that is present, and of the class of ports,
//! says so in its `PortName`, and hangs at a USB device: what was plugged in
//! once and is remembered does not count.

use std::ptr;

use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    CM_Get_Device_IDW, CM_Get_Parent, CR_SUCCESS, DICS_FLAG_GLOBAL, DIGCF_PRESENT, DIREG_DEV,
    GUID_DEVCLASS_PORTS, HDEVINFO, SETUP_DI_REGISTRY_PROPERTY, SP_DEVINFO_DATA, SPDRP_FRIENDLYNAME,
    SPDRP_MFG, SetupDiDestroyDeviceInfoList, SetupDiEnumDeviceInfo, SetupDiGetClassDevsW,
    SetupDiGetDeviceRegistryPropertyW, SetupDiOpenDevRegKey,
};
use windows_sys::Win32::Foundation::{ERROR_SUCCESS, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_QUERY_VALUE, REG_SZ, RRF_RT_REG_SZ, RegCloseKey, RegEnumValueW,
    RegGetValueW, RegOpenKeyExW,
};

/// More are multiplexers of a machine room.
const PORTS_MAX: u32 = 256;
/// Characters of a name that is read.
const CHARACTERS_MAX: usize = 512;
/// Devices between a port and its USB device, at most.
const LEVELS_MAX: usize = 4;

/// A port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `COM3`.
    pub name: String,
    /// The USB adapter that it is on, if it is on one.
    pub adapter: Option<Adapter>,
}

/// What is known of a USB adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// Who made it.
    pub vendor: u16,
    /// Which one of theirs it is.
    pub product: u16,
    /// Which one of these, where it says so.
    pub serial_number: Option<String>,
    /// What its driver calls it.
    pub product_name: Option<String>,
    /// What its driver calls its maker.
    pub manufacturer: Option<String>,
}

/// The ports of this machine, in no order. Blocks, for as long as the system
/// takes to tell.
#[must_use]
pub fn list() -> Vec<Listed> {
    let adapters = adapters();
    let names = names().into_iter();
    names
        .map(|name| Listed {
            adapter: adapters
                .iter()
                .find(|(port, _)| *port == name)
                .map(|(_, adapter)| adapter.clone()),
            name,
        })
        .collect()
}

/// What drivers call their ports.
fn names() -> Vec<String> {
    let Some(key) = Key::open(r"HARDWARE\DEVICEMAP\SERIALCOMM") else {
        return Vec::new(); // there is none where there is no port
    };
    (0..PORTS_MAX)
        .map_while(|index| key.value_at(index))
        .flatten()
        .collect()
}

/// Each port that is on a USB device, with that.
fn adapters() -> Vec<(String, Adapter)> {
    let Some(devices) = Devices::ports() else {
        return Vec::new();
    };
    (0..PORTS_MAX)
        .map_while(|index| devices.at(index))
        .filter_map(|device| {
            let name = devices.key(&device)?.text("PortName")?;
            let (vendor, product, serial_number) = usb_device(device.DevInst)?;
            let adapter = Adapter {
                vendor,
                product,
                serial_number,
                product_name: devices
                    .text(&device, SPDRP_FRIENDLYNAME)
                    .map(|text| without_port(&text, &name)),
                manufacturer: devices.text(&device, SPDRP_MFG),
            };
            Some((name, adapter))
        })
        .collect()
}

/// The USB device that a device is, or hangs at: an interface of it, or the
/// port of a driver's own bus.
fn usb_device(mut device: u32) -> Option<(u16, u16, Option<String>)> {
    for _ in 0..LEVELS_MAX {
        let mut id = [0; CHARACTERS_MAX];
        // SAFETY: `id` has the room that is said.
        let told =
            unsafe { CM_Get_Device_IDW(device, id.as_mut_ptr(), u32::try_from(id.len()).ok()?, 0) };
        if told != CR_SUCCESS {
            return None;
        }
        if let Some(found) = parse(&text_of(&id)) {
            return Some(found);
        }
        let mut parent = 0;
        // SAFETY: `parent` is a live number.
        if unsafe { CM_Get_Parent(&raw mut parent, device, 0) } != CR_SUCCESS {
            return None;
        }
        device = parent;
    }
    None
}

/// Reads `USB\VID_0403&PID_6001\A5`. An interface (`&MI_00`) has no serial number
/// of its own, and where a device has none Windows makes one with `&` in it.
fn parse(id: &str) -> Option<(u16, u16, Option<String>)> {
    let mut parts = id.split('\\');
    let (bus, names, instance) = (parts.next()?, parts.next()?, parts.next()?);
    if !bus.eq_ignore_ascii_case("USB") {
        return None;
    }
    let mut names = names.split('&');
    let vendor = names.next()?.strip_prefix("VID_")?;
    let product = names.next()?.strip_prefix("PID_")?;
    if names.any(|name| name.starts_with("MI_")) {
        return None;
    }
    let number = |text| u16::from_str_radix(text, 16).ok();
    let serial = !instance.is_empty() && !instance.contains('&');
    Some((
        number(vendor)?,
        number(product)?,
        serial.then(|| instance.to_owned()),
    ))
}

/// `USB Serial Port (COM3)` is called `USB Serial Port`.
fn without_port(text: &str, port: &str) -> String {
    let name = text.strip_suffix(&format!("({port})")).unwrap_or(text);
    name.trim().to_owned()
}

/// The devices of a class that are present.
struct Devices(HDEVINFO);

impl Devices {
    fn ports() -> Option<Self> {
        // SAFETY: the class lives through the call; the others may be null.
        let devices = unsafe {
            SetupDiGetClassDevsW(
                &GUID_DEVCLASS_PORTS,
                ptr::null(),
                ptr::null_mut(),
                DIGCF_PRESENT,
            )
        };
        (devices != INVALID_HANDLE_VALUE as HDEVINFO).then_some(Self(devices))
    }

    fn at(&self, index: u32) -> Option<SP_DEVINFO_DATA> {
        let mut device = SP_DEVINFO_DATA {
            cbSize: u32::try_from(size_of::<SP_DEVINFO_DATA>()).ok()?,
            ..SP_DEVINFO_DATA::default()
        };
        // SAFETY: the list is open, and `device` says its size.
        let told = unsafe { SetupDiEnumDeviceInfo(self.0, index, &raw mut device) };
        (told != 0).then_some(device)
    }

    /// What its driver keeps of it.
    fn key(&self, device: &SP_DEVINFO_DATA) -> Option<Key> {
        // SAFETY: the list is open, and `device` one of it.
        let key = unsafe {
            SetupDiOpenDevRegKey(
                self.0,
                device,
                DICS_FLAG_GLOBAL,
                0,
                DIREG_DEV,
                KEY_QUERY_VALUE,
            )
        };
        (key != INVALID_HANDLE_VALUE).then_some(Key(key))
    }

    fn text(
        &self,
        device: &SP_DEVINFO_DATA,
        property: SETUP_DI_REGISTRY_PROPERTY,
    ) -> Option<String> {
        let mut text = [0_u16; CHARACTERS_MAX];
        let mut kind = 0;
        // SAFETY: the list is open, and `device` one of it; the length is that of
        // `text` in octets.
        let told = unsafe {
            SetupDiGetDeviceRegistryPropertyW(
                self.0,
                device,
                property,
                &raw mut kind,
                text.as_mut_ptr().cast(),
                u32::try_from(size_of_val(&text)).ok()?,
                ptr::null_mut(),
            )
        };
        let text = text_of(&text);
        (told != 0 && kind == REG_SZ && !text.is_empty()).then_some(text)
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        // SAFETY: the list is open, and nobody uses it after this.
        unsafe { SetupDiDestroyDeviceInfoList(self.0) };
    }
}

/// An open key of the registry.
struct Key(HKEY);

impl Key {
    fn open(path: &str) -> Option<Self> {
        let path = wide(path);
        let mut key = ptr::null_mut();
        // SAFETY: `path` ends with a zero; `key` is a live place.
        let opened = unsafe {
            RegOpenKeyExW(
                HKEY_LOCAL_MACHINE,
                path.as_ptr(),
                0,
                KEY_QUERY_VALUE,
                &raw mut key,
            )
        };
        (opened == ERROR_SUCCESS).then_some(Self(key))
    }

    /// A value by its place: `None` after the last, `Some(None)` for one that is
    /// no text.
    fn value_at(&self, index: u32) -> Option<Option<String>> {
        let mut name = [0_u16; CHARACTERS_MAX];
        let mut text = [0_u16; CHARACTERS_MAX];
        let mut name_characters = u32::try_from(name.len()).ok()?;
        let mut text_octets = u32::try_from(size_of_val(&text)).ok()?;
        let mut kind = 0;
        // SAFETY: the key is open; both lengths are those of what they are said of.
        let told = unsafe {
            RegEnumValueW(
                self.0,
                index,
                name.as_mut_ptr(),
                &raw mut name_characters,
                ptr::null(),
                &raw mut kind,
                text.as_mut_ptr().cast(),
                &raw mut text_octets,
            )
        };
        (told == ERROR_SUCCESS).then(|| (kind == REG_SZ).then(|| text_of(&text)))
    }

    fn text(&self, name: &str) -> Option<String> {
        let name = wide(name);
        let mut text = [0_u16; CHARACTERS_MAX];
        let mut octets = u32::try_from(size_of_val(&text)).ok()?;
        // SAFETY: the key is open, `name` ends with a zero, and `octets` is the
        // room in `text`.
        let told = unsafe {
            RegGetValueW(
                self.0,
                ptr::null(),
                name.as_ptr(),
                RRF_RT_REG_SZ,
                ptr::null_mut(),
                text.as_mut_ptr().cast(),
                &raw mut octets,
            )
        };
        (told == ERROR_SUCCESS).then(|| text_of(&text))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is open, and nobody uses it after this.
        unsafe { RegCloseKey(self.0) };
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Text up to its zero.
fn text_of(text: &[u16]) -> String {
    let end = text.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&text[..end.unwrap_or(text.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usb_device_is_read_from_its_id() {
        let with = |serial: &str| Some((0x0403, 0x6001, Some(serial.to_owned())));
        for (id, expected) in [
            (r"USB\VID_0403&PID_6001\A5XK3RJT", with("A5XK3RJT")),
            (r"USB\VID_0403&PID_6001&REV_0600\A5", with("A5")),
            (
                r"USB\VID_0403&PID_6001\6&1A2B3C&0&2",
                Some((0x0403, 0x6001, None)),
            ),
            (r"USB\VID_0403&PID_6001&MI_00\7&1&0&0", None),
            (r"FTDIBUS\VID_0403+PID_6001+A5XK3RJTA\0000", None),
            (r"USB\ROOT_HUB30\4&1", None),
            (r"ACPI\PNP0501\1", None),
            ("", None),
        ] {
            assert_eq!(parse(id), expected, "{id}");
        }
    }

    #[test]
    fn the_port_is_no_part_of_the_name() {
        assert_eq!(
            without_port("USB Serial Port (COM3)", "COM3"),
            "USB Serial Port"
        );
        assert_eq!(without_port("USB Serial Port", "COM3"), "USB Serial Port");
    }
}
