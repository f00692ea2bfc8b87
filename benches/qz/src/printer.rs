//! A raw printer on TCP that takes everything, and the one connection after
//! the other that prints on it.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Starts the printer; where it listens.
///
/// # Errors
/// When no port is free.
pub(crate) async fn sink() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
            });
        }
    });
    Ok(address)
}

/// Prints job after job, until nobody sends more.
pub(crate) async fn print_all(printer: SocketAddr, mut jobs: mpsc::Receiver<Vec<u8>>) {
    while let Some(job) = jobs.recv().await {
        if let Err(error) = print(printer, &job).await {
            eprintln!("floor: a job is lost: {error:#}");
        }
    }
}

async fn print(printer: SocketAddr, job: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(printer).await?;
    stream.write_all(job).await?;
    stream.shutdown().await?;
    let mut end = [0; 1];
    while stream.read(&mut end).await? > 0 {}
    Ok(())
}
