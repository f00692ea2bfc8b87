//! Takes out of a text what is nobody's business: who the user is, and which
//! sites they use.

use std::collections::BTreeMap;

/// What a site is called instead, once seen.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    home: Option<String>,
    with_origins: bool,
    sites: BTreeMap<String, String>,
}

impl Redaction {
    /// Writes `home` as `~`, and sites as `site-1`, `site-2`, ... in the order
    /// in which they are met, unless they are to be named.
    pub(super) fn new(home: Option<String>, with_origins: bool) -> Self {
        Self {
            home: home.filter(|home| home.len() > 1),
            with_origins,
            sites: BTreeMap::new(),
        }
    }

    /// The text without it.
    pub(super) fn apply(&mut self, text: &str) -> String {
        let text = match &self.home {
            Some(home) => text.replace(home.as_str(), "~"),
            None => text.to_owned(),
        };
        if self.with_origins {
            text
        } else {
            self.without_sites(&text)
        }
    }

    fn without_sites(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let scheme = scheme_before(&rest[..at]);
            let after = &rest[at + 3..];
            let end = after.find(ends_site).unwrap_or(after.len());
            let site = &after[..end];
            if !matches!(scheme, "http" | "https") || site.is_empty() || is_loopback(site) {
                out.push_str(&rest[..at + 3 + end]);
            } else {
                out.push_str(&rest[..at - scheme.len()]);
                let whole = format!("{scheme}://{site}");
                let next = format!("site-{}", self.sites.len() + 1);
                out.push_str(self.sites.entry(whole).or_insert(next));
            }
            rest = &after[end..];
        }
        out.push_str(rest);
        out
    }
}

fn scheme_before(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |before| before + 1);
    text.get(start..).unwrap_or("")
}

/// Where a host with its port is over.
fn ends_site(c: char) -> bool {
    !(c.is_alphanumeric() || ".-_:[]%*".contains(c))
}

fn is_loopback(site: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|host| site == *host || site.strip_prefix(host).is_some_and(|p| p.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_folder_and_sites_have_other_names() {
        let mut redaction = Redaction::new(Some("/home/mo".to_owned()), false);
        for (text, expected) in [
            (
                "state /home/mo/.local/state/platen",
                "state ~/.local/state/platen",
            ),
            (
                "origin=https://pos.example session=1",
                "origin=site-1 session=1",
            ),
            (
                "\"https://pos.example:8443\", \"http://b.example\"",
                "\"site-2\", \"site-3\"",
            ),
            ("https://pos.example", "site-1"),
            (
                "wss://localhost:8181 http://127.0.0.1:1 socket://10.0.0.5:9100",
                "wss://localhost:8181 http://127.0.0.1:1 socket://10.0.0.5:9100",
            ),
            ("https://localhost.evil.example/x", "site-4/x"),
            ("no site: ://", "no site: ://"),
        ] {
            assert_eq!(redaction.apply(text), expected);
        }
    }

    #[test]
    fn sites_can_be_named() {
        let mut redaction = Redaction::new(None, true);
        assert_eq!(
            redaction.apply("https://pos.example"),
            "https://pos.example"
        );
    }
}
