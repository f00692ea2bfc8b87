//! Which C library programs need, as the programs themselves say it.

use super::image::Image;

/// What stands before a version in the table of versions of a program.
const MARK: &[u8] = b"GLIBC_2.";

/// The newest version of glibc that a program of the image asks for, such as `2.34`; `None` where
/// none asks (static programs).
pub(crate) fn glibc_needed(image: &Image) -> Option<String> {
    let programs = image.entries().iter().filter(|entry| {
        entry.mode & 0o111 != 0 && entry.octets.starts_with(b"\x7fELF") && is_dynamic(&entry.octets)
    });
    let minor = programs
        .filter_map(|entry| newest_minor(&entry.octets))
        .max()?;
    Some(format!("2.{minor}"))
}

/// A dynamic program names its loader.
fn is_dynamic(octets: &[u8]) -> bool {
    let mut heads = octets.windows(9).take(4096);
    heads.any(|piece| piece == b"/ld-linux" || piece == b"/lib64/ld")
}

/// The highest `N` of all `GLIBC_2.N` in it.
fn newest_minor(octets: &[u8]) -> Option<u32> {
    let places = octets
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, piece)| *piece == MARK);
    places
        .filter_map(|(place, _)| {
            let digits = octets[place + MARK.len()..]
                .iter()
                .take_while(|octet| octet.is_ascii_digit());
            let digits: Vec<u8> = digits.copied().collect();
            String::from_utf8(digits).ok()?.parse().ok()
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::image::Entry;

    fn image(octets: &[u8]) -> Image {
        Image::new(vec![Entry {
            path: "usr/bin/platen".to_owned(),
            mode: 0o755,
            octets: octets.to_vec(),
        }])
    }

    #[test]
    fn the_newest_version_counts_by_number_and_not_by_letters() {
        let program = b"\x7fELF /lib64/ld-linux GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE";
        assert_eq!(glibc_needed(&image(program)).as_deref(), Some("2.34"));
    }

    #[test]
    fn a_static_program_needs_none() {
        assert_eq!(glibc_needed(&image(b"\x7fELF GLIBC_2.34")), None);
    }
}
