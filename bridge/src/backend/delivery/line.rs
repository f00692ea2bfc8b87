//! What a delivery needs of the connection to a printer, whatever it is made
//! of.

use std::io;

use tokio::time::{Instant, timeout_at};

use crate::backend::DeviceStatus;
use crate::backend::escpos::Conversation;

/// What happened on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    /// The device takes more.
    Room,
    /// The device took something; there may be no room yet.
    Moved,
    /// The device said something, or that it says no more.
    Heard,
}

/// A connection to a printer that takes raw octets.
///
/// Replies are read at a bounded pace ([`super::Pace`]): a device that never
/// stops talking costs some reading, not a processor.
pub(crate) trait Line: Send {
    /// Hands over what is taken at once, at least one octet; `WouldBlock`
    /// where nothing is.
    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize>;

    /// Waits for something to happen; for [`Happened::Room`] only where that
    /// is asked for. What is heard goes to the conversation. Cancel safe.
    fn happens(&mut self, room: bool) -> impl Future<Output = io::Result<Happened>> + Send;

    /// What the printer says; `None` where nobody listens.
    fn conversation(&self) -> Option<&Conversation>;

    /// The same, to begin, ask or end it.
    fn conversation_mut(&mut self) -> &mut Option<Conversation>;

    /// Whether the device has said that no replies will come.
    fn is_closed(&self) -> bool;

    /// Tells the device that this was all.
    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// How much of what was handed over the device has not taken, the end of
    /// [`Self::finish`] included; `None` where the system cannot tell.
    fn left(&self) -> io::Result<Option<u64>>;

    /// Breaks off, so that nothing more of what was handed over is taken, and
    /// says how much surely was not.
    fn break_off(&mut self) -> impl Future<Output = u64> + Send;

    /// Whether the device can be looked at beside what it says.
    fn can_look(&self) -> bool {
        false
    }

    /// Looks at the device beside what it says.
    fn look(&mut self) -> impl Future<Output = io::Result<Option<DeviceStatus>>> + Send {
        std::future::ready(Ok(None))
    }
}

/// Says `octets` on a line where no job is on its way.
pub(crate) async fn say(line: &mut impl Line, mut octets: &[u8]) -> io::Result<()> {
    while !octets.is_empty() {
        match line.try_write(octets) {
            Ok(said) => octets = &octets[said..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                line.happens(true).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Listens until `is_heard` or `deadline`; says whether it was heard.
pub(crate) async fn listen(
    line: &mut impl Line,
    deadline: Instant,
    is_heard: impl Fn(&Conversation) -> bool,
) -> io::Result<bool> {
    loop {
        match line.conversation() {
            Some(conversation) if is_heard(conversation) => return Ok(true),
            Some(_) if !line.is_closed() => {}
            Some(_) | None => return Ok(false),
        }
        match timeout_at(deadline, line.happens(false)).await {
            Ok(happened) => happened?,
            Err(_) => return Ok(false),
        };
    }
}
