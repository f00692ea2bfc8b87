//! `platen-spooler FOLDER`: the one program that links the system's print
//! library (libcups, or Windows' winspool), and with it every vendor's driver.
//!
//! The bridge starts it, speaks to it over standard input and output
//! (`platen-spooler-wire`) and ends it by closing the pipe, or by killing it
//! when a driver hangs. It lists printers and hands documents over; it knows
//! no jobs of Platen's, no states and no retries. Documents pass through files
//! of their own in `FOLDER` that only their owner can read and that are gone
//! before the answer.

mod document;
#[cfg(unix)]
mod library;
mod system;
#[cfg(windows)]
mod winspool;

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use platen_spooler_wire::{Answer, Call, Failure, FrameKind, read_frame, write_frame};

use crate::document::DocumentFolder;
#[cfg(unix)]
use crate::library::PrintLibrary;
use crate::system::{System, SystemError};
#[cfg(windows)]
use crate::winspool::PrintLibrary;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!(
            "usage: platen-spooler FOLDER (started by platen, which speaks to it over a pipe)"
        );
        return ExitCode::from(2);
    };
    let served = DocumentFolder::open(PathBuf::from(folder)).and_then(|folder| {
        let calls = BufReader::new(io::stdin().lock());
        let answers = BufWriter::new(io::stdout().lock());
        serve(calls, answers, &folder, &mut PrintLibrary::new())
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("platen-spooler ends: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers calls until the pipe closes.
fn serve(
    mut calls: impl Read,
    mut answers: impl Write,
    folder: &DocumentFolder,
    system: &mut impl System,
) -> io::Result<()> {
    while let Some((kind, payload)) = read_frame(&mut calls)? {
        if kind != FrameKind::Call {
            return Err(out_of_place());
        }
        let call = Call::from_json(&payload).map_err(io::Error::other)?;
        let answer = match call {
            Call::List {} => match system.printers() {
                Ok(printers) => Answer::Printers { printers },
                Err(error) => error.into(),
            },
            Call::Print {
                printer,
                title,
                options,
            } => {
                let document = folder.receive(&mut calls)?;
                print(&mut answers, document, |path| {
                    system.print(&printer, &title, &options, path)
                })?
            }
            Call::Condition { .. } | Call::Job { .. } | Call::Find { .. } | Call::Cancel { .. } => {
                system.ask(&call)
            }
        };
        say(&mut answers, &answer)?;
    }
    Ok(())
}

/// Hands a received document over. The file is gone when this returns.
fn print(
    answers: &mut impl Write,
    document: Result<document::Document, String>,
    hand_over: impl FnOnce(&str) -> Result<u64, SystemError>,
) -> io::Result<Answer> {
    let failed = |failure, detail| Answer::Failed { failure, detail };
    let document = match document {
        Ok(document) => document,
        Err(detail) => return Ok(failed(Failure::File, detail)),
    };
    // The library would make an empty job and then fail.
    if document.is_empty() {
        let detail = "the document has no octets".to_owned();
        return Ok(failed(Failure::Refused, detail));
    }
    let Some(path) = document.path().to_str() else {
        let detail = "the folder's name is not UTF-8; configure another".to_owned();
        return Ok(failed(Failure::File, detail));
    };
    say(answers, &Answer::HandingOver {})?;
    Ok(match hand_over(path) {
        Ok(job_id) => Answer::Printed { job_id },
        Err(error) => error.into(),
    })
}

fn say(answers: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let payload = answer.to_json().map_err(io::Error::other)?;
    write_frame(answers, FrameKind::Answer, &payload)
}

fn out_of_place() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame came out of place")
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_spooler_wire::SystemPrinter;

    #[derive(Default)]
    struct Recording {
        printed: Vec<Vec<u8>>,
        refuse: bool,
    }

    impl System for Recording {
        fn printers(&mut self) -> Result<Vec<SystemPrinter>, SystemError> {
            Ok(Vec::new())
        }

        fn print(
            &mut self,
            _printer: &str,
            _title: &str,
            _options: &[(String, String)],
            path: &str,
        ) -> Result<u64, SystemError> {
            if self.refuse {
                return Err(SystemError {
                    failure: Failure::PrintService,
                    detail: "no".to_owned(),
                });
            }
            self.printed.push(std::fs::read(path).unwrap());
            Ok(self.printed.len() as u64)
        }

        fn ask(&mut self, _: &Call) -> Answer {
            Answer::Canceled {}
        }
    }

    fn print_call(chunks: &[&[u8]]) -> Vec<u8> {
        let call = Call::Print {
            printer: "till".to_owned(),
            title: "receipt".to_owned(),
            options: vec![],
        };
        let mut pipe = Vec::new();
        write_frame(&mut pipe, FrameKind::Call, &call.to_json().unwrap()).unwrap();
        for chunk in chunks {
            write_frame(&mut pipe, FrameKind::Chunk, chunk).unwrap();
        }
        write_frame(&mut pipe, FrameKind::End, &[]).unwrap();
        pipe
    }

    /// Serves `calls` and returns the answers; checks that no file stays.
    fn answers(calls: &[u8], system: &mut Recording) -> io::Result<Vec<Answer>> {
        let directory = tempfile::tempdir().unwrap();
        let folder = DocumentFolder::open(directory.path().join("own")).unwrap();
        let mut written = Vec::new();
        let served = serve(calls, &mut written, &folder, system);
        let left = std::fs::read_dir(directory.path().join("own"))
            .unwrap()
            .count();
        assert_eq!(left, 0, "a document stayed behind");
        served?;
        let mut read = written.as_slice();
        let mut answers = Vec::new();
        while let Some((_, payload)) = read_frame(&mut read)? {
            answers.push(Answer::from_json(&payload).unwrap());
        }
        Ok(answers)
    }

    #[test]
    fn documents_are_handed_over_whole_and_say_so_first() {
        let mut system = Recording::default();
        let calls = [print_call(&[b"ab", b"", b"c"]), print_call(&[b"d"])].concat();
        assert_eq!(
            answers(&calls, &mut system).unwrap(),
            [
                Answer::HandingOver {},
                Answer::Printed { job_id: 1 },
                Answer::HandingOver {},
                Answer::Printed { job_id: 2 },
            ]
        );
        assert_eq!(system.printed, [b"abc".to_vec(), b"d".to_vec()]);
    }

    #[test]
    fn an_empty_document_is_refused_before_the_print_service_hears_of_it() {
        let mut system = Recording::default();
        let answers = answers(&print_call(&[]), &mut system).unwrap();
        assert!(matches!(
            answers[..],
            [Answer::Failed {
                failure: Failure::Refused,
                ..
            }]
        ));
    }

    #[test]
    fn a_refusal_of_the_print_service_is_an_answer() {
        let mut system = Recording {
            refuse: true,
            ..Recording::default()
        };
        let answers = answers(&print_call(&[b"a"]), &mut system).unwrap();
        assert!(matches!(
            answers[..],
            [
                Answer::HandingOver {},
                Answer::Failed {
                    failure: Failure::PrintService,
                    ..
                }
            ]
        ));
    }

    #[test]
    fn a_pipe_that_closes_inside_a_document_prints_nothing() {
        let mut system = Recording::default();
        let whole = print_call(&[b"abcdef"]);
        for cut in 1..whole.len() {
            assert!(answers(&whole[..cut], &mut system).is_err(), "cut at {cut}");
        }
        assert!(system.printed.is_empty());
    }
}
