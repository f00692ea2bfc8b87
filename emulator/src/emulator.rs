//! A running emulator, and how it is controlled.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::fault::{Arming, Fault, When};
use crate::job::PrintedJob;
use crate::machine::Input;
use crate::operation::Operation;
use crate::options::Options;
use crate::port::Port;
use crate::printer::{Message, Printer};
use crate::record::Record;
use crate::status::Status;

/// Messages that wait for the printer's task.
const INBOX_MAX: usize = 256;

/// The emulator has been stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the emulator has been stopped; start it again")]
pub struct Gone;

/// A printer that runs. Dropping it ends it.
///
/// ```
/// use platen_emulator::{Emulator, Fault, Options, When};
/// use tokio::io::AsyncWriteExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::start(Options::default()).await?;
/// let mut stream = tokio::net::TcpStream::connect(emulator.address()).await?;
/// stream.write_all(b"Flat white   3.80\n").await?;
/// drop(stream);
/// let jobs = emulator.wait_for_jobs(1).await?;
/// assert!(jobs[0].is_complete());
/// assert_eq!(jobs[0].text(), "Flat white   3.80\n");
///
/// emulator.arm(Fault::Reset, When::AfterOctets(100)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    control: Control,
    task: JoinHandle<()>,
}

impl Emulator {
    /// Listens and prints, on the tokio runtime it is called in.
    ///
    /// # Errors
    /// When the address cannot be listened on, or the record folder cannot be
    /// made.
    pub async fn start(options: Options) -> io::Result<Self> {
        let record = options.record.clone().map(Record::open).transpose()?;
        let port = Port::open(options.address, options.window_octets)?;
        let address = port.address();
        let (to_inbox, inbox) = mpsc::channel(INBOX_MAX);
        let (printer, status) = Printer::new(options, port, record, (to_inbox.clone(), inbox));
        let control = Control {
            inbox: to_inbox,
            status,
        };
        let task = tokio::spawn(printer.run());
        Ok(Self {
            address,
            control,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URI to configure in Platen.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("socket://{}", self.address)
    }

    /// Its control, to be handed on.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Ends it; returns when everything is recorded.
    pub async fn stop(mut self) {
        // It has ended when it does not take the message.
        let _ = self.control.inbox.send(Message::Stop).await;
        let _ = (&mut self.task).await;
    }
}

impl Deref for Emulator {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Says to a printer what happens, and asks what it printed.
#[derive(Debug, Clone)]
pub struct Control {
    inbox: mpsc::Sender<Message>,
    status: watch::Receiver<Status>,
}

impl Control {
    /// Somebody does something at the printer. Returns when it has had its
    /// effect.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn operate(&self, operation: Operation) -> Result<(), Gone> {
        self.input(Input::Operation(operation)).await
    }

    /// A fault that lasts until it is healed.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn arm(&self, fault: Fault, when: When) -> Result<(), Gone> {
        self.arm_with(Arming::new(fault, when)).await
    }

    /// A fault with all that can be said of it.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn arm_with(&self, arming: Arming) -> Result<(), Gone> {
        self.input(Input::Arm(arming)).await
    }

    /// How the printer is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until the printer is as wanted; gives how it is then.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn wait_for(&self, wanted: impl FnMut(&Status) -> bool) -> Result<Status, Gone> {
        let mut status = self.status.clone();
        let status = status.wait_for(wanted).await.map_err(|_| Gone)?;
        Ok(status.clone())
    }

    /// Waits until so many jobs have ended since the start; gives what was
    /// printed.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn wait_for_jobs(&self, jobs: u64) -> Result<Vec<Arc<PrintedJob>>, Gone> {
        self.wait_for(|status| status.jobs_ended >= jobs).await?;
        self.printed().await
    }

    /// What was printed: jobs that have ended, in order, as far as they are
    /// kept, then those under way.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn printed(&self) -> Result<Vec<Arc<PrintedJob>>, Gone> {
        self.printed_from(0).await
    }

    /// As [`Self::printed`], without the jobs before this number.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn printed_from(&self, number: u64) -> Result<Vec<Arc<PrintedJob>>, Gone> {
        self.ask(|answer| Message::Printed(number, answer)).await
    }

    /// The jobs that have ended after so many others, as far as they are kept.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn ended_after(&self, jobs: u64) -> Result<Vec<Arc<PrintedJob>>, Gone> {
        self.ask(|answer| Message::Ended(jobs, answer)).await
    }

    /// Forgets the jobs that have ended, to keep long runs small.
    ///
    /// # Errors
    /// When the emulator has been stopped.
    pub async fn forget(&self) -> Result<(), Gone> {
        self.ask(Message::Forget).await
    }

    async fn input(&self, input: Input) -> Result<(), Gone> {
        self.ask(|done| Message::Do(input, done)).await
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, Gone> {
        let (sender, answer) = oneshot::channel();
        self.inbox.send(message(sender)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobEnd;
    use crate::options::CloseWhen;
    use std::io::ErrorKind;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    /// Longer than anything here takes; what misses it has hung.
    const DEADLINE: Duration = Duration::from_secs(20);

    async fn start() -> Emulator {
        Emulator::start(Options::default()).await.unwrap()
    }

    async fn connect(emulator: &Emulator) -> TcpStream {
        TcpStream::connect(emulator.address()).await.unwrap()
    }

    async fn jobs(emulator: &Emulator, count: u64) -> Vec<Arc<PrintedJob>> {
        timeout(DEADLINE, emulator.wait_for_jobs(count))
            .await
            .expect("the jobs end")
            .unwrap()
    }

    async fn reply<const OCTETS: usize>(stream: &mut TcpStream) -> [u8; OCTETS] {
        let mut octets = [0; OCTETS];
        timeout(DEADLINE, stream.read_exact(&mut octets))
            .await
            .expect("the reply comes")
            .unwrap();
        octets
    }

    #[tokio::test]
    async fn a_job_is_printed_and_the_connection_closed() {
        let emulator = start().await;
        let mut stream = connect(&emulator).await;
        stream.write_all(b"\x1b@Hello\n\x1dVA\x00").await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        let jobs = jobs(&emulator, 1).await;
        assert!(jobs[0].is_complete());
        assert_eq!(jobs[0].text(), "Hello\n[cut]\n");
    }

    #[tokio::test]
    async fn status_and_process_id_come_back_on_the_connection() {
        let emulator = start().await;
        let mut stream = connect(&emulator).await;
        stream.write_all(b"\x10\x04\x01").await.unwrap();
        assert_eq!(reply(&mut stream).await, [0x12]);
        stream.write_all(b"\x1da\xff").await.unwrap();
        assert_eq!(reply(&mut stream).await, [0x10, 0, 0, 0]);
        emulator.operate(Operation::PaperOut).await.unwrap();
        assert_eq!(reply(&mut stream).await, [0x18, 0, 0x0F, 0]);
        stream
            .write_all(b"Hello\n\x1d(H\x06\x0000ABCD")
            .await
            .unwrap();
        emulator.operate(Operation::PaperNew).await.unwrap();
        assert_eq!(reply(&mut stream).await, [0x10, 0, 0, 0]);
        assert_eq!(&reply::<7>(&mut stream).await, b"\x37\x22ABCD\x00");
    }

    #[tokio::test]
    async fn a_full_buffer_holds_the_sender_back_and_nothing_is_lost() {
        let emulator = Emulator::start(Options {
            roll_mm: None,
            ..Options::default()
        })
        .await
        .unwrap();
        emulator.operate(Operation::CoverOpen).await.unwrap();
        let mut stream = connect(&emulator).await;
        // More than the system takes for us, on either side.
        socket2::SockRef::from(&stream)
            .set_send_buffer_size(16 * 1024)
            .unwrap();
        let job = b"A line of a receipt that is long enough\n".repeat(50_000);
        let sent = job.clone();
        let sending = tokio::spawn(async move {
            stream.write_all(&sent).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read(&mut [0]).await;
        });
        let full = emulator.wait_for(|status| status.octets_buffered >= 4096);
        let status = timeout(DEADLINE, full).await.unwrap().unwrap();
        assert!(status.octets_received < 8192);
        assert!(!sending.is_finished());
        emulator.operate(Operation::CoverClose).await.unwrap();
        timeout(DEADLINE, sending).await.unwrap().unwrap();
        let jobs = jobs(&emulator, 1).await;
        assert_eq!(jobs[0].octets_received, job.len() as u64);
    }

    #[tokio::test]
    async fn a_second_connection_waits_until_the_first_has_ended() {
        let emulator = start().await;
        let mut first = connect(&emulator).await;
        first.write_all(b"\x10\x04\x01").await.unwrap();
        assert_eq!(reply(&mut first).await, [0x12]);
        let mut second = connect(&emulator).await;
        second.write_all(b"\x10\x04\x01").await.unwrap();
        assert_eq!(emulator.status().connections, 1);
        drop(first);
        assert_eq!(reply(&mut second).await, [0x12]);
        assert_eq!(emulator.status().connections, 2);
    }

    #[tokio::test]
    async fn a_refusing_printer_refuses_and_comes_back_on_the_same_port() {
        let emulator = start().await;
        for (off, on) in [
            (Some(Operation::PowerOff), Operation::PowerOn),
            (None, Operation::Heal),
        ] {
            match off {
                Some(operation) => emulator.operate(operation).await.unwrap(),
                None => emulator.arm(Fault::Refuse, When::Now).await.unwrap(),
            }
            // The port closes right after the answer.
            let refused = async {
                loop {
                    match TcpStream::connect(emulator.address()).await {
                        Err(error) => return error.kind(),
                        Ok(stream) => drop(stream),
                    }
                }
            };
            let refused = timeout(DEADLINE, refused).await.unwrap();
            assert_eq!(refused, ErrorKind::ConnectionRefused);
            emulator.operate(on).await.unwrap();
            let back = async {
                loop {
                    if let Ok(stream) = TcpStream::connect(emulator.address()).await {
                        return stream;
                    }
                    tokio::task::yield_now().await;
                }
            };
            let mut stream = timeout(DEADLINE, back).await.unwrap();
            stream.write_all(b"\x10\x04\x01").await.unwrap();
            assert_eq!(reply(&mut stream).await, [0x12]);
        }
    }

    #[tokio::test]
    async fn a_reset_after_so_many_octets_is_a_reset_for_the_sender() {
        let emulator = start().await;
        emulator
            .arm(Fault::Reset, When::AfterOctets(6))
            .await
            .unwrap();
        let mut stream = connect(&emulator).await;
        stream.write_all(b"Hello\nWorld\n").await.unwrap();
        let error = stream.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let jobs = jobs(&emulator, 1).await;
        assert_eq!(jobs[0].text(), "Hello\n");
        assert_eq!(jobs[0].end, Some(JobEnd::CutOff));
    }

    #[tokio::test]
    async fn a_half_closed_printer_reads_on() {
        let emulator = start().await;
        emulator
            .arm(Fault::HalfClose, When::NextConnection)
            .await
            .unwrap();
        let mut stream = connect(&emulator).await;
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        stream.write_all(b"Hello\n").await.unwrap();
        drop(stream);
        assert!(jobs(&emulator, 1).await[0].is_complete());
    }

    #[tokio::test]
    async fn an_endless_talker_talks_and_prints() {
        let emulator = start().await;
        emulator
            .arm(Fault::EndlessReplies, When::NextConnection)
            .await
            .unwrap();
        let mut stream = connect(&emulator).await;
        assert_eq!(reply(&mut stream).await, [0x16; 100_000]);
        stream.write_all(b"Hello\n").await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(jobs(&emulator, 1).await[0].is_complete());
    }

    #[tokio::test]
    async fn an_endless_talker_hears_that_it_is_to_stop_even_from_a_client_that_reads_on() {
        let emulator = start().await;
        emulator
            .arm(Fault::EndlessReplies, When::NextConnection)
            .await
            .unwrap();
        let mut client = std::net::TcpStream::connect(emulator.address()).unwrap();
        let mut reader = client.try_clone().unwrap();
        // In a thread of its own, as fast as it can.
        let reading = std::thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
        let talks = emulator.wait_for(|status| status.lasting == [Fault::EndlessReplies]);
        timeout(DEADLINE, talks).await.unwrap().unwrap();
        tokio::task::yield_now().await;
        emulator.operate(Operation::Heal).await.unwrap();
        io::Write::write_all(&mut client, b"Hello\n").unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(jobs(&emulator, 1).await[0].is_complete());
        reading.join().unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_stalled_printer_leaves_the_octets_in_the_system() {
        let emulator = start().await;
        emulator.arm(Fault::Stall, When::Now).await.unwrap();
        let mut stream = connect(&emulator).await;
        stream.write_all(b"Hello\n").await.unwrap();
        stream.shutdown().await.unwrap();
        emulator.operate(Operation::Heal).await.unwrap();
        assert!(jobs(&emulator, 1).await[0].is_complete());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_zero_window_takes_hardly_anything_from_the_sender() {
        let emulator = start().await;
        emulator
            .arm(Fault::ZeroWindow, When::NextConnection)
            .await
            .unwrap();
        let status = emulator.wait_for(|status| !status.armed.is_empty());
        timeout(DEADLINE, status).await.unwrap().unwrap();
        let stream = connect(&emulator).await;
        let lasting = emulator.wait_for(|status| status.lasting == [Fault::ZeroWindow]);
        timeout(DEADLINE, lasting).await.unwrap().unwrap();
        socket2::SockRef::from(&stream)
            .set_send_buffer_size(1)
            .unwrap();
        let mut taken = 0;
        while let Ok(count) = stream.try_write(&[b'x'; 1000]) {
            taken += count;
        }
        assert!(taken < 64 * 1024, "{taken}");
        assert_eq!(emulator.status().octets_received, 0);
    }

    #[tokio::test]
    async fn a_client_that_vanishes_frees_its_place_even_while_nothing_is_read() {
        let emulator = start().await;
        emulator.operate(Operation::CoverOpen).await.unwrap();
        let mut first = connect(&emulator).await;
        first.write_all(&[b'x'; 100_000]).await.unwrap();
        let full = emulator.wait_for(|status| status.octets_buffered >= 4096);
        timeout(DEADLINE, full).await.unwrap().unwrap();
        first.set_zero_linger().unwrap();
        drop(first);
        let mut second = connect(&emulator).await;
        second.write_all(b"\x10\x04\x01").await.unwrap();
        let freed = emulator.wait_for(|status| status.connections == 2);
        timeout(DEADLINE, freed).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_sender_that_never_reads_its_replies_hurts_only_itself() {
        let emulator = start().await;
        let mut stream = connect(&emulator).await;
        for _ in 0..200 {
            stream.write_all(&b"\x1dI\x43".repeat(1000)).await.unwrap();
        }
        stream.write_all(b"Hello\n").await.unwrap();
        let printed = emulator.wait_for(|status| status.paper_used_mm > 0);
        timeout(DEADLINE, printed).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_printer_may_close_when_it_has_printed() {
        let options = Options {
            close: CloseWhen::Printed,
            ..Options::default()
        };
        let emulator = Emulator::start(options).await.unwrap();
        emulator.operate(Operation::PaperOut).await.unwrap();
        let mut stream = connect(&emulator).await;
        stream
            .write_all(b"Hello\n\x1d(H\x06\x0000ABCD")
            .await
            .unwrap();
        stream.shutdown().await.unwrap();
        let received = emulator.wait_for(|status| status.octets_received == 17);
        timeout(DEADLINE, received).await.unwrap().unwrap();
        emulator.operate(Operation::PaperNew).await.unwrap();
        assert_eq!(&reply::<7>(&mut stream).await, b"\x37\x22ABCD\x00");
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_was_printed_is_recorded_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            record: Some(folder.path().join("printer")),
            ..Options::default()
        };
        let emulator = Emulator::start(options).await.unwrap();
        let mut stream = connect(&emulator).await;
        stream.write_all(b"Hello\n").await.unwrap();
        drop(stream);
        jobs(&emulator, 1).await;
        emulator.stop().await;
        let read =
            |name: &str| std::fs::read_to_string(folder.path().join("printer").join(name)).unwrap();
        assert_eq!(read("job-000001.bin"), "Hello\n");
        assert_eq!(read("job-000001.txt"), "Hello\n");
        assert!(read("job-000001.json").contains("\"is_complete\": true"));
    }

    #[tokio::test]
    async fn a_stopped_emulator_says_so() {
        let emulator = start().await;
        let control = emulator.control();
        emulator.stop().await;
        assert_eq!(control.printed().await, Err(Gone));
        assert_eq!(control.wait_for_jobs(1).await, Err(Gone));
    }
}
