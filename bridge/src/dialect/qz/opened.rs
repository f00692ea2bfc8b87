//! What a page has opened, as it knows it: how events are told to it, and in
//! which set its text is sent.

use std::collections::HashMap;

use super::charset::Charset;
use super::serial::{PagePort, PortChange};
use super::socket::PageSocket;
use super::{file, held};
use crate::device_access::DeviceEvent;
use crate::grant::Destination;
use crate::serial::PortName;

/// What a call opens or sets.
#[derive(Debug)]
pub(crate) enum Opens {
    /// A connection.
    Socket(PageSocket),
    /// A serial port.
    Serial(PagePort),
    /// Nothing: it sets one that is open.
    SerialChange(PortChange),
}

/// What a page has opened; at most as much as its grant names.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    sockets: HashMap<Destination, PageSocket>,
    ports: HashMap<PortName, PagePort>,
}

impl Opened {
    /// From here on.
    pub(crate) fn remember_socket(&mut self, to: Destination, socket: PageSocket) {
        self.sockets.insert(to, socket);
    }

    /// From here on.
    pub(crate) fn remember_port(&mut self, name: PortName, port: PagePort) {
        self.ports.insert(name, port);
    }

    /// From here on.
    pub(crate) fn change_port(&mut self, name: &PortName, change: &PortChange) {
        if let Some(port) = self.ports.get_mut(name) {
            port.change(change);
        }
    }

    /// What a connection's text is sent in.
    pub(super) fn socket_charset(&self, to: &Destination) -> Option<Charset> {
        self.sockets.get(to).map(PageSocket::charset)
    }

    /// What a line's text is sent in.
    pub(super) fn serial_charset(&self, port: &PortName) -> Option<Charset> {
        self.ports.get(port).map(PagePort::charset)
    }

    /// An event as text for the page, if it is one.
    pub(crate) fn tell(&mut self, event: DeviceEvent) -> Option<String> {
        match event {
            DeviceEvent::SocketReceived { from, octets } => {
                self.sockets.get_mut(&from)?.received(&octets)
            }
            DeviceEvent::SocketBroken { to, problem } => {
                Some(self.sockets.get(&to)?.broken(&problem))
            }
            DeviceEvent::SerialReceived { port, octets } => {
                self.ports.get_mut(&port)?.received(&octets)
            }
            DeviceEvent::SerialFrameLost(port) => Some(self.ports.get(&port)?.lost_a_frame()),
            DeviceEvent::SerialLost { port, problem } => {
                Some(self.ports.get(&port)?.failed(&problem))
            }
            // That agent knows no scales.
            DeviceEvent::ScaleChanged { .. } => None,
            DeviceEvent::DeviceReceived {
                class,
                identity,
                octets,
                octets_max,
            } => Some(held::received(class, &identity, &octets, octets_max)),
            DeviceEvent::StreamBroken {
                class,
                identity,
                problem,
            } => Some(held::broken(class, &identity, &problem)),
            DeviceEvent::DeviceLost { class, identity } => {
                Some(held::broken(class, &identity, "The device was unplugged"))
            }
            DeviceEvent::HidPlugged {
                identity,
                is_attached,
            } => Some(held::plugged(&identity, is_attached)),
            DeviceEvent::FileChanged {
                folder,
                name,
                change,
                content,
            } => Some(file::changed(&folder, &name, change, content.as_deref())),
            DeviceEvent::FolderLost { problem } => Some(file::lost(&problem)),
        }
    }
}
