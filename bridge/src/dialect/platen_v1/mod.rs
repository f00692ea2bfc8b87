//! The codec of `platen.v1`: one JSON text per message.
//!
//! The types and their reading live in `platen_protocol`; here is what an
//! agent needs around them.

pub(crate) mod device;

use platen_protocol::message::{Answer, Notification, Refusal};
use platen_protocol::{Cursor, Method, Response, SUBPROTOCOL, WireError};
use serde::Deserialize;

use crate::dispatch::LoggedEvent;

/// The little that is read of a message from a connection that may know
/// nothing yet: where an answer goes, and whether it is worth reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Glance {
    /// `id`, where it is one.
    pub(crate) id: Option<u32>,
    /// The method, where it is one that opens a session.
    pub(crate) opening: Option<Method>,
}

/// Looks at `text` without reading its params.
pub(crate) fn glance(text: &str) -> Glance {
    #[derive(Deserialize)]
    struct Outline<'a> {
        #[serde(default)]
        id: Option<u32>,
        #[serde(borrow, default)]
        method: Option<std::borrow::Cow<'a, str>>,
    }
    let Ok(outline) = serde_json::from_str::<Outline<'_>>(text) else {
        return Glance::default();
    };
    Glance {
        id: outline.id,
        opening: outline
            .method
            .and_then(|name| Method::from_name(&name))
            .filter(|method| method.opens_session()),
    }
}

/// The first message of every connection.
pub(crate) fn hello(challenge: &str) -> String {
    Notification::Hello {
        protocol: SUBPROTOCOL.to_owned(),
        challenge: challenge.to_owned(),
    }
    .to_text()
}

/// The answer to request `id`.
pub(crate) fn answer(id: u32, result: Result<Response, WireError>) -> String {
    to_text(&Answer::to(id, result))
}

/// The answer to something that was no request.
pub(crate) fn refusal(id: Option<u32>, error: WireError) -> String {
    to_text(&Answer::<Response>::refusal(Refusal { id, error }))
}

/// Something happened.
pub(crate) fn event(event: &LoggedEvent) -> String {
    Notification::Event {
        cursor: event.cursor,
        event: event.event.clone(),
    }
    .to_text()
}

/// Something was missed.
pub(crate) fn resync(cursor: Cursor) -> String {
    Notification::Resync { cursor }.to_text()
}

fn to_text(answer: &Answer<Response>) -> String {
    serde_json::to_string(answer).expect("answers hold nothing that JSON cannot say")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_sees_where_to_answer_and_whether_a_session_is_asked_for() {
        let check = |text: &str, id: Option<u32>, opening: Option<Method>| {
            assert_eq!(glance(text), Glance { id, opening }, "{text}");
        };
        let open = Some(Method::SessionOpen);
        check(
            r#"{"id":7,"method":"session.open","params":[{}]}"#,
            Some(7),
            open,
        );
        check(r#"{"method":"session.open"}"#, None, open);
        check(r#"{"id":7,"method":"jobs.submit"}"#, Some(7), None);
        check(r#"{"id":7,"method":"nonsense"}"#, Some(7), None);
        check(r#"{"id":"7","method":"session.open"}"#, None, None);
        check(r#"{"id":7,"id":8}"#, None, None);
        check("", None, None);
        check("[]", None, None);
        check(&"[".repeat(30_000), None, None);
        check(
            &format!(r#"{{"id":1,"params":{}"#, "[".repeat(30_000)),
            None,
            None,
        );
    }
}
