//! `call-digest.json`: the digest that a statement binds a call by.

use platen_protocol::Method;
use platen_protocol::statement::call_digest;
use serde::Serialize;

#[derive(Serialize)]
struct Vectors {
    about: &'static str,
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Case {
    method: Method,
    params: &'static str,
    digested: String,
    digest: String,
}

#[test]
fn call_digests_are_as_committed() {
    let case = |(method, params): (Method, &'static str)| Case {
        method,
        params,
        digested: format!("{{\"method\":\"{}\",\"params\":{params}}}", method.as_str()),
        digest: call_digest(method, params).to_string(),
    };
    let cases = CASES.into_iter().map(case).collect();
    crate::check_committed(
        "call-digest.json",
        &Vectors {
            about: "`digest` is the SHA-256, in base64url without padding, of `digested` in UTF-8. `params` is the text of the request's params exactly as sent; a page sends it in canonical form.",
            cases,
        },
    );
}

const CASES: [(Method, &str); 6] = [
    (Method::SessionOpen, r#"{"certificates":["MIIB"]}"#),
    (
        Method::JobsCancel,
        r#"{"job_id":"0123456789abcdefghjkmnpqrs"}"#,
    ),
    (
        Method::JobsSubmit,
        r#"{"documents":[{"format":"application/octet-stream","octets":5,"sha256":"LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"}],"idempotency_key":"order-1001","name":"Küche №7 🖶","printer":"virtual:receipts"}"#,
    ),
    (Method::QueuePause, r#"{"printer":"virtual:receipts"}"#),
    (Method::PrintersList, "{}"),
    (Method::PrintersList, "{ }"),
];
