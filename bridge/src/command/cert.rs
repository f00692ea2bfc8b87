//! `platen cert`: the certificate of this machine's own wss ports.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use super::arguments::Cert;
use super::connection::unexpected;
use super::output::{print, print_json};
use super::table::table;
use super::{Context, Exit, Failure};
use crate::admin::protocol::Certificate;
use crate::admin::{AdminRequest, AdminResponse};
use crate::certificate;
use crate::doctor::trust_stores::{self, TrustStore, Verdict};
use crate::paths;
use crate::visible;
use crate::when;

pub(super) async fn run(context: &Context<'_>, verb: Cert) -> Result<Exit, Failure> {
    let request = match verb {
        Cert::Show => AdminRequest::Certificate,
        Cert::Renew => AdminRequest::RenewCertificate,
    };
    let certificate = match context.ask(&request).await {
        Ok(AdminResponse::Certificate(certificate)) => certificate,
        Ok(other) => return Err(unexpected(&other)),
        // An agent whose certificate is damaged does not start: then the files
        // are worked on as they lie.
        Err(Failure::NotRunning(..)) => of_files(&verb, &context.state_directory()?)?,
        Err(failure) => return Err(failure),
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
        print(&describe(&certificate, stores, when::now()));
        if matches!(verb, Cert::Renew) {
            print(
                "\nBrowsers must be told to trust the new certificate: `platen doctor` says how.\n",
            );
        }
    }
    Ok(Exit::Done)
}

fn of_files(verb: &Cert, state: &Path) -> anyhow::Result<Certificate> {
    let folder = paths::certificate_folder(state);
    let kept = match verb {
        Cert::Show => certificate::load(&folder)?,
        // The folder of no agent is no place for a certificate.
        Cert::Renew if !state.is_dir() => None,
        Cert::Renew => Some(certificate::renew(&folder, when::now())?),
    };
    let kept = kept.with_context(|| {
        format!(
            "there is no certificate in {}; the agent makes it when it starts",
            folder.display()
        )
    })?;
    Ok(Certificate::of(&kept, when::now()))
}

fn describe(certificate: &Certificate, stores: Vec<TrustStore>, now: u64) -> String {
    let mut head = format!(
        "CA       {}\nSHA-256  {}\nends     {} ({})\n\n",
        visible::line(&certificate.ca_file.display().to_string()),
        certificate.ca_fingerprint,
        when::day(certificate.not_after),
        when::relative(certificate.not_after, now)
    );
    let leaves = certificate.leaves.iter().map(|leaf| {
        [
            when::day(leaf.not_before),
            when::day(leaf.not_after),
            if leaf.serving { "now" } else { "" }.to_owned(),
        ]
    });
    head.push_str(&table(["FROM", "UNTIL", "SERVES"], leaves.collect()));
    if let Some(switch) = certificate.next_switch {
        head.push_str(&format!(
            "The next one takes over by itself on {} ({}); browsers notice nothing.\n",
            when::day(switch),
            when::relative(switch, now)
        ));
    }
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
