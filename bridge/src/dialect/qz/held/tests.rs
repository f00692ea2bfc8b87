//! Calls, answers and events as pages for QZ Tray write and read them.

use super::*;
use proptest::prelude::*;

fn selector(text: &str) -> DeviceSelector {
    DeviceSelector {
        identity: text.parse().unwrap(),
        usage_page: None,
    }
}

fn request(name: &str, params: &str) -> DeviceRequest {
    read(name, params).unwrap().unwrap().0
}

#[test]
fn usb_calls_are_understood() {
    let device = selector("0eb8:f000");
    let one = r#"{"vendorId":"0x0EB8","productId":"0xF000""#;
    for (name, more, expected) in [
        ("listInterfaces", "", UsbRequest::Interfaces(device.clone())),
        (
            "listEndpoints",
            r#","interface":"0x00""#,
            UsbRequest::Endpoints {
                device: device.clone(),
                interface: 0,
            },
        ),
        (
            "claimDevice",
            r#","interface":"01""#,
            UsbRequest::Hold {
                device: device.clone(),
                interface: 1,
            },
        ),
        (
            "sendData",
            r#","endpoint":"0x02","data":{"data":"1b40","type":"HEX"}"#,
            UsbRequest::Use(
                device.clone(),
                Use::Send {
                    lane: 2,
                    octets: b"\x1b@".to_vec(),
                },
            ),
        ),
        (
            "readData",
            r#","endpoint":"0x81","responseSize":8"#,
            UsbRequest::Use(
                device.clone(),
                Use::Receive {
                    lane: 0x81,
                    octets_max: 8,
                },
            ),
        ),
        (
            "openStream",
            r#","endpoint":"81","responseSize":64,"interval":250"#,
            UsbRequest::Use(
                device.clone(),
                Use::OpenStream {
                    lane: 0x81,
                    octets_max: 64,
                    interval: Duration::from_millis(250),
                },
            ),
        ),
    ] {
        let asked = request(&format!("usb.{name}"), &format!("{one}{more}}}"));
        assert_eq!(asked, DeviceRequest::Usb(expected), "{name}");
    }
    let listed = |params| request("usb.listDevices", params);
    for (params, with_hubs) in [
        ("null", false),
        (r#"{"includeHubs":true}"#, true),
        ("{}", false),
    ] {
        assert_eq!(
            listed(params),
            DeviceRequest::Usb(UsbRequest::List { with_hubs })
        );
    }
}

#[test]
fn hid_calls_are_understood() {
    let mut device = selector("0922:8003:7");
    device.usage_page = Some(0x8d);
    let one = r#"{"vendorId":"0922","productId":"8003","serial":"7","usagePage":"0x008d""#;
    for (name, more, expected) in [
        ("claimDevice", "", HidRequest::Hold(device.clone())),
        (
            "sendData",
            r#","data":"W","endpoint":"0x02""#,
            HidRequest::Use(
                device.clone(),
                Use::Send {
                    lane: 0,
                    octets: b"\x02W".to_vec(),
                },
            ),
        ),
        (
            "sendFeatureReport",
            r#","data":{"data":[1,2],"type":"PLAIN"},"reportId":"0x03""#,
            HidRequest::Use(device.clone(), Use::SendFeature(vec![3, 1, 2])),
        ),
        (
            "getFeatureReport",
            r#","responseSize":4"#,
            HidRequest::Use(
                device.clone(),
                Use::Feature {
                    number: 0,
                    octets_max: 4,
                },
            ),
        ),
    ] {
        let asked = request(&format!("hid.{name}"), &format!("{one}{more}}}"));
        assert_eq!(asked, DeviceRequest::Hid(expected), "{name}");
    }
    let own = |name, params| read_own(name, params).unwrap().unwrap().0;
    let params = format!("{one}}}");
    assert_eq!(
        own("hid.releaseDevice", &params),
        OwnRequest::Release(DeviceClass::Hid, device.clone())
    );
    assert_eq!(
        own("hid.isClaimed", &params),
        OwnRequest::IsHeld(DeviceClass::Hid, device)
    );
    assert_eq!(own("hid.stopListening", "null"), OwnRequest::StopWatching);
}

#[test]
fn what_names_no_device_is_refused() {
    for params in [
        "null",
        "{}",
        r#"{"vendorId":"0x0EB8"}"#,
        r#"{"vendorId":"scale","productId":"0xF000"}"#,
        r#"{"vendorId":"+eb8","productId":"0xF000"}"#,
        r#"{"vendorId":"0x10EB8","productId":"0xF000"}"#,
        r#"{"vendorId":"","productId":""}"#,
    ] {
        for name in ["usb.claimDevice", "hid.claimDevice", "usb.sendData"] {
            assert!(read(name, params).unwrap().is_err(), "{name} {params}");
        }
        assert!(
            read_own("usb.isClaimed", params).unwrap().is_err(),
            "{params}"
        );
    }
    let one = r#"{"vendorId":"1","productId":"2","endpoint":"0x81""#;
    for more in ["", r#","responseSize":0"#, r#","responseSize":65537"#] {
        let asked = read("usb.readData", &format!("{one}{more}}}"));
        assert!(asked.unwrap().is_err(), "{more}");
    }
    assert!(read("usb.closeStream", one).is_none());
    assert!(read("serial.openPort", one).is_none());
}

#[test]
fn answers_and_errors_are_said_as_that_agent_says_them() {
    let params = r#"{"vendorId":"0x0EB8","productId":"0xF000","endpoint":"81","responseSize":4}"#;
    let (_, form) = read("usb.readData", params).unwrap().unwrap();
    let octets = Ok(DeviceAnswer::Octets(vec![0x0a, 0xff]));
    let expected = json!(["0a", "ff", "00", "00"]);
    assert_eq!(write(&form, octets).unwrap(), Some(expected));
    let (_, released) = read_own("usb.releaseDevice", params).unwrap().unwrap();
    for (form, error, expected) in [
        (
            &form,
            HeldError::AlreadyHeld,
            "USB Device [v:0x0EB8 p:0xF000] is already claimed.",
        ),
        (
            &form,
            HeldError::NotHeld,
            "USB Device [v:0x0EB8 p:0xF000] must be claimed first.",
        ),
        (
            &released,
            HeldError::NotHeld,
            "USB Device [v:0x0EB8 p:0xF000] is not claimed.",
        ),
        (
            &form,
            HeldError::NotFound(DeviceClass::Usb, selector("0eb8:f000")),
            "Could not find USB device matching [ vendorId: '0x0eb8', productId: '0xf000' ]",
        ),
        (
            &form,
            HeldError::NotFound(DeviceClass::Hid, selector("0eb8:f000")),
            "HID device could not be found",
        ),
        (
            &form,
            HeldError::Watching,
            "Already listening HID device events",
        ),
    ] {
        assert_eq!(write(form, Err(error.into())).unwrap_err(), expected);
    }
}

#[test]
fn events_name_the_device_in_four_digits() {
    let identity = "0922:8003:7".parse().unwrap();
    assert_eq!(
        received(DeviceClass::Hid, &identity, &[3, 4], 3),
        r#"{"event":"{\"output\":[\"03\",\"04\",\"00\"],\"productId\":\"8003\",\"type\":\"RECEIVE\",\"vendorId\":\"0922\"}","type":"HID"}"#
    );
    assert_eq!(
        plugged(&identity, false),
        r#"{"event":"{\"actionType\":\"Device Detached\",\"productId\":\"8003\",\"type\":\"ACTION\",\"vendorId\":\"0922\"}","type":"HID"}"#
    );
    assert_eq!(
        broken(DeviceClass::Usb, &identity, "gone"),
        r#"{"event":"{\"exception\":\"gone\",\"productId\":\"8003\",\"type\":\"ERROR\",\"vendorId\":\"0922\"}","type":"USB"}"#
    );
}

proptest! {
    /// Whatever a page writes, the answer is a request or an error.
    #[test]
    fn no_parameters_are_a_surprise(
        name in prop::sample::select(vec![
            "usb.listDevices", "usb.claimDevice", "usb.sendData", "usb.openStream",
            "hid.claimDevice", "hid.sendFeatureReport", "hid.getFeatureReport", "hid.isClaimed",
        ]),
        members in prop::collection::btree_map(
            prop::sample::select(vec![
                "vendorId", "productId", "interface", "endpoint", "reportId", "usagePage",
                "serial", "data", "responseSize", "interval",
            ]),
            prop_oneof![
                Just(Value::Null),
                any::<i64>().prop_map(Value::from),
                "(0x)?[0-9a-f+é]{0,6}".prop_map(Value::from),
            ],
            0..8,
        ),
    ) {
        let params = serde_json::to_string(&members).unwrap();
        let _ = read(name, &params);
        let _ = read_own(name, &params);
    }
}
