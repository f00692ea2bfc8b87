//! The browser ports: does a page that tries them reach this agent?

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use platen_protocol::Digest;

use super::Check;
use super::probe::{Found, ask};
use crate::admin::protocol::{Scheme, Status};
use crate::config::Config;
use crate::owner::listener::who;

pub(super) async fn examine(config: &Config, status: Option<&Status>) -> Vec<Check> {
    let mut wanted = vec![(Scheme::Wss, &config.listen.wss_ports)];
    if config.listen.ws {
        wanted.push((Scheme::Ws, &config.listen.ws_ports));
    }
    let mut checks = Vec::new();
    for (scheme, ports) in wanted {
        match status {
            Some(status) => checks.extend(of_running(scheme, ports, status).await),
            None => {
                for port in ports.iter().filter(|port| **port != 0) {
                    checks.extend(without_agent(scheme, *port).await);
                }
            }
        }
    }
    checks
}

/// The ports of an agent that runs: its own answers as it should, and those a
/// page tries before it are nobody else's.
async fn of_running(scheme: Scheme, ports: &[u16], status: &Status) -> Vec<Check> {
    let name = format!("{} port", scheme.as_str());
    let mut checks = Vec::new();
    for port in status
        .ports_taken
        .iter()
        .filter(|port| ports.contains(port))
    {
        checks.push(Check::warn(
            name.clone(),
            format!("{port} belongs to {}, and pages try it first", who(*port)),
            "end that program if pages do not find the agent, or name other ports in the configuration",
        ));
    }
    let mut listeners = status.listeners.iter();
    let Some(listener) = listeners.find(|listener| listener.scheme == scheme) else {
        checks.push(Check::fail(
            name,
            "the agent got none of the configured ports",
            "end the programs that have them, or name other ports in the configuration; then restart the agent",
        ));
        return checks;
    };
    let ours = &status.certificate.ca_fingerprint;
    for address in addresses(listener.port) {
        let found = ask(address, scheme).await;
        checks.extend(judge(&name, address, &found, ours));
    }
    checks
}

/// What it means that `found` answers where our agent says it listens.
fn judge(name: &str, address: SocketAddr, found: &Found, ours: &str) -> Option<Check> {
    let next = "end the other program, then restart the agent";
    match found {
        Found::Platen { ca: Some(ca) } if Digest::of(ca).to_hex() != ours => Some(Check::fail(
            name,
            format!(
                "an agent with another certificate than ours answers at {address}: {}",
                who(address.port())
            ),
            next,
        )),
        Found::Platen { .. } => Some(Check::ok(name, format!("our agent answers at {address}"))),
        Found::Stranger => Some(Check::fail(
            name,
            format!("{} answers at {address} in our place", who(address.port())),
            next,
        )),
        // A machine may have no IPv6.
        Found::Nobody if address.is_ipv6() => None,
        Found::Nobody => Some(Check::fail(
            name,
            format!("nobody answers at {address}"),
            "restart the agent",
        )),
    }
}

/// A port while no agent of ours runs.
async fn without_agent(scheme: Scheme, port: u16) -> Option<Check> {
    let name = format!("{} port", scheme.as_str());
    let [v4, v6] = addresses(port);
    let found = match ask(v4, scheme).await {
        Found::Nobody => ask(v6, scheme).await,
        found => found,
    };
    match found {
        Found::Nobody => None,
        Found::Platen { .. } => Some(Check::warn(
            name,
            format!("another agent has {port}: {}", who(port)),
            "use that agent, as its user or as root, or end it before you start yours",
        )),
        Found::Stranger => Some(Check::warn(
            name,
            format!("{port} belongs to {}", who(port)),
            "the agent will take the next port of its list; pages try this one first",
        )),
    }
}

fn addresses(port: u16) -> [SocketAddr; 2] {
    [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckResult;

    #[test]
    fn only_our_own_certificate_at_our_own_port_is_fine() {
        let ours = Digest::of(b"our CA").to_hex();
        let [v4, v6] = addresses(9);
        let platen = |ca: Option<&[u8]>| Found::Platen {
            ca: ca.map(<[u8]>::to_vec),
        };
        for (address, found, expected) in [
            (v4, platen(Some(b"our CA")), Some(CheckResult::Ok)),
            (v4, platen(None), Some(CheckResult::Ok)),
            (v4, platen(Some(b"their CA")), Some(CheckResult::Fail)),
            (v4, Found::Stranger, Some(CheckResult::Fail)),
            (v6, Found::Stranger, Some(CheckResult::Fail)),
            (v4, Found::Nobody, Some(CheckResult::Fail)),
            (v6, Found::Nobody, None),
        ] {
            let result = judge("wss port", address, &found, &ours).map(|check| check.result);
            assert_eq!(result, expected, "{found:?} at {address}");
        }
    }
}
