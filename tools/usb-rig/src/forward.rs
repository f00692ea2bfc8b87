//! Hands connections from outside on to a port of the guest's loopback.
//!
//! The agent listens on loopback alone, and QEMU forwards to the guest's
//! network address.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

/// What QEMU's user network gives the guest; `guest/init` sets it.
const GUEST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);

/// Runs until the system refuses.
pub(crate) fn run(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((GUEST, port))?;
    loop {
        let (outside, _) = listener.accept()?;
        thread::spawn(move || join(&outside, port));
    }
}

fn join(outside: &TcpStream, port: u16) -> io::Result<()> {
    let inside = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let (from, to) = (outside.try_clone()?, inside.try_clone()?);
    let inward = thread::spawn(move || copy(&from, &to));
    let outward = copy(&inside, outside);
    inward.join().ok();
    outward
}

/// Until one side has said all it had to say, which the other is told.
fn copy(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Write)
}
