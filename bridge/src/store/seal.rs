//! Seals documents at rest, and opens them again.
//!
//! ChaCha20-Poly1305 (RFC 8439): constant in time and fast on any processor,
//! also on tills without AES instructions. Each piece has a key of its own,
//! derived by HKDF-SHA256 (RFC 5869) from the store's key and 16 random
//! octets, and a random nonce beside it. Nothing is counted, so neither a
//! crash nor a restored backup can make a nonce come again: two pieces would
//! have to draw the same 28 octets. What a piece is (job, document, number,
//! whether it is the last) is authenticated with it: no piece passes for
//! another, and none can be left out. Where the keys come from: [`super::key`].

use std::fmt;

use platen_protocol::Digest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{hkdf, hmac};

use super::documents::Place;

/// Octets of a key.
pub(super) const KEY_OCTETS: usize = 32;
/// What a sealed piece begins with: there may be another way one day.
const VERSION: u8 = 1;
const ID_OCTETS: usize = 4;
const SALT_OCTETS: usize = 16;
/// Version, whether it is the last piece, the key's id, salt, nonce.
const HEADER_OCTETS: usize = 2 + ID_OCTETS + SALT_OCTETS + NONCE_LEN;
const TAG_OCTETS: usize = 16;

/// Domain separation: what each key derived from the store's key is for.
const EXTRACT: &[u8] = b"platen documents v1";
const FOR_ID: &[u8] = b"key id v1";
const FOR_PIECE: &[u8] = b"piece v1";
const FOR_DIGEST: &[u8] = b"request digest v1";

/// Why a piece cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Its key is not among those the agent has.
    #[error(
        "the documents were sealed with the key {0}, which this agent does not have; put that key into the state directory as documents-former.key and start the agent again, or submit the documents again"
    )]
    KeyMissing(KeyId),
    /// It is not what was sealed for this place.
    #[error(
        "the stored documents were altered after they were sealed; submit them again, and find out who wrote to the store"
    )]
    Altered,
    /// A piece is not there.
    #[error("a piece of the stored documents is missing; submit them again")]
    PieceMissing,
    /// Sealed in a way this program does not know.
    #[error("the documents were sealed by a newer platen (format {0}); install that version again")]
    Newer(u8),
    /// The system gives no randomness.
    #[error("the system gives no random octets; look at the system's log")]
    Random,
}

/// Which key, without saying anything about it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; ID_OCTETS]);

impl KeyId {
    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a piece is, authenticated with its octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label<'a> {
    /// Its job and its number.
    pub(super) place: Place,
    /// Format and length of the document that begins with it.
    pub(super) begins: Option<(&'a str, u64)>,
}

/// A piece as it was before it was sealed.
#[derive(PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) octets: Vec<u8>,
    /// Whether the document ends with it.
    pub(super) is_last: bool,
}

/// The keys: one that seals, and former ones that still open.
pub(super) struct Vault {
    current: Key,
    former: Vec<Key>,
    random: SystemRandom,
}

impl Vault {
    pub(super) fn new(current: &[u8; KEY_OCTETS]) -> Self {
        Self {
            current: Key::from_secret(current),
            former: Vec::new(),
            random: SystemRandom::new(),
        }
    }

    /// Opens what was sealed with this key as well.
    pub(super) fn add_former(&mut self, secret: &[u8; KEY_OCTETS]) {
        self.former.push(Key::from_secret(secret));
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.former)
    }

    /// Which keys there are.
    pub(super) fn ids(&self) -> Vec<KeyId> {
        self.keys().map(|key| key.id).collect()
    }

    /// Where in a sealed piece its key's id stands, counted from 1 as SQL does.
    pub(super) const ID_AT: usize = 3;

    /// The piece, readable with the key only.
    pub(super) fn seal(
        &self,
        label: &Label<'_>,
        octets: &[u8],
        is_last: bool,
    ) -> Result<Vec<u8>, SealError> {
        let mut drawn = [0; SALT_OCTETS + NONCE_LEN];
        self.random
            .fill(&mut drawn)
            .map_err(|_| SealError::Random)?;
        let mut sealed = Vec::with_capacity(HEADER_OCTETS + octets.len() + TAG_OCTETS);
        sealed.extend_from_slice(&[VERSION, u8::from(is_last)]);
        sealed.extend_from_slice(&self.current.id.0);
        sealed.extend_from_slice(&drawn);
        let bound = bound(label, &sealed);
        sealed.extend_from_slice(octets);
        let (salt, nonce) = drawn
            .split_first_chunk::<SALT_OCTETS>()
            .ok_or(SealError::Altered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Altered)?;
        let tag = self
            .current
            .for_piece(salt)
            .and_then(|key| {
                key.seal_in_place_separate_tag(
                    nonce,
                    Aad::from(&bound),
                    &mut sealed[HEADER_OCTETS..],
                )
            })
            .map_err(|_| SealError::Altered)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// The piece that was sealed for this place, or why not.
    pub(super) fn open(&self, label: &Label<'_>, sealed: &[u8]) -> Result<Piece, SealError> {
        let (header, body) = sealed
            .split_first_chunk::<HEADER_OCTETS>()
            .ok_or(SealError::Altered)?;
        let [version, end, rest @ ..] = header;
        if *version != VERSION {
            return Err(SealError::Newer(*version));
        }
        let (id, rest) = rest
            .split_first_chunk::<ID_OCTETS>()
            .ok_or(SealError::Altered)?;
        let (salt, nonce) = rest
            .split_first_chunk::<SALT_OCTETS>()
            .ok_or(SealError::Altered)?;
        let id = KeyId(*id);
        let key = self
            .keys()
            .find(|key| key.id == id)
            .ok_or(SealError::KeyMissing(id))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Altered)?;
        let mut octets = body.to_vec();
        let length = key
            .for_piece(salt)
            .and_then(|key| {
                let opened =
                    key.open_in_place(nonce, Aad::from(&bound(label, header)), &mut octets)?;
                Ok(opened.len())
            })
            .map_err(|_| SealError::Altered)?;
        octets.truncate(length);
        Ok(Piece {
            octets,
            is_last: *end == 1,
        })
    }

    /// What stands in the store for the digest of a request: who does not have
    /// the key cannot find out by trying whether it was made from a text.
    pub(super) fn keyed(&self, digest: &Digest) -> [u8; 32] {
        self.current.keyed(digest)
    }

    /// Whether `stored` stands for this digest, under any key.
    pub(super) fn is_keyed(&self, digest: &Digest, stored: &[u8]) -> bool {
        self.keys()
            .any(|key| hmac::verify(&key.for_digests, digest.octets(), stored).is_ok())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.ids())
    }
}

/// Everything a piece is bound to.
fn bound(label: &Label<'_>, header: &[u8]) -> Vec<u8> {
    let mut bound = header.to_vec();
    bound.extend_from_slice(&label.place.octets());
    if let Some((format, octets)) = label.begins {
        bound.extend_from_slice(&octets.to_be_bytes());
        bound.extend_from_slice(format.as_bytes());
    }
    bound
}

struct Key {
    id: KeyId,
    extracted: hkdf::Prk,
    for_digests: hmac::Key,
}

impl Key {
    fn from_secret(secret: &[u8; KEY_OCTETS]) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, EXTRACT).extract(secret);
        let expand = |what| {
            extracted
                .expand(what, hmac::HMAC_SHA256)
                .expect("32 octets can be expanded")
        };
        let id = hmac::sign(&hmac::Key::from(expand(&[FOR_ID])), &[]);
        let for_digests = hmac::Key::from(expand(&[FOR_DIGEST]));
        let id = *id
            .as_ref()
            .first_chunk()
            .expect("a tag is longer than an id");
        Self {
            id: KeyId(id),
            extracted,
            for_digests,
        }
    }

    /// The key of the one piece that drew this salt.
    fn for_piece(&self, salt: &[u8; SALT_OCTETS]) -> Result<LessSafeKey, ring::error::Unspecified> {
        let info = [FOR_PIECE, salt];
        let derived = self.extracted.expand(&info, &CHACHA20_POLY1305)?;
        Ok(LessSafeKey::new(UnboundKey::from(derived)))
    }

    fn keyed(&self, digest: &Digest) -> [u8; 32] {
        let mut octets = [0; 32];
        octets.copy_from_slice(hmac::sign(&self.for_digests, digest.octets()).as_ref());
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn label(job: u64) -> Label<'static> {
        Label {
            place: Place::first_of(job).unwrap(),
            begins: Some(("text/plain", 5)),
        }
    }

    fn opened(result: Result<Piece, SealError>) -> Result<Vec<u8>, SealError> {
        result.map(|piece| piece.octets)
    }

    #[test]
    fn a_sealed_piece_opens_at_its_place_with_its_key_and_nowhere_else() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(&label(1), b"hello", true).unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"hello"));
        let piece = vault.open(&label(1), &sealed).unwrap();
        assert_eq!((&piece.octets[..], piece.is_last), (&b"hello"[..], true));

        let other = Vault::new(&[8; 32]);
        let missing = SealError::KeyMissing(vault.ids()[0]);
        assert_eq!(opened(other.open(&label(1), &sealed)), Err(missing));
        for elsewhere in [
            label(2),
            Label {
                place: label(1).place.plus(1).unwrap(),
                ..label(1)
            },
            Label {
                begins: None,
                ..label(1)
            },
            Label {
                begins: Some(("application/octet-stream", 5)),
                ..label(1)
            },
            Label {
                begins: Some(("text/plain", 4)),
                ..label(1)
            },
        ] {
            let result = opened(vault.open(&elsewhere, &sealed));
            assert_eq!(result, Err(SealError::Altered), "{elsewhere:?}");
        }
    }

    #[test]
    fn a_former_key_still_opens_and_the_current_one_seals() {
        let before = Vault::new(&[7; 32]);
        let sealed = before.seal(&label(1), b"hello", true).unwrap();
        let mut now = Vault::new(&[8; 32]);
        now.add_former(&[7; 32]);
        assert_eq!(opened(now.open(&label(1), &sealed)).unwrap(), b"hello");
        let sealed = now.seal(&label(1), b"hello", true).unwrap();
        assert!(before.open(&label(1), &sealed).is_err());
        let digest = Digest::of(b"asked");
        assert!(now.is_keyed(&digest, &before.keyed(&digest)));
        assert!(!before.is_keyed(&digest, &now.keyed(&digest)));
    }

    #[test]
    fn the_same_octets_are_never_sealed_the_same_way() {
        let vault = Vault::new(&[7; 32]);
        let drawn: std::collections::BTreeSet<Vec<u8>> = (0..1000)
            .map(|_| vault.seal(&label(1), b"hello", true).unwrap())
            .collect();
        assert_eq!(drawn.len(), 1000);
    }

    /// A store must stay readable by every later version.
    #[test]
    fn what_was_sealed_by_this_version_opens_in_every_later_one() {
        let vault = Vault::new(&[7; 32]);
        let sealed = SEALED_ONCE
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect::<Vec<u8>>();
        assert_eq!(opened(vault.open(&label(1), &sealed)).unwrap(), b"hello");
    }

    /// As the first version with sealed documents wrote it.
    const SEALED_ONCE: &str = "0101ce48d63048c182f065d39b16468bd9f37d328939b5c3a1ed0a443ac8738b7c0db9cbea19f768f129cfd8d93c45f21e5fd8e85b2c56";

    proptest! {
        /// Wrong octets never come out: only what went in, or an error.
        #[test]
        fn whatever_is_changed_or_cut_off_is_noticed(
            octets: Vec<u8>,
            at: prop::sample::Index,
            bit in 0_u8..8,
            kept: prop::sample::Index,
            is_last: bool,
        ) {
            let vault = Vault::new(&[7; 32]);
            let sealed = vault.seal(&label(1), &octets, is_last).unwrap();
            let piece = vault.open(&label(1), &sealed).unwrap();
            prop_assert_eq!((&piece.octets, piece.is_last), (&octets, is_last));
            let mut tampered = sealed.clone();
            tampered[at.index(sealed.len())] ^= 1 << bit;
            prop_assert!(vault.open(&label(1), &tampered).is_err());
            prop_assert!(vault.open(&label(1), &sealed[..kept.index(sealed.len())]).is_err());
        }
    }
}
