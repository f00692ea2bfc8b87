//! The package for Fedora, RHEL and openSUSE.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::image::{Image, gzip};
use super::sums::sha256;
use super::{Release, SUMMARY, elf};
use crate::workspace::Workspace;

mod cpio;
mod header;

use header::{Region, Value};

/// Of the packaging, not of the program.
const RELEASE: &str = "1";

/// SHA-256, in rpm's numbers of digests.
const SHA256: u32 = 8;

/// What a requirement of a version says: equal, or greater or equal.
const EQUAL: u32 = 8;
const AT_LEAST: u32 = 8 | 4;
/// A requirement of rpm itself, for reading the package.
const RPMLIB: u32 = (1 << 24) | 2 | 8;

/// `platen-0.1.0-1.x86_64.rpm`.
pub(crate) fn file_name(release: &Release) -> String {
    let architecture = std::env::consts::ARCH;
    format!("platen-{}-{RELEASE}.{architecture}.rpm", version(release))
}

/// A hyphen separates version and release, and may not be in either.
fn version(release: &Release) -> String {
    release.version.replace('-', "~")
}

/// The package.
pub(crate) fn write(workspace: &Workspace, image: &Image, release: &Release) -> Result<Vec<u8>> {
    let epoch_seconds = u32::try_from(release.epoch_seconds)?;
    let items = items(image)?;
    let payload = gzip(&cpio::write(&items, epoch_seconds))?;
    let mut tags = about(image, release, epoch_seconds)?;
    tags.extend(files(&items, epoch_seconds)?);
    tags.extend(needs(image, release));
    tags.extend(scripts(workspace)?);
    tags.push((5092, Value::Texts(vec![sha256(&payload)]))); // PAYLOADDIGEST
    tags.push((5093, Value::Numbers(vec![SHA256]))); // PAYLOADDIGESTALGO
    tags.sort_by_key(|(tag, _)| *tag);
    let header = header::write(Region::Immutable, &tags);
    let size = u32::try_from(header.len() + payload.len())?;
    let signature = header::write(
        Region::Signature,
        &[
            (273, Value::Text(sha256(&header))), // SHA256
            (1000, Value::Numbers(vec![size])),  // SIZE
        ],
    );
    let mut package = lead(release);
    package.extend(signature);
    while !package.len().is_multiple_of(8) {
        package.push(0);
    }
    package.extend(header);
    package.extend(payload);
    Ok(package)
}

/// What stands at the beginning for programs that only ask what kind of file it is.
fn lead(release: &Release) -> Vec<u8> {
    let processor = match std::env::consts::ARCH {
        "aarch64" => 19,
        _ => 1,
    };
    let mut lead = vec![0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, processor];
    let name = format!("platen-{}-{RELEASE}", version(release));
    let mut field = [0; 66];
    for (to, from) in field.iter_mut().take(65).zip(name.bytes()) {
        *to = from;
    }
    lead.extend(field);
    lead.extend([0, 1, 0, 5]);
    lead.extend([0; 16]);
    lead
}

fn about(image: &Image, release: &Release, epoch_seconds: u32) -> Result<Vec<(u32, Value)>> {
    let text = |text: &str| Value::Text(text.to_owned());
    Ok(vec![
        (100, Value::Texts(vec!["C".to_owned()])), // HEADERI18NTABLE
        (1000, text("platen")),                    // NAME
        (1001, text(&version(release))),           // VERSION
        (1002, text(RELEASE)),                     // RELEASE
        (1004, Value::Translated(SUMMARY.to_owned())), // SUMMARY
        (1005, Value::Translated("Web pages that this machine trusts print on its printers, without a dialog and\nwithout a warning, through an agent that listens on loopback only.".to_owned())), // DESCRIPTION
        (1006, Value::Numbers(vec![epoch_seconds])), // BUILDTIME
        (1007, text("localhost")),                 // BUILDHOST
        (1009, Value::Numbers(vec![u32::try_from(image.octets())?])), // SIZE
        (1014, text("MIT OR Apache-2.0")),         // LICENSE
        (1016, Value::Translated("Unspecified".to_owned())), // GROUP
        (1021, text("linux")),                     // OS
        (1022, text(std::env::consts::ARCH)),      // ARCH
        (1044, text(&format!("platen-{}-{RELEASE}.src.rpm", version(release)))), // SOURCERPM
        (1064, text("4.18.0")),                    // RPMVERSION
        (1124, text("cpio")),                      // PAYLOADFORMAT
        (1125, text("gzip")),                      // PAYLOADCOMPRESSOR
        (1126, text("9")),                         // PAYLOADFLAGS
        (5062, text("utf-8")),                     // ENCODING
    ])
}

/// A file, or a folder that is ours: rpm removes no other.
struct Item<'image> {
    path: &'image str,
    /// With the kind of file in it.
    mode: u16,
    octets: &'image [u8],
    digest: String,
}

fn items(image: &Image) -> Result<Vec<Item<'_>>> {
    let mut items = Vec::new();
    for path in image.own_folders() {
        items.push(Item {
            path,
            mode: 0o40_755,
            octets: &[],
            digest: String::new(),
        });
    }
    for entry in image.entries() {
        items.push(Item {
            path: &entry.path,
            mode: u16::try_from(0o100_000 | entry.mode)?,
            octets: &entry.octets,
            digest: sha256(&entry.octets),
        });
    }
    // By path, as rpm's own programs expect.
    items.sort_by(|one, other| one.path.cmp(other.path));
    Ok(items)
}

fn files(items: &[Item<'_>], epoch_seconds: u32) -> Result<Vec<(u32, Value)>> {
    let count = items.len();
    let root = || Value::Texts(vec!["root".to_owned(); count]);
    let same = |number: u32| Value::Numbers(vec![number; count]);
    let empty = || Value::Texts(vec![String::new(); count]);
    let mut folders: Vec<String> = Vec::new();
    let (mut names, mut places) = (Vec::new(), Vec::new());
    let (mut sizes, mut modes, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        let path = Path::new(item.path);
        let folder = path.parent().unwrap_or(Path::new("")).display();
        let folder = format!("/{folder}/");
        let place = folders.iter().position(|known| *known == folder);
        places.push(u32::try_from(place.unwrap_or(folders.len()))?);
        if place.is_none() {
            folders.push(folder);
        }
        names.push(
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
        sizes.push(u32::try_from(item.octets.len())?);
        modes.push(item.mode);
        digests.push(item.digest.clone());
    }
    let inodes = (1..=u32::try_from(count)?).collect();
    Ok(vec![
        (1028, Value::Numbers(sizes)),         // FILESIZES
        (1030, Value::Shorts(modes)),          // FILEMODES
        (1033, Value::Shorts(vec![0; count])), // FILERDEVS
        (1034, same(epoch_seconds)),           // FILEMTIMES
        (1035, Value::Texts(digests)),         // FILEDIGESTS
        (1036, empty()),                       // FILELINKTOS
        (1037, same(0)),                       // FILEFLAGS
        (1039, root()),                        // FILEUSERNAME
        (1040, root()),                        // FILEGROUPNAME
        (1045, same(u32::MAX)),                // FILEVERIFYFLAGS
        (1095, same(1)),                       // FILEDEVICES
        (1096, Value::Numbers(inodes)),        // FILEINODES
        (1097, empty()),                       // FILELANGS
        (1116, Value::Numbers(places)),        // DIRINDEXES
        (1117, Value::Texts(names)),           // BASENAMES
        (1118, Value::Texts(folders)),         // DIRNAMES
        (5011, Value::Numbers(vec![SHA256])),  // FILEDIGESTALGO
    ])
}

fn needs(image: &Image, release: &Release) -> Vec<(u32, Value)> {
    let full = format!("{}-{RELEASE}", version(release));
    let mut needs: Vec<(&str, u32, String)> = vec![
        ("/bin/sh", 0, String::new()),
        ("cups-libs", 0, String::new()),
        ("rpmlib(CompressedFileNames)", RPMLIB, "3.0.4-1".to_owned()),
        ("rpmlib(FileDigests)", RPMLIB, "4.6.0-1".to_owned()),
        ("rpmlib(PayloadFilesHavePrefix)", RPMLIB, "4.0-1".to_owned()),
        ("systemd", 0, String::new()),
    ];
    if let Some(glibc) = elf::glibc_needed(image) {
        needs.push(("glibc", AT_LEAST, glibc));
    }
    let texts = |texts: Vec<String>| Value::Texts(texts);
    vec![
        (1047, texts(vec!["platen".to_owned()])), // PROVIDENAME
        (
            1048,
            Value::Numbers(needs.iter().map(|need| need.1).collect()),
        ), // REQUIREFLAGS
        (
            1049,
            texts(needs.iter().map(|need| need.0.to_owned()).collect()),
        ), // REQUIRENAME
        (
            1050,
            texts(needs.iter().map(|need| need.2.clone()).collect()),
        ), // REQUIREVERSION
        (1112, Value::Numbers(vec![EQUAL])),      // PROVIDEFLAGS
        (1113, texts(vec![full])),                // PROVIDEVERSION
    ]
}

fn scripts(workspace: &Workspace) -> Result<Vec<(u32, Value)>> {
    let mut tags = Vec::new();
    for (name, script, program) in [
        ("post", 1024, 1086),
        ("preun", 1025, 1087),
        ("postun", 1026, 1088),
    ] {
        let path = workspace.path(&format!("packaging/rpm/{name}"));
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        tags.push((script, Value::Text(text)));
        tags.push((program, Value::Texts(vec!["/bin/sh".to_owned()])));
    }
    Ok(tags)
}
