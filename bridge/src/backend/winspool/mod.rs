//! `winspool:PRINTER`: a printer of Windows' spooler.
//!
//! A job is asked for, handed over and followed, as `cups` does: the spooler
//! must know the printer, `platen-spooler` hands the document over raw
//! (`backend::spooler`) and listens to the queue from before the job begins,
//! and what was seen and heard of the job is what the outcome says (`course`).
//! The spooler's word that a job was printed means that its octets were sent:
//! evidence `spooler`. Each job's title ends in a mark, by which a job is found
//! whose hand-over was not answered, and no other job is taken for it.

#[cfg(any(windows, test))]
mod course;
#[cfg(any(windows, test))]
mod follow;
mod name;
#[cfg(any(windows, test))]
mod printer;
#[cfg(any(windows, test))]
mod status;
#[cfg(test)]
#[cfg(unix)]
mod tests;

pub use name::{NotAPrinterName, WindowsPrinterName};
#[cfg(windows)]
pub(crate) use printer::{WinspoolPrinter, WinspoolService};
