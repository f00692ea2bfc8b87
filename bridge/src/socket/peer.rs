//! Reads who asks from a handshake's headers.

use hyper::HeaderMap;
use hyper::header::ORIGIN;

use crate::authorize::Peer;

/// The peer that sent these headers. Several `Origin` headers, or one that no
/// browser writes, are no origin.
pub(crate) fn peer_of(headers: &HeaderMap) -> Peer {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => Peer::Native,
        (Some(origin), None) => origin
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .map_or(Peer::Opaque, Peer::Site),
        (Some(_), Some(_)) => Peer::Opaque,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn check(origins: &[&[u8]], expected: &Peer) {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(ORIGIN, HeaderValue::from_bytes(origin).unwrap());
        }
        assert_eq!(peer_of(&headers), *expected, "{origins:?}");
    }

    #[test]
    fn one_well_formed_origin_is_a_site_and_anything_else_is_opaque() {
        let site = Peer::Site("https://pos.example".parse().unwrap());
        check(&[], &Peer::Native);
        check(&[b"https://pos.example"], &site);
        for wrong in [
            &b"null"[..],
            b"",
            b"https://pos.example/",
            b"https://POS.example",
            b"https://pos.example:443",
            b"chrome-extension://abcdef",
            b"https://pos.example, https://evil.example",
            b"https://pos.example\xff",
        ] {
            check(&[wrong], &Peer::Opaque);
        }
        check(
            &[b"https://pos.example", b"https://pos.example"],
            &Peer::Opaque,
        );
        check(
            &[b"https://pos.example", b"https://evil.example"],
            &Peer::Opaque,
        );
    }
}
