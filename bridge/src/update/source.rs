//! The place where manifests and their files are: a folder, or an address.
//!
//! What comes is bounded before it comes, and nothing leads elsewhere: an
//! answer that points to another address is an error. Nothing that is fetched
//! is believed here; whoever asked checks it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming as Body;
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{UpdateSource, check_scheme};
use crate::tls_client::trusting_the_machines_authorities;

/// For a connection, and for the next octets of a file.
const WAIT: Duration = Duration::from_secs(30);
/// What a folder's manifest is called.
const MANIFEST: &str = "manifest.json";

/// Fetches the manifest, at most `octets_max` of it.
pub(crate) async fn manifest(source: &UpdateSource, octets_max: usize) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    let take = |piece: &[u8]| {
        ensure!(
            octets.len() + piece.len() <= octets_max,
            "the manifest is longer than {octets_max} octets; is it the right address?"
        );
        octets.extend_from_slice(piece);
        Ok(())
    };
    match source {
        UpdateSource::Folder(folder) => from_file(&folder.join(MANIFEST), take).await?,
        UpdateSource::Url(url) => from_url(url, take).await?,
    }
    Ok(octets)
}

/// Fetches a file that lies beside the manifest, in pieces, until `take` wants
/// no more.
pub(crate) async fn file(
    source: &UpdateSource,
    name: &str,
    take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    match source {
        UpdateSource::Folder(folder) => from_file(&folder.join(name), take).await,
        UpdateSource::Url(url) => {
            let url = url.split(['?', '#']).next().unwrap_or_default();
            let (folder, _) = url.rsplit_once('/').context("the address has no folder")?;
            from_url(&format!("{folder}/{name}"), take).await
        }
    }
}

async fn from_file(path: &Path, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let cannot = || format!("{} cannot be read", path.display());
    let mut file = tokio::fs::File::open(path).await.with_context(cannot)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).await.with_context(cannot)?;
        if read == 0 {
            return Ok(());
        }
        take(&buffer[..read])?;
    }
}

async fn from_url(url: &str, take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("{url} is no address"))?;
    let host = uri.host().context("the address names no host")?.to_owned();
    let host = host.trim_matches(['[', ']']);
    let is_secure = check_scheme(&uri)?;
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let late = || anyhow!("{host} does not answer");
    let stream = timeout(WAIT, crate::tcp::connect(host, port))
        .await
        .map_err(|_| late())?
        .with_context(|| format!("{host} cannot be reached"))?;
    if !is_secure {
        return ask(stream, &uri, take).await;
    }
    let config = tokio::task::spawn_blocking(trusting_the_machines_authorities)
        .await?
        .map_err(|error| anyhow!(error))?;
    let name = ServerName::try_from(host.to_owned()).context("no name for a certificate")?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = timeout(WAIT, connector.connect(name, stream))
        .await
        .map_err(|_| late())?
        .with_context(|| format!("{host} does not prove who it is"))?;
    ask(stream, &uri, take).await
}

async fn ask<S>(stream: S, uri: &Uri, take: impl FnMut(&[u8]) -> Result<()>) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let authority = uri.authority().context("the address names no host")?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, authority.as_str())
        .header(USER_AGENT, "Platen")
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(async move { drop(connection.await) });
    let answer = timeout(WAIT, sender.send_request(request)).await;
    let answer = answer.map_err(|_| anyhow!("{authority} does not answer"))??;
    let read = read(answer, authority.as_str(), take).await;
    connection.abort();
    read
}

async fn read(
    answer: Response<Body>,
    authority: &str,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let status = answer.status();
    if status.is_redirection() {
        bail!(
            "{authority} points to another address, where nothing is fetched from; name it in [update]"
        );
    }
    ensure!(
        status == StatusCode::OK,
        "{authority} answered {} instead of the file",
        status.as_u16()
    );
    let mut body = answer.into_body();
    loop {
        let frame = timeout(WAIT, body.frame()).await;
        let Some(frame) = frame.map_err(|_| anyhow!("{authority} fell silent"))? else {
            return Ok(());
        };
        let frame = frame.with_context(|| format!("{authority} broke off"))?;
        if let Some(piece) = frame.data_ref() {
            take(piece)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_this_machine() {
        for (url, expected) in [
            ("https://updates.example/m.json", Some(true)),
            ("http://127.0.0.1:8000/m.json", Some(false)),
            ("http://[::1]:8000/m.json", Some(false)),
            ("http://updates.example/m.json", None),
            ("http://127.0.0.1.evil.example/m.json", None),
            ("file:///etc/passwd", None),
            ("ftp://updates.example/m.json", None),
        ] {
            let checked = url
                .parse::<Uri>()
                .ok()
                .and_then(|uri| check_scheme(&uri).ok());
            assert_eq!(checked, expected, "{url}");
        }
    }
}
