//! `platen-sign provision`.

use platen_sign::{Algorithm, PrivateKey, is_exposed, provision, read_text};
use serde_json::json;

use super::overwrite;
use crate::cli::{ProvisionNew, ProvisionSign};
use crate::report::{Exit, Outcome, print_json, say};

pub(crate) fn new(arguments: &ProvisionNew) -> Outcome {
    let (file, key) = provision::create(
        &arguments.out,
        Algorithm::Ed25519,
        overwrite(arguments.force),
    )?;
    let public = provision::public_key(&key)?;
    if arguments.json {
        print_json(&json!({ "key": file, "public_key": public }));
    } else {
        println!("key         {}", file.display());
        println!("public key  {public}");
    }
    say(&format!(
        "Keep {} away from the machines: whoever has it says who prints on them.\n\
         In platen.toml of each machine:\n\n[provision]\nkeys = [\"{public}\"]",
        file.display(),
    ));
    Ok(Exit::Done)
}

pub(crate) fn sign(arguments: &ProvisionSign) -> Outcome {
    let path = &arguments.key;
    if is_exposed(path) {
        let file = path.display();
        say(&format!(
            "warning: others on this machine can read {file}; chmod 600 {file}"
        ));
    }
    let key = PrivateKey::from_pem(&read_text(path)?)?;
    let signature = provision::sign(&arguments.file, &key)?;
    if arguments.json {
        print_json(&json!({
            "signature": signature,
            "public_key": provision::public_key(&key)?,
        }));
    } else {
        println!("signature  {}", signature.display());
    }
    say("Put both files on the machines; an older file, with a smaller number, is refused there.");
    Ok(Exit::Done)
}
