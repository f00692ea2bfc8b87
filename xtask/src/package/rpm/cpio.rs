//! The files of a package as a `cpio` archive ("newc"), which rpm's payload is.

use super::Item;

/// The archive, not compressed.
pub(crate) fn write(items: &[Item<'_>], epoch_seconds: u32) -> Vec<u8> {
    let mut archive = Vec::new();
    for (number, item) in (1..).zip(items) {
        let name = format!("./{}", item.path);
        let mode = u32::from(item.mode);
        append(
            &mut archive,
            [number, mode, epoch_seconds],
            &name,
            item.octets,
        );
    }
    append(&mut archive, [0; 3], "TRAILER!!!", &[]);
    archive
}

fn append(archive: &mut Vec<u8>, [inode, mode, time]: [u32; 3], name: &str, octets: &[u8]) {
    let length = u32::try_from(octets.len()).expect("a program is less than four gigabytes");
    let name_length = u32::try_from(name.len() + 1).expect("a path is short");
    let (owner, links, device, sum) = (0, 1, 0, 0);
    let mut fields = vec![inode, mode, owner, owner, links, time, length];
    fields.extend([device, device, device, device, name_length, sum]);
    archive.extend(b"070701");
    for field in fields {
        archive.extend(format!("{field:08x}").as_bytes());
    }
    archive.extend(name.as_bytes());
    archive.push(0);
    pad(archive);
    archive.extend(octets);
    pad(archive);
}

fn pad(archive: &mut Vec<u8>) {
    while !archive.len().is_multiple_of(4) {
        archive.push(0);
    }
}
