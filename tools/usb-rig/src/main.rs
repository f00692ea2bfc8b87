//! `usb-rig`: emulated USB printers and HID devices for tests, in the rig's guest.
//!
//! ```text
//! usb-rig printer CONTROL CAPTURE [key=value...]   attach a printer and serve it
//! usb-rig hid CONTROL KIND [key=value...]          attach a HID device and serve it
//! usb-rig ctl CONTROL WORD...                      send one control line to either
//! usb-rig relay                                    republish hot-plug events
//! usb-rig forward PORT                             let the host reach a port of loopback
//! usb-rig shell PORT                               run shell commands for the host
//! ```
//!
//! What is printed goes to the file CAPTURE. CONTROL is a Unix socket; its
//! commands are listed in README.md, `control` obeys them. `printer` is the
//! device, `wire` and `vhci` how the kernel reaches it.

mod control;
mod forward;
mod hid;
mod language;
mod printer;
mod profile;
mod relay;
mod shell;
mod vhci;
mod wire;

use std::process::ExitCode;

const USAGE: &str = "usage: usb-rig printer CONTROL CAPTURE [key=value...] | hid CONTROL KIND [key=value...] | ctl CONTROL WORD... | relay | forward PORT | shell PORT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["printer", control, capture, settings @ ..] => control::serve(control, capture, settings),
        ["hid", control, kind, settings @ ..] => hid::serve(control, kind, settings),
        ["ctl", control, line @ ..] if !line.is_empty() => control::ask(control, &line.join(" ")),
        ["relay"] => relay::run().map_err(Into::into),
        [service @ ("forward" | "shell"), port] => match port.parse() {
            Ok(port) if *service == "shell" => shell::run(port).map_err(Into::into),
            Ok(port) => forward::run(port).map_err(Into::into),
            Err(_) => Err(format!("`{port}` is no port").into()),
        },
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usb-rig: {error}");
            ExitCode::FAILURE
        }
    }
}
