//! Signatures that were used before, or elsewhere.

use std::sync::Arc;

use anyhow::Result;
use platen_protocol::{Method, Statement, canonical, statement};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::{self, Client, request};
use platen_tests::site::{Site, now_ms};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{ORIGIN, start};

/// Opens a session and returns the frames of one signed submit on it.
async fn captured_submit(bridge: &Bridge, site: &Arc<Site>) -> Result<(Client, u32, Vec<Message>)> {
    let client = Client::connect(bridge.ports.ws, None, site).await?;
    let id = client.fresh_id();
    let frames = client.submit_frames(id, &client::submit_params("till", b"x", json!({})), b"x")?;
    let answer = client.send(id, frames.clone()).await?;
    answer
        .await?
        .map_err(|error| anyhow::anyhow!(error.message))?;
    Ok((client, id, frames))
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_a_signed_message_works_once_on_one_connection_of_one_machine() -> Result<()> {
    let (mut bridge, site, sink) = start().await?;
    let refused = async |client: &Client, id, frames| {
        let error = client.send(id, frames).await?.await?.unwrap_err();
        anyhow::Ok(error.data.code.as_str())
    };
    // Twice on the same connection.
    let (client, id, frames) = captured_submit(&bridge, &site).await?;
    assert_eq!(
        refused(&client, id, frames.clone()).await?,
        "statement-replayed"
    );
    // On a new connection.
    let other = Client::connect(bridge.ports.ws, None, &site).await?;
    assert_eq!(
        refused(&other, id, frames.clone()).await?,
        "statement-mismatch"
    );
    // After a restart.
    drop((client, other));
    bridge.stop().await?;
    bridge.run().await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    assert_eq!(
        refused(&client, id, frames.clone()).await?,
        "statement-mismatch"
    );
    // On another machine.
    let another = Bridge::start(&Settings::with_printers([("till", sink.uri())])).await?;
    another.trust(&site, &[]).await?;
    let there = Client::connect(another.ports.ws, None, &site).await?;
    assert_ne!(there.agent(), client.agent());
    assert_eq!(refused(&there, id, frames).await?, "statement-mismatch");
    assert_eq!(sink.arrivals().len(), 1);

    // Altered, truncated, expired, from the future, of another purpose.
    let params = canonical::to_string(&client::submit_params("till", b"x", json!({})))?;
    let digest = statement::call_digest(Method::JobsSubmit, &params);
    let base = |sequence| Statement {
        platen: 1,
        purpose: Method::JobsSubmit,
        origin: site.origin.clone(),
        agent: client.agent().clone(),
        challenge: client.challenge().to_owned(),
        sequence,
        issued_at: now_ms(),
        expires_at: now_ms() + 60_000,
        digest,
    };
    let expired = Statement {
        issued_at: 1,
        expires_at: 2,
        ..base(1001)
    };
    let future = now_ms() + 3_600_000;
    let future = Statement {
        issued_at: future,
        expires_at: future + 1,
        ..base(1002)
    };
    let long = Statement {
        expires_at: now_ms() + 400_000,
        ..base(1003)
    };
    let purpose = Statement {
        purpose: Method::JobsCancel,
        ..base(1004)
    };
    let stranger = Site::new(ORIGIN)?;
    let mut cases = Vec::new();
    for (statement, code) in [
        (expired, "statement-expired"),
        (future, "statement-expired"),
        (long, "statement-malformed"),
        (purpose, "statement-mismatch"),
    ] {
        cases.push((site.sign_statement(&statement)?, code));
    }
    cases.push((stranger.sign_statement(&base(1005))?, "signature-invalid"));
    let mut cut = site.sign_statement(&base(1006))?;
    cut.signature.truncate(20);
    cases.push((cut, "signature-invalid"));
    let mut altered = site.sign_statement(&base(1007))?;
    altered.statement = altered
        .statement
        .replace("\"sequence\":1007", "\"sequence\":1008");
    cases.push((altered, "signature-invalid"));
    cases.push((
        site.sign_text(format!(" {}", base(1009).to_canonical()?))?,
        "statement-malformed",
    ));
    cases.push((site.sign_text("deadbeef".repeat(8))?, "statement-malformed"));
    for (signed, code) in cases {
        let id = client.fresh_id();
        let text = request(id, Method::JobsSubmit, &params, Some(&signed))?;
        let found = refused(&client, id, vec![Message::text(text)]).await?;
        assert_eq!(found, code, "{}", signed.statement);
    }
    // No signature at all.
    let id = client.fresh_id();
    let text = request(id, Method::JobsSubmit, &params, None)?;
    assert_eq!(
        refused(&client, id, vec![Message::text(text)]).await?,
        "signature-required"
    );
    assert_eq!(sink.arrivals().len(), 1);
    Ok(())
}
