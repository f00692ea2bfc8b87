//! What comes back: answers by `uid`, and events.

use serde_json::{Value, json};

/// The answer to call `uid`: a result, nothing, or an error in words.
pub(crate) fn answer(uid: &str, result: Result<Option<Value>, String>) -> String {
    let answer = match result {
        Ok(None) => json!({ "uid": uid }),
        Ok(Some(result)) => json!({ "uid": uid, "result": result }),
        Err(error) => json!({ "uid": uid, "error": error }),
    };
    answer.to_string()
}

/// An event of a stream (`PRINTER`, `SOCKET`, ...). That client wants it as
/// JSON in a JSON string.
pub(crate) fn stream(name: &str, event: &Value) -> String {
    json!({ "type": name, "event": event.to_string() }).to_string()
}

/// The answer to a message that names no call.
pub(crate) fn refusal(error: &str) -> String {
    json!({ "error": error }).to_string()
}

/// What a page is told that may not be here.
pub(crate) const CONNECTION_BLOCKED: &str = "Connection blocked by client";
/// What a page is told whose call is not allowed, whatever the reason.
pub(crate) const REQUEST_BLOCKED: &str = "Request blocked";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_json_in_a_json_string() {
        assert_eq!(
            stream("PRINTER", &json!({"type": "ACTION"})),
            r#"{"event":"{\"type\":\"ACTION\"}","type":"PRINTER"}"#
        );
    }

    #[test]
    fn no_result_is_no_member() {
        assert_eq!(answer("a", Ok(None)), r#"{"uid":"a"}"#);
        assert_eq!(
            answer("a", Ok(Some(json!(["x/y"])))),
            r#"{"result":["x/y"],"uid":"a"}"#
        );
        assert_eq!(
            answer("\"", Err("no".into())),
            r#"{"error":"no","uid":"\""}"#
        );
    }
}
