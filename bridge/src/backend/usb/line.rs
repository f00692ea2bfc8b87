//! A claimed interface of a printer, as a line for deliveries.

use std::io;
use std::time::Duration;

use nusb::transfer::TransferError;
use nusb::{DeviceInfo, Interface};
use platen_protocol::StatusSource;
use tokio::time::{Instant, sleep_until};

use super::claim::{ClaimError, way_to};
use super::class;
use super::device_id::DeviceId;
use super::inward::Inward;
use super::outward::{Outward, described};
use crate::backend::delivery::{Happened, LOOK_PAUSE, Line};
use crate::backend::escpos::Conversation;
use crate::backend::zpl::{self, HostStatus};
use crate::backend::{DeviceStatus, StatusMode};
use crate::claims::Claim;

/// Label printers answer `~HS` within some milliseconds, or never.
const HOST_STATUS_WAIT: Duration = Duration::from_millis(500);

/// How long what was seen before a job counts for the next one: as long as
/// nobody looks within a job.
const SEEN_COUNTS: Duration = LOOK_PAUSE;

/// A printer that was claimed. Dropped, it goes back to the kernel's driver.
#[derive(Debug)]
pub(super) struct UsbLine {
    // Before the interface: an endpoint must be gone when that is given back.
    outward: Outward,
    inward: Option<Inward>,
    interface: Interface,
    has_port_status: bool,
    speaks_zpl: bool,
    conversation: Option<Conversation>,
    id: Option<DeviceId>,
    /// When it was last looked at and could print.
    seen_well_at: Option<Instant>,
    /// Nobody else of this agent has it.
    _claim: Option<Claim>,
}

impl UsbLine {
    /// Takes the printer, from the kernel's driver if that has it.
    pub(super) async fn claim(
        info: &DeviceInfo,
        chosen: Option<u8>,
        mode: StatusMode,
        claim: Option<Claim>,
    ) -> Result<Self, ClaimError> {
        let device = info.open().await?;
        let way = way_to(&device, chosen)?;
        let interface = device.detach_and_claim_interface(way.interface).await?;
        if way.alternate != interface.get_alt_setting() {
            interface.set_alt_setting(way.alternate).await?;
        }
        let outward = Outward::new(interface.endpoint(way.out)?);
        let mut inward = match way.input {
            Some(address) => Some(Inward::new(interface.endpoint(address)?)),
            None => None,
        };
        if let Some(inward) = &mut inward {
            inward.forget().await;
        }
        // A vendor's interface need not know the requests of printers.
        let is_of_the_class = chosen.is_none();
        let id = if is_of_the_class {
            class::device_id(&interface).await
        } else {
            None
        };
        let speaks_zpl = match mode {
            StatusMode::Zpl => true,
            StatusMode::Auto => id.as_ref().is_some_and(DeviceId::speaks_zpl),
            StatusMode::EscPos | StatusMode::None => false,
        };
        Ok(Self {
            outward,
            inward,
            interface,
            has_port_status: is_of_the_class,
            speaks_zpl,
            conversation: None,
            id,
            seen_well_at: None,
            _claim: claim,
        })
    }

    /// What it says it is.
    pub(super) fn id(&self) -> Option<&DeviceId> {
        self.id.as_ref()
    }

    /// Whether another job can begin on it: the one before left nothing open.
    pub(super) fn begin(&mut self) -> bool {
        let conversation = self.conversation.as_ref();
        self.outward.begin() && conversation.is_none_or(Conversation::is_quiet)
    }

    /// Looks at it, unless it was seen to be well a moment ago: a question costs
    /// as long as the first octets of the job do.
    pub(super) async fn look_before_job(&mut self) -> io::Result<Option<DeviceStatus>> {
        let seen = self.seen_well_at;
        if seen.is_some_and(|seen| seen.elapsed() < SEEN_COUNTS) {
            return Ok(None);
        }
        self.seen_well_at = None;
        let status = self.look().await?;
        if !status.as_ref().is_some_and(DeviceStatus::stops) {
            self.seen_well_at = Some(Instant::now());
        }
        Ok(status)
    }

    /// Asks a label printer how it is, where nothing is on its way to it.
    async fn host_status(&mut self) -> io::Result<Option<DeviceStatus>> {
        let Some(inward) = self.inward.as_mut().filter(|inward| !inward.is_broken()) else {
            return Ok(None);
        };
        self.outward.write(zpl::STATUS);
        let mut answer = HostStatus::default();
        let deadline = Instant::now() + HOST_STATUS_WAIT;
        loop {
            tokio::select! {
                biased;
                moved = self.outward.moved() => moved?,
                heard = inward.hear() => {
                    if let Some(status) = answer.hear(&heard?) {
                        // What was said is not the job's.
                        self.outward.begin();
                        return Ok(Some(status));
                    }
                }
                () = sleep_until(deadline) => break,
            }
        }
        tracing::debug!("a label printer that does not answer");
        self.speaks_zpl = false;
        self.outward.give_up().await;
        Ok(None)
    }
}

impl Line for UsbLine {
    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.outward.is_free() {
            Ok(self.outward.write(octets))
        } else {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    async fn happens(&mut self, room: bool) -> io::Result<Happened> {
        loop {
            if room && self.outward.is_free() {
                return Ok(Happened::Room);
            }
            let heard = async {
                match &mut self.inward {
                    Some(inward) if self.conversation.is_some() && !inward.is_broken() => {
                        inward.hear().await
                    }
                    Some(_) | None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                moved = self.outward.moved() => {
                    moved?;
                    if !room {
                        return Ok(Happened::Moved);
                    }
                }
                heard = heard => {
                    let octets = heard?;
                    if let Some(conversation) = &mut self.conversation {
                        conversation.hear(&octets);
                    }
                    return Ok(Happened::Heard);
                }
            }
        }
    }

    fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref()
    }

    fn conversation_mut(&mut self) -> &mut Option<Conversation> {
        &mut self.conversation
    }

    fn is_closed(&self) -> bool {
        self.inward.as_ref().is_none_or(Inward::is_broken)
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.outward.end();
        Ok(())
    }

    fn left(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.outward.left()))
    }

    async fn break_off(&mut self) -> u64 {
        self.outward.give_up().await
    }

    fn can_look(&self) -> bool {
        self.has_port_status || self.speaks_zpl
    }

    /// What a label printer says, else the port's status; of a printer without,
    /// that it is there. Within a job nothing is said, so that there it is the
    /// port's.
    async fn look(&mut self) -> io::Result<Option<DeviceStatus>> {
        if self.speaks_zpl
            && self.outward.is_free()
            && let Some(status) = self.host_status().await?
        {
            return Ok(Some(status));
        }
        if !self.has_port_status {
            return Ok(None);
        }
        match class::port_status(&self.interface).await {
            Ok(port) => Ok(Some(port.status())),
            Err(TransferError::Disconnected) => Err(described(TransferError::Disconnected)),
            Err(error) => {
                tracing::debug!(%error, "a printer without port status");
                self.has_port_status = false;
                Ok(Some(DeviceStatus::ready(StatusSource::Connection)))
            }
        }
    }
}
