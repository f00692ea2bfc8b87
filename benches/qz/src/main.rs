//! The floor of `cargo xtask bench qz`: the least that answers the npm client
//! `qz-tray`, and a printer that takes everything.
//!
//! It reads each message, verifies its signature, makes the octets, and hands
//! them to the printer's connection, one job after the other; then it answers.
//! What it leaves out is what the agent is for: nothing is stored, inspected,
//! limited, logged or told, and a job that fails is gone. The image of a job is
//! made black and white by the same library as the agent's.

mod message;
mod printer;

use anyhow::{Context as _, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::trust::{Certificate, VerifyingKey};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use message::Ask;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let sink = printer::sink().await?;
    let (jobs, waiting) = mpsc::channel(1_024);
    tokio::spawn(printer::print_all(sink, waiting));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!(
        "floor: ws {} printer {}",
        listener.local_addr()?.port(),
        sink.port()
    );
    loop {
        let (stream, _) = listener.accept().await?;
        let jobs = jobs.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(stream, jobs).await {
                eprintln!("floor: {error:#}");
            }
        });
    }
}

/// Answers one client until it goes.
async fn serve(stream: TcpStream, jobs: mpsc::Sender<Vec<u8>>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    let mut key: Option<VerifyingKey> = None;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let message = message::read(&text)?;
        let result = match message.ask {
            Ask::Version => Some("2.2.6"),
            Ask::Certificate(pem) => {
                let block = pem::parse(&pem)?;
                key = Some(Certificate::from_der(block.contents(), 0)?.verifying_key()?);
                None
            }
            Ask::Print(print) => {
                message
                    .signed
                    .verify(key.as_ref().context("no certificate")?)?;
                jobs.send(print.octets()?).await?;
                None
            }
        };
        let answer = match result {
            Some(result) => serde_json::json!({ "uid": message.uid, "result": result }),
            None => serde_json::json!({ "uid": message.uid }),
        };
        socket.send(Message::text(answer.to_string())).await?;
    }
    Ok(())
}
