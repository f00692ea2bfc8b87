//! What kind of printer is emulated, and the descriptors that say so.

use std::error::Error;

/// The bulk endpoints, by number.
pub(crate) const OUT_ENDPOINT: u8 = 1;
pub(crate) const IN_ENDPOINT: u8 = 2;

/// The printer as the host is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) vendor: u16,
    pub(crate) product: u16,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    /// Empty: the printer has none.
    pub(crate) serial: String,
    /// IEEE 1284 device id.
    pub(crate) device_id: String,
    /// Class, subclass and protocol of the one interface.
    pub(crate) interface: [u8; 3],
    pub(crate) is_high_speed: bool,
    /// The name of the language in which it answers.
    pub(crate) speaks: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            vendor: 0x1209,
            product: 0x0001,
            manufacturer: "RIG".into(),
            model: "Receipt 80".into(),
            serial: "RIG0001".into(),
            device_id: "MFG:RIG;MDL:Receipt 80;CMD:ESCPOS;CLS:PRINTER;SN:RIG0001;".into(),
            interface: [7, 1, 2],
            is_high_speed: true,
            speaks: "none".into(),
        }
    }
}

impl Profile {
    /// The default printer with these changes, each `key=value`.
    pub(crate) fn from_settings(settings: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut profile = Self::default();
        for setting in settings {
            let (key, value) = setting
                .split_once('=')
                .ok_or_else(|| format!("`{setting}` is not key=value"))?;
            match key {
                "vendor" => profile.vendor = u16::from_str_radix(value, 16)?,
                "product" => profile.product = u16::from_str_radix(value, 16)?,
                "manufacturer" => profile.manufacturer = value.into(),
                "model" => profile.model = value.into(),
                "serial" => profile.serial = value.into(),
                "id" => profile.device_id = value.into(),
                "speaks" => profile.speaks = value.into(),
                "speed" => profile.is_high_speed = value == "high",
                "interface" => {
                    let numbers: Vec<u8> = value
                        .split('/')
                        .map(|number| u8::from_str_radix(number, 16))
                        .collect::<Result<_, _>>()?;
                    profile.interface = numbers
                        .try_into()
                        .map_err(|_| "the interface is class/subclass/protocol, in hex")?;
                }
                _ => return Err(format!("there is no setting `{key}`").into()),
            }
        }
        Ok(profile)
    }

    /// Protocol 1 of the printer class has one direction: no IN endpoint.
    pub(crate) fn has_in(&self) -> bool {
        self.interface[2] != 1
    }

    pub(crate) fn device_descriptor(&self) -> Vec<u8> {
        let mut descriptor = vec![18, 1, 0x00, 0x02, 0, 0, 0, 64];
        descriptor.extend(self.vendor.to_le_bytes());
        descriptor.extend(self.product.to_le_bytes());
        let serial = if self.serial.is_empty() { 0 } else { 3 };
        descriptor.extend([0x00, 0x01, 1, 2, serial, 1]);
        descriptor
    }

    pub(crate) fn configuration_descriptor(&self) -> Vec<u8> {
        let [class, subclass, protocol] = self.interface;
        let endpoints: &[u8] = if self.has_in() {
            &[OUT_ENDPOINT, IN_ENDPOINT | 0x80]
        } else {
            &[OUT_ENDPOINT]
        };
        let count = if self.has_in() { 2 } else { 1 };
        let packet: u16 = if self.is_high_speed { 512 } else { 64 };
        let [packet_low, packet_high] = packet.to_le_bytes();
        let length = 9 + 9 + 7 * count;
        let mut descriptor = vec![9, 2, length, 0, 1, 1, 0, 0xc0, 1];
        descriptor.extend([9, 4, 0, 0, count, class, subclass, protocol, 0]);
        for address in endpoints {
            descriptor.extend([7, 5, *address, 2, packet_low, packet_high, 0]);
        }
        descriptor
    }

    pub(crate) fn string_descriptor(&self, index: u8) -> Option<Vec<u8>> {
        let text = match index {
            0 => return Some(vec![4, 3, 0x09, 0x04]),
            1 => &self.manufacturer,
            2 => &self.model,
            3 => &self.serial,
            _ => return None,
        };
        // A descriptor has 255 octets at most.
        let units: Vec<u8> = text
            .encode_utf16()
            .take(126)
            .flat_map(u16::to_le_bytes)
            .collect();
        let length = u8::try_from(2 + units.len()).ok()?;
        let mut descriptor = vec![length, 3];
        descriptor.extend(units);
        Some(descriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_shape_the_device() {
        let settings = ["vendor=04b8", "interface=7/1/1", "speed=full", "id=MFG:X;"];
        let profile = Profile::from_settings(&settings).unwrap();
        assert_eq!((profile.vendor, profile.interface), (0x04b8, [7, 1, 1]));
        assert!(!profile.is_high_speed);
        assert_eq!(profile.device_id, "MFG:X;");
        assert!(Profile::from_settings(&["color=red"]).is_err());
        assert!(Profile::from_settings(&["interface=7/1"]).is_err());
    }

    #[test]
    fn a_one_way_printer_has_no_in_endpoint() {
        let one_way = Profile::from_settings(&["interface=7/1/1"]).unwrap();
        let descriptor = one_way.configuration_descriptor();
        assert_eq!(
            (descriptor.len(), descriptor[2], descriptor[13]),
            (25, 25, 1)
        );
        let descriptor = Profile::default().configuration_descriptor();
        assert_eq!(
            (descriptor.len(), descriptor[2], descriptor[13]),
            (32, 32, 2)
        );
    }

    #[test]
    fn a_printer_without_serial_number_names_no_string_for_it() {
        let nameless = Profile::from_settings(&["serial="]).unwrap();
        assert_eq!(nameless.device_descriptor()[16], 0);
        assert_eq!(Profile::default().device_descriptor()[16], 3);
    }
}
