//! The printer that a test controls: one command a line on a Unix socket, one
//! answer a line.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::{process, thread};

use crate::language::Answers;
use crate::printer::Printer;
use crate::profile::Profile;
use crate::{vhci, wire};

/// Says one line to the printer behind `control` and shows its answer.
pub(crate) fn ask(control: &str, line: &str) -> Result<(), Box<dyn Error>> {
    let mut stream = UnixStream::connect(control)?;
    writeln!(stream, "{line}")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    print!("{answer}");
    if answer.starts_with("ok") {
        Ok(())
    } else {
        Err("the device refused".into())
    }
}

/// Plugs a printer in and serves it until the process ends.
pub(crate) fn serve(control: &str, capture: &str, settings: &[&str]) -> Result<(), Box<dyn Error>> {
    let profile = Profile::from_settings(settings)?;
    let language = Answers::in_language(&profile.speaks)?;
    let capture = Box::new(File::create(capture)?);
    let socket = Arc::new(Socket {
        printer: Mutex::new(Printer::new(profile, language, capture)),
        port: Mutex::new(None),
    });
    // Of an emulator that ran before.
    fs::remove_file(control).ok();
    let listener = UnixListener::bind(control)?;
    socket.plug()?;
    for stream in listener.incoming() {
        let socket = Arc::clone(&socket);
        let stream = stream?;
        thread::spawn(move || socket.converse(stream));
    }
    Ok(())
}

/// Where the printer is plugged in, or not.
struct Socket {
    printer: Mutex<Printer<UnixStream>>,
    /// Of the virtual host controller.
    port: Mutex<Option<u32>>,
}

impl Socket {
    const POISONED: &str = "another thread of the emulator has failed";

    fn plug(self: &Arc<Self>) -> Result<(), Box<dyn Error>> {
        let mut port = self.port.lock().map_err(|_| Self::POISONED)?;
        if port.is_some() {
            return Err("already plugged in".into());
        }
        let mut printer = self.printer.lock().map_err(|_| Self::POISONED)?;
        let (at, line) = vhci::attach(printer.profile().is_high_speed)?;
        let mut reader = line.try_clone()?;
        printer.plug(line);
        *port = Some(at);
        let socket = Arc::clone(self);
        thread::spawn(move || {
            // Ends with the line; what is wrong with it shows on the host.
            while let Ok(Some(command)) = wire::read_command(&mut reader) {
                let Ok(mut printer) = socket.printer.lock() else {
                    return;
                };
                if printer.handle(command).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    fn unplug(&self) -> Result<(), Box<dyn Error>> {
        let mut port = self.port.lock().map_err(|_| Self::POISONED)?;
        let at = port.take().ok_or("not plugged in")?;
        // The kernel drops its end first, so that the host sees a disconnect
        // and not a broken line.
        vhci::detach(at)?;
        self.printer.lock().map_err(|_| Self::POISONED)?.unplug();
        Ok(())
    }

    fn converse(self: &Arc<Self>, stream: UnixStream) -> io::Result<()> {
        let mut answers = stream.try_clone()?;
        for line in BufReader::new(stream).lines() {
            match self.obey(&line?) {
                Ok(note) => writeln!(answers, "ok {note}")?,
                Err(error) => writeln!(answers, "error {error}")?,
            }
        }
        Ok(())
    }

    fn obey(self: &Arc<Self>, line: &str) -> Result<String, Box<dyn Error>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["plug"] => self.plug()?,
            ["unplug"] => self.unplug()?,
            ["quit"] => {
                self.unplug().ok();
                process::exit(0);
            }
            words => return self.set(words),
        }
        Ok(String::new())
    }

    fn set(&self, words: &[&str]) -> Result<String, Box<dyn Error>> {
        let mut printer = self.printer.lock().map_err(|_| Self::POISONED)?;
        match words {
            ["status", octet] => printer.set_status(u8::from_str_radix(octet, 16)?),
            ["paper", "out"] => printer.paper(true)?,
            ["paper", "in"] => printer.paper(false)?,
            ["accept", "all"] => printer.accept(None)?,
            ["accept", octets] => printer.accept(Some(octets.parse()?))?,
            ["stall", "out"] => printer.stall_out()?,
            ["stall", "in"] => printer.stall_in()?,
            ["stall", "off"] => printer.end_stalls(),
            ["reply", hex] => printer.answer(&unhex(hex)?)?,
            ["on", request, answer] => printer.add_rule(unhex(request)?, unhex(answer)?),
            ["arrived"] => return Ok(printer.arrived_ns().to_string()),
            ["received"] => return Ok(printer.received().to_string()),
            ["soft-resets"] => return Ok(printer.soft_resets().to_string()),
            words => return Err(format!("there is no command `{}`", words.join(" ")).into()),
        }
        Ok(String::new())
    }
}

/// The octets of hex digits.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err("hex digits come in pairs".into());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unhex;

    #[test]
    fn hex_is_read_in_pairs() {
        assert_eq!(unhex("100401").unwrap(), [0x10, 0x04, 0x01]);
        assert!(unhex("1").is_err());
        assert!(unhex("zz").is_err());
    }
}
