//! `platen-sign ca new`.

use platen_sign::Authority;
use serde_json::json;

use super::{overwrite, rfc3339};
use crate::cli::AuthorityNew;
use crate::report::{Exit, Outcome, print_json, say};

pub(crate) fn new(arguments: &AuthorityNew) -> Outcome {
    let AuthorityNew {
        out,
        name,
        days,
        force,
        json,
    } = arguments;
    let authority = Authority::create(out, name, *days, overwrite(*force))?;
    let certificate = authority.certificate();
    let (pem, key) = (authority.certificate_file(), authority.key_file());
    if *json {
        print_json(&json!({
            "certificate": pem,
            "key": key,
            "fingerprint": certificate.fingerprint,
            "not_after": rfc3339(certificate.not_after),
        }));
    } else {
        println!("certificate  {}", pem.display());
        println!("key          {}", key.display());
        println!("fingerprint  {}", certificate.fingerprint);
        println!("valid until  {}", rfc3339(certificate.not_after));
    }
    say(&format!(
        "Keep {} where no server is: whoever has it can print as any of your sites.\n\
         Next: platen-sign site new --ca {} --out site --origin https://your.site\n\
         On each machine: platen trust add {} --origin https://your.site",
        key.display(),
        out.display(),
        pem.display(),
    ));
    Ok(Exit::Done)
}
