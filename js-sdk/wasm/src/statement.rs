//! The octets that a site signs.

use platen_protocol::statement::call_digest as digest_of;
use platen_protocol::{Method, Statement};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{Code, Fault};

/// The canonical text of a statement: what is signed is its UTF-8.
///
/// # Errors
/// When a member is missing, unknown or not what it must be.
#[wasm_bindgen]
pub fn canonical_statement(json: &str) -> Result<String, Fault> {
    let statement: Statement =
        serde_json::from_str(json).map_err(|error| Fault::request("the statement", &error))?;
    let text = statement
        .to_canonical()
        .map_err(|error| Fault::new(Code::InvalidRequest, error.to_string()))?;
    // Version and lifetime, as an agent would check them.
    Statement::read(&text).map_err(|error| Fault::new(Code::InvalidRequest, error.to_string()))?;
    Ok(text)
}

/// The digest of a call, as a statement names it. `params` is the text that is
/// sent, to the octet.
///
/// # Errors
/// When there is no such method.
#[wasm_bindgen]
pub fn call_digest(method: &str, params: &str) -> Result<String, Fault> {
    let method = Method::from_name(method).ok_or_else(|| {
        Fault::new(
            Code::InvalidRequest,
            format!("no method is named {method:?}; a statement is for one of the protocol"),
        )
    })?;
    Ok(digest_of(method, params).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn statement() -> Value {
        json!({
            "platen": 1,
            "purpose": "jobs.submit",
            "origin": "https://pos.example",
            "agent": "A".repeat(43),
            "challenge": "abc",
            "sequence": 7,
            "issued_at": 1_780_315_200_000_u64,
            "expires_at": 1_780_315_320_000_u64,
            "digest": call_digest("jobs.submit", "{}").expect("a method"),
        })
    }

    #[test]
    fn the_members_are_in_order_however_they_came() {
        let text = canonical_statement(&statement().to_string()).expect("a statement");
        assert!(text.starts_with(r#"{"agent":"AAA"#), "{text}");
        assert_eq!(canonical_statement(&text), Ok(text));
    }

    #[test]
    fn what_an_agent_would_refuse_is_refused_before_it_is_signed() {
        let mut long = statement();
        long["expires_at"] = json!(1_790_000_000_000_u64);
        let mut other = statement();
        other["platen"] = json!(2);
        let mut more = statement();
        more["also"] = json!(1);
        for (statement, word) in [(long, "300000 ms"), (other, "speaks 1"), (more, "`also`")] {
            let fault = canonical_statement(&statement.to_string()).expect_err("refused");
            assert!(fault.message.contains(word), "{}", fault.message);
        }
        assert!(call_digest("jobs.burn", "{}").is_err());
    }
}
