//! What one session of `platen.v1` does with devices other than printers.
//!
//! As for pages of QZ Tray, what is opened belongs to the connection and ends
//! with it, and what happens is told through a bounded channel. The same
//! requests do the work; here are their names in this dialect.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use platen_protocol::device::{
    DeviceClass, DeviceData, DeviceEvent as Told, DeviceName, Devices as List, DevicesClose,
    DevicesList, DevicesOpen, DevicesReceive, DevicesSend,
};
use platen_protocol::method::NoParams;
use platen_protocol::{ErrorCode, Request, Response, WireError};
use tokio::sync::mpsc::Sender;

use super::Context;
use crate::authorize::Authorized;
use crate::claims::{Claimant, Holder};
use crate::device_access::{
    DeviceAccess, DeviceAnswer, DeviceClass as Held, DeviceError, DeviceEvent, DeviceRequest,
    DeviceSelector, HidRequest, OwnRequest, SerialWork, UsbRequest, Use,
};
use crate::dialect::platen_v1::device as wire;
use crate::grant::{DeviceIdentity, DeviceRule, UsbIdentity};
use crate::scale::HidScale;
use crate::serial::PortName;

/// Octets of a report, or of one transfer of an endpoint that is listened to.
const LISTEN_OCTETS_MAX: usize = 16 * 1024;

type Answer = BoxFuture<'static, Result<Response, WireError>>;
type Done = BoxFuture<'static, Result<DeviceAnswer, DeviceError>>;

/// What a session has opened.
#[derive(Debug)]
pub(super) struct Devices {
    access: DeviceAccess,
    /// What the page calls the USB and HID devices that it has.
    names: Vec<(Held, UsbIdentity, DeviceName)>,
    /// Of the HID devices, those that the page opened as scales.
    hid_scales: Vec<(DeviceName, HidScale)>,
}

impl Devices {
    /// Nothing is open.
    pub(super) fn new<D>(
        context: &Context<D>,
        holder: Holder,
        events: Sender<DeviceEvent>,
    ) -> Self {
        let files = Arc::clone(&context.files);
        let claims = Claimant::new(context.claims.clone(), holder);
        Self {
            access: DeviceAccess::new(&context.limits, files, claims, events),
            names: Vec::new(),
            hid_scales: Vec::new(),
        }
    }

    /// Begins a call, one of `devices.*`; the future is its end.
    pub(super) fn call(&mut self, call: &Authorized<Request>) -> Answer {
        let begun = match call.request() {
            Request::DevicesList(params) => self.list(call, params),
            Request::DevicesOpen(params) => self.open(call, params),
            Request::DevicesSend(params) => self.send(call, params),
            Request::DevicesReceive(params) => self.receive(call, params),
            Request::DevicesClose(params) => self.close(call, params),
            _ => Err(WireError::new(ErrorCode::Internal)),
        };
        begun.unwrap_or_else(|error| ready(Err(error)).boxed())
    }

    fn start(
        &mut self,
        call: &Authorized<Request>,
        request: DeviceRequest,
    ) -> Result<Done, WireError> {
        Ok(self.access.start(call.to_device(request)?))
    }

    fn list(
        &mut self,
        call: &Authorized<Request>,
        params: &DevicesList,
    ) -> Result<Answer, WireError> {
        let grant = Arc::clone(&call.subject().grant);
        let mut lists = Vec::new();
        for class in DeviceClass::ALL {
            let is_meant = params.class.is_none_or(|meant| meant == class);
            if !is_meant || !grant.capabilities.contains(&class.capability()) {
                continue;
            }
            let request = match class {
                DeviceClass::Serial => DeviceRequest::SerialPorts,
                DeviceClass::Usb => DeviceRequest::Usb(UsbRequest::List { with_hubs: false }),
                DeviceClass::Hid => DeviceRequest::Hid(HidRequest::List),
                // Nobody looks for hosts.
                DeviceClass::Socket => continue,
            };
            // A capability without a device reaches none: an empty list, and no refusal.
            if grant.names_no_device_for(class.capability()) {
                continue;
            }
            lists.push(self.start(call, request)?);
            if class == DeviceClass::Hid && params.follow == Some(true) {
                lists.push(self.start(call, DeviceRequest::Hid(HidRequest::Watch))?);
            }
        }
        Ok(async move {
            let mut devices = Vec::new();
            for list in lists {
                match list.await {
                    Ok(DeviceAnswer::SerialPorts(ports)) => {
                        devices.extend(ports.iter().map(wire::describe_port));
                    }
                    Ok(DeviceAnswer::UsbDevices(found)) => {
                        devices.extend(found.iter().map(wire::describe_usb));
                    }
                    Ok(DeviceAnswer::HidDevices(found)) => {
                        devices.extend(found.iter().map(wire::describe_hid));
                    }
                    Ok(_) => {}
                    Err(error) if wire::is_followed_already(&error) => {}
                    Err(error) => return Err(wire::error(&error)),
                }
            }
            Ok(Response::Devices(List { devices }))
        }
        .boxed())
    }

    fn open(
        &mut self,
        call: &Authorized<Request>,
        params: &DevicesOpen,
    ) -> Result<Answer, WireError> {
        let name = &params.device;
        let steps = match wire::rule(name)? {
            DeviceRule::Port(port) => {
                let (settings, using) = wire::line(params)?;
                let work = SerialWork::Open { settings, using };
                let port = wire::port(&port)?;
                vec![DeviceRequest::Serial { port, work }]
            }
            DeviceRule::Adapter(_) => return Err(wire::no_port()),
            DeviceRule::Socket(to) => vec![DeviceRequest::OpenSocket(to)],
            DeviceRule::Usb(identity) => {
                let device = self.selector(Held::Usb, identity, name, None);
                let settings = params.usb.as_ref().ok_or_else(wire::no_interface)?;
                let mut steps = vec![UsbRequest::Hold {
                    device: device.clone(),
                    interface: settings.interface,
                }];
                steps.extend(
                    settings
                        .listen
                        .map(|endpoint| UsbRequest::Use(device, listen(endpoint))),
                );
                steps.into_iter().map(DeviceRequest::Usb).collect()
            }
            DeviceRule::Hid(identity) => {
                let device = self.selector(Held::Hid, identity, name, params.usage_page);
                self.hid_scales.retain(|(scale, _)| scale != name);
                if params.scale.is_some() {
                    self.hid_scales.push((name.clone(), HidScale::default()));
                }
                vec![
                    DeviceRequest::Hid(HidRequest::Hold(device.clone())),
                    DeviceRequest::Hid(HidRequest::Use(device, listen(0))),
                ]
            }
        };
        let begun = steps.into_iter().map(|step| self.start(call, step));
        let begun: Vec<Done> = begun.collect::<Result<_, _>>()?;
        Ok(async move {
            for step in begun {
                step.await.map_err(|error| wire::error(&error))?;
            }
            Ok(Response::Done(NoParams {}))
        }
        .boxed())
    }

    fn send(
        &mut self,
        call: &Authorized<Request>,
        params: &DevicesSend,
    ) -> Result<Answer, WireError> {
        let octets = wire::octets(params.data.as_str())?;
        let request = match wire::rule(&params.device)? {
            DeviceRule::Port(port) => DeviceRequest::Serial {
                port: wire::port(&port)?,
                work: SerialWork::Send {
                    octets,
                    settings: None,
                    framing: None,
                },
            },
            DeviceRule::Adapter(_) => return Err(wire::no_port()),
            DeviceRule::Socket(to) => DeviceRequest::SendToSocket { to, octets },
            DeviceRule::Usb(identity) => {
                let lane = params.endpoint.unwrap_or_default();
                DeviceRequest::Usb(UsbRequest::Use(any(identity), Use::Send { lane, octets }))
            }
            DeviceRule::Hid(identity) => {
                let wanted = match params.feature {
                    Some(true) => Use::SendFeature(octets),
                    Some(false) | None => Use::Send { lane: 0, octets },
                };
                DeviceRequest::Hid(HidRequest::Use(any(identity), wanted))
            }
        };
        Ok(done(self.start(call, request)?))
    }

    fn receive(
        &mut self,
        call: &Authorized<Request>,
        params: &DevicesReceive,
    ) -> Result<Answer, WireError> {
        let octets_max = usize::try_from(params.octets).unwrap_or(usize::MAX);
        let request = match wire::rule(&params.device)? {
            DeviceRule::Usb(identity) => {
                let lane = params.endpoint.unwrap_or_default();
                let wanted = Use::Receive { lane, octets_max };
                DeviceRequest::Usb(UsbRequest::Use(any(identity), wanted))
            }
            DeviceRule::Hid(identity) => {
                let wanted = match params.feature {
                    Some(number) => Use::Feature { number, octets_max },
                    None => return Err(wire::no_feature()),
                };
                DeviceRequest::Hid(HidRequest::Use(any(identity), wanted))
            }
            DeviceRule::Port(_) | DeviceRule::Adapter(_) | DeviceRule::Socket(_) => {
                return Err(wire::no_feature());
            }
        };
        let received = self.start(call, request)?;
        Ok(async move {
            match received.await.map_err(|error| wire::error(&error))? {
                DeviceAnswer::Octets(octets) => Ok(Response::DeviceData(DeviceData {
                    data: wire::data(&octets),
                })),
                _ => Err(WireError::new(ErrorCode::Internal)),
            }
        }
        .boxed())
    }

    fn close(
        &mut self,
        call: &Authorized<Request>,
        params: &DevicesClose,
    ) -> Result<Answer, WireError> {
        let closed = match wire::rule(&params.device)? {
            DeviceRule::Port(port) => {
                let port = wire::port(&port)?;
                let work = SerialWork::Close;
                self.start(call, DeviceRequest::Serial { port, work })?
            }
            DeviceRule::Adapter(_) => return Err(wire::no_port()),
            DeviceRule::Socket(to) => self.start(call, DeviceRequest::CloseSocket(to))?,
            DeviceRule::Usb(identity) => {
                let device = any(identity);
                self.access.own(OwnRequest::Release(Held::Usb, device))
            }
            DeviceRule::Hid(identity) => {
                let device = any(identity);
                self.access.own(OwnRequest::Release(Held::Hid, device))
            }
        };
        Ok(done(closed))
    }

    /// What is meant, and from now on what the page calls it.
    fn selector(
        &mut self,
        class: Held,
        identity: UsbIdentity,
        name: &DeviceName,
        usage_page: Option<u16>,
    ) -> DeviceSelector {
        self.names
            .retain(|(known, _, called)| (*known, called) != (class, name));
        self.names.push((class, identity.clone(), name.clone()));
        DeviceSelector {
            identity,
            usage_page,
        }
    }

    /// What the page calls a device that it has.
    fn called(&self, class: Held, found: &UsbIdentity) -> DeviceName {
        let mut known = self.names.iter();
        let own = known.find(|(of, rule, _)| *of == class && rule.names(found));
        own.map_or_else(|| name_of(class, found), |(_, _, name)| name.clone())
    }

    /// An event as text for the page, if it is one.
    pub(super) fn tell(&mut self, event: DeviceEvent) -> Option<String> {
        let socket = |to| DeviceName::new(DeviceIdentity::Socket(to).to_string());
        let serial = |port: PortName| DeviceName::new(format!("serial:{port}"));
        let received = |octets: &[u8]| Told::Received {
            data: wire::data(octets),
        };
        let (device, told) = match event {
            DeviceEvent::SocketReceived { from, octets } => (socket(from), received(&octets)),
            DeviceEvent::SocketBroken { to, problem } => (socket(to), Told::Lost { problem }),
            DeviceEvent::SerialReceived { port, octets } => (serial(port), received(&octets)),
            DeviceEvent::SerialFrameLost(port) => (serial(port), Told::FrameLost),
            DeviceEvent::SerialLost { port, problem } => (serial(port), Told::Lost { problem }),
            DeviceEvent::DeviceReceived {
                class,
                identity,
                octets,
                ..
            } => {
                let name = self.called(class, &identity);
                let mut scales = self.hid_scales.iter_mut();
                let told = match scales.find(|(scale, _)| *scale == name) {
                    Some((_, scale)) => wire::weighed(scale.hear(&octets)?),
                    None => received(&octets),
                };
                (name, told)
            }
            DeviceEvent::ScaleChanged { device, state } => {
                (DeviceName::new(device), wire::weighed(state))
            }
            // Told again as lost where the device is gone.
            DeviceEvent::StreamBroken { .. } => return None,
            DeviceEvent::DeviceLost { class, identity } => {
                let problem = "it was unplugged".to_owned();
                (self.called(class, &identity), Told::Lost { problem })
            }
            DeviceEvent::HidPlugged {
                identity,
                is_attached,
            } => {
                let told = if is_attached {
                    Told::Attached
                } else {
                    Told::Detached
                };
                (name_of(Held::Hid, &identity), told)
            }
            // Only pages for QZ Tray listen to files.
            DeviceEvent::FileChanged { .. } | DeviceEvent::FolderLost { .. } => return None,
        };
        Some(wire::tell(device, told))
    }

    /// Closes what is open.
    pub(super) async fn end(&self) {
        self.access.end().await;
    }
}

fn name_of(class: Held, identity: &UsbIdentity) -> DeviceName {
    let identity = identity.clone();
    let found = match class {
        Held::Usb => DeviceIdentity::Usb(identity),
        Held::Hid => DeviceIdentity::Hid(identity),
    };
    DeviceName::new(found.to_string())
}

/// One that the page has, whichever of its usage pages it asked for.
fn any(identity: UsbIdentity) -> DeviceSelector {
    DeviceSelector {
        identity,
        usage_page: None,
    }
}

fn listen(lane: u8) -> Use {
    Use::OpenStream {
        lane,
        octets_max: LISTEN_OCTETS_MAX,
        interval: Duration::ZERO,
    }
}

fn done(ends: Done) -> Answer {
    async move {
        match ends.await {
            Ok(_) => Ok(Response::Done(NoParams {})),
            Err(error) => Err(wire::error(&error)),
        }
    }
    .boxed()
}
