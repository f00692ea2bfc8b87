//! What this machine is called, and by which addresses it is reached.
//!
//! Nothing leaves the machine for it: the way out is looked up in the system's
//! routing table, by connecting a UDP socket that sends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use super::DeviceError;
use super::interfaces;

/// Addresses for documentation (RFC 5737, RFC 3849): nobody has them, and
/// every default route leads there.
const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];
/// Any port will do ("discard").
const NO_PORT: u16 = 9;

/// This machine in its networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    /// What the machine calls itself.
    pub(crate) host_name: String,
    /// The user that the agent runs as.
    pub(crate) user_name: String,
    /// Its ways out, without the one to itself. At most one is primary.
    pub(crate) devices: Vec<NetworkDevice>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NetworkDevice {
    /// As the system calls it: `eth0`.
    pub(crate) name: String,
    /// Its hardware address, where it has one.
    pub(crate) mac: Option<[u8; 6]>,
    /// The address it is reached by; the one that the way out begins at, where
    /// it is the primary one.
    pub(crate) address: Option<IpAddr>,
    /// All its addresses of version 4.
    pub(crate) ip4: Vec<Ipv4Addr>,
    /// All its addresses of version 6.
    pub(crate) ip6: Vec<Ipv6Addr>,
    /// Whether it is switched on.
    pub(crate) is_up: bool,
    /// Whether the way out is through it.
    pub(crate) is_primary: bool,
}

impl Network {
    /// Looks at this machine. Blocks for as long as the system takes to list
    /// its interfaces.
    pub(super) fn look(toward: Option<IpAddr>) -> Result<Self, DeviceError> {
        let devices = interfaces::list()?;
        let way_out = toward.into_iter().chain(ANYWHERE).find_map(way_out);
        Ok(Self {
            host_name: interfaces::host_name(),
            user_name: interfaces::user_name(),
            devices: with_primary(devices, way_out),
        })
    }
}

/// The address of ours that a packet to `address` would come from.
fn way_out(address: IpAddr) -> Option<IpAddr> {
    let here: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((here, 0)).ok()?;
    socket.connect((address, NO_PORT)).ok()?;
    let local = socket.local_addr().ok()?.ip();
    (!local.is_loopback() && !local.is_unspecified()).then_some(local)
}

/// Marks the way out: where there is none, the first device that could be one.
fn with_primary(mut devices: Vec<NetworkDevice>, way_out: Option<IpAddr>) -> Vec<NetworkDevice> {
    for device in &mut devices {
        let first4 = device.ip4.first().copied().map(IpAddr::V4);
        let first6 = device.ip6.first().copied().map(IpAddr::V6);
        device.address = first4.or(first6);
    }
    let has = |device: &NetworkDevice, address: &IpAddr| match address {
        IpAddr::V4(address) => device.ip4.contains(address),
        IpAddr::V6(address) => device.ip6.contains(address),
    };
    let by_route = way_out.and_then(|address| {
        let place = devices.iter().position(|device| has(device, &address))?;
        Some((place, address))
    });
    let by_guess = || {
        let could = |device: &NetworkDevice| device.is_up && device.address.is_some();
        let place = devices.iter().position(could)?;
        Some((place, devices[place].address?))
    };
    if let Some((place, address)) = by_route.or_else(by_guess) {
        devices[place].is_primary = true;
        devices[place].address = Some(address);
    }
    devices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, ip4: &[[u8; 4]], is_up: bool) -> NetworkDevice {
        NetworkDevice {
            name: name.to_owned(),
            ip4: ip4.iter().map(|octets| Ipv4Addr::from(*octets)).collect(),
            is_up,
            ..NetworkDevice::default()
        }
    }

    #[test]
    fn the_primary_device_is_the_one_that_the_way_out_leads_through() {
        let devices = || {
            vec![
                device("down0", &[[192, 0, 2, 9]], false),
                device("eth0", &[[192, 0, 2, 10]], true),
                device("eth1", &[[192, 0, 2, 11], [192, 0, 2, 12]], true),
            ]
        };
        for (way_out, name, address) in [
            (Some([192, 0, 2, 12]), "eth1", [192, 0, 2, 12]),
            (Some([192, 0, 2, 99]), "eth0", [192, 0, 2, 10]),
            (None, "eth0", [192, 0, 2, 10]),
        ] {
            let devices = with_primary(devices(), way_out.map(IpAddr::from));
            let primary: Vec<_> = devices.iter().filter(|device| device.is_primary).collect();
            assert_eq!(primary.len(), 1);
            assert_eq!(primary[0].name, name);
            assert_eq!(primary[0].address, Some(IpAddr::from(address)));
        }
        assert!(with_primary(Vec::new(), None).is_empty());
    }

    #[test]
    fn a_machine_knows_its_name_and_a_way_to_itself_is_no_way_out() {
        let network = Network::look(Some(Ipv4Addr::LOCALHOST.into())).unwrap();
        assert!(!network.host_name.is_empty());
        assert!(!network.user_name.is_empty());
        assert!(
            network
                .devices
                .iter()
                .filter(|device| device.is_primary)
                .count()
                <= 1
        );
        let addresses = network.devices.iter().filter_map(|device| device.address);
        assert!(addresses.into_iter().all(|address| !address.is_loopback()));
    }
}
