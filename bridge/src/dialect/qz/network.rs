//! `networking.*`: what a page may ask, and how that agent writes the answer.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::device_access::{DeviceRequest, Network, NetworkDevice};

/// Which part of [`Network`] an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NetworkForm {
    /// The primary device.
    Device,
    /// All devices.
    Devices,
    /// The machine's name.
    HostName,
    /// The primary device, in two words: what clients before 2.1 ask.
    Legacy,
}

#[derive(Deserialize, Default)]
struct Params {
    #[serde(default)]
    hostname: Value,
}

/// What is asked. A host's name is not looked up, so that nobody outside hears
/// of it; an address says which way out is meant.
pub(super) fn read(params: &str) -> DeviceRequest {
    let params: Option<Params> = serde_json::from_str(params).unwrap_or_default();
    let host = params.unwrap_or_default().hostname;
    let toward = host.as_str().and_then(|host| host.parse::<IpAddr>().ok());
    DeviceRequest::Network { toward }
}

/// The result of a call.
///
/// # Errors
/// There is no primary device, in the words that pages look for.
pub(super) fn write(form: NetworkForm, network: &Network) -> Result<Value, String> {
    let primary = || {
        let device = network.devices.iter().find(|device| device.is_primary);
        device.ok_or_else(|| {
            "Unable to determine primary network device: no network is connected".to_owned()
        })
    };
    Ok(match form {
        NetworkForm::HostName => network.host_name.clone().into(),
        NetworkForm::Device => describe(primary()?, network),
        NetworkForm::Devices => {
            let devices = network.devices.iter();
            devices.map(|device| describe(device, network)).collect()
        }
        NetworkForm::Legacy => {
            let device = primary()?;
            json!({
                "ipAddress": device.address.map(|address| address.to_string()),
                "macAddress": mac(device),
            })
        }
    })
}

fn describe(device: &NetworkDevice, network: &Network) -> Value {
    json!({
        "name": device.name,
        "id": device.name,
        "mac": mac(device),
        "ip": device.address.map(|address| address.to_string()),
        "ip4": device.ip4,
        "ip6": device.ip6,
        "primary": device.is_primary,
        "up": device.is_up,
        "hostname": network.host_name,
        "username": network.user_name,
    })
}

fn mac(device: &NetworkDevice) -> Option<String> {
    let octets = device.mac?.map(|octet| format!("{octet:02X}"));
    Some(octets.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(devices: Vec<NetworkDevice>) -> Network {
        Network {
            host_name: "till-4".to_owned(),
            user_name: "till".to_owned(),
            devices,
        }
    }

    #[test]
    fn an_address_says_which_way_is_meant_and_a_name_nothing() {
        for (params, expected) in [
            ("null", None),
            ("{}", None),
            (r#"{"hostname":null,"port":443}"#, None),
            (r#"{"hostname":"google.com","port":443}"#, None),
            (r#"{"hostname":7}"#, None),
            (r#"{"hostname":"192.0.2.7"}"#, Some("192.0.2.7")),
            (r#"{"hostname":"2001:db8::7"}"#, Some("2001:db8::7")),
        ] {
            let toward = expected.map(|address| address.parse().unwrap());
            assert_eq!(read(params), DeviceRequest::Network { toward }, "{params}");
        }
    }

    #[test]
    fn a_device_is_described_as_that_agent_does() {
        let network = network(vec![
            NetworkDevice {
                name: "wlan0".to_owned(),
                ..NetworkDevice::default()
            },
            NetworkDevice {
                name: "eth0".to_owned(),
                mac: Some([0, 0x1b, 0x21, 0xab, 0xcd, 0xef]),
                address: Some("192.0.2.7".parse().unwrap()),
                ip4: vec!["192.0.2.7".parse().unwrap()],
                ip6: vec!["fe80::1".parse().unwrap()],
                is_up: true,
                is_primary: true,
            },
        ]);
        let device = json!({
            "name": "eth0", "id": "eth0", "mac": "00:1B:21:AB:CD:EF", "ip": "192.0.2.7",
            "ip4": ["192.0.2.7"], "ip6": ["fe80::1"], "primary": true, "up": true,
            "hostname": "till-4", "username": "till",
        });
        let legacy = json!({"ipAddress": "192.0.2.7", "macAddress": "00:1B:21:AB:CD:EF"});
        assert_eq!(write(NetworkForm::Device, &network), Ok(device.clone()));
        assert_eq!(write(NetworkForm::Legacy, &network), Ok(legacy));
        assert_eq!(write(NetworkForm::HostName, &network), Ok(json!("till-4")));
        let all = write(NetworkForm::Devices, &network).unwrap();
        assert_eq!(all[1], device);
        assert_eq!(all[0]["mac"], json!(null));
    }

    #[test]
    fn without_a_network_there_is_a_name_and_no_device() {
        let network = network(Vec::new());
        let error = write(NetworkForm::Device, &network).unwrap_err();
        assert!(error.starts_with("Unable to determine primary network device: "));
        assert_eq!(write(NetworkForm::Devices, &network), Ok(json!([])));
        assert_eq!(write(NetworkForm::HostName, &network), Ok(json!("till-4")));
    }
}
