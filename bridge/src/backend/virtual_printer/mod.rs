//! `virtual:`: the built-in printer, whose paper is a folder.
//!
//! Each document becomes three files: `NUMBER-JOB.bin` with the exact octets a
//! printer gets, `NUMBER-JOB.txt` to read and `NUMBER-JOB.png` to look at
//! (`NUMBER-JOB-1.bin` and so on when a job has several). A file is there whole
//! or not at all. Because this device *is* the folder, files that are durable are
//! its own word that the job is printed: [`Evidence::Device`]. Naming and
//! durability are `folder`'s, reading and drawing are `shown`'s.

mod folder;
mod shown;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use platen_protocol::{ErrorCode, Evidence, PrinterStateReason, StatusSource};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::folder::{Draft, Folder};
use super::plain_text::as_receipts;
use super::reporter::Reporter;
use super::{Answer, Backend, DeviceStatus, Document, Outcome, Report, Work};

/// Where the built-in printer prints, and how much of it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualSettings {
    /// The folder; made (for its owner only) when it is not there.
    pub folder: PathBuf,
    /// This many jobs stay; the oldest go.
    pub keep_jobs_max: usize,
    /// No more than this of one document is rendered as text and drawn.
    pub render_octets_max: usize,
}

impl VirtualSettings {
    /// Prints into `folder`.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            // A shop's week: enough to look back, not enough to fill a disk.
            keep_jobs_max: 1_000,
            // Meters of receipt; nobody reads further.
            render_octets_max: 256 * 1024,
        }
    }
}

/// The built-in printer.
#[derive(Debug)]
pub struct VirtualPrinter {
    paper: Arc<Paper>,
}

#[derive(Debug)]
struct Paper {
    folder: Folder,
    render_octets_max: usize,
}

/// Why a job did not reach the paper. Nothing of it is seen there.
#[derive(Debug)]
enum Refused {
    Canceled,
    PayloadLost(io::Error),
    Folder(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Folder(error)
    }
}

impl VirtualPrinter {
    /// Opens the folder, counts what is there and clears away what a crash
    /// left half done.
    ///
    /// # Errors
    /// When the folder can be neither made nor read.
    pub fn open(settings: VirtualSettings) -> io::Result<Self> {
        let folder = Folder::open(settings.folder, settings.keep_jobs_max)?;
        Ok(Self {
            paper: Arc::new(Paper {
                folder,
                render_octets_max: settings.render_octets_max,
            }),
        })
    }

    async fn deliver_work(
        &self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Outcome {
        let paper = Arc::clone(&self.paper);
        let reports = Reporter::new(reports);
        tokio::task::spawn_blocking(move || paper.print(&work, &reports, &cancel))
            .await
            .unwrap_or_else(|_| Outcome::Interrupted {
                octets_sent: 0,
                code: ErrorCode::Internal,
                detail: "the built-in printer failed on the job".to_owned(),
            })
    }
}

impl Backend for VirtualPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(self.deliver_work(work, reports, cancel))
    }

    fn status(&self) -> Answer<'_, DeviceStatus> {
        let status = if self.paper.folder.is_there() {
            DeviceStatus::ready(StatusSource::Agent)
        } else {
            DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Agent)
        };
        Box::pin(std::future::ready(status))
    }

    fn evidence(&self) -> Evidence {
        Evidence::Device
    }
}

impl Paper {
    fn print(&self, work: &Work, reports: &Reporter, cancel: &CancellationToken) -> Outcome {
        let drafted = self.draft(work, reports, cancel);
        let (draft, octets_sent) = match drafted {
            Ok(drafted) => drafted,
            Err(Refused::Canceled) => return Outcome::Canceled { octets_sent: 0 },
            Err(Refused::PayloadLost(error)) => {
                return Outcome::NotStarted {
                    code: ErrorCode::PayloadLost,
                    detail: format!("the job's document cannot be read: {}", error.kind()),
                };
            }
            Err(Refused::Folder(error)) => {
                return Outcome::NotStarted {
                    code: storage_code(&error),
                    detail: self.complaint(&error),
                };
            }
        };
        if octets_sent == 0 {
            return Outcome::NotStarted {
                code: ErrorCode::DocumentEmpty,
                detail: "the job has no octets to print".to_owned(),
            };
        }
        match draft.publish() {
            Ok(()) => Outcome::Completed {
                evidence: Evidence::Device,
                octets_sent,
            },
            // Some files may be seen already.
            Err(error) => Outcome::Interrupted {
                octets_sent,
                code: storage_code(&error),
                detail: self.complaint(&error),
            },
        }
    }

    /// Writes every file of the job, durable but not yet under its name.
    fn draft(
        &self,
        work: &Work,
        reports: &Reporter,
        cancel: &CancellationToken,
    ) -> Result<(Draft<'_>, u64), Refused> {
        let several = work.documents.len() > 1;
        let mut draft = self.folder.draft(&work.job_id)?;
        let mut octets_sent = 0;
        for (index, document) in as_receipts(&work.documents, &work.profile)
            .iter()
            .enumerate()
        {
            let suffix = if several {
                format!("-{}", index + 1)
            } else {
                String::new()
            };
            let mut file = draft.create(&format!("{suffix}.bin"))?;
            let mut start = Vec::new();
            let mut cut = false;
            let mut piece_number = 0;
            while let Some(piece) = read(document, piece_number)? {
                if cancel.is_cancelled() {
                    return Err(Refused::Canceled);
                }
                file.write_all(&piece)?;
                let room = self.render_octets_max - start.len();
                start.extend_from_slice(&piece[..piece.len().min(room)]);
                cut |= piece.len() > room;
                octets_sent += piece.len() as u64;
                reports.progress(octets_sent);
                piece_number += 1;
            }
            file.sync_all()?;
            let mut readable = draft.create(&format!("{suffix}.txt"))?;
            readable.write_all(shown::text(&start, &work.profile, cut).as_bytes())?;
            readable.sync_all()?;
            let mut picture = draft.create(&format!("{suffix}.png"))?;
            picture.write_all(&shown::picture(&start, &work.profile))?;
            picture.sync_all()?;
        }
        if cancel.is_cancelled() {
            return Err(Refused::Canceled);
        }
        Ok((draft, octets_sent))
    }

    fn complaint(&self, error: &io::Error) -> String {
        format!(
            "the built-in printer cannot write to {}: {}",
            self.folder.path().display(),
            error.kind()
        )
    }
}

fn read(document: &Document, piece: u32) -> Result<Option<bytes::Bytes>, Refused> {
    document.payload.piece(piece).map_err(Refused::PayloadLost)
}

fn storage_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::StorageFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::pieces::fixtures::{document, document_with, pattern, work};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn printer(folder: &Path, keep_jobs_max: usize) -> VirtualPrinter {
        VirtualPrinter::open(VirtualSettings {
            keep_jobs_max,
            ..VirtualSettings::in_folder(folder.to_owned())
        })
        .unwrap()
    }

    async fn print(printer: &VirtualPrinter, documents: Vec<Document>) -> Outcome {
        let (sender, _receiver) = mpsc::channel(16);
        printer
            .deliver(work(documents), sender, CancellationToken::new())
            .await
    }

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    fn completed(octets_sent: u64) -> Outcome {
        Outcome::Completed {
            evidence: Evidence::Device,
            octets_sent,
        }
    }

    #[tokio::test]
    async fn a_job_becomes_its_exact_octets_a_text_and_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let octets = b"\x1b@Two rolls\nTotal 3.20\n\x1dV\x00".to_vec();
        let printer = printer(folder.path(), 10);
        let outcome = print(&printer, vec![document(octets.clone())]).await;
        assert_eq!(outcome, completed(octets.len() as u64));
        let files = files(folder.path());
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let job = work(vec![]).job_id;
        assert_eq!(
            names,
            ["bin", "png", "txt"].map(|extension| format!("00000001-{job}.{extension}"))
        );
        assert_eq!(files[names[0]], octets);
        assert!(files[names[1]].starts_with(b"\x89PNG"));
        let text = String::from_utf8(files[names[2]].clone()).unwrap();
        assert!(text.contains("Two rolls"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[tokio::test]
    async fn several_documents_are_several_files_and_large_ones_stay_whole() {
        let folder = tempfile::tempdir().unwrap();
        let large = pattern(5_000_000);
        let printer = printer(folder.path(), 10);
        let outcome = print(&printer, vec![document("a"), document(large.clone())]).await;
        assert_eq!(outcome, completed(5_000_001));
        let files = files(folder.path());
        assert_eq!(files.len(), 6);
        let second = files.iter().find(|(name, _)| name.ends_with("-2.bin"));
        assert!(second.unwrap().1 == &large);
    }

    #[tokio::test]
    async fn names_go_on_counting_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        print(&printer(folder.path(), 10), vec![document("a")]).await;
        std::fs::write(folder.path().join(".00000002-x.bin.part"), "torn").unwrap();
        print(&printer(folder.path(), 10), vec![document("b")]).await;
        let names: Vec<_> = files(folder.path()).into_keys().collect();
        assert_eq!(names.len(), 6, "{names:?}");
        assert!(names[2].starts_with("00000001-") && names[3].starts_with("00000002-"));
    }

    #[tokio::test]
    async fn only_the_newest_jobs_stay_and_foreign_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.bin"), "mine").unwrap();
        let printer = printer(folder.path(), 2);
        for text in ["a", "b", "c"] {
            print(&printer, vec![document(text)]).await;
        }
        let names: Vec<_> = files(folder.path()).into_keys().collect();
        assert_eq!(names.len(), 7, "{names:?}");
        assert!(names[0].starts_with("00000002-") && names[6] == "notes.bin");
    }

    #[tokio::test]
    async fn what_cannot_be_printed_leaves_nothing_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let printer = printer(folder.path(), 2);
        let torn = print(&printer, vec![document_with("abcd", 2, Some(1))]).await;
        assert!(matches!(
            torn,
            Outcome::NotStarted {
                code: ErrorCode::PayloadLost,
                ..
            }
        ));
        let empty = print(&printer, vec![document("")]).await;
        assert!(matches!(
            empty,
            Outcome::NotStarted {
                code: ErrorCode::DocumentEmpty,
                ..
            }
        ));
        let cancel = CancellationToken::new();
        cancel.cancel();
        let (sender, _receiver) = mpsc::channel(16);
        let canceled = printer
            .deliver(work(vec![document("x")]), sender, cancel)
            .await;
        assert_eq!(canceled, Outcome::Canceled { octets_sent: 0 });
        assert_eq!(files(folder.path()).len(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn files_are_their_owners_only_and_links_are_not_followed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        let printer = printer(folder.path(), 10);
        let job = work(vec![]).job_id;
        for name in [
            format!(".00000001-{job}.bin.part"),
            format!("00000002-{job}.bin"),
        ] {
            std::os::unix::fs::symlink(outside.path(), folder.path().join(name)).unwrap();
        }
        for _ in 0..3 {
            print(&printer, vec![document("secret")]).await;
        }
        assert_eq!(std::fs::read(outside.path()).unwrap(), b"");
        let mut printed = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                assert_eq!(
                    entry.metadata().unwrap().permissions().mode() & 0o777,
                    0o600
                );
                printed += 1;
            }
        }
        assert!(printed >= 2, "the jobs after the links are printed");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_a_job_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paper");
        let printer = printer(&path, 10);
        std::fs::remove_dir(&path).unwrap();
        std::fs::write(&path, "a file is in the way").unwrap();
        let outcome = print(&printer, vec![document("x")]).await;
        let Outcome::NotStarted { code, detail } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(code, ErrorCode::StorageFailed);
        assert!(detail.contains("paper"), "{detail}");
        assert_eq!(printer.status().await.reachable, Some(false));
    }
}
