//! Devices that need no network to be found: on USB, on serial ports, and
//! behind the system's print service. Listed, and never opened.

use std::net::IpAddr;

use platen_discovery::identity::{UsbSerial, Uuid};
use platen_discovery::sighting::{Place, Sighting, Source};
use platen_discovery::text::said;

use crate::backend::{DeviceUri, FoundPrinter, SystemPrinters, usb};
use crate::serial;

/// Devices of one source that are looked at.
const DEVICES_MAX: usize = 128;

/// What is plugged in. Blocking: it asks the system.
pub(super) fn plugged_in() -> Vec<Sighting> {
    let printers = match usb::list() {
        Ok(printers) => printers,
        Err(error) => {
            tracing::debug!(%error, "the system does not tell what is on USB");
            Vec::new()
        }
    };
    let usb = printers.iter().take(DEVICES_MAX).map(on_usb);
    let ports = serial::list();
    usb.chain(ports.iter().take(DEVICES_MAX).filter_map(on_a_port))
        .collect()
}

fn on_usb(printer: &usb::FoundUsbPrinter) -> Sighting {
    let port = printer
        .port
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let key = format!("usb {:04x}:{:04x} {port}", printer.vendor, printer.product);
    let mut sighting = Sighting::new(Source::Usb, key);
    sighting.manufacturer = text(printer.manufacturer.as_deref());
    sighting.model = text(printer.product_name.as_deref());
    sighting.name.clone_from(&sighting.model);
    sighting.marks.usb = text(printer.serial_number.as_deref()).map(|serial| UsbSerial {
        vendor: printer.vendor,
        product: printer.product,
        serial,
    });
    let way = printer.address.as_ref().map(ToString::to_string);
    sighting.ways = way.filter(|way| is_a_device(way)).into_iter().collect();
    sighting
}

/// A port is worth telling of only where something can be printed to it.
fn on_a_port(port: &serial::PortInfo) -> Option<Sighting> {
    let way = format!("serial:{}", port.name);
    is_a_device(&way).then(|| {
        let mut sighting = Sighting::new(Source::Serial, way.clone());
        sighting.name = text(Some(&port.name.to_string()));
        sighting.ways = vec![way];
        sighting
    })
}

fn is_a_device(uri: &str) -> bool {
    uri.parse::<DeviceUri>().is_ok()
}

fn text(words: Option<&str>) -> Option<String> {
    words.and_then(|words| said(words.as_bytes()))
}

/// The queues of the print service, where there is one.
pub(super) async fn queues(system: &SystemPrinters) -> Vec<Sighting> {
    match system.list().await {
        Ok(queues) => queues.iter().take(DEVICES_MAX).map(queue).collect(),
        Err(error) => {
            tracing::debug!(%error, "the print service tells no queues");
            Vec::new()
        }
    }
}

fn queue(queue: &FoundPrinter) -> Sighting {
    let mut sighting = Sighting::new(Source::PrintService, queue.uri.to_string());
    let label = if queue.info.is_empty() {
        queue.name.as_str()
    } else {
        &queue.info
    };
    sighting.name = text(Some(label));
    sighting.model = text(Some(&queue.make_and_model));
    sighting.location = text(Some(&queue.location));
    sighting.ways = vec![queue.uri.to_string()];
    let uri = &queue.device_uri;
    let (address, query) = uri.split_once('?').unwrap_or((uri, ""));
    let value = |key: &str| {
        let pair = query.split('&').find_map(|pair| pair.split_once('='));
        pair.filter(|(name, _)| *name == key)
            .map(|(_, value)| value)
    };
    sighting.marks.uuid = value("uuid").and_then(Uuid::read);
    let host = address.split_once("://").and_then(|(_, rest)| {
        let authority = rest.split('/').next()?;
        let bare = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        bare.trim_matches(['[', ']']).parse::<IpAddr>().ok()
    });
    sighting.places = host.and_then(|ip| Place::of(ip, "")).into_iter().collect();
    sighting
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_of(device_uri: &str) -> Sighting {
        queue(&FoundPrinter {
            name: "Bar".to_owned(),
            info: String::new(),
            location: "Counter".to_owned(),
            make_and_model: "EPSON TM-T88V".to_owned(),
            uri: "cups:Bar".parse().unwrap(),
            device_uri: device_uri.to_owned(),
            state: None,
            reasons: Vec::new(),
            default: false,
        })
    }

    #[test]
    fn a_queue_says_where_it_prints() {
        let seen = queue_of("socket://192.0.2.7:9100");
        assert_eq!(seen.name.as_deref(), Some("Bar"));
        assert_eq!(
            seen.places
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["192.0.2.7"]
        );
        let uuid = "12345678-9abc-def0-1234-56789abcdef0";
        let seen = queue_of(&format!("dnssd://Bar._ipp._tcp.local/?uuid={uuid}"));
        assert_eq!(seen.marks.uuid, Uuid::read(uuid));
        for local in [
            "socket://127.0.0.1:9100",
            "usb://EPSON/TM-T88V?serial=X",
            "file:/dev/null",
            "",
        ] {
            assert!(queue_of(local).places.is_empty(), "{local}");
        }
    }
}
