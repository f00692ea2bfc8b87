//! The one way to a person's terminal, and to whatever our output is piped
//! into.
//!
//! Whatever is printed goes through [`visible`], so that no verb has to
//! remember what in its text came from a page, a device or a print service.
//! clippy refuses `println!` and its kin everywhere else in this crate.

use std::fmt::Display;
use std::io::{self, Write};

use super::Failure;
use crate::visible;

/// A result of one line, to standard output.
pub(super) fn say(line: impl Display) {
    print(&format!("{}\n", visible::line(&line.to_string())));
}

/// A result whose lines are ours, to standard output.
pub(super) fn print(text: &str) {
    write(&mut io::stdout().lock(), text);
}

/// A word, of one line or several, to the person at the terminal, to standard error.
pub(super) fn tell(line: impl Display) {
    write(&mut io::stderr().lock(), &format!("{line}\n"));
}

/// A value as JSON, to standard output.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?;
    print(&(text + "\n"));
    Ok(())
}

fn write(out: &mut dyn Write, text: &str) {
    // Whoever read us may have read enough (`platen jobs | head`).
    let _ = out
        .write_all(visible::lines(text).as_bytes())
        .and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_printed_steers_no_terminal() {
        let mut out = Vec::new();
        write(&mut out, "name  a\u{1b}[2J\u{202e}\nnext\n");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "name  a\\u001b[2J\\u202e\nnext\n"
        );
    }
}
