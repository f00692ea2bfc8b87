//! A connection of this dialect until its page has shown a certificate that a
//! grant trusts. Until then it hears our version, and that it is blocked.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use platen_protocol::ErrorCode;

use super::PROGRAM_NAME;
use crate::authorize::{Caller, OpenSession};
use crate::dialect::qz::answer::{CONNECTION_BLOCKED, REQUEST_BLOCKED, answer, refusal};
use crate::dialect::qz::call::{Ask, Heard, hear};
use crate::dialect::qz::{VERSION, version_details};
use crate::session::Context;
use crate::session::goodbye::Goodbye;
use crate::session::opening::Wait;
use crate::session::wire::Wire;
use crate::socket::{Admitted, Message};

/// Messages before the certificate: the client sends one.
const MESSAGES_BEFORE_MAX: u32 = 16;

/// Waits for the page's certificate.
pub(super) async fn open<S, D>(
    wire: &mut Wire<S>,
    caller: &Caller,
    connection: u64,
    context: &Context<D>,
    admitted: &mut Admitted,
    stop: &CancellationToken,
) -> Result<OpenSession, Goodbye>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut wait = Wait::new(&context.limits, admitted, stop);
    for _ in 0..MESSAGES_BEFORE_MAX {
        let text = match wait.next(wire).await? {
            Some(Message::Text(text)) => text,
            Some(Message::Close(_)) => return Err(Goodbye::Gone),
            // Binary messages mean nothing in this dialect.
            Some(_) | None => continue,
        };
        match hear(&text, connection) {
            Heard::Nothing => {}
            Heard::ProgramName => wire.outbox.push(PROGRAM_NAME.to_owned()),
            Heard::Unreadable(error) => wire.outbox.push(refusal(error)),
            Heard::Incompatible => return Err(Goodbye::Incompatible),
            Heard::Certificate { uid, pem } => {
                let pem = pem.unwrap_or_default();
                match context.authorizer.open_qz(caller, &pem) {
                    Ok(session) => {
                        wait.session_opened();
                        wire.outbox.push(answer(&uid, Ok(None)));
                        return Ok(session);
                    }
                    Err(reason) => {
                        context.counts.refused(ErrorCode::NotAuthorized);
                        let origin = caller.origin().map_or("", |origin| origin.as_str());
                        tracing::info!(origin, %reason, "a page for QZ Tray was refused");
                        let blocked = Err(CONNECTION_BLOCKED.to_owned());
                        wire.outbox.push(answer(&uid, blocked));
                        return Err(Goodbye::NotAuthorized);
                    }
                }
            }
            Heard::Call { signed, ask } => {
                let result = match ask {
                    Ask::Version => Ok(Some(VERSION.into())),
                    Ask::VersionDetails => Ok(Some(version_details())),
                    Ask::Ignored => continue,
                    _ => Err(REQUEST_BLOCKED.to_owned()),
                };
                wire.outbox.push(answer(&signed.uid, result));
            }
        }
    }
    Err(Goodbye::Flood)
}
