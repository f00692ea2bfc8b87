//! `platen cert`: the certificate of this machine's own wss ports.

use serde_json::json;

use super::arguments::Cert;
use super::connection::{print_json, unexpected};
use super::table::table;
use super::{Context, Exit, Failure, when};
use crate::admin::protocol::Certificate;
use crate::admin::{AdminRequest, AdminResponse};
use crate::doctor::trust_stores::{self, TrustStore, Verdict};

pub(super) async fn run(context: &Context<'_>, verb: Cert) -> Result<Exit, Failure> {
    let request = match verb {
        Cert::Show => AdminRequest::Certificate,
        Cert::Renew => AdminRequest::RenewCertificate,
    };
    let answer = context.ask(&request).await?;
    let AdminResponse::Certificate(certificate) = answer else {
        return Err(unexpected(&answer));
    };
    let stores = match trust_stores::authority(&certificate.ca_file) {
        Ok(der) => trust_stores::find(&der, context.environment),
        Err(error) => {
            let file = certificate.ca_file.display();
            return Err(anyhow::anyhow!("{file} cannot be read: {error}").into());
        }
    };
    if context.json {
        print_json(&json!({ "certificate": certificate, "trust_stores": stores }))?;
    } else {
        print!("{}", describe(&certificate, stores, when::now()));
        if matches!(verb, Cert::Renew) {
            println!(
                "\nBrowsers must be told to trust the new certificate: `platen doctor` says how."
            );
        }
    }
    Ok(Exit::Done)
}

fn describe(certificate: &Certificate, stores: Vec<TrustStore>, now: u64) -> String {
    let head = format!(
        "CA       {}\nSHA-256  {}\nends     {} ({})\n",
        certificate.ca_file.display(),
        certificate.ca_fingerprint,
        when::day(certificate.not_after),
        when::relative(certificate.not_after, now)
    );
    if stores.is_empty() {
        return format!("{head}\nNo trust store was found for this user.\n");
    }
    let rows = stores.into_iter().map(|store| {
        let verdict = match store.verdict {
            Verdict::Trusted => "yes".to_owned(),
            Verdict::Untrusted => "no: there, but not as an authority".to_owned(),
            Verdict::Absent => "no".to_owned(),
            Verdict::Unreadable(error) => format!("cannot be read: {error}"),
        };
        [
            store.user.as_str().to_owned(),
            store.path.display().to_string(),
            verdict,
        ]
    });
    let stores = table(["USED BY", "TRUST STORE", "TRUSTED"], rows.collect());
    format!("{head}\n{stores}")
}
