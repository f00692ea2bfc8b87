//! What `platen install` changes on a machine, and takes back.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_tests::bridge::Settings;
use platen_tests::printer::Sink;
use ring::digest::SHA1_FOR_LEGACY_USE_ONLY;

use crate::shop::{ORIGIN, Shop};

/// The sites that pages of Chrome may reach this machine from.
const POLICY: &str = r"HKLM\SOFTWARE\Policies\Google\Chrome\LoopbackNetworkAllowedForUrls";

/// Where Windows keeps the authorities that the machine trusts.
const AUTHORITIES: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Root\Certificates";

#[tokio::test(flavor = "multi_thread")]
async fn trust_and_policies_are_added_seen_mended_and_taken_back() -> Result<()> {
    let sink = Sink::start().await?;
    let shop = Shop::open(&Settings::with_printers([("till", sink.uri())])).await?;
    let machine = &shop.machine;
    let policy = || machine.must("reg", &["query", POLICY]);

    shop.json(&["install", "--system", "--allow-origin", ORIGIN])
        .await?;
    ensure!(policy().await?.contains(ORIGIN), "{}", policy().await?);
    ensure!(is_trusted(&shop).await?, "nobody trusts the certificate");
    shop.json(&["install", "--system", "--check"]).await?;

    machine.must("reg", &["delete", POLICY, "/f"]).await?;
    ensure!(
        shop.json(&["install", "--system", "--check"])
            .await
            .is_err(),
        "nobody missed the policy"
    );
    shop.json(&["install", "--system", "--repair"]).await?;
    ensure!(policy().await?.contains(ORIGIN), "{}", policy().await?);

    shop.json(&["uninstall", "--system"]).await?;
    ensure!(policy().await.is_err(), "{}", policy().await?);
    ensure!(
        !is_trusted(&shop).await?,
        "the certificate is still trusted"
    );
    Ok(())
}

/// Whether the agent's authority is among those of the machine, which are
/// known by the SHA-1 of their DER.
async fn is_trusted(shop: &Shop) -> Result<bool> {
    let shown = shop.json(&["cert", "show"]).await?;
    let file = shown["certificate"]["ca_file"].as_str();
    let file = shop.machine.path(file.context("the CA's file")?);
    let pem = std::fs::read_to_string(file)?;
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(text)?;
    let digest = ring::digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, &der);
    let name: String = digest
        .as_ref()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    let certificate = format!("{AUTHORITIES}\\{name}");
    let asked = shop.machine.must("reg", &["query", &certificate]).await;
    Ok(asked.is_ok())
}
