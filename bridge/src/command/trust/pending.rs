//! `platen trust pending` and `platen trust allow`: sites that asked and were
//! refused.

use anyhow::anyhow;

use super::super::arguments::GrantOptions;
use super::super::connection::unexpected;
use super::super::output::{print, print_json, say};
use super::super::{Context, Failure};
use super::new_grant;
use crate::admin::protocol::NewGrant;
use crate::admin::{AdminRequest, AdminResponse};
use crate::authorize::PendingSite;
use crate::visible;
use crate::when;

pub(super) async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let sites = ask(context).await?;
    if context.json {
        return print_json(&sites);
    }
    if sites.is_empty() {
        say(
            "no site was refused since the agent started; `platen trust list` lists what is allowed",
        );
        return Ok(());
    }
    let now = when::now();
    let told: Vec<String> = sites.iter().map(|site| story(site, now)).collect();
    print(&told.join("\n"));
    Ok(())
}

/// The grant for a site that was refused. It is for pages written for QZ
/// Tray: no others show a certificate before they are allowed.
pub(super) async fn grant_for(
    context: &Context<'_>,
    id: u64,
    mut what: GrantOptions,
) -> Result<NewGrant, Failure> {
    let sites = ask(context).await?;
    let site = sites
        .into_iter()
        .find(|site| site.id == id)
        .ok_or_else(|| anyhow!("no site {id} waits; `platen trust pending` lists them"))?;
    let certificate = site.certificate.ok_or_else(|| {
        anyhow!(
            "site {id} showed no certificate; its page must call qz.security.setCertificatePromise"
        )
    })?;
    if what.origin.is_empty() {
        let origin = site.origin.ok_or_else(|| {
            anyhow!("site {id} is a program that names no origin; add --native --origin ORIGIN")
        })?;
        let pattern = origin
            .parse()
            .map_err(|_| anyhow!("the origin {origin} cannot be granted"))?;
        what.origin.push(pattern);
    }
    what.qz.get_or_insert_default();
    Ok(new_grant(certificate.der, what))
}

async fn ask(context: &Context<'_>) -> Result<Vec<PendingSite>, Failure> {
    match context.ask(&AdminRequest::PendingSites).await? {
        AdminResponse::PendingSites(sites) => Ok(sites),
        other => Err(unexpected(&other)),
    }
}

/// One site, with the command that allows it.
fn story(site: &PendingSite, now: u64) -> String {
    let origin = site.origin.as_deref().unwrap_or("a program, no browser");
    let certificate = match &site.certificate {
        Some(shown) => format!(
            "{}\n                 (SHA-256 {})",
            visible::line(&shown.subject),
            shown.fingerprint
        ),
        None => "none".to_owned(),
    };
    let command = match (&site.certificate, &site.origin) {
        (None, _) => "have the page call qz.security.setCertificatePromise".to_owned(),
        (Some(_), Some(_)) => format!("platen trust allow {}", site.id),
        (Some(_), None) => format!("platen trust allow {} --native --origin ORIGIN", site.id),
    };
    format!(
        "Site {}: {}\n  \
         certificate    {certificate}\n  \
         refused        {}, last {}\n  \
         because        {}\n  \
         to allow it    {command}\n",
        site.id,
        visible::line(origin),
        match site.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        },
        when::relative(site.last_at, now),
        visible::line(&site.reason),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::ShownCertificate;

    #[test]
    fn a_site_is_told_with_the_command_that_allows_it() {
        let site = PendingSite {
            id: 3,
            origin: Some("https://pos.example".to_owned()),
            certificate: Some(ShownCertificate {
                subject: "CN=Shop\u{1b}[2J".to_owned(),
                fingerprint: "ab".repeat(32),
                der: String::new(),
            }),
            reason: "no grant".to_owned(),
            first_at: 0,
            last_at: 60_000,
            times: 2,
        };
        let told = story(&site, 72_000);
        assert!(told.starts_with("Site 3: https://pos.example\n"), "{told}");
        assert!(
            told.contains("refused        2 times, last 12 s ago\n"),
            "{told}"
        );
        assert!(
            told.ends_with("to allow it    platen trust allow 3\n"),
            "{told}"
        );
        assert!(!told.contains('\u{1b}'), "{told}");
        let program = PendingSite {
            origin: None,
            ..site.clone()
        };
        assert!(story(&program, 72_000).contains("platen trust allow 3 --native --origin ORIGIN"));
        let anonymous = PendingSite {
            certificate: None,
            ..site
        };
        assert!(story(&anonymous, 72_000).contains("setCertificatePromise"));
    }
}
