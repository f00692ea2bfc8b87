//! Proves the rig, without the agent: an emulated printer driven through nusb,
//! through every state that the emulator offers. When a test of the agent fails
//! in the guest, this one says whose fault it is.
//!
//! Runs in the guest only: `cargo xtask test usb`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use nusb::hotplug::{HotplugEvent, HotplugWatch};
use nusb::transfer::{Buffer, Bulk, ControlIn, ControlType, In, Out, Recipient, TransferError};
use nusb::{DeviceInfo, Endpoint, Interface, MaybeFuture};

const CAPTURE: &str = "/tmp/printed";
const PRINTER_CLASS: u8 = 7;
const SECOND: Duration = Duration::from_secs(1);
/// For what happens at once. Far longer than it takes: the guest's processor is emulated.
const SOON: Duration = Duration::from_secs(10);

/// The emulator's process, ended with the test however it ends.
struct Emulator {
    process: Child,
    control: BufReader<UnixStream>,
}

impl Emulator {
    fn start() -> Self {
        const CONTROL: &str = "/tmp/control";
        let mut command = Command::new("usb-rig");
        let process = command.args(["printer", CONTROL, CAPTURE]).spawn().unwrap();
        let stream = until("the emulator listens", || UnixStream::connect(CONTROL).ok());
        Self {
            process,
            control: BufReader::new(stream),
        }
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.control.get_mut(), "{line}").unwrap();
        let mut answer = String::new();
        self.control.read_line(&mut answer).unwrap();
        assert!(answer.starts_with("ok"), "{line}: {answer}");
        answer["ok".len()..].trim().to_owned()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Looks again and again until there is something.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_printer(device: &DeviceInfo) -> bool {
    device
        .interfaces()
        .any(|interface| interface.class() == PRINTER_CLASS)
}

async fn next_event(watch: &mut HotplugWatch) -> HotplugEvent {
    let event = tokio::time::timeout(SOON, watch.next()).await;
    event.expect("an event in time").expect("an open watch")
}

fn class_request(interface: &Interface, request: u8, length: u16) -> Vec<u8> {
    let setup = ControlIn {
        control_type: ControlType::Class,
        recipient: Recipient::Interface,
        request,
        value: 0,
        index: 0,
        length,
    };
    interface.control_in(setup, SOON).wait().unwrap()
}

fn write(
    out: &mut Endpoint<Bulk, Out>,
    data: &[u8],
    limit: Duration,
) -> Result<usize, TransferError> {
    let done = out.transfer_blocking(data.to_vec().into(), limit);
    done.status.map(|()| done.actual_len)
}

fn read(input: &mut Endpoint<Bulk, In>, limit: Duration) -> Result<Vec<u8>, TransferError> {
    let done = input.transfer_blocking(Buffer::new(512), limit);
    done.status
        .map(|()| done.buffer[..done.actual_len].to_vec())
}

#[tokio::test]
async fn a_client_sees_every_state_that_the_emulator_offers() {
    let mut emulator = Emulator::start();
    emulator.say("unplug");
    until("the printer is gone", || {
        let mut devices = nusb::list_devices().wait().ok()?;
        (!devices.any(|device| is_printer(&device))).then_some(())
    });

    let mut watch = nusb::watch_devices().unwrap();
    emulator.say("plug");
    let info = loop {
        if let HotplugEvent::Connected(device) = next_event(&mut watch).await
            && is_printer(&device)
        {
            break device;
        }
    };
    assert_eq!(info.manufacturer_string(), Some("RIG"));
    assert_eq!(info.product_string(), Some("Receipt 80"));
    assert_eq!(info.serial_number(), Some("RIG0001"));

    until("the kernel's driver takes it", || {
        Path::new("/dev/usb/lp0").exists().then_some(())
    });
    let device = info.open().wait().unwrap();
    let busy = device.claim_interface(0).wait().err();
    assert_eq!(busy.map(|error| error.kind()), Some(nusb::ErrorKind::Busy));
    let interface = device.detach_and_claim_interface(0).wait().unwrap();
    assert!(class_request(&interface, 0, 1023)[2..].starts_with(b"MFG:RIG;MDL:Receipt 80;"));
    assert_eq!(class_request(&interface, 1, 1), [0x18]);

    let mut out: Endpoint<Bulk, Out> = interface.endpoint(0x01).unwrap();
    let mut input: Endpoint<Bulk, In> = interface.endpoint(0x82).unwrap();
    let page: Vec<u8> = (0..=250).cycle().take(65_536).collect();
    assert_eq!(write(&mut out, &page, SOON), Ok(page.len()));
    assert!(std::fs::read(CAPTURE).unwrap() == page, "octets changed");

    let quiet = read(&mut input, Duration::from_millis(200));
    assert_eq!(quiet, Err(TransferError::Cancelled));
    emulator.say("on 100401 16");
    assert_eq!(write(&mut out, &[0x10, 0x04, 0x01], SOON), Ok(3));
    assert_eq!(read(&mut input, SOON), Ok(vec![0x16]));

    emulator.say("status 30");
    emulator.say("accept 4096");
    assert_eq!(class_request(&interface, 1, 1), [0x30]);
    assert_eq!(write(&mut out, &[b'a'; 4096], SOON), Ok(4096));
    let held = write(&mut out, &[b'b'; 4096], SECOND);
    assert_eq!(
        held,
        Err(TransferError::Cancelled),
        "a full printer takes nothing"
    );
    emulator.say("accept all");
    assert_eq!(write(&mut out, &[b'c'; 4096], SOON), Ok(4096));
    let received: usize = emulator.say("received").parse().unwrap();
    assert_eq!(
        received,
        65_536 + 3 + 2 * 4096,
        "what was held was not printed"
    );

    emulator.say("stall out");
    assert_eq!(write(&mut out, &[0; 16], SOON), Err(TransferError::Stall));
    out.clear_halt().wait().unwrap();
    assert_eq!(write(&mut out, &[0; 16], SOON), Ok(16));

    drop((out, input, interface));
    until("the kernel's driver gets it back", || {
        Path::new("/dev/usb/lp0").exists().then_some(())
    });

    let interface = device.detach_and_claim_interface(0).wait().unwrap();
    let mut out: Endpoint<Bulk, Out> = interface.endpoint(0x01).unwrap();
    emulator.say("accept 0");
    out.submit(vec![0; 64].into());
    emulator.say("unplug");
    let cut = out.wait_next_complete(SOON).unwrap();
    assert_eq!(cut.status, Err(TransferError::Disconnected));
    loop {
        if let HotplugEvent::Disconnected(id) = next_event(&mut watch).await
            && id == info.id()
        {
            break;
        }
    }
}
