//! HID devices made with `/dev/uhid`: a scale, a scanner, a display, a
//! keyboard. The kernel takes them for real ones, down to `/dev/hidraw0`.
//!
//! [`Settings`] says what one is, [`Device`] is it while it is plugged in, and
//! [`serve`] obeys a test: one command a line on a Unix socket, one answer a
//! line.

use std::collections::HashMap;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};
use std::{process, thread};

use crate::control::unhex;

/// Of `linux/uhid.h`: kinds of messages, and sizes of their parts.
mod uhid {
    pub(super) const DESTROY: u32 = 1;
    pub(super) const OUTPUT: u32 = 6;
    pub(super) const GET_REPORT: u32 = 9;
    pub(super) const GET_REPORT_REPLY: u32 = 10;
    pub(super) const CREATE2: u32 = 11;
    pub(super) const INPUT2: u32 = 12;
    pub(super) const SET_REPORT: u32 = 13;
    pub(super) const SET_REPORT_REPLY: u32 = 14;

    pub(super) const DATA_OCTETS: usize = 4096;
    pub(super) const NAME_OCTETS: usize = 128;
    pub(super) const TEXT_OCTETS: usize = 64;
    /// The longest message: that which makes a device.
    pub(super) const MESSAGE_OCTETS: usize = 4 + NAME_OCTETS + 2 * TEXT_OCTETS + 20 + DATA_OCTETS;
    /// `BUS_USB`.
    pub(super) const USB: u16 = 3;
    /// `EIO`.
    pub(super) const FAILED: u16 = 5;
}

/// A scale (usage page 0x8d): report 3 is the weight, 2 sets it to zero.
const SCALE: &[u8] = &[
    0x05, 0x8d, 0x09, 0x20, 0xa1, 0x01, // a weighing device
    0x85, 0x03, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x05, 0x81,
    0x02, //
    0x85, 0x02, 0x09, 0x80, 0x95, 0x01, 0x91, 0x02, // zero
    0x85, 0x01, 0x09, 0x30, 0x95, 0x03, 0xb1, 0x02, // what it is
    0xc0,
];
/// A scanner in its point-of-sale mode (usage page 0x8c): report 1 is a code, 4
/// switches the light.
const SCANNER: &[u8] = &[
    0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, // a bar code scanner
    0x85, 0x01, 0x09, 0x12, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x20, 0x81,
    0x02, //
    0x85, 0x04, 0x09, 0x60, 0x95, 0x01, 0x91, 0x02, //
    0xc0,
];
/// A customer display (usage page 0x14), whose reports have no numbers: 40
/// characters out, its settings as a feature.
const DISPLAY: &[u8] = &[
    0x05, 0x14, 0x09, 0x01, 0xa1, 0x01, // an alphanumeric display
    0x09, 0x2b, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x28, 0x91, 0x02, //
    0x09, 0x46, 0x95, 0x04, 0xb1, 0x02, //
    0xc0,
];
/// What people type with.
const KEYBOARD: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, // a keyboard
    0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x15, 0x00, 0x25, 0x65, 0x75, 0x08, 0x95, 0x08, 0x81, 0x00,
    0xc0,
];

/// What a device says that it is.
struct Settings {
    descriptor: &'static [u8],
    is_numbered: bool,
    vendor: u16,
    product: u16,
    name: String,
    serial: String,
}

impl Settings {
    fn read(kind: &str, settings: &[&str]) -> Result<Self, Box<dyn Error>> {
        let (descriptor, is_numbered, product) = match kind {
            "scale" => (SCALE, true, 0x0010),
            "scanner" => (SCANNER, true, 0x0011),
            "display" => (DISPLAY, false, 0x0012),
            "keyboard" => (KEYBOARD, false, 0x0013),
            _ => return Err(format!("`{kind}` is no scale, scanner, display or keyboard").into()),
        };
        let mut read = Self {
            descriptor,
            is_numbered,
            vendor: 0x1209,
            product,
            name: format!("RIG {kind}"),
            serial: String::new(),
        };
        for setting in settings {
            match setting.split_once('=') {
                Some(("vendor", hex)) => read.vendor = u16::from_str_radix(hex, 16)?,
                Some(("product", hex)) => read.product = u16::from_str_radix(hex, 16)?,
                Some(("name", text)) => read.name = text.to_owned(),
                Some(("serial", text)) => read.serial = text.to_owned(),
                Some(_) | None => return Err(format!("`{setting}` is no setting").into()),
            }
        }
        Ok(read)
    }

    /// The message that makes it.
    fn create(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut message = uhid::CREATE2.to_ne_bytes().to_vec();
        let mut text = |text: &str, octets: usize| {
            let end = message.len() + octets;
            message.extend(text.bytes().take(octets - 1));
            message.resize(end, 0);
        };
        text(&self.name, uhid::NAME_OCTETS);
        text("", uhid::TEXT_OCTETS);
        text(&self.serial, uhid::TEXT_OCTETS);
        message.extend(u16::try_from(self.descriptor.len())?.to_ne_bytes());
        message.extend(uhid::USB.to_ne_bytes());
        for number in [self.vendor.into(), self.product.into(), 0_u32, 0] {
            message.extend(number.to_ne_bytes());
        }
        message.extend(self.descriptor);
        message.resize(uhid::MESSAGE_OCTETS, 0);
        Ok(message)
    }
}

/// What a device has heard, and what it answers.
#[derive(Default)]
struct Memory {
    /// Output reports, as they came.
    heard: Vec<Vec<u8>>,
    /// Feature reports by their number, without it.
    features: HashMap<u8, Vec<u8>>,
}

/// A device that is plugged in.
struct Device {
    line: File,
}

impl Device {
    fn plug(settings: &Settings, memory: &Arc<Mutex<Memory>>) -> Result<Self, Box<dyn Error>> {
        let mut line = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/uhid")?;
        line.write_all(&settings.create()?)?;
        let (reader, memory) = (line.try_clone()?, Arc::clone(memory));
        // Ends when the device is unplugged.
        let is_numbered = settings.is_numbered;
        thread::spawn(move || listen(reader, is_numbered, &memory));
        Ok(Self { line })
    }

    fn unplug(mut self) -> io::Result<()> {
        self.line.write_all(&uhid::DESTROY.to_ne_bytes())
    }

    fn say(&mut self, report: &[u8]) -> Result<(), Box<dyn Error>> {
        let mut message = uhid::INPUT2.to_ne_bytes().to_vec();
        message.extend(u16::try_from(report.len())?.to_ne_bytes());
        message.extend(report);
        Ok(self.line.write_all(&message)?)
    }
}

fn listen(mut line: File, is_numbered: bool, memory: &Mutex<Memory>) -> io::Result<()> {
    let mut message = vec![0; uhid::MESSAGE_OCTETS];
    loop {
        let count = line.read(&mut message)?;
        if let Some(answer) = answer(&message[..count], is_numbered, memory) {
            line.write_all(&answer)?;
        }
    }
}

/// Obeys the kernel: what it wants to hear back, if anything.
fn answer(message: &[u8], is_numbered: bool, memory: &Mutex<Memory>) -> Option<Vec<u8>> {
    let (kind, rest) = message.split_first_chunk()?;
    let mut memory = memory.lock().ok()?;
    match u32::from_ne_bytes(*kind) {
        uhid::OUTPUT => {
            let (data, rest) = rest.split_at_checked(uhid::DATA_OCTETS)?;
            let octets = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
            memory.heard.push(data.get(..octets)?.to_vec());
            None
        }
        uhid::SET_REPORT => {
            let (id, rest) = rest.split_at_checked(4)?;
            let (&number, rest) = rest.split_first()?;
            let octets = usize::from(u16::from_ne_bytes(*rest.get(1..)?.first_chunk()?));
            let report = rest.get(3..)?.get(..octets)?;
            // The number stands before what is in it, also where there is none.
            memory.features.insert(number, report.get(1..)?.to_vec());
            let mut answer = uhid::SET_REPORT_REPLY.to_ne_bytes().to_vec();
            answer.extend(id);
            answer.extend(0_u16.to_ne_bytes());
            Some(answer)
        }
        uhid::GET_REPORT => {
            let (id, rest) = rest.split_at_checked(4)?;
            let &number = rest.first()?;
            let known = memory.features.get(&number);
            let mut answer = uhid::GET_REPORT_REPLY.to_ne_bytes().to_vec();
            answer.extend(id);
            let failed = if known.is_some() { 0 } else { uhid::FAILED };
            answer.extend(failed.to_ne_bytes());
            let mut report = vec![if is_numbered { number } else { 0 }];
            report.extend(known.into_iter().flatten());
            answer.extend(u16::try_from(report.len()).ok()?.to_ne_bytes());
            answer.extend(report);
            Some(answer)
        }
        // That somebody opened it, and the like.
        _ => None,
    }
}

/// Plugs a device in and serves it until the process ends.
pub(crate) fn serve(control: &str, kind: &str, settings: &[&str]) -> Result<(), Box<dyn Error>> {
    let settings = Settings::read(kind, settings)?;
    let memory = Arc::default();
    // Of a device that ran before.
    fs::remove_file(control).ok();
    let listener = UnixListener::bind(control)?;
    let mut device = Some(Device::plug(&settings, &memory)?);
    // One test, one line after the other.
    for stream in listener.incoming() {
        let stream = stream?;
        let mut answers = stream.try_clone()?;
        for line in BufReader::new(stream).lines() {
            match obey(&line?, &settings, &memory, &mut device) {
                Ok(note) => writeln!(answers, "ok {note}")?,
                Err(error) => writeln!(answers, "error {error}")?,
            }
        }
    }
    Ok(())
}

fn obey(
    line: &str,
    settings: &Settings,
    memory: &Arc<Mutex<Memory>>,
    device: &mut Option<Device>,
) -> Result<String, Box<dyn Error>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut known = memory.lock().map_err(|_| "another thread has failed")?;
    match words.as_slice() {
        ["plug"] if device.is_none() => *device = Some(Device::plug(settings, memory)?),
        ["unplug"] => device.take().ok_or("not plugged in")?.unplug()?,
        ["say", report] => device
            .as_mut()
            .ok_or("not plugged in")?
            .say(&unhex(report)?)?,
        ["heard"] => {
            let heard: Vec<String> = known.heard.iter().map(|report| hex(report)).collect();
            return Ok(heard.join(" "));
        }
        ["feature", number] => {
            let number = u8::from_str_radix(number, 16)?;
            let report = known.features.get(&number).ok_or("there is none")?;
            return Ok(hex(report));
        }
        ["feature", number, report] => {
            let number = u8::from_str_radix(number, 16)?;
            known.features.insert(number, unhex(report)?);
        }
        ["quit"] => process::exit(0),
        words => return Err(format!("there is no command `{}`", words.join(" ")).into()),
    }
    Ok(String::new())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_that_makes_a_device_is_as_long_as_the_kernel_says() {
        let settings = Settings::read("scale", &["vendor=0922", "serial=7"]).unwrap();
        let message = settings.create().unwrap();
        assert_eq!(message.len(), 4376);
        assert!(Settings::read("toaster", &[]).is_err());
        assert!(Settings::read("scale", &["color=red"]).is_err());
    }

    #[test]
    fn feature_reports_are_kept_and_given_back() {
        let memory = Mutex::default();
        let mut set = uhid::SET_REPORT.to_ne_bytes().to_vec();
        set.extend([7, 0, 0, 0, 3, 0]);
        set.extend(3_u16.to_ne_bytes());
        set.extend([3, 0xaa, 0xbb]);
        let done = answer(&set, true, &memory).unwrap();
        assert_eq!(done[..4], uhid::SET_REPORT_REPLY.to_ne_bytes());
        let get = |number: u8| {
            let mut get = uhid::GET_REPORT.to_ne_bytes().to_vec();
            get.extend([8, 0, 0, 0, number, 0]);
            answer(&get, true, &memory).unwrap()
        };
        assert_eq!(get(3)[4..], [8, 0, 0, 0, 0, 0, 3, 0, 3, 0xaa, 0xbb]);
        assert_eq!(get(4)[8..10], uhid::FAILED.to_ne_bytes());
    }
}
