//! Where the agent listens.

use anyhow::Result;

use crate::start;

#[tokio::test(flavor = "multi_thread")]
async fn t02_only_loopback_is_listened_on() -> Result<()> {
    let (bridge, ..) = start().await?;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(text) = std::fs::read_to_string(table) else {
            continue;
        };
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(&"0A")) = (fields.get(1), fields.get(3)) else {
                continue;
            };
            let Some((address, port)) = local.split_once(':') else {
                continue;
            };
            let port = u16::from_str_radix(port, 16)?;
            if port != bridge.ports.ws && port != bridge.ports.wss {
                continue;
            }
            // 127.0.0.1 and ::1 as the kernel writes them, in host order.
            let loopback = ["0100007F", "00000000000000000000000001000000"];
            assert!(loopback.contains(&address), "{port} listens on {address}");
        }
    }
    Ok(())
}
