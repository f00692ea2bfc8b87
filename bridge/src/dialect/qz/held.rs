//! `usb.*` and `hid.*`: devices by the numbers in which that agent names them.
//!
//! A device is told by vendor and product in hexadecimal, with or without
//! `0x`. What is read has as many octets as its page asked for, zeros after
//! what the device said, since pages count on that.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::stream;
use super::charset::Charset;
use super::data;
use crate::device_access::{
    DeviceAnswer, DeviceClass, DeviceError, DeviceRequest, DeviceSelector, HeldError, HidRequest,
    OwnRequest, UsbDevice, UsbRequest, Use,
};
use crate::grant::UsbIdentity;
use crate::hid::HidDevice;

/// Octets that a page may ask for at one time.
const RESPONSE_OCTETS_MAX: u64 = 64 * 1024;
/// Between two reads of a stream, unless the page says otherwise.
const INTERVAL_MS: u64 = 100;
/// The longest that it may say.
const INTERVAL_MS_MAX: u64 = 60_000;

/// How the answer to such a call is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldForm {
    class: DeviceClass,
    /// The device as its page wrote it; nothing where it named none.
    vendor: String,
    product: String,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A list of devices.
    Devices,
    /// Numbers of interfaces or endpoints.
    Numbers,
    /// So many octets.
    Octets(usize),
    /// Whether the device is held.
    IsHeld,
    /// That it was let go.
    Released,
    /// Only that it is done.
    Done,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    vendor_id: Text,
    product_id: Text,
    interface: Option<Text>,
    endpoint: Option<Text>,
    report_id: Option<Text>,
    usage_page: Option<Text>,
    serial: Option<String>,
    #[serde(default)]
    data: Value,
    response_size: Option<u64>,
    interval: Option<u64>,
}

/// A number in hexadecimal: as text, or in the digits of a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Number(u64),
}

impl Text {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => text.chars().take(16).collect(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn number(&self) -> Result<u16, String> {
        let text = self.written().to_ascii_lowercase();
        let digits = text.trim();
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        number.ok_or_else(|| "A device is named by hexadecimal numbers, as 0x04b8".to_owned())
    }

    fn octet(&self) -> Result<u8, String> {
        let number = self.number()?;
        u8::try_from(number).map_err(|_| "An endpoint is a number from 0x00 to 0xff".to_owned())
    }
}

impl Params {
    fn read(params: &str) -> Result<Self, String> {
        serde_json::from_str(params)
            .map_err(|_| "A device needs a vendorId and a productId".to_owned())
    }

    fn selector(&self) -> Result<DeviceSelector, String> {
        let serial = self.serial.as_deref().filter(|serial| !serial.is_empty());
        Ok(DeviceSelector {
            identity: UsbIdentity {
                vendor: self.vendor_id.number()?,
                product: self.product_id.number()?,
                serial_number: serial.map(ToOwned::to_owned),
            },
            usage_page: self.usage_page.as_ref().map(Text::number).transpose()?,
        })
    }

    fn interface(&self) -> Result<u8, String> {
        let interface = self.interface.as_ref();
        interface
            .ok_or("A USB device is used by an interface")?
            .octet()
    }

    /// The endpoint, which of a HID device is a report's number.
    fn endpoint(&self) -> Result<Option<u8>, String> {
        let named = self.endpoint.as_ref().or(self.report_id.as_ref());
        named.map(Text::octet).transpose()
    }

    fn lane(&self, class: DeviceClass) -> Result<u8, String> {
        match class {
            DeviceClass::Hid => Ok(0),
            DeviceClass::Usb => {
                let endpoint = self.endpoint()?;
                endpoint.ok_or_else(|| "Interface endpoint cannot be null".to_owned())
            }
        }
    }

    fn response_size(&self) -> Result<usize, String> {
        let size = self
            .response_size
            .filter(|size| (1..=RESPONSE_OCTETS_MAX).contains(size));
        let size = size.and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| format!("responseSize is a number from 1 to {RESPONSE_OCTETS_MAX}"))
    }

    /// A report: its number, then the data.
    fn report(&self) -> Result<Vec<u8>, String> {
        let mut report = vec![self.endpoint()?.unwrap_or(0)];
        report.extend(data::octets(&self.data, Charset::Utf8)?);
        Ok(report)
    }

    fn form(&self, class: DeviceClass, what: What) -> HeldForm {
        HeldForm {
            class,
            vendor: self.vendor_id.written(),
            product: self.product_id.written(),
            what,
        }
    }
}

/// What a call asks for; `None` where it is none of these.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn read(name: &str, params: &str) -> Option<Result<(DeviceRequest, HeldForm), String>> {
    let (class, call) = split(name)?;
    Some(match (class, call) {
        (_, "listDevices") => Ok(list(class, params)),
        (DeviceClass::Hid, "startListening") => Ok((
            DeviceRequest::Hid(HidRequest::Watch),
            of_none(class, What::Done),
        )),
        (DeviceClass::Usb, "listInterfaces") => about(class, params, |params| {
            let request = UsbRequest::Interfaces(params.selector()?);
            Ok((DeviceRequest::Usb(request), What::Numbers))
        }),
        (DeviceClass::Usb, "listEndpoints") => about(class, params, |params| {
            let (device, interface) = (params.selector()?, params.interface()?);
            let request = UsbRequest::Endpoints { device, interface };
            Ok((DeviceRequest::Usb(request), What::Numbers))
        }),
        (_, "claimDevice") => about(class, params, |params| {
            let device = params.selector()?;
            let request = match class {
                DeviceClass::Usb => {
                    let interface = params.interface()?;
                    DeviceRequest::Usb(UsbRequest::Hold { device, interface })
                }
                DeviceClass::Hid => DeviceRequest::Hid(HidRequest::Hold(device)),
            };
            Ok((request, What::Done))
        }),
        (_, "sendData") => using(class, params, |params| {
            let octets = match class {
                DeviceClass::Usb => data::octets(&params.data, Charset::Utf8)?,
                DeviceClass::Hid => params.report()?,
            };
            let lane = params.lane(class)?;
            Ok((Use::Send { lane, octets }, What::Done))
        }),
        (_, "readData") => using(class, params, |params| {
            let (lane, octets_max) = (params.lane(class)?, params.response_size()?);
            Ok((Use::Receive { lane, octets_max }, What::Octets(octets_max)))
        }),
        (_, "openStream") => using(class, params, |params| {
            let interval_ms = params.interval.unwrap_or(INTERVAL_MS).min(INTERVAL_MS_MAX);
            let wanted = Use::OpenStream {
                lane: params.lane(class)?,
                octets_max: params.response_size()?,
                interval: Duration::from_millis(interval_ms),
            };
            Ok((wanted, What::Done))
        }),
        (DeviceClass::Hid, "sendFeatureReport") => using(class, params, |params| {
            Ok((Use::SendFeature(params.report()?), What::Done))
        }),
        (DeviceClass::Hid, "getFeatureReport") => using(class, params, |params| {
            let octets_max = params.response_size()?;
            let number = params.endpoint()?.unwrap_or(0);
            Ok((
                Use::Feature { number, octets_max },
                What::Octets(octets_max),
            ))
        }),
        _ => return None,
    })
}

/// What a call asks for that nobody signs, since it only takes from its page;
/// `None` where it is none of these.
///
/// # Errors
/// What is wrong with the call.
pub(crate) fn read_own(name: &str, params: &str) -> Option<Result<(OwnRequest, HeldForm), String>> {
    let (class, call) = split(name)?;
    let (request, what): (fn(_, _) -> _, _) = match (class, call) {
        (_, "isClaimed") => (OwnRequest::IsHeld, What::IsHeld),
        (_, "closeStream") => (OwnRequest::CloseStream, What::Done),
        (_, "releaseDevice") => (OwnRequest::Release, What::Released),
        (DeviceClass::Hid, "stopListening") => {
            return Some(Ok((OwnRequest::StopWatching, of_none(class, What::Done))));
        }
        _ => return None,
    };
    Some(Params::read(params).and_then(|params| {
        let device = params.selector()?;
        Ok((request(class, device), params.form(class, what)))
    }))
}

fn split(name: &str) -> Option<(DeviceClass, &str)> {
    let usb = name
        .strip_prefix("usb.")
        .map(|call| (DeviceClass::Usb, call));
    usb.or_else(|| {
        name.strip_prefix("hid.")
            .map(|call| (DeviceClass::Hid, call))
    })
}

fn of_none(class: DeviceClass, what: What) -> HeldForm {
    let (vendor, product) = (String::new(), String::new());
    HeldForm {
        class,
        vendor,
        product,
        what,
    }
}

fn list(class: DeviceClass, params: &str) -> (DeviceRequest, HeldForm) {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct ListParams {
        include_hubs: Option<bool>,
    }
    let params: ListParams = serde_json::from_str(params).unwrap_or_default();
    let with_hubs = params.include_hubs.unwrap_or(false);
    let request = match class {
        DeviceClass::Usb => DeviceRequest::Usb(UsbRequest::List { with_hubs }),
        DeviceClass::Hid => DeviceRequest::Hid(HidRequest::List),
    };
    (request, of_none(class, What::Devices))
}

fn about(
    class: DeviceClass,
    params: &str,
    ask: impl FnOnce(&Params) -> Result<(DeviceRequest, What), String>,
) -> Result<(DeviceRequest, HeldForm), String> {
    let params = Params::read(params)?;
    let (request, what) = ask(&params)?;
    Ok((request, params.form(class, what)))
}

fn using(
    class: DeviceClass,
    params: &str,
    ask: impl FnOnce(&Params) -> Result<(Use, What), String>,
) -> Result<(DeviceRequest, HeldForm), String> {
    about(class, params, |params| {
        let device = params.selector()?;
        let (wanted, what) = ask(params)?;
        let request = match class {
            DeviceClass::Usb => DeviceRequest::Usb(UsbRequest::Use(device, wanted)),
            DeviceClass::Hid => DeviceRequest::Hid(HidRequest::Use(device, wanted)),
        };
        Ok((request, what))
    })
}

/// The result of a call: what a page gets, or an error in its words.
///
/// # Errors
/// What went wrong.
pub(crate) fn write(
    form: &HeldForm,
    answer: Result<DeviceAnswer, DeviceError>,
) -> Result<Option<Value>, String> {
    let answer = answer.map_err(|error| match error {
        DeviceError::Held(error) => words(form, &error),
        error => super::device::words(&error),
    })?;
    Ok(match (answer, form.what) {
        (DeviceAnswer::UsbDevices(devices), _) => Some(devices.iter().map(usb).collect()),
        (DeviceAnswer::HidDevices(devices), _) => Some(devices.iter().map(hid).collect()),
        (DeviceAnswer::Held(is_held), _) => Some(is_held.into()),
        (DeviceAnswer::Octets(octets), What::Octets(wanted)) => Some(output(&octets, wanted)),
        (DeviceAnswer::Octets(numbers), _) => Some(output(&numbers, numbers.len())),
        (_, _) => None,
    })
}

fn words(form: &HeldForm, error: &HeldError) -> String {
    let (vendor, product) = (&form.vendor, &form.product);
    let device = |state: &str| format!("USB Device [v:{vendor} p:{product}] {state}");
    match error {
        HeldError::AlreadyHeld => device("is already claimed."),
        HeldError::HeldElsewhere(_) => device("is already claimed by another page or program."),
        HeldError::NotHeld if form.what == What::Released => device("is not claimed."),
        HeldError::NotHeld => device("must be claimed first."),
        HeldError::Streaming => device("is already streaming data."),
        HeldError::NotStreaming => device("is not streaming data."),
        HeldError::NotFound(DeviceClass::Usb, wanted) => format!(
            "Could not find USB device matching [ vendorId: '0x{:04x}', productId: '0x{:04x}' ]",
            wanted.identity.vendor, wanted.identity.product
        ),
        HeldError::NotFound(DeviceClass::Hid, _) => "HID device could not be found".to_owned(),
        HeldError::CannotOpen(source) if form.class == DeviceClass::Hid => {
            format!("Failed to open connection to device: {source}")
        }
        HeldError::Watching => "Already listening HID device events".to_owned(),
        HeldError::NotWatching => "Not already listening HID device events".to_owned(),
        HeldError::CannotList(_)
        | HeldError::Protected
        | HeldError::TooMany(_)
        | HeldError::CannotOpen(_)
        | HeldError::NoInterface(_)
        | HeldError::NoLane(_)
        | HeldError::NoFeatures
        | HeldError::Busy
        | HeldError::TimedOut(_)
        | HeldError::Failed(_)
        | HeldError::Lost => error.to_string(),
    }
}

fn usb(device: &UsbDevice) -> Value {
    let mut written = json!({
        "vendorId": hex(device.identity.vendor),
        "productId": hex(device.identity.product),
        "hub": device.is_hub,
    });
    name(&mut written, "manufacturer", device.manufacturer.as_deref());
    name(&mut written, "product", device.product.as_deref());
    written
}

/// One with several uses is said to be for the first.
fn hid(device: &HidDevice) -> Value {
    let page = device.collections.first().map_or(0, |usage| usage.page);
    let mut written = json!({
        "vendorId": hex(device.identity.vendor),
        "productId": hex(device.identity.product),
        "usagePage": hex(page),
    });
    name(
        &mut written,
        "serial",
        device.identity.serial_number.as_deref(),
    );
    name(&mut written, "manufacturer", device.manufacturer.as_deref());
    name(&mut written, "product", device.product.as_deref());
    written
}

fn name(written: &mut Value, member: &str, text: Option<&str>) {
    if let Some(text) = text {
        written[member] = text.into();
    }
}

fn hex(number: u16) -> String {
    format!("{number:04x}")
}

/// Octets as that agent writes them, zeros up to as many as were wanted.
fn output(octets: &[u8], wanted: usize) -> Value {
    let zeros = std::iter::repeat_n(&0, wanted.saturating_sub(octets.len()));
    let all = octets.iter().chain(zeros);
    all.map(|octet| format!("{octet:02x}")).collect()
}

/// What arrived, as text for the page.
pub(crate) fn received(
    class: DeviceClass,
    identity: &UsbIdentity,
    octets: &[u8],
    wanted: usize,
) -> String {
    tell(class, identity, "RECEIVE", "output", output(octets, wanted))
}

/// That nothing arrives any more, as text for the page.
pub(crate) fn broken(class: DeviceClass, identity: &UsbIdentity, problem: &str) -> String {
    tell(class, identity, "ERROR", "exception", problem.into())
}

/// That a HID device came or went, as text for the page.
pub(crate) fn plugged(identity: &UsbIdentity, is_attached: bool) -> String {
    let action = if is_attached {
        "Device Attached"
    } else {
        "Device Detached"
    };
    tell(
        DeviceClass::Hid,
        identity,
        "ACTION",
        "actionType",
        action.into(),
    )
}

fn tell(
    class: DeviceClass,
    identity: &UsbIdentity,
    kind: &str,
    member: &str,
    value: Value,
) -> String {
    let mut event = json!({
        "type": kind,
        "vendorId": hex(identity.vendor),
        "productId": hex(identity.product),
    });
    event[member] = value;
    let name = match class {
        DeviceClass::Usb => "USB",
        DeviceClass::Hid => "HID",
    };
    stream(name, &event)
}

#[cfg(test)]
mod tests;
