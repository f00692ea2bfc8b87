//! HID on Linux: `hidraw`, found and described by sysfs.
//!
//! A node takes and gives one report at a time. Reading waits with the runtime;
//! writing and feature reports hold their thread up until the device has
//! answered, five seconds at most, so [`Writer`] is for a thread that may block.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::descriptor::{self, ReportDescriptor};
use super::{HidDevice, REPORT_OCTETS_MAX, text};
use crate::grant::UsbIdentity;

/// Where the kernel lists its nodes.
const CLASS: &str = "/sys/class/hidraw";
/// Nodes that are looked at: a machine with more is not what it seems.
const DEVICES_MAX: usize = 256;
/// How far above its node a device stands in the tree of sysfs: interface,
/// device, and one to spare.
const PARENTS_MAX: usize = 4;

/// The HID devices of this machine. Reads files only: no device is asked.
pub(crate) fn list() -> io::Result<Vec<HidDevice>> {
    list_in(Path::new(CLASS))
}

fn list_in(class: &Path) -> io::Result<Vec<HidDevice>> {
    let nodes = match fs::read_dir(class) {
        Ok(nodes) => nodes,
        // A kernel without HID.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut nodes: Vec<_> = nodes.flatten().map(|node| node.path()).collect();
    nodes.sort();
    // One that is unplugged while it is looked at is gone.
    let found = nodes.iter().filter_map(|node| describe(node));
    Ok(found.take(DEVICES_MAX).collect())
}

fn describe(node: &Path) -> Option<HidDevice> {
    let name = node.file_name()?.to_str()?.to_owned();
    let place = node.join("device");
    let uevent = read_text(&place.join("uevent"))?;
    let value = |key: &str| {
        let lines = uevent.lines().filter_map(|line| line.split_once('='));
        let mut values = lines.filter_map(|(name, value)| (name == key).then_some(value));
        values.next()
    };
    // Bus, vendor and product, as `0003:00000922:00008003`.
    let mut numbers = value("HID_ID")?.split(':').skip(1);
    let mut number = || u32::from_str_radix(numbers.next()?, 16).ok();
    let (vendor, product) = (number()?, number()?);
    let descriptor = read_bounded(&place.join("report_descriptor"), descriptor::OCTETS_MAX)?;
    let descriptor = ReportDescriptor::parse(&descriptor);
    // The kernel runs both names of a USB device together; the device itself tells them apart.
    let usb = usb_device(&place);
    let said = |file: &str| text(&read_text(&usb.as_ref()?.join(file))?);
    Some(HidDevice {
        node: name,
        identity: UsbIdentity {
            vendor: u16::try_from(vendor).ok()?,
            product: u16::try_from(product).ok()?,
            serial_number: value("HID_UNIQ").and_then(text),
        },
        manufacturer: said("manufacturer"),
        product: said("product").or_else(|| value("HID_NAME").and_then(text)),
        collections: descriptor.collections,
        is_numbered: descriptor.is_numbered,
    })
}

/// The USB device that a HID device is an interface of, if it is of one.
fn usb_device(place: &Path) -> Option<PathBuf> {
    let place = fs::canonicalize(place).ok()?;
    let mut above = place.ancestors().take(PARENTS_MAX);
    above
        .find(|parent| parent.join("idVendor").exists())
        .map(Path::to_owned)
}

fn read_text(file: &Path) -> Option<String> {
    let octets = read_bounded(file, descriptor::OCTETS_MAX)?;
    Some(String::from_utf8_lossy(&octets).into_owned())
}

fn read_bounded(file: &Path, octets_max: usize) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let most = u64::try_from(octets_max).ok()?;
    let file = File::open(file).ok()?;
    file.take(most).read_to_end(&mut octets).ok()?;
    Some(octets)
}

/// Opens a device that was listed. Call it within a tokio runtime.
///
/// # Errors
/// It is gone, or the agent's user may not use it.
pub(crate) fn open(device: &HidDevice) -> io::Result<(Reader, Writer)> {
    let path = Path::new("/dev").join(&device.node);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY)
        .open(&path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let help = format!(
                    "{} may not be opened by the agent's user; add a udev rule for it (docs/devices.md)",
                    path.display()
                );
                io::Error::new(error.kind(), help)
            }
            _ => error,
        })?;
    let writer = Writer(file.try_clone()?);
    Ok((Reader(waited_for(file, Interest::READABLE)?), writer))
}

#[allow(unsafe_code)]
fn waited_for(file: File, interest: Interest) -> io::Result<AsyncFd<File>> {
    // SAFETY: a `File` has one descriptor, open for as long as it lives, and it
    // lives in the `AsyncFd`.
    unsafe { AsyncFd::register_with_interest(file, interest) }.map_err(Into::into)
}

/// What a device says.
#[derive(Debug)]
pub(crate) struct Reader(AsyncFd<File>);

impl Reader {
    /// The next report, with its number where the device has numbers. The
    /// kernel keeps the last 64 until they are taken. Cancel safe.
    ///
    /// # Errors
    /// The device is gone.
    pub(crate) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut report = vec![0; REPORT_OCTETS_MAX];
        loop {
            let mut ready = self.0.readable().await?;
            match ready.try_io(|file| file.get_ref().read(&mut report)) {
                Ok(Ok(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Ok(count)) => {
                    report.truncate(count);
                    return Ok(report);
                }
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => {}
            }
        }
    }

    /// Tells when the device is gone. Call it within a tokio runtime.
    ///
    /// # Errors
    /// The system lacks something.
    pub(crate) fn presence(&self) -> io::Result<Presence> {
        let file = self.0.get_ref().try_clone()?;
        Ok(Presence(waited_for(file, Interest::ERROR)?))
    }
}

/// That a device is there.
#[derive(Debug)]
pub(crate) struct Presence(AsyncFd<File>);

impl Presence {
    /// Returns when the device is gone, and not before. Cancel safe.
    pub(crate) async fn lost(&self) {
        // What cannot be waited for is gone as well.
        let _ = self.0.ready(Interest::ERROR).await;
    }
}

/// What a device is told and asked, one after the other. Every call blocks.
#[derive(Debug)]
pub(crate) struct Writer(File);

impl Writer {
    /// Sends an output report: its number, or 0 for a device without, and what
    /// is in it.
    ///
    /// # Errors
    /// The device is gone, or did not take it.
    pub(crate) fn write(&mut self, report: &[u8]) -> io::Result<()> {
        let written = self.0.write(report)?;
        if written < report.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    /// Sends a feature report, its number first as in [`Writer::write`].
    ///
    /// # Errors
    /// The device is gone, or did not take it.
    pub(crate) fn send_feature(&mut self, report: &[u8]) -> io::Result<()> {
        let mut report = report.to_vec();
        self.feature_ioctl(SET_FEATURE, &mut report).map(|_| ())
    }

    /// The feature report with this number, without the number: at most so
    /// many octets.
    ///
    /// # Errors
    /// The device is gone, or has none.
    pub(crate) fn feature(&mut self, number: u8, octets_max: usize) -> io::Result<Vec<u8>> {
        let mut report = vec![0; octets_max.min(REPORT_OCTETS_MAX - 1) + 1];
        report[0] = number;
        let length = self.feature_ioctl(GET_FEATURE, &mut report)?;
        report.truncate(length.max(1));
        Ok(report.split_off(1))
    }

    #[allow(unsafe_code)]
    fn feature_ioctl(&self, number: libc::Ioctl, report: &mut [u8]) -> io::Result<usize> {
        let length = libc::Ioctl::try_from(report.len().min(REPORT_OCTETS_MAX))
            .map_err(|_| io::ErrorKind::InvalidInput)?;
        let request = READ_WRITE | length << 16 | libc::Ioctl::from(b'H') << 8 | number;
        // SAFETY: the file keeps its descriptor open for the length of the call.
        // HIDIOCSFEATURE and HIDIOCGFEATURE (linux/hidraw.h) read from and write
        // to the address given no more octets than the request says, which are
        // no more than the live, exclusively borrowed slice there has.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), request, report.as_mut_ptr()) };
        usize::try_from(result).map_err(|_| io::Error::last_os_error())
    }
}

/// `_IOC(_IOC_WRITE | _IOC_READ, 'H', number, length)`, as asm-generic has it.
const READ_WRITE: libc::Ioctl = 3 << 30;
const SET_FEATURE: libc::Ioctl = 0x06;
const GET_FEATURE: libc::Ioctl = 0x07;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hid::Usage;

    #[test]
    fn devices_are_described_by_what_sysfs_says() {
        let root = tempfile::tempdir().unwrap();
        let usb = root.path().join("usb1/1-2");
        let hid = usb.join("1-2:1.0/0003:0922:8003.0001");
        let class = root.path().join("class");
        for folder in [&hid, &class] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::create_dir(class.join("hidraw0")).unwrap();
        std::os::unix::fs::symlink(&hid, class.join("hidraw0/device")).unwrap();
        // Gone while it was looked at.
        fs::create_dir(class.join("hidraw1")).unwrap();
        fs::write(usb.join("idVendor"), "0922\n").unwrap();
        fs::write(usb.join("manufacturer"), "Scale\u{1b}Maker\n").unwrap();
        let uevent =
            "HID_ID=0003:00000922:00008003\nHID_NAME=Scale Maker M10\nHID_UNIQ=00 7\nMODALIAS=x\n";
        fs::write(hid.join("uevent"), uevent).unwrap();
        let descriptor = [0x05, 0x8d, 0x09, 0x20, 0xa1, 0x01, 0x85, 0x03, 0xc0];
        fs::write(hid.join("report_descriptor"), descriptor).unwrap();
        let expected = HidDevice {
            node: "hidraw0".to_owned(),
            identity: "0922:8003:00 7".parse().unwrap(),
            manufacturer: Some("Scale\\u001bMaker".to_owned()),
            product: Some("Scale Maker M10".to_owned()),
            collections: vec![Usage {
                page: 0x8d,
                id: 0x20,
            }],
            is_numbered: true,
        };
        assert_eq!(list_in(&class).unwrap(), [expected]);
        assert_eq!(list_in(&root.path().join("none")).unwrap(), []);
    }

    #[tokio::test]
    async fn what_may_not_be_opened_says_what_to_do() {
        let device = HidDevice {
            node: "no-such-node".to_owned(),
            identity: "0922:8003".parse().unwrap(),
            manufacturer: None,
            product: None,
            collections: Vec::new(),
            is_numbered: false,
        };
        assert_eq!(open(&device).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
