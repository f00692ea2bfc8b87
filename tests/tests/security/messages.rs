//! Messages that are mistyped or malformed.

use anyhow::{Context as _, Result};
use platen_protocol::{Method, statement};
use platen_tests::client::{Client, request};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::start;

#[tokio::test(flavor = "multi_thread")]
async fn t08_mistyped_and_malformed_messages_are_refused_without_effect() -> Result<()> {
    let (bridge, site, sink) = start().await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let sha256 = platen_protocol::Digest::of(b"x").to_string();
    let document = json!({ "format": "application/octet-stream", "octets": 1, "sha256": sha256 });
    let mut values = vec![
        json!({ "printer": 7 }),
        json!({ "printer": null, "documents": "x" }),
        json!({ "printer": "till", "documents": [] }),
        json!({ "printer": "till", "documents": [{}] }),
        json!({ "printer": "till", "documents": [document], "priority": -1 }),
        json!({ "printer": "till", "documents": [document], "priority": 3.5 }),
        json!({ "printer": "till", "documents": [document], "priority": "3" }),
        json!({ "printer": "till", "documents": [document], "copys": 1 }),
        json!({ "printer": "till", "documents": [document], "expires_at": 1e300 }),
        json!({ "printer": "till", "documents": [document], "repeat": "maybe" }),
        json!({ "printer": "till", "documents": [document], "idempotency_key": "" }),
        json!({ "printer": "till", "documents": [document], "name": ["x"] }),
        json!({ "printer": "../../etc", "documents": [document] }),
        json!([]),
        json!("till"),
        json!(7),
        json!(null),
    ];
    for octets in [
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(u64::MAX),
        json!(null),
    ] {
        let document =
            json!({ "format": "application/octet-stream", "octets": octets, "sha256": sha256 });
        values.push(json!({ "printer": "till", "documents": [document] }));
    }
    for params in values {
        // Not through `canonical`: some of these have no canonical form.
        let text = params.to_string();
        let digest = statement::call_digest(Method::JobsSubmit, &text);
        let signed = site.sign(Method::JobsSubmit, digest, &client.binding())?;
        let id = client.fresh_id();
        let frame = Message::text(request(id, Method::JobsSubmit, &text, Some(&signed))?);
        let answer = client.send(id, vec![frame]).await?;
        let refused = answer.await.with_context(|| text.clone())?.unwrap_err();
        assert!(!refused.message.is_empty() && !refused.data.next.is_empty());
    }
    assert!(sink.arrivals().is_empty());
    client.submit("till", b"fine").await?;
    sink.wait_for(1).await;
    Ok(())
}
