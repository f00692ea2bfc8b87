//! The provisioning file of a machine: believed where nobody else writes it.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};
use platen_tests::bridge::Settings;
use platen_tests::printer::Sink;
use platen_tests::wine::Machine;

use crate::shop::Shop;

/// Where it lies, for the machine.
const FILE: &str = r"C:\ProgramData\Platen\provision.toml";

#[tokio::test(flavor = "multi_thread")]
async fn a_provisioning_file_counts_while_nobody_else_can_write_it() -> Result<()> {
    let machine = Machine::fresh().await?;
    let file = machine.path(FILE);
    let open_to = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    std::fs::create_dir_all(file.parent().unwrap_or(&file))?;
    std::fs::write(&file, "name = \"Till 7\"\n")?;
    open_to(0o644)?;
    let sink = Sink::start().await?;
    let settings = Settings::with_printers([("till", sink.uri())]);
    let shop = Shop::open_on(machine, &settings).await?;
    let status = shop.json(&["status"]).await?;
    ensure!(status["provision"]["name"] == "Till 7", "{status}");

    std::fs::write(&file, "name = \"Till 8\"\n")?;
    shop.json(&["provision", "apply"]).await?;
    let status = shop.json(&["status"]).await?;
    ensure!(status["provision"]["name"] == "Till 8", "{status}");

    std::fs::write(&file, "name = \"Anybody's\"\n")?;
    open_to(0o666)?;
    let applied = shop.json(&["provision", "apply"]).await;
    let status = shop.json(&["status"]).await?;
    ensure!(applied.is_err(), "{status}");
    ensure!(status["provision"]["name"] != "Anybody's", "{status}");
    Ok(())
}
