//! `platen trust import`: the sites that QZ Tray on this machine had allowed
//! or blocked for good.
//!
//! Its lists, `allowed.dat` and `blocked.dat`, hold one site a line, with tabs
//! between: SHA-1 of the certificate, its common name, its organization, from
//! when and until when it is valid, and whether it was when it was kept. They
//! hold no certificate and no origin.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::thumbprint::Thumbprint;
use crate::when;

/// Longer lists are none that people made by clicking.
const SITES_MAX: usize = 100;

/// A site of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) thumbprint: Thumbprint,
    /// Its names, for people.
    pub(super) name: String,
}

/// The sites of a list whose certificates have not ended.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Listed>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{shown} cannot be read"))?;
    let now = when::exact(when::now()).replace('T', " ");
    let sites = sites(&text, &now).with_context(|| {
        format!("{shown} is no list of QZ Tray; give its `allowed.dat` or `blocked.dat`")
    })?;
    if sites.is_empty() {
        bail!("{shown} names no site whose certificate is still valid; nothing was changed");
    }
    Ok(sites)
}

/// `now` as the list writes times: `2026-11-21 23:42:07`.
fn sites(text: &str, now: &str) -> anyhow::Result<Vec<Listed>> {
    let mut sites = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [fingerprint, name, organization, _from, until, ..] = fields[..] else {
            bail!("a line has fewer than five fields");
        };
        // Who showed no certificate cannot be told apart from anybody.
        if fingerprint == "UNKNOWN REQUEST" {
            continue;
        }
        let thumbprint = fingerprint.parse()?;
        if until < now {
            continue;
        }
        let names = [name, organization].map(str::trim);
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        sites.push(Listed {
            thumbprint,
            name: names.join(", "),
        });
    }
    if sites.len() > SITES_MAX {
        bail!("it names more than {SITES_MAX} sites");
    }
    Ok(sites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_without_what_has_ended_and_what_names_nobody() {
        let (a, b) = ("ab".repeat(20), "CD".repeat(20));
        let text = format!(
            "{a}\tShop\tShop Ltd\t2025-01-01 00:00:00\t2030-01-01 00:00:00\ttrue\r\n\
             \n\
             UNKNOWN REQUEST\tAn anonymous request\tUnknown\t\t\tfalse\n\
             {b}\tOld\t\t2015-01-01 00:00:00\t2020-01-01 00:00:00\ttrue\n\
             {b}\tNew\t\t2025-01-01 00:00:00\t2026-11-21 23:42:07\ttrue\n"
        );
        let listed = sites(&text, "2026-11-21 23:42:07").unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|site| (site.thumbprint.to_string(), site.name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (format!("sha1:{a}"), "Shop, Shop Ltd"),
                (format!("sha1:{}", b.to_lowercase()), "New"),
            ]
        );
        for text in ["hello", "a\tb\tc\td\te\tf", "-----BEGIN CERTIFICATE-----"] {
            assert!(sites(text, "2026").is_err(), "{text}");
        }
    }
}
