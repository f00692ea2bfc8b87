//! Printers on TCP that count what arrives: one connection is one job.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// One job as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Everything between connect and end.
    pub octets: Vec<u8>,
    /// When its first octet came.
    pub first_octet_at: Instant,
}

/// A printer that takes everything.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Listens on a free port and keeps whole jobs.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self> {
        Self::with_first_octets(None).await
    }

    /// As [`Self::start`]; `first_octets` hears of each job's first octet at
    /// once.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn with_first_octets(
        first_octets: Option<mpsc::UnboundedSender<Instant>>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let (told, count) = watch::channel(0);
        let kept = Arc::clone(&arrivals);
        let task = tokio::spawn(async move {
            // One at a time, as a printer does: what overlaps would be seen.
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut octets = Vec::new();
                let mut buffer = vec![0; 64 * 1024];
                let mut first_octet_at = Instant::now();
                loop {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => break,
                        Ok(read) => {
                            if octets.is_empty() {
                                first_octet_at = Instant::now();
                                if let Some(first_octets) = &first_octets {
                                    let _ = first_octets.send(first_octet_at);
                                }
                            }
                            octets.extend_from_slice(&buffer[..read]);
                        }
                    }
                }
                // A connection without data is a look at the door, not a job.
                if !octets.is_empty() {
                    kept.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(Arrival {
                            octets,
                            first_octet_at,
                        });
                    told.send_modify(|count| *count += 1);
                }
            }
        });
        Ok(Self {
            address,
            arrivals,
            count,
            task,
        })
    }

    /// The URI to configure.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("socket://{}", self.address)
    }

    /// What has arrived so far, in order.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets what has arrived, to keep long runs small.
    pub fn forget(&self) {
        self.arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Waits until `jobs` have arrived altogether.
    pub async fn wait_for(&self, jobs: usize) {
        let mut count = self.count.clone();
        // The sender lives as long as the task, and that as long as we.
        let _ = count.wait_for(|count| *count >= jobs).await;
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}
