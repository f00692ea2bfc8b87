//! HID devices: which there are, and their reports (hid.dll).
//!
//! Windows gives every collection at the top of a device a name of its own, and
//! keeps keyboards and mice for itself: they can be listed, and not opened for
//! reading. A report begins with its number, which is 0 for a device without.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Mutex;

use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    DIGCF_DEVICEINTERFACE, DIGCF_PRESENT, SP_DEVICE_INTERFACE_DATA,
    SP_DEVICE_INTERFACE_DETAIL_DATA_W, SetupDiDestroyDeviceInfoList, SetupDiEnumDeviceInterfaces,
    SetupDiGetClassDevsW, SetupDiGetDeviceInterfaceDetailW,
};
use windows_sys::Win32::Devices::HumanInterfaceDevice::{
    HIDD_ATTRIBUTES, HIDP_BUTTON_CAPS, HIDP_CAPS, HIDP_REPORT_TYPE, HIDP_STATUS_SUCCESS,
    HIDP_VALUE_CAPS, HidD_FreePreparsedData, HidD_GetAttributes, HidD_GetFeature, HidD_GetHidGuid,
    HidD_GetManufacturerString, HidD_GetPreparsedData, HidD_GetProductString,
    HidD_GetSerialNumberString, HidD_SetFeature, HidP_Feature, HidP_GetButtonCaps, HidP_GetCaps,
    HidP_GetValueCaps, HidP_Input, HidP_Output,
};
use windows_sys::Win32::Foundation::{
    ERROR_IO_PENDING, ERROR_NO_MORE_ITEMS, GENERIC_READ, GENERIC_WRITE, HANDLE,
    INVALID_HANDLE_VALUE, WAIT_OBJECT_0,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, FILE_SHARE_READ, FILE_SHARE_WRITE, OPEN_EXISTING, ReadFile,
    WriteFile,
};
use windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Threading::{INFINITE, WaitForMultipleObjects};

use crate::event::Event;

/// Devices that are looked at: a machine with more is not what it seems.
const DEVICES_MAX: u32 = 256;
/// UTF-16 units of a text that a device says: what USB carries.
const TEXT_UNITS_MAX: usize = 126;
/// How long a device may take for a report, as Linux has it.
const WRITE_WAIT_MS: u32 = 5_000;

/// A collection at the top of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What Windows calls it.
    pub path: String,
    /// Who made the device.
    pub vendor: u16,
    /// Which of theirs it is.
    pub product: u16,
    /// Which one of these.
    pub serial_number: Option<String>,
    /// What its maker is called.
    pub manufacturer: Option<String>,
    /// What it calls itself.
    pub product_name: Option<String>,
    /// The table that says what it is for (HID Usage Tables).
    pub usage_page: u16,
    /// The row in it.
    pub usage: u16,
    /// Whether its reports have numbers.
    pub is_numbered: bool,
}

/// Those that are there. What cannot be looked at is left out.
///
/// # Errors
/// The system does not tell.
pub fn list() -> io::Result<Vec<Found>> {
    Ok(paths()?.into_iter().filter_map(describe).collect())
}

fn paths() -> io::Result<Vec<String>> {
    let mut class = windows_sys::core::GUID::from_u128(0);
    // SAFETY: a place for the answer.
    unsafe { HidD_GetHidGuid(&raw mut class) };
    let flags = DIGCF_PRESENT | DIGCF_DEVICEINTERFACE;
    // SAFETY: a live class; the other pointers may be null.
    let set =
        unsafe { SetupDiGetClassDevsW(&raw const class, ptr::null(), ptr::null_mut(), flags) };
    if set == INVALID_HANDLE_VALUE as isize {
        return Err(io::Error::last_os_error());
    }
    let set = DeviceSet(set);
    let mut paths = Vec::new();
    for index in 0..DEVICES_MAX {
        let mut interface = SP_DEVICE_INTERFACE_DATA {
            cbSize: size(size_of::<SP_DEVICE_INTERFACE_DATA>()),
            ..SP_DEVICE_INTERFACE_DATA::default()
        };
        // SAFETY: an open set, a live class, and a structure that says its size.
        let found = unsafe {
            SetupDiEnumDeviceInterfaces(
                set.0,
                ptr::null(),
                &raw const class,
                index,
                &raw mut interface,
            )
        };
        if found == 0 {
            let error = io::Error::last_os_error();
            if error.raw_os_error() == Some(ERROR_NO_MORE_ITEMS.cast_signed()) {
                break;
            }
            return Err(error);
        }
        // One that is unplugged meanwhile has no name any more.
        paths.extend(set.path_of(&interface));
    }
    Ok(paths)
}

/// A list of devices of the system; given back when dropped.
struct DeviceSet(isize);

impl DeviceSet {
    fn path_of(&self, interface: &SP_DEVICE_INTERFACE_DATA) -> Option<String> {
        /// Room for a name beside what tells its length.
        const OCTETS: usize = 4096;
        // Aligned as the structure is.
        let mut detail = [0_u32; OCTETS / size_of::<u32>()];
        let place: *mut SP_DEVICE_INTERFACE_DETAIL_DATA_W = detail.as_mut_ptr().cast();
        // SAFETY: the buffer is larger than the structure, and aligned for it.
        unsafe { (*place).cbSize = size(size_of::<SP_DEVICE_INTERFACE_DETAIL_DATA_W>()) };
        // SAFETY: an open set, one of its interfaces, and as many octets as is
        // said.
        let told = unsafe {
            SetupDiGetDeviceInterfaceDetailW(
                self.0,
                ptr::from_ref(interface),
                place,
                size(OCTETS),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if told == 0 {
            return None;
        }
        let name = size_of::<u32>() / size_of::<u16>();
        let units: Vec<u16> = detail
            .iter()
            .flat_map(|pair| {
                let [a, b, c, d] = pair.to_ne_bytes();
                [u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d])]
            })
            .skip(name)
            .take_while(|unit| *unit != 0)
            .collect();
        Some(String::from_utf16_lossy(&units))
    }
}

impl Drop for DeviceSet {
    fn drop(&mut self) {
        // SAFETY: the set is open, and nobody else's.
        unsafe { SetupDiDestroyDeviceInfoList(self.0) };
    }
}

fn size(octets: usize) -> u32 {
    u32::try_from(octets).expect("a small number")
}

fn describe(path: String) -> Option<Found> {
    // Without any right, so that also what is in use can be asked.
    let handle = open_path(&path, 0, 0).ok()?;
    let raw = handle.as_raw_handle();
    let mut attributes = HIDD_ATTRIBUTES {
        Size: u32::try_from(size_of::<HIDD_ATTRIBUTES>()).unwrap_or_default(),
        ..HIDD_ATTRIBUTES::default()
    };
    // SAFETY: an open device, and a structure that says its size.
    if !unsafe { HidD_GetAttributes(raw, &raw mut attributes) } {
        return None;
    }
    let shape = Shape::of(raw).ok()?;
    Some(Found {
        vendor: attributes.VendorID,
        product: attributes.ProductID,
        serial_number: text(raw, HidD_GetSerialNumberString),
        manufacturer: text(raw, HidD_GetManufacturerString),
        product_name: text(raw, HidD_GetProductString),
        usage_page: shape.caps.UsagePage,
        usage: shape.caps.Usage,
        is_numbered: shape.is_numbered,
        path,
    })
}

/// One of the calls that give a text of a device.
type AskText = unsafe extern "system" fn(HANDLE, *mut core::ffi::c_void, u32) -> bool;

fn text(device: HANDLE, ask: AskText) -> Option<String> {
    let mut units = [0_u16; TEXT_UNITS_MAX + 1];
    let octets = u32::try_from(size_of_val(&units)).ok()?;
    // SAFETY: an open device, and as many octets as is said.
    if !unsafe { ask(device, units.as_mut_ptr().cast(), octets) } {
        return None;
    }
    let end = units.iter().position(|unit| *unit == 0)?;
    Some(String::from_utf16_lossy(&units[..end]))
}

/// How long a device's reports are, and what they hold.
struct Shape {
    caps: HIDP_CAPS,
    is_numbered: bool,
}

impl Shape {
    fn of(device: HANDLE) -> io::Result<Self> {
        let mut parsed = 0;
        // SAFETY: an open device, and a place for the answer.
        if !unsafe { HidD_GetPreparsedData(device, &raw mut parsed) } {
            return Err(io::Error::last_os_error());
        }
        let mut caps = HIDP_CAPS::default();
        // SAFETY: what was just given, and a place for the answer.
        let known = unsafe { HidP_GetCaps(parsed, &raw mut caps) } == HIDP_STATUS_SUCCESS;
        let is_numbered = known && is_numbered(parsed, &caps);
        // SAFETY: given above, and used no more.
        unsafe { HidD_FreePreparsedData(parsed) };
        if !known {
            return Err(io::Error::other("the device describes no reports"));
        }
        Ok(Self { caps, is_numbered })
    }
}

fn is_numbered(parsed: isize, caps: &HIDP_CAPS) -> bool {
    let kinds: [(HIDP_REPORT_TYPE, u16, u16); 3] = [
        (
            HidP_Input,
            caps.NumberInputValueCaps,
            caps.NumberInputButtonCaps,
        ),
        (
            HidP_Output,
            caps.NumberOutputValueCaps,
            caps.NumberOutputButtonCaps,
        ),
        (
            HidP_Feature,
            caps.NumberFeatureValueCaps,
            caps.NumberFeatureButtonCaps,
        ),
    ];
    kinds.into_iter().any(|(kind, values, buttons)| {
        let mut of_values = vec![HIDP_VALUE_CAPS::default(); values.into()];
        let mut count = values;
        // SAFETY: `of_values` has as many as is said.
        let told = values > 0
            && unsafe { HidP_GetValueCaps(kind, of_values.as_mut_ptr(), &raw mut count, parsed) }
                == HIDP_STATUS_SUCCESS;
        if told && of_values.iter().any(|value| value.ReportID != 0) {
            return true;
        }
        let mut of_buttons = vec![HIDP_BUTTON_CAPS::default(); buttons.into()];
        let mut count = buttons;
        // SAFETY: `of_buttons` has as many as is said.
        let told = buttons > 0
            && unsafe { HidP_GetButtonCaps(kind, of_buttons.as_mut_ptr(), &raw mut count, parsed) }
                == HIDP_STATUS_SUCCESS;
        told && of_buttons.iter().any(|button| button.ReportID != 0)
    })
}

fn open_path(path: &str, rights: u32, flags: u32) -> io::Result<OwnedHandle> {
    let path: Vec<u16> = path.encode_utf16().chain([0]).collect();
    // SAFETY: a name that ends with a zero; the other pointers may be null.
    let handle = unsafe {
        CreateFileW(
            path.as_ptr(),
            rights,
            // The system's own services have most of them open.
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            ptr::null(),
            OPEN_EXISTING,
            flags,
            ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// An open device. Every call blocks.
#[derive(Debug)]
pub struct Device {
    handle: OwnedHandle,
    input_octets: usize,
    output_octets: usize,
    feature_octets: usize,
    stopped: Event,
    /// Held for the length of a read.
    read: Mutex<Event>,
    /// Held for the length of a write.
    written: Mutex<Event>,
}

impl Device {
    /// Opens one that was listed.
    ///
    /// # Errors
    /// It is gone, or the system keeps it for itself.
    pub fn open(path: &str) -> io::Result<Self> {
        let handle = open_path(path, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED)?;
        let caps = Shape::of(handle.as_raw_handle())?.caps;
        Ok(Self {
            handle,
            input_octets: caps.InputReportByteLength.into(),
            output_octets: caps.OutputReportByteLength.into(),
            feature_octets: caps.FeatureReportByteLength.into(),
            stopped: Event::new()?,
            read: Mutex::new(Event::new()?),
            written: Mutex::new(Event::new()?),
        })
    }

    /// The next report, its number first.
    ///
    /// # Errors
    /// The device is gone, has none, or [`Device::stop`] was called.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        if self.input_octets == 0 {
            return Err(io::Error::other("the device says nothing"));
        }
        let event = self
            .read
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut report = vec![0; self.input_octets];
        let length = u32::try_from(report.len()).map_err(io::Error::other)?;
        let into = report.as_mut_ptr();
        // SAFETY: `report` lives until the transfer has ended, which is when
        // `transfer` returns; so does what it waits with.
        let count = self.transfer(&event, INFINITE, |handle, overlapped| unsafe {
            ReadFile(handle, into, length, ptr::null_mut(), overlapped)
        })?;
        report.truncate(count);
        Ok(report)
    }

    /// Sends an output report, its number first; what is missing of its length
    /// is zeros.
    ///
    /// # Errors
    /// The device is gone, or does not take it.
    pub fn write(&self, report: &[u8]) -> io::Result<()> {
        let event = self
            .written
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let report = padded(report, self.output_octets)?;
        let length = u32::try_from(report.len()).map_err(io::Error::other)?;
        // SAFETY: as in `read`; what is written is only read.
        let count = self.transfer(&event, WRITE_WAIT_MS, |handle, overlapped| unsafe {
            WriteFile(handle, report.as_ptr(), length, ptr::null_mut(), overlapped)
        })?;
        if count < report.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    /// Sends a feature report, its number first.
    ///
    /// # Errors
    /// The device is gone, or does not take it.
    pub fn send_feature(&self, report: &[u8]) -> io::Result<()> {
        let report = padded(report, self.feature_octets)?;
        let length = u32::try_from(report.len()).map_err(io::Error::other)?;
        // SAFETY: an open device, and as many octets as is said.
        let sent =
            unsafe { HidD_SetFeature(self.handle.as_raw_handle(), report.as_ptr().cast(), length) };
        if sent {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// The feature report with this number, its number first.
    ///
    /// # Errors
    /// The device is gone, or has none.
    pub fn feature(&self, number: u8) -> io::Result<Vec<u8>> {
        let mut report = padded(&[number], self.feature_octets)?;
        let length = u32::try_from(report.len()).map_err(io::Error::other)?;
        // SAFETY: an open device, and as many octets as is said.
        let told = unsafe {
            HidD_GetFeature(
                self.handle.as_raw_handle(),
                report.as_mut_ptr().cast(),
                length,
            )
        };
        if told {
            Ok(report)
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// Ends the read that is under way, and all others.
    pub fn stop(&self) {
        self.stopped.set();
    }

    /// Starts a read or a write, and returns when it has ended.
    fn transfer(
        &self,
        event: &Event,
        wait_ms: u32,
        start: impl FnOnce(HANDLE, *mut OVERLAPPED) -> i32,
    ) -> io::Result<usize> {
        let handle = self.handle.as_raw_handle();
        let mut overlapped = OVERLAPPED {
            hEvent: event.raw(),
            ..OVERLAPPED::default()
        };
        if start(handle, &raw mut overlapped) == 0 {
            let error = io::Error::last_os_error();
            if error.raw_os_error() != Some(ERROR_IO_PENDING.cast_signed()) {
                return Err(error);
            }
            let wait = [event.raw(), self.stopped.raw()];
            // SAFETY: two open events.
            let woken = unsafe { WaitForMultipleObjects(2, wait.as_ptr(), 0, wait_ms) };
            if woken != WAIT_OBJECT_0 {
                // SAFETY: the handle is open, and `overlapped` that of the
                // transfer. One that has ended meanwhile need not be canceled.
                unsafe { CancelIoEx(handle, &raw const overlapped) };
            }
        }
        let mut count = 0;
        // SAFETY: the handle is open, and `overlapped` that of the transfer; with
        // the last argument the system is done with both when this returns.
        let ended =
            unsafe { GetOverlappedResult(handle, &raw const overlapped, &raw mut count, 1) };
        if ended == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// A report as long as Windows wants it.
fn padded(report: &[u8], octets: usize) -> io::Result<Vec<u8>> {
    if octets == 0 {
        return Err(io::Error::other("the device has no such reports"));
    }
    if report.len() > octets {
        let text = format!("the device's reports have {} octets at most", octets - 1);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let mut report = report.to_vec();
    report.resize(octets, 0);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_as_long_as_the_device_wants_them() {
        assert_eq!(padded(&[1, 2], 4).unwrap(), [1, 2, 0, 0]);
        assert_eq!(padded(&[1, 2], 2).unwrap(), [1, 2]);
        assert!(
            padded(&[1, 2, 3], 2)
                .unwrap_err()
                .to_string()
                .contains("1 octets")
        );
        assert!(padded(&[0], 0).is_err());
    }

    #[test]
    fn devices_are_listed_and_one_that_is_gone_cannot_be_opened() {
        for device in list().unwrap() {
            println!("{device:?}");
        }
        assert!(Device::open(r"\\?\hid#no-such-device").is_err());
    }
}
