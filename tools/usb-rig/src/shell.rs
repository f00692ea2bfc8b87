//! Runs shell commands for the host, which has no other way into the guest:
//! one line for each connection, answered with what the command says and, on
//! the last line, how it ended.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

/// Runs until the system refuses. The port is one of loopback, so that only
/// `forward` leads to it.
pub(crate) fn run(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    println!("the guest's shell listens");
    loop {
        let (host, _) = listener.accept()?;
        thread::spawn(move || obey(host));
    }
}

fn obey(mut host: TcpStream) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(&host).read_line(&mut line)?;
    let done = Command::new("sh")
        .args(["-c", &line])
        .stdin(Stdio::null())
        .output()?;
    host.write_all(&done.stdout)?;
    host.write_all(&done.stderr)?;
    let code = done.status.code().unwrap_or(-1);
    writeln!(host, "\nrig-exit {code}")
}
