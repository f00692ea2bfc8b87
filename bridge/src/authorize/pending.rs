//! Sites that wanted to use this machine and may not: for `platen trust
//! pending`, so that its owner can allow one without looking for files.
//!
//! Kept in memory only, and bounded: any page of the web can ask.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::TimestampMs;
use platen_protocol::trust::Certificate;
use serde::{Deserialize, Serialize};

use super::Peer;
use crate::grant::Grant;

/// Sites remembered; the one that asked longest ago goes first.
const SITES_MAX: usize = 64;
/// Of them, certificates of one origin.
const SITES_OF_ORIGIN_MAX: usize = 4;

/// A site that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingSite {
    /// Number in this list, until the agent stops.
    pub id: u64,
    /// The origin of its page; `None` for a program that is no browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The certificate it showed; `None`: none that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ShownCertificate>,
    /// Why it was refused the last time.
    pub reason: String,
    /// When it was refused first.
    pub first_at: TimestampMs,
    /// When it was refused last.
    pub last_at: TimestampMs,
    /// How often.
    pub times: u64,
}

/// A certificate that a site showed, and did not have to prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCertificate {
    /// Whom it names.
    pub subject: String,
    /// SHA-256 of its DER, lowercase hexadecimal.
    pub fingerprint: String,
    /// Base64 of its DER.
    pub der: String,
}

/// The sites that were refused.
#[derive(Debug, Default)]
pub struct Pending {
    sites: Mutex<Sites>,
}

#[derive(Debug, Default)]
struct Sites {
    last_id: u64,
    /// The one refused longest ago first.
    refused: Vec<PendingSite>,
}

impl Pending {
    /// Those that no grant of `grants` allows meanwhile, the newest first.
    #[must_use]
    pub fn list(&self, grants: &[Arc<Grant>]) -> Vec<PendingSite> {
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let is_allowed = |site: &PendingSite| grants.iter().any(|grant| allows(grant, site));
        let waiting = sites.refused.iter().rev();
        waiting.filter(|site| !is_allowed(site)).cloned().collect()
    }

    /// A peer was refused that had shown this certificate.
    pub(super) fn refused(
        &self,
        peer: &Peer,
        certificate: Option<&Certificate>,
        reason: &str,
        now: TimestampMs,
    ) {
        let origin = match peer {
            Peer::Site(origin) => Some(origin.to_string()),
            Peer::Native => None,
            // Nothing can be granted to it.
            Peer::Opaque => return,
        };
        let shown = certificate.map(|certificate| ShownCertificate {
            subject: certificate.subject.clone(),
            fingerprint: certificate.fingerprint.to_string(),
            der: STANDARD.encode(certificate.der()),
        });
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let same = sites
            .refused
            .iter()
            .position(|site| site.origin == origin && site.certificate == shown);
        let site = match same {
            Some(place) => {
                let before = sites.refused.remove(place);
                PendingSite {
                    reason: reason.to_owned(),
                    last_at: now,
                    times: before.times + 1,
                    ..before
                }
            }
            None => {
                sites.make_room(origin.as_deref());
                sites.last_id += 1;
                PendingSite {
                    id: sites.last_id,
                    origin,
                    certificate: shown,
                    reason: reason.to_owned(),
                    first_at: now,
                    last_at: now,
                    times: 1,
                }
            }
        };
        sites.refused.push(site);
    }

    /// A peer was let in with this certificate.
    pub(super) fn opened(&self, peer: &Peer, certificate: &Certificate) {
        let origin = peer.origin().map(ToString::to_string);
        let fingerprint = certificate.fingerprint.to_string();
        let is_it = |site: &PendingSite| {
            let shown = site.certificate.as_ref();
            site.origin == origin && shown.is_some_and(|shown| shown.fingerprint == fingerprint)
        };
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites.refused.retain(|site| !is_it(site));
    }
}

impl Sites {
    fn make_room(&mut self, origin: Option<&str>) {
        let is_of_origin = |site: &PendingSite| site.origin.as_deref() == origin;
        let of_origin = self.refused.iter().filter(|site| is_of_origin(site));
        if of_origin.count() >= SITES_OF_ORIGIN_MAX
            && let Some(oldest) = self.refused.iter().position(is_of_origin)
        {
            self.refused.remove(oldest);
        } else if self.refused.len() >= SITES_MAX {
            self.refused.remove(0);
        }
    }
}

fn allows(grant: &Grant, site: &PendingSite) -> bool {
    let shown = site.certificate.as_ref();
    let is_pinned = shown.is_some_and(|shown| shown.fingerprint == grant.fingerprint);
    let origin = site.origin.as_ref().map(|origin| origin.parse());
    let names_origin = match origin {
        Some(Ok(origin)) => grant.origins.iter().any(|pattern| pattern.matches(&origin)),
        Some(Err(_)) => false,
        None => grant.native,
    };
    grant.qz.is_some() && is_pinned && names_origin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::QzTerms;
    use crate::testing::{NOW, Site, origin};

    fn peer(host: &str) -> Peer {
        Peer::Site(origin(&format!("https://{host}")))
    }

    fn certificate(names: &[&str]) -> Certificate {
        let grant = Site::new(names).grant(1, &["https://pos.example"]);
        Certificate::from_der(&grant.certificate, 0).unwrap()
    }

    fn origins(pending: &Pending) -> Vec<String> {
        let listed = pending.list(&[]);
        listed.into_iter().filter_map(|site| site.origin).collect()
    }

    #[test]
    fn a_site_is_counted_and_forgotten_once_it_is_let_in() {
        let pending = Pending::default();
        let shown = certificate(&["pos.example"]);
        pending.refused(&peer("pos.example"), Some(&shown), "no grant", NOW);
        pending.refused(&peer("pos.example"), Some(&shown), "expired", NOW + 5);
        pending.refused(&peer("pos.example"), None, "it is no PEM", NOW + 6);
        pending.refused(&Peer::Opaque, Some(&shown), "no grant", NOW + 7);
        let listed = pending.list(&[]);
        let [anonymous, site] = &listed[..] else {
            panic!("{listed:?}")
        };
        assert_eq!(anonymous.certificate, None);
        assert_eq!((site.id, site.times), (1, 2));
        assert_eq!((site.first_at, site.last_at), (NOW, NOW + 5));
        assert_eq!(site.reason, "expired");
        let fingerprint = shown.fingerprint.to_string();
        assert_eq!(site.certificate.as_ref().unwrap().fingerprint, fingerprint);
        pending.opened(&peer("pos.example"), &shown);
        assert_eq!(pending.list(&[]).len(), 1);
    }

    #[test]
    fn a_site_that_a_grant_allows_waits_no_more() {
        let pending = Pending::default();
        let shown = certificate(&["pos.example"]);
        pending.refused(&peer("pos.example"), Some(&shown), "no grant", NOW);
        pending.refused(&Peer::Native, Some(&shown), "no grant", NOW);
        let mut grant = Site::new(&["pos.example"]).grant(1, &["https://pos.example"]);
        assert_eq!(pending.list(&[Arc::new(grant.clone())]).len(), 2);
        grant.fingerprint = shown.fingerprint.to_string();
        assert_eq!(pending.list(&[Arc::new(grant.clone())]).len(), 2);
        grant.qz = Some(QzTerms::default());
        assert_eq!(pending.list(&[Arc::new(grant.clone())]).len(), 1);
        grant.native = true;
        assert_eq!(pending.list(&[Arc::new(grant.clone())]).len(), 0);
    }

    #[test]
    fn who_asks_a_lot_pushes_out_its_own_and_then_the_oldest() {
        let pending = Pending::default();
        for _ in 0..10 {
            let shown = certificate(&["loud.example"]);
            pending.refused(&peer("loud.example"), Some(&shown), "no grant", NOW);
        }
        assert_eq!(origins(&pending).len(), SITES_OF_ORIGIN_MAX);
        for host in 0..SITES_MAX {
            let peer = peer(&format!("h{host}.example"));
            pending.refused(&peer, None, "no grant", NOW);
        }
        let origins = origins(&pending);
        assert_eq!(origins.len(), SITES_MAX);
        assert_eq!(origins[0], format!("https://h{}.example", SITES_MAX - 1));
        assert!(!origins.iter().any(|origin| origin.contains("loud")));
    }
}
