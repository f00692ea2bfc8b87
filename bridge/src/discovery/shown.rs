//! A device as a person sees it: harmless to show, with the profile that fits
//! and what one should know.

use std::collections::BTreeMap;

use platen_discovery::devices::{Device, Doubt};
use platen_discovery::identity::Identity;
use platen_discovery::recognize::recognize;
use platen_discovery::sighting::Place;
use platen_protocol::PrinterId;

use crate::admin::found::FoundPrinter;
use crate::backend::DeviceStatus;
use crate::visible;

/// The printer that a device is already, by its identity or its URI.
pub(super) type Known = BTreeMap<String, PrinterId>;

pub(super) fn shown(
    number: u32,
    device: &Device,
    known: &Known,
    statuses: &BTreeMap<Place, DeviceStatus>,
) -> FoundPrinter {
    let text = |text: &String| visible::line(text).into_owned();
    let status = device.spoke.iter().find_map(|place| statuses.get(place));
    let identity = device.identity.to_string();
    let printer = device
        .sure
        .iter()
        .find_map(|identity| known.get(&identity.to_string()));
    let printer = printer.or_else(|| device.ways.iter().find_map(|way| known.get(way)));
    FoundPrinter {
        number,
        name: text(&label(device)),
        identity: text(&identity),
        device: device.ways.first().map(text),
        other_devices: device.ways.iter().skip(1).map(text).collect(),
        sources: device
            .sources
            .iter()
            .map(|source| source.as_str().to_owned())
            .collect(),
        manufacturer: device.manufacturer.as_ref().map(text),
        model: device.models.first().map(text),
        profile: profile(device),
        addresses: device
            .places
            .iter()
            .map(|place| text(&place.to_string()))
            .collect(),
        host: device.host.as_ref().map(text),
        location: device.location.as_ref().map(text),
        state: status.and_then(|status| status.state),
        reasons: status
            .map(|status| status.reasons.clone())
            .unwrap_or_default(),
        printer: printer.cloned(),
        remark: remark(device).map(|remark| text(&remark)),
    }
}

/// What a device is called: its name, else its model, else where it is.
pub(super) fn label(device: &Device) -> String {
    let name = device.name.as_ref().or(device.models.first());
    name.or(device.ways.first())
        .or(device.host.as_ref())
        .unwrap_or(&device.key)
        .clone()
}

/// The profile for what it says it is.
pub(super) fn profile(device: &Device) -> Option<String> {
    recognize(device.models.iter().map(String::as_str)).map(str::to_owned)
}

fn remark(device: &Device) -> Option<String> {
    let rung = |identity: &Identity| match identity {
        Identity::Usb(_) | Identity::DeviceId(_) => "serial number",
        Identity::Uuid(_) => "UUID",
        Identity::Mac(_) => "hardware address",
        Identity::Place(_) => "address",
    };
    let doubt = device.doubt.as_ref().map(|doubt| match doubt {
        Doubt::Shared(identity) => format!(
            "another device says it has the same {}; this one is known by what else tells it",
            rung(identity)
        ),
        Doubt::Contradicts(identity) => {
            format!("it says two things of its {}", rung(identity))
        }
    });
    let unreachable = device.ways.is_empty().then(|| {
        "it announces no raw printing: add it to the print service, or by the address where it takes raw data".to_owned()
    });
    doubt.or(unreachable)
}
