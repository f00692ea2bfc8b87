//! The questions a subscriber asks a print service (RFC 3995, RFC 3996).
//!
//! One subscription is about all its printers. Events are fetched, not sent
//! (`ippget`), and no answer is held back until there are some: CUPS does not
//! know how (`notify-wait` is ignored).

use ipp::attribute::IppAttribute;
use ipp::model::{DelimiterTag, Operation};
use ipp::request::IppRequestResponse;
use ipp::value::IppValue;

use super::events::{self, EVENTS, Event};
use super::ipp::{IppConnection, IppError, add, keyword};

/// All printers of the server.
const ALL_PRINTERS: &str = "ipp://localhost/";

/// Operations that crate `ipp` has no name for (RFC 3995 §11, RFC 3996 §5).
#[derive(Clone, Copy)]
enum Subscribing {
    Create = 0x16,
    Renew = 0x1a,
    GetNotifications = 0x1c,
}

impl IppConnection {
    /// Subscribes to what happens to all printers and jobs, for so long.
    pub(super) async fn subscribe(&self, lease_seconds: i32) -> Result<i32, IppError> {
        let mut request = self.subscribing(Subscribing::Create)?;
        let events = EVENTS.map(keyword).into_iter();
        for (name, value) in [
            ("notify-pull-method", keyword("ippget")?),
            (
                "notify-events",
                IppValue::Array(events.collect::<Result<_, _>>()?),
            ),
            ("notify-lease-duration", IppValue::Integer(lease_seconds)),
        ] {
            // The names of attributes are short and ours.
            if let Ok(attribute) = IppAttribute::with_name(name, value) {
                request
                    .attributes_mut()
                    .add(DelimiterTag::SubscriptionAttributes, attribute);
            }
        }
        let response = self.ask("/", request.to_bytes()).await?;
        events::subscription(&response).ok_or_else(|| IppError::Refused {
            message: "no subscription was made".to_owned(),
        })
    }

    /// Keeps a subscription for so long from now on.
    pub(super) async fn renew(&self, id: i32, lease_seconds: i32) -> Result<(), IppError> {
        let mut request = self.subscribing(Subscribing::Renew)?;
        add(
            &mut request,
            "notify-subscription-id",
            IppValue::Integer(id),
        );
        add(
            &mut request,
            "notify-lease-duration",
            IppValue::Integer(lease_seconds),
        );
        self.ask("/", request.to_bytes()).await.map(drop)
    }

    /// The events of a subscription from this number on.
    pub(super) async fn events(&self, id: i32, first: i32) -> Result<Vec<Event>, IppError> {
        let mut request = self.subscribing(Subscribing::GetNotifications)?;
        add(
            &mut request,
            "notify-subscription-ids",
            IppValue::Integer(id),
        );
        add(
            &mut request,
            "notify-sequence-numbers",
            IppValue::Integer(first),
        );
        let response = self.ask("/", request.to_bytes()).await?;
        Ok(events::events(&response, id, first))
    }

    fn subscribing(&self, operation: Subscribing) -> Result<IppRequestResponse, IppError> {
        let mut request = self.request_about(Operation::GetPrinterAttributes, ALL_PRINTERS)?;
        request.header_mut().operation_or_status = operation as i16;
        Ok(request)
    }
}
