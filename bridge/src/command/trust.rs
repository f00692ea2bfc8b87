//! `platen trust`: which sites may print here.

mod import;
mod pending;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::trust::Certificate;
use platen_protocol::{Capability, Signing};

use super::arguments::{GrantOptions, Trust};
use super::connection::unexpected;
use super::output::{print, print_json, say};
use super::qz_option::QzOption;
use super::table::table;
use super::{Context, Exit, Failure};
use crate::admin::protocol::{GrantChoice, NewGrant, RevocationOrder};
use crate::admin::{AdminRequest, AdminResponse};
use crate::grant::{AnchorKind, DeviceRule, Grant, PrinterScope, QzTerms};
use crate::visible;
use crate::when;

const DAY_MS: u64 = 86_400_000;

pub(super) async fn run(context: &Context<'_>, verb: Trust) -> Result<Exit, Failure> {
    match verb {
        Trust::Add(add) => {
            let certificates = read_certificates(&add.certificate, add.what.qz.is_some())?;
            let asked = certificates
                .iter()
                .map(|der| new_grant(STANDARD.encode(der), add.what.clone()));
            allow(context, asked.collect()).await?;
        }
        Trust::Import {
            list,
            blocked,
            what,
        } => {
            let asked = import::read(&list)?
                .into_iter()
                .map(|site| site_of_list(site, blocked, what.clone()));
            allow(context, asked.collect()).await?;
        }
        Trust::Pending => pending::list(context).await?,
        Trust::Allow { id, what } => {
            let asked = pending::grant_for(context, id, what).await?;
            allow(context, vec![asked]).await?;
        }
        Trust::Revoke { list } => revoke(context, &list).await?,
        Trust::List => list(context).await?,
        Trust::Remove { id } => {
            let request = AdminRequest::RemoveGrant(GrantChoice { id });
            let grant = one(context.ask(&request).await?)?;
            if context.json {
                print_json(&grant)?;
            } else {
                say(format!(
                    "Grant {id} is taken back: {} may do nothing here by it any more.",
                    origins(&grant)
                ));
                if grant.provisioned {
                    say(
                        "The provisioning file still names it: take it out there, or it comes back.",
                    );
                }
            }
        }
    }
    Ok(Exit::Done)
}

async fn allow(context: &Context<'_>, asked: Vec<NewGrant>) -> Result<(), Failure> {
    let mut grants = Vec::new();
    for asked in asked {
        let grant = one(context.ask(&AdminRequest::AddGrant(asked)).await?)?;
        if !context.json {
            print(&added(&grant));
        }
        grants.push(grant);
    }
    match &grants[..] {
        _ if !context.json => Ok(()),
        [grant] => print_json(grant),
        grants => print_json(&grants),
    }
}

/// The grant for a site of a list; without capabilities it is refused.
fn site_of_list(site: import::Listed, blocked: bool, mut what: GrantOptions) -> NewGrant {
    what.qz.get_or_insert_default();
    what.name.get_or_insert(site.name);
    let mut asked = new_grant(String::new(), what);
    asked.thumbprint = Some(site.thumbprint.hex().to_owned());
    if blocked {
        asked.capabilities.clear();
    }
    asked
}

async fn revoke(context: &Context<'_>, list: &Path) -> Result<(), Failure> {
    let shown = list.display();
    let signed_list =
        std::fs::read_to_string(list).with_context(|| format!("{shown} cannot be read"))?;
    let request = AdminRequest::Revoke(RevocationOrder { signed_list });
    let answer = context.ask(&request).await?;
    let AdminResponse::Revocation(revocation) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        return print_json(&revocation);
    }
    match revocation.revoked {
        Some(count) => say(format!(
            "{count} certificates of this root are worth nothing here now"
        )),
        None => say("a list as new is kept here already; nothing has changed"),
    }
    Ok(())
}

fn one(answer: AdminResponse) -> Result<Grant, Failure> {
    match answer {
        AdminResponse::Grant(grant) => Ok(*grant),
        other => Err(unexpected(&other)),
    }
}

/// A grant for this certificate, base64 of DER.
fn new_grant(certificate: String, what: GrantOptions) -> NewGrant {
    let mut capabilities: BTreeSet<_> = what.capability.into_iter().collect();
    capabilities.extend(what.device.iter().map(DeviceRule::capability));
    let qz = what.qz.map(|options| terms(options, &mut capabilities));
    NewGrant {
        name: what.name,
        certificate,
        thumbprint: None,
        origins: what.origin,
        capabilities,
        printers: what.printer,
        users: what.user,
        devices: what.device.into_iter().collect(),
        signing: what.signing.into(),
        native: what.native,
        qz,
        revocations_max_age_days: what.revocations_max_age,
        expires_at: what
            .expires
            .map(|days| when::now() + u64::from(days) * DAY_MS),
    }
}

/// The terms of these options, and the capabilities that they are about.
fn terms(options: Vec<QzOption>, capabilities: &mut BTreeSet<Capability>) -> QzTerms {
    let mut terms = QzTerms::default();
    for option in options {
        match option {
            QzOption::AllowSha1 => terms.allow_sha1 = true,
            QzOption::AllowRepeats => terms.allow_repeats = true,
            QzOption::UntilCompleted => terms.until_completed = true,
            QzOption::Networking => terms.networking = true,
            QzOption::Urls => terms.urls = true,
            QzOption::Files => {
                capabilities.insert(Capability::Files);
            }
            QzOption::Folder(folder) => {
                capabilities.insert(Capability::Files);
                terms.folders.insert(folder);
            }
        }
    }
    terms
}

/// DER of the certificates in a PEM file that are to be trusted: the first,
/// and where `all_roots` are wanted and it is one, every other root.
fn read_certificates(file: &Path, all_roots: bool) -> anyhow::Result<Vec<Vec<u8>>> {
    let shown = file.display();
    let text = std::fs::read(file).with_context(|| format!("{shown} cannot be read"))?;
    let blocks = pem::parse_many(&text)
        .with_context(|| format!("{shown} is damaged PEM; copy the certificate again"))?;
    let certificates = blocks.iter().filter(|block| block.tag() == "CERTIFICATE");
    let mut certificates = certificates.map(|block| block.contents().to_vec());
    if let Some(first) = certificates.next() {
        let more = certificates.filter(|der| all_roots && is_root(&first) && is_root(der));
        let more: Vec<_> = more.collect();
        return Ok([vec![first], more].concat());
    }
    if blocks
        .iter()
        .any(|block| block.tag().ends_with("PRIVATE KEY"))
    {
        bail!(
            "{shown} holds a private key and no certificate; keep it on the site's server, and give the certificate (`ca.pem` or `site.pem`) here"
        );
    }
    bail!("{shown} holds no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----")
}

fn is_root(der: &[u8]) -> bool {
    let read = Certificate::from_der(der, 0);
    read.is_ok_and(|certificate| {
        certificate.is_authority && certificate.subject == certificate.issuer
    })
}

/// What was allowed, in plain words, and how to undo it.
fn added(grant: &Grant) -> String {
    if grant.capabilities.is_empty() {
        return format!(
            "Grant {}: pages of {} that show the certificate {}\n({}) are refused, whoever vouches for it.\n\
             To take it back: platen trust remove {}\n",
            grant.id,
            origins(grant),
            visible::line(&grant.name),
            fingerprint(grant),
            grant.id
        );
    }
    let mut out = format!(
        "Grant {}: {} may, on {}:\n",
        grant.id,
        origins(grant),
        printers(grant)
    );
    for capability in &grant.capabilities {
        out.push_str(&format!(
            "  {:<13} {}\n",
            capability.as_str(),
            meaning(*capability)
        ));
    }
    if !grant.devices.is_empty() {
        let devices: Vec<_> = grant.devices.iter().map(shown).collect();
        out.push_str(&format!(
            "Of these devices, and of no other: {}.\n",
            devices.join(", ")
        ));
    }
    let without = (grant.capabilities.iter())
        .filter(|capability| grant.names_no_device_for(**capability))
        .map(|capability| capability.as_str());
    for capability in without {
        out.push_str(&format!(
            "For {capability} it names no device, and so reaches none (--device).\n"
        ));
    }
    let signed = match grant.signing {
        Signing::Request => "Each session and each call that changes something must be signed",
        Signing::Session => "Each session must be signed, the calls in it need not be",
    };
    let anchor = match grant.anchor {
        AnchorKind::Root => "with a certificate below the root",
        AnchorKind::Leaf => "with the certificate",
    };
    out.push_str(&format!(
        "{signed}, {anchor} {}\n({}).\n",
        visible::line(&grant.name),
        fingerprint(grant)
    ));
    if !grant.users.is_everybody() {
        out.push_str(&format!(
            "Only in browsers of {}.\n",
            visible::line(&grant.users.to_string())
        ));
    }
    if grant.native {
        out.push_str("Programs that are no browsers may use it too.\n");
    }
    if let Some(terms) = &grant.qz {
        out.push_str(&added_for_qz(terms));
    }
    if let Some(days) = grant.revocations_max_age_days {
        out.push_str(&format!(
            "It needs a list of revoked certificates of that root that is at most {days} days old:\nplaten trust revoke FILE\n"
        ));
    }
    match grant.expires_at {
        Some(end) => out.push_str(&format!("It ends on {}.\n", when::day(end))),
        None => out.push_str("It holds until it is taken back.\n"),
    }
    out.push_str(&format!(
        "To take it back: platen trust remove {}\n",
        grant.id
    ));
    out
}

fn shown(device: &DeviceRule) -> String {
    visible::line(&device.to_string()).into_owned()
}

fn fingerprint(grant: &Grant) -> String {
    match grant.fingerprint.strip_prefix("sha1:") {
        Some(thumbprint) => format!("SHA-1 {thumbprint}"),
        None => format!("SHA-256 {}", grant.fingerprint),
    }
}

/// What pages written for QZ Tray may do, in plain words.
fn added_for_qz(terms: &QzTerms) -> String {
    let mut out = "Pages written for QZ Tray may use it as they are".to_owned();
    out.push_str(if terms.allow_sha1 {
        "; signatures over SHA-1 count.\n"
    } else {
        "; signatures over SHA-1 do not count (--qz=allow-sha1).\n"
    });
    if terms.urls {
        out.push_str("What they print may stand behind URLs of their own site.\n");
    }
    if terms.networking {
        out.push_str("They may ask for this machine's name, user and network addresses.\n");
    }
    if !terms.folders.is_empty() {
        let folders = terms
            .folders
            .iter()
            .map(|folder| folder.display().to_string());
        let folders: Vec<_> = folders
            .map(|folder| visible::line(&folder).into_owned())
            .collect();
        out.push_str(&format!(
            "They may read and write files in {}.\n",
            folders.join(", ")
        ));
    }
    out
}

fn meaning(capability: Capability) -> &'static str {
    match capability {
        Capability::Printers => "list printers and read their names",
        Capability::Print => "print, and cancel or reprint its own jobs",
        Capability::Status => "hear of printer states",
        Capability::Jobs => "list and read its own jobs",
        Capability::RawCommands => "open the drawer and change printer settings in raw data",
        Capability::Drawer => "open cash drawers",
        Capability::Buzzer => "sound buzzers",
        Capability::Display => "show text on customer displays",
        Capability::Serial => "use serial ports",
        Capability::Usb => "use USB devices",
        Capability::Hid => "use HID devices",
        Capability::Socket => "open connections to other machines",
        Capability::Files => "use files in the agent's sandbox",
        Capability::Admin => "pause and resume printers",
    }
}

fn clients(grant: &Grant) -> String {
    let mut clients = vec!["browsers"];
    clients.extend(grant.native.then_some("programs"));
    clients.extend(grant.qz.as_ref().map(|_| "qz"));
    clients.join(", ")
}

fn origins(grant: &Grant) -> String {
    let origins: Vec<_> = grant.origins.iter().map(ToString::to_string).collect();
    origins.join(", ")
}

fn printers(grant: &Grant) -> String {
    match &grant.printers {
        PrinterScope::All => "every printer of this machine".to_owned(),
        PrinterScope::Only(printers) => {
            let ids: Vec<_> = printers.iter().map(ToString::to_string).collect();
            format!("the printers {}", ids.join(", "))
        }
    }
}

/// What a grant allows in a row of the list, with where beside what.
fn may(grant: &Grant) -> String {
    if grant.capabilities.is_empty() {
        return "nothing".to_owned();
    }
    let capabilities = grant.capabilities.iter().map(|c| c.as_str().to_owned());
    let mut may: Vec<_> = capabilities.collect();
    may.extend(grant.devices.iter().map(shown));
    if let Some(terms) = &grant.qz {
        may.extend(terms.networking.then(|| "networking".to_owned()));
        may.extend(terms.urls.then(|| "urls".to_owned()));
        let folders = terms.folders.iter();
        may.extend(folders.map(|folder| format!("folder={}", folder.display())));
    }
    may.join(",")
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let answer = context.ask(&AdminRequest::Grants).await?;
    let AdminResponse::Grants(grants) = answer else {
        return Err(unexpected(&answer));
    };
    if context.json {
        return print_json(&grants);
    }
    if grants.is_empty() {
        say("no site may print here; allow one with `platen trust add`");
        return Ok(());
    }
    let now = when::now();
    let rows = grants.iter().map(|grant| {
        let end = match grant.expires_at {
            None => "never".to_owned(),
            Some(end) => when::relative(end, now),
        };
        [
            grant.id.to_string(),
            origins(grant),
            match &grant.printers {
                PrinterScope::All => "all".to_owned(),
                PrinterScope::Only(_) => printers(grant).replacen("the printers ", "", 1),
            },
            may(grant),
            clients(grant),
            end,
            grant.name.clone(),
        ]
    });
    let header = [
        "GRANT", "ORIGINS", "PRINTERS", "MAY", "CLIENTS", "ENDS", "NAME",
    ];
    print(&table(header, rows.collect()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Site;

    #[test]
    fn what_was_allowed_is_said_in_plain_words_with_the_way_back() {
        let grant = Grant {
            users: crate::owner::Users::everybody(),
            id: 3,
            name: "CN=Shop CA".to_owned(),
            anchor: AnchorKind::Root,
            fingerprint: "ab".repeat(32),
            certificate: Vec::new(),
            origins: vec!["pos.example".parse().unwrap()],
            capabilities: [Capability::Printers, Capability::Print].into(),
            printers: PrinterScope::Only(["kitchen".parse().unwrap()].into()),
            devices: BTreeSet::new(),
            signing: Signing::Request,
            native: false,
            qz: None,
            provisioned: false,
            created_at: 0,
            revocations_max_age_days: None,
            expires_at: Some(1_700_000_000_000),
        };
        let expected = format!(
            "Grant 3: https://pos.example may, on the printers kitchen:\n\
             \x20 printers      list printers and read their names\n\
             \x20 print         print, and cancel or reprint its own jobs\n\
             Each session and each call that changes something must be signed, with a certificate below the root CN=Shop CA\n\
             (SHA-256 {}).\n\
             It ends on 2023-11-14.\n\
             To take it back: platen trust remove 3\n",
            "ab".repeat(32)
        );
        assert_eq!(added(&grant), expected);
    }

    #[test]
    fn what_pages_for_qz_tray_may_reach_is_said_and_listed() {
        let options = ["networking", "folder=/srv/exchange"];
        let options = options.map(|option| option.parse().unwrap());
        let mut capabilities = [Capability::Print, Capability::Usb].into();
        let grant = Grant {
            qz: Some(terms(options.into(), &mut capabilities)),
            devices: ["socket:192.0.2.7:9100".parse().unwrap()].into(),
            capabilities,
            ..Site::new(&[]).grant(3, &["https://pos.example"])
        };
        assert_eq!(
            may(&grant),
            "print,usb,files,socket:192.0.2.7:9100,networking,folder=/srv/exchange"
        );
        let said = added(&grant);
        for expected in [
            "this machine's name, user and network addresses",
            "of no other: socket:192.0.2.7:9100",
            "For usb it names no device",
            "files in /srv/exchange",
        ] {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_refused_in_words_that_help() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, expected) in [
            ("", "BEGIN CERTIFICATE"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "keep it on the site's server",
            ),
        ] {
            std::fs::write(file.path(), text).unwrap();
            let error = read_certificates(file.path(), true)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
