//! `platen-sign site new`.

use platen_sign::{Authority, SiteRequest};
use serde_json::json;

use super::{overwrite, rfc3339};
use crate::cli::SiteNew;
use crate::report::{Exit, Outcome, print_json, say};

pub(crate) fn new(arguments: &SiteNew) -> Outcome {
    let authority = Authority::load(&arguments.ca)?;
    let request = SiteRequest {
        origins: &arguments.origins,
        days: arguments.days,
        algorithm: arguments.algorithm.map(Into::into),
        key: arguments.key.as_deref(),
    };
    let site = authority.issue(&request, &arguments.out, overwrite(arguments.force))?;
    let certificate = &site.certificate;
    if arguments.json {
        print_json(&json!({
            "certificate": site.chain_file,
            "key": site.key_file,
            "fingerprint": certificate.fingerprint,
            "origins": certificate.origins,
            "not_after": rfc3339(certificate.not_after),
        }));
    } else {
        let origins: Vec<String> = certificate
            .origins
            .iter()
            .map(ToString::to_string)
            .collect();
        println!("certificate  {}", site.chain_file.display());
        println!("key          {}", site.key_file.display());
        println!("fingerprint  {}", certificate.fingerprint);
        println!("origins      {}", origins.join(" "));
        println!("valid until  {}", rfc3339(certificate.not_after));
    }
    say(&format!(
        "Give both files to the site's server, readable by it alone.\n\
         To try it here: platen-sign serve --key {} --cert {} --origin ...",
        site.key_file.display(),
        site.chain_file.display(),
    ));
    Ok(Exit::Done)
}
