//! What the signing endpoint answers, without a socket.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use platen_protocol::origin::is_loopback_host;
use platen_protocol::trust::TrustError;
use platen_protocol::{Origin, Statement, TimestampMs};
use serde::{Deserialize, Serialize};

use super::session::{COOKIE, NoRandomness, SESSION_MS, Sessions};
use crate::signer::{SignError, Signer};

const CSRF_HEADER: HeaderName = HeaderName::from_static("x-platen-csrf");

/// Why the endpoint does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// No page could use it.
    #[error("name the pages that may ask for signatures: --origin https://pos.example")]
    NoOrigin,
    /// The certificate does not name an origin it should sign for.
    #[error(transparent)]
    Origin(#[from] TrustError),
    /// No sessions without random numbers.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The endpoint's behavior.
pub struct Endpoint {
    signer: Signer,
    origins: Vec<Origin>,
    sessions: Sessions,
}

/// What a page posts to `/sign`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignRequest {
    statement: String,
}

/// What it is answered.
#[derive(Serialize)]
struct SignAnswer {
    signature: String,
    certificates: Vec<String>,
}

/// A refusal, as status, stable code and text.
struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self(status, code, message.to_owned())
    }
}

pub(super) type Reply = Response<Full<Bytes>>;

impl Endpoint {
    /// An endpoint that signs for pages of these origins.
    ///
    /// # Errors
    /// [`ServeError`] when the certificate does not name one of them.
    pub fn new(signer: Signer, origins: Vec<Origin>) -> Result<Self, ServeError> {
        if origins.is_empty() {
            return Err(ServeError::NoOrigin);
        }
        for origin in &origins {
            signer.certificate().check_names(origin)?;
        }
        Ok(Self {
            signer,
            origins,
            sessions: Sessions::new()?,
        })
    }

    /// The answer to one request.
    #[must_use]
    pub fn answer<B>(&self, request: &Request<B>, body: &[u8], now: TimestampMs) -> Reply {
        let origin = match self.admit(request.headers()) {
            Ok(origin) => origin,
            Err(refusal) => return refused(&refusal),
        };
        let mut reply = self
            .route(request, origin, body, now)
            .unwrap_or_else(|refusal| refused(&refusal));
        // Only pages that are named may read answers at all.
        let headers = reply.headers_mut();
        if let Ok(value) = HeaderValue::from_str(origin.as_str()) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        reply
    }

    /// The origin of the page that asks, if it may ask anything.
    fn admit(&self, headers: &HeaderMap) -> Result<&Origin, Refusal> {
        // Another name that resolves here is how a rebound page would come.
        let host = only(headers, &header::HOST).unwrap_or_default();
        if !is_loopback_host(without_port(host)) {
            return Err(Refusal::new(
                StatusCode::MISDIRECTED_REQUEST,
                "host-not-allowed",
                "ask for localhost",
            ));
        }
        let origin = only(headers, &header::ORIGIN);
        let known = origin.and_then(|text| self.origins.iter().find(|o| o.as_str() == text));
        known.ok_or_else(|| {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "origin-not-allowed",
                "this page is not named by --origin",
            )
        })
    }

    fn route<B>(
        &self,
        request: &Request<B>,
        origin: &Origin,
        body: &[u8],
        now: TimestampMs,
    ) -> Result<Reply, Refusal> {
        match (request.method(), request.uri().path()) {
            (&Method::OPTIONS, "/session" | "/sign") => Ok(preflight()),
            (&Method::GET, "/session") => self.open_session(now),
            (&Method::POST, "/sign") => {
                self.check_session(request.headers(), now)?;
                self.sign(request.headers(), origin, body, now)
            }
            (_, "/session" | "/sign") => Err(Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "use GET /session and POST /sign",
            )),
            _ => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "not-found",
                "there are GET /session and POST /sign",
            )),
        }
    }

    fn open_session(&self, now: TimestampMs) -> Result<Reply, Refusal> {
        let failed =
            |message: String| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", message);
        let session = self
            .sessions
            .open(now)
            .map_err(|error| failed(error.to_string()))?;
        let cookie = format!(
            "{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}",
            session.cookie,
            SESSION_MS / 1000
        );
        let mut reply = json(StatusCode::OK, &serde_json::json!({ "csrf": session.csrf }));
        let cookie = HeaderValue::from_str(&cookie).map_err(|error| failed(error.to_string()))?;
        reply.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(reply)
    }

    fn check_session(&self, headers: &HeaderMap, now: TimestampMs) -> Result<(), Refusal> {
        let refuse = |code, message| Err(Refusal::new(StatusCode::FORBIDDEN, code, message));
        let Some(cookie) = session_cookie(headers).filter(|it| self.sessions.knows(it, now)) else {
            return refuse("session-required", "open a session with GET /session first");
        };
        let csrf = only(headers, &CSRF_HEADER).unwrap_or_default();
        if !self.sessions.fits(cookie, csrf) {
            return refuse(
                "csrf-mismatch",
                "send the csrf value of GET /session in the header x-platen-csrf",
            );
        }
        Ok(())
    }

    fn sign(
        &self,
        headers: &HeaderMap,
        origin: &Origin,
        body: &[u8],
        now: TimestampMs,
    ) -> Result<Reply, Refusal> {
        // JSON cannot be posted across sites without asking first (CORS).
        if only(headers, &header::CONTENT_TYPE) != Some("application/json") {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "post application/json",
            ));
        }
        let request: SignRequest = serde_json::from_slice(body).map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "not-json",
                "post {\"statement\": \"the canonical text\"}",
            )
        })?;
        let of_another_page =
            Statement::read(&request.statement).is_ok_and(|statement| statement.origin != *origin);
        if of_another_page {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "statement-mismatch",
                "a page gets signatures for its own origin only",
            ));
        }
        let signed = self
            .signer
            .sign_text_at(&request.statement, now)
            .map_err(|error| sign_refusal(&error))?;
        let answer = SignAnswer {
            signature: signed.signature,
            certificates: self.signer.certificates(),
        };
        Ok(json(StatusCode::OK, &answer))
    }
}

fn sign_refusal(error: &SignError) -> Refusal {
    match error.code() {
        Some(code) => Refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            code.as_str(),
            error.to_string(),
        ),
        None => Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        ),
    }
}

/// The one value of a header; two are as bad as none.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = only(headers, &header::COOKIE)?.split("; ");
    let mut found = pairs.filter_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='));
    let cookie = found.next()?;
    found.next().is_none().then_some(cookie)
}

/// The host of a `Host` header, IPv6 in brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

fn preflight() -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    let headers = reply.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type, x-platen-csrf"),
    );
    harden(headers);
    reply
}

/// The answer to a body that no statement has.
pub(super) fn too_large() -> Reply {
    refused(&Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "a statement is shorter",
    ))
}

fn refused(refusal: &Refusal) -> Reply {
    let Refusal(status, code, message) = refusal;
    let error = serde_json::json!({ "error": { "code": code, "message": message } });
    json(*status, &error)
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Reply {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut reply = Response::new(Full::new(Bytes::from(text)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    harden(headers);
    reply
}

/// What every answer says to browsers and caches.
fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{signer, statement};
    use http_body_util::BodyExt as _;
    use platen_protocol::Digest;
    use serde_json::{Value, json};

    const PAGE: &str = "https://pos.example";

    fn endpoint() -> Endpoint {
        let origins = [PAGE, "http://localhost:3000"].map(|origin| origin.parse().unwrap());
        Endpoint::new(signer("p256"), origins.into()).unwrap()
    }

    /// A request of a page that does everything right, to be spoiled.
    struct Ask {
        method: Method,
        path: &'static str,
        headers: Vec<(&'static str, String)>,
        body: String,
    }

    impl Ask {
        fn new(method: Method, path: &'static str) -> Self {
            let headers = vec![
                ("host", "localhost:8190".to_owned()),
                ("origin", PAGE.to_owned()),
            ];
            Self {
                method,
                path,
                headers,
                body: String::new(),
            }
        }

        fn sign(cookie: &str, csrf: &str) -> Self {
            let text = statement().to_canonical().unwrap();
            let mut ask = Self::new(Method::POST, "/sign");
            ask.body = json!({ "statement": text }).to_string();
            ask.with("cookie", &format!("other=1; {cookie}"))
                .with("x-platen-csrf", csrf)
                .with("content-type", "application/json")
        }

        fn without(mut self, name: &str) -> Self {
            self.headers.retain(|(other, _)| *other != name);
            self
        }

        fn with(self, name: &'static str, value: &str) -> Self {
            let mut ask = self.without(name);
            ask.headers.push((name, value.to_owned()));
            ask
        }

        fn body(mut self, body: &str) -> Self {
            body.clone_into(&mut self.body);
            self
        }

        fn send(&self, endpoint: &Endpoint) -> (StatusCode, HeaderMap, Value) {
            self.send_at(endpoint, crate::now())
        }

        fn send_at(&self, endpoint: &Endpoint, now: TimestampMs) -> (StatusCode, HeaderMap, Value) {
            let mut request = Request::builder().method(&self.method).uri(self.path);
            for (name, value) in &self.headers {
                request = request.header(*name, value);
            }
            let request = request.body(()).unwrap();
            let reply = endpoint.answer(&request, self.body.as_bytes(), now);
            let (parts, body) = reply.into_parts();
            let octets = body.into_inner_octets();
            let value = serde_json::from_slice(&octets).unwrap_or(Value::Null);
            (parts.status, parts.headers, value)
        }
    }

    trait IntoOctets {
        fn into_inner_octets(self) -> Bytes;
    }

    impl IntoOctets for Full<Bytes> {
        fn into_inner_octets(self) -> Bytes {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(self.collect()).unwrap().to_bytes()
        }
    }

    /// Cookie pair and CSRF token of a new session.
    fn session(endpoint: &Endpoint) -> (String, String) {
        let (status, headers, body) = Ask::new(Method::GET, "/session").send(endpoint);
        assert_eq!(status, StatusCode::OK);
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict; "), "{cookie}");
        let pair = cookie.split(';').next().unwrap().to_owned();
        (pair, body["csrf"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_page_with_a_session_gets_its_statement_signed() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        let ask = Ask::sign(&cookie, &csrf);
        let (status, headers, body) = ask.send(&endpoint);
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], PAGE);
        let text: Value = serde_json::from_str(&ask.body).unwrap();
        let text = text["statement"].as_str().unwrap();
        let key = signer("p256").certificate().verifying_key().unwrap();
        let signature = body["signature"].as_str().unwrap();
        assert_eq!(key.verify(text.as_bytes(), signature), Ok(()));
        assert_eq!(body["certificates"].as_array().unwrap().len(), 2);
    }

    fn check_refused(endpoint: &Endpoint, ask: &Ask, status: StatusCode, code: &str) {
        let (found, _, body) = ask.send(endpoint);
        assert_eq!(
            (found, body["error"]["code"].as_str()),
            (status, Some(code))
        );
        assert!(body.get("signature").is_none());
    }

    #[test]
    fn a_page_of_another_site_gets_no_signature_and_cannot_read_why() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        for origin in [
            "https://evil.example",
            "null",
            "https://pos.example.evil.example",
            "http://pos.example",
            "https://pos.example:8443",
        ] {
            for path in ["/session", "/sign"] {
                for method in [Method::OPTIONS, Method::GET, Method::POST] {
                    let mut ask = Ask::sign(&cookie, &csrf).with("origin", origin);
                    (ask.method, ask.path) = (method, path);
                    check_refused(&endpoint, &ask, StatusCode::FORBIDDEN, "origin-not-allowed");
                    let (_, headers, _) = ask.send(&endpoint);
                    assert!(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
                    assert!(headers.get(header::SET_COOKIE).is_none());
                }
            }
        }
        let ask = Ask::sign(&cookie, &csrf).without("origin");
        check_refused(&endpoint, &ask, StatusCode::FORBIDDEN, "origin-not-allowed");
    }

    #[test]
    fn without_session_or_token_there_is_no_signature() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        let (_, other_csrf) = session(&endpoint);
        let ask = || Ask::sign(&cookie, &csrf);
        let forbidden = StatusCode::FORBIDDEN;
        for (ask, code) in [
            (ask().without("cookie"), "session-required"),
            (
                ask().with("cookie", "platen_session=1.2.3"),
                "session-required",
            ),
            (
                ask().with("cookie", &format!("{cookie}; {cookie}")),
                "session-required",
            ),
            (ask().without("x-platen-csrf"), "csrf-mismatch"),
            (ask().with("x-platen-csrf", &other_csrf), "csrf-mismatch"),
            (ask().with("x-platen-csrf", ""), "csrf-mismatch"),
        ] {
            check_refused(&endpoint, &ask, forbidden, code);
        }
        let (status, _, body) = ask().send_at(&endpoint, crate::now() + SESSION_MS);
        assert_eq!(status, forbidden);
        assert_eq!(body["error"]["code"], "session-required");
    }

    #[test]
    fn what_a_form_can_post_is_not_signed() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json, text/plain",
        ] {
            let ask = Ask::sign(&cookie, &csrf).with("content-type", kind);
            check_refused(
                &endpoint,
                &ask,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
            );
        }
    }

    #[test]
    fn it_is_no_oracle_even_for_its_own_pages() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let mut long = statement();
        long.expires_at = long.issued_at + 300_001;
        let mut foreign = statement();
        foreign.origin = "http://localhost:3000".parse().unwrap();
        let digest = Digest::of(b"x").to_string();
        for (statement, status, code) in [
            (digest, unprocessable, "statement-malformed"),
            (
                long.to_canonical().unwrap(),
                unprocessable,
                "statement-malformed",
            ),
            (
                foreign.to_canonical().unwrap(),
                StatusCode::FORBIDDEN,
                "statement-mismatch",
            ),
        ] {
            let body = json!({ "statement": statement }).to_string();
            let ask = Ask::sign(&cookie, &csrf).body(&body);
            check_refused(&endpoint, &ask, status, code);
        }
        for body in [
            "",
            "{}",
            "\"x\"",
            r#"{"statement":1}"#,
            r#"{"statement":"","x":1}"#,
        ] {
            let ask = Ask::sign(&cookie, &csrf).body(body);
            check_refused(&endpoint, &ask, StatusCode::BAD_REQUEST, "not-json");
        }
    }

    #[test]
    fn a_rebound_host_is_turned_away() {
        let endpoint = endpoint();
        let (cookie, csrf) = session(&endpoint);
        for host in [
            "evil.example",
            "evil.example:8190",
            "0.0.0.0:8190",
            "",
            "localhost.",
        ] {
            let ask = Ask::sign(&cookie, &csrf).with("host", host);
            check_refused(
                &endpoint,
                &ask,
                StatusCode::MISDIRECTED_REQUEST,
                "host-not-allowed",
            );
        }
        for host in ["localhost", "127.0.0.1:8190", "[::1]:8190", "[::1]"] {
            let ask = Ask::sign(&cookie, &csrf).with("host", host);
            assert_eq!(ask.send(&endpoint).0, StatusCode::OK, "{host}");
        }
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        let endpoint = endpoint();
        let ask = Ask::new(Method::GET, "/sign");
        check_refused(
            &endpoint,
            &ask,
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
        );
        let ask = Ask::new(Method::GET, "/");
        check_refused(&endpoint, &ask, StatusCode::NOT_FOUND, "not-found");
        let (status, headers, _) = Ask::new(Method::OPTIONS, "/sign").send(&endpoint);
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], PAGE);
    }

    #[test]
    fn it_signs_only_for_origins_of_its_certificate() {
        let foreign = vec!["https://evil.example".parse().unwrap()];
        assert!(matches!(
            Endpoint::new(signer("p256"), foreign),
            Err(ServeError::Origin(_))
        ));
        assert!(matches!(
            Endpoint::new(signer("p256"), Vec::new()),
            Err(ServeError::NoOrigin)
        ));
    }
}
