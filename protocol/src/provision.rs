//! What is signed of a provisioning file, so that whoever signs it and whoever
//! believes it mean the same octets.

/// What stands before the file's octets in what is signed: no signature made
/// for something else counts for a provisioning file.
pub const SIGNED_PREFIX: &[u8] = b"platen-provision-v1\n";

/// The longest file that is signed or read.
pub const FILE_OCTETS_MAX: u64 = 1024 * 1024;

/// The octets that are signed for this file.
#[must_use]
pub fn signed_octets(file: &[u8]) -> Vec<u8> {
    [SIGNED_PREFIX, file].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_nothing_else_that_is_signed() {
        let signed = signed_octets(b"{\"platen\":1}");
        // Statements and revocation lists begin with a brace.
        assert!(signed.starts_with(b"platen-provision-v1\n"));
        assert!(signed.ends_with(b"{\"platen\":1}"));
    }
}
