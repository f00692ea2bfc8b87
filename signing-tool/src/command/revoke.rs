//! `platen-sign revoke`.

use platen_sign::{Authority, now, revoke};
use serde_json::json;

use super::first_certificate;
use crate::cli::Revoke;
use crate::report::{Exit, Outcome, print_json, say};

pub(crate) fn run(arguments: &Revoke) -> Outcome {
    let authority = Authority::load(&arguments.ca)?;
    let mut revoked = arguments.fingerprints.clone();
    for path in &arguments.certificates {
        let certificate = first_certificate(path)?;
        if !certificate.is_signed_by(authority.certificate()) {
            let (file, root) = (path.display(), &authority.certificate().subject);
            say(&format!("warning: {file} was not issued by {root}"));
        }
        revoked.push(certificate.fingerprint);
    }
    let list = revoke::revoke(&authority, &arguments.list, revoked, now())?;
    let count = list.iter().count();
    if arguments.json {
        print_json(&json!({
            "list": arguments.list,
            "number": list.number(),
            "revoked": count,
        }));
    } else {
        println!("list     {}", arguments.list.display());
        println!("number   {}", list.number());
        println!("revoked  {count}");
    }
    say("Give the list to your machines; a list with a smaller number never replaces it.");
    Ok(Exit::Done)
}
