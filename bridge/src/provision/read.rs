//! Which keys a provisioning file has, what they may say, and what holds when
//! they are left out.
//!
//! Reads like the configuration file: strictly, and every problem at once,
//! each with its line. No clock: whether a certificate has ended is asked when
//! somebody shows it, so that a wrong clock changes no machine.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::trust::Certificate;
use platen_protocol::{Capability, OriginPattern, PrinterId, Signing, TimestampMs};
use platen_receipt::Profile;
use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::{Policy, Provision, Site};
use crate::admin::new_grant;
use crate::admin::protocol::NewGrant;
use crate::backend::DeviceUri;
use crate::config::reader::{Place, Reading, Table, list, text, truth, whole_number, word};
use crate::config::{self, Problem};
use crate::discovery::roster::Addition;
use crate::grant::{DeviceRule, Grant, PrinterScope, QzTerms};

/// More sites are no till's.
const SITES_MAX: usize = 256;
/// As many as a person can add.
const PRINTERS_MAX: usize = 256;
/// A label for people fits a line.
const NAME_CHARACTERS_MAX: usize = 120;
/// Who misses a quote or a bracket compares with this.
const EXPLAINED_BY: &str = "docs/provisioning.md";
/// What decides where everything is, before this file is read.
const NOT_IN_POLICY: [(&str, &str); 3] = [
    (
        "state_directory",
        "cannot be a policy: it is where the agent remembers this file; write it into platen.toml",
    ),
    (
        "printers",
        "cannot be a policy; write [[printers]] of this file",
    ),
    (
        "provision",
        "cannot be a policy: it says which of these files to believe; write it into platen.toml",
    ),
];

/// Which updates are taken: a word that the place they come from knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Channel(String);

impl Channel {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Channel {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let fits = (1..=32).contains(&word.len())
            && word
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-');
        fits.then_some(Self(word))
            .ok_or_else(|| "write a word of a-z, 0-9 and -, such as \"stable\"".to_owned())
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<Vec<u8>, String>;

pub(super) fn provision(text: &str, file: ReadFile<'_>) -> Result<Provision, Vec<Problem>> {
    let reading = Reading::new(text, EXPLAINED_BY);
    let provision = root(reading.root(), text, file);
    let problems = reading.into_problems();
    if problems.is_empty() {
        Ok(provision)
    } else {
        Err(problems)
    }
}

fn root(mut root: Table<'_, '_>, source: &str, file: ReadFile<'_>) -> Provision {
    let name = root.take("name", label);
    let number = root.take("number", |value| match whole_number(value)? {
        0 => Err("counts from 1".to_owned()),
        number => Ok(number),
    });
    let printers = printers(&mut root);
    let sites = sites(&mut root, &printers, file);
    let mut updates = root.table("updates");
    let channel = updates.take("channel", |value| text(value)?.try_into());
    updates.finish();
    let policy = policy(&mut root, source);
    root.finish();
    Provision {
        name,
        number,
        sites,
        printers,
        policy,
        channel,
    }
}

/// `[policy]`: checked as the configuration it becomes part of.
fn policy(root: &mut Table<'_, '_>, source: &str) -> Policy {
    if !root.has("policy") {
        return Policy::default();
    }
    let mut table = root.table("policy");
    for (key, why) in NOT_IN_POLICY {
        if table.has(key) {
            table.refuse_missing(key, why);
            table.forget(key);
        }
    }
    config::check_part(table);
    let whole: Option<toml::Table> = toml::from_str(source).ok();
    let policy = whole.and_then(|mut whole| whole.remove("policy"));
    Policy(match policy {
        Some(toml::Value::Table(table)) => table,
        Some(_) | None => toml::Table::new(),
    })
}

fn printers(root: &mut Table<'_, '_>) -> Vec<Addition> {
    let mut printers: Vec<Addition> = Vec::new();
    for mut table in root.tables("printers").unwrap_or_default() {
        let name = table.take_placed("name", label);
        let uri = table.take_placed("uri", |value| {
            text(value)?
                .parse::<DeviceUri>()
                .map_err(|error| error.to_string())
        });
        let id = table.take_placed("id", |value| {
            text(value)?
                .parse::<PrinterId>()
                .map_err(|error| error.to_string())
        });
        let profile = table.take("profile", profile);
        if name.is_none() && !table.was_refused("name") {
            table.refuse_missing("name", "is missing; give the printer a name for people");
        }
        if uri.is_none() && !table.was_refused("uri") {
            table.refuse_missing(
                "uri",
                "is missing; write \"socket://HOST:9100\", \"usb://VENDOR:PRODUCT/SERIAL\" or \"cups:QUEUE\"",
            );
        }
        if let (Some((name, name_place)), Some((uri, uri_place))) = (name, uri) {
            let mut addition = Addition::by_hand(uri, Some(name), profile);
            let id_place = id.map(|(id, place)| {
                addition.id = id;
                place
            });
            let place = match printers.iter().find(|other| same(other, &addition)) {
                None => None,
                Some(other) if other.name == addition.name => Some((name_place, "name")),
                Some(other) if other.uri == addition.uri => Some((uri_place, "uri")),
                Some(_) => id_place.map(|place| (place, "id")),
            };
            match place {
                None => printers.push(addition),
                Some((place, what)) => table.refuse(
                    &place,
                    format!("another printer has this {what}; give each its own"),
                ),
            }
            if printers.len() > PRINTERS_MAX {
                table.refuse_missing("name", "is one printer too many; 256 can be added");
                break;
            }
        }
        table.finish();
    }
    printers
}

fn same(one: &Addition, other: &Addition) -> bool {
    one.id == other.id || one.name == other.name || one.uri == other.uri
}

fn profile(value: &DeValue<'_>) -> Result<String, String> {
    let name = text(value)?;
    match Profile::named(&name) {
        Some(profile) => Ok(profile.name.into_owned()),
        None => {
            let names: Vec<_> = Profile::names().collect();
            Err(format!(
                "no printer model has this name; write one of {}",
                names.join(", ")
            ))
        }
    }
}

fn sites(root: &mut Table<'_, '_>, printers: &[Addition], file: ReadFile<'_>) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let mut names = BTreeSet::new();
    for mut table in root.tables("sites").unwrap_or_default() {
        let name = table.take_placed("name", label);
        match &name {
            Some((name, place)) if !names.insert(name.clone()) => {
                let message = "another site has this name; give each its own";
                table.refuse(place, message.to_owned());
            }
            None if !table.was_refused("name") => table.refuse_missing(
                "name",
                "is missing; give the site a name: by it the machine knows the site again when this file changes",
            ),
            Some(_) | None => {}
        }
        let loopback = table.take("loopback", truth).unwrap_or(true);
        let grant = grant(&mut table, name.map(|(name, _)| name), printers, file);
        if let Some(grant) = grant {
            sites.push(Site { grant, loopback });
        }
        if names.len() > SITES_MAX {
            table.refuse_missing("name", "is one site too many; a machine has up to 256");
            break;
        }
        table.finish();
    }
    sites
}

/// What a site may do; `None` when something is wrong with it.
fn grant(
    table: &mut Table<'_, '_>,
    name: Option<String>,
    known: &[Addition],
    file: ReadFile<'_>,
) -> Option<Grant> {
    const SIGNING: [(&str, Signing); 2] =
        [("request", Signing::Request), ("session", Signing::Session)];
    let certificate = certificate(table, file);
    let origins = table.take_placed("origins", |value| {
        list(value, |item| {
            text(item)?
                .parse::<OriginPattern>()
                .map_err(|error| error.to_string())
        })
    });
    let mut capabilities: BTreeSet<_> = table
        .take("capabilities", capabilities)
        .unwrap_or_else(|| Capability::FOR_PRINTING.into());
    let devices: BTreeSet<DeviceRule> = table
        .take("devices", |value| {
            let rules = list(value, |item| {
                text(item)?
                    .parse::<DeviceRule>()
                    .map_err(|error| error.to_string())
            })?;
            Ok(rules.into_iter().collect())
        })
        .unwrap_or_default();
    // As with `platen trust add --device`: who names a scale means to use it.
    capabilities.extend(devices.iter().map(DeviceRule::capability));
    let printers = table.take("printers", |value| scope(value, known));
    let signing = table.take("signing", |value| word(value, &SIGNING));
    let native = table.take("native", truth).unwrap_or(false);
    let qz = table.has("qz").then(|| qz_terms(table, &mut capabilities));
    let revocations_max_age_days = table.take("revocations_max_age_days", days);
    let expires_at = table.take("expires", day);
    let (der, place) = certificate?;
    let origins = origins_of(table, &der, origins, qz.is_some())?;
    let asked = NewGrant {
        users: Vec::new(),
        name: Some(name?),
        certificate: STANDARD.encode(&der),
        thumbprint: None,
        origins,
        capabilities,
        printers: Vec::new(),
        devices,
        signing: signing.unwrap_or(Signing::Request),
        native,
        qz,
        revocations_max_age_days,
        expires_at,
    };
    match new_grant::check(asked, printers.unwrap_or(PrinterScope::All), 0) {
        Ok(grant) => Some(Grant {
            provisioned: true,
            ..grant
        }),
        Err(message) => {
            table.refuse(&place, message);
            None
        }
    }
}

/// The origins that the file names; none where the certificate says all.
fn origins_of(
    table: &mut Table<'_, '_>,
    der: &[u8],
    origins: Option<(Vec<OriginPattern>, Place)>,
    qz: bool,
) -> Option<Vec<OriginPattern>> {
    if let Some((origins, place)) = origins {
        if origins.is_empty() {
            let message =
                "name at least one, such as \"https://pos.example\", or leave the key out";
            table.refuse(&place, message.to_owned());
            return None;
        }
        return Some(origins);
    }
    if table.was_refused("origins") {
        return None;
    }
    let read = Certificate::from_der(der, 0).ok();
    let must_be_named = read.is_some_and(|certificate| {
        certificate.is_authority || (qz && certificate.origins.is_empty())
    });
    if must_be_named {
        table.refuse_missing(
            "origins",
            "is missing; this certificate could speak for any site: write those that it may speak for, such as [\"https://pos.example\"]",
        );
        return None;
    }
    Some(Vec::new())
}

/// DER of the site's certificate, from `certificate` or `certificate_file`.
fn certificate(table: &mut Table<'_, '_>, file: ReadFile<'_>) -> Option<(Vec<u8>, Place)> {
    // Somebody may have copied the key along.
    let inline = table.take_secret_placed("certificate", |value| {
        first_certificate(text(value)?.as_bytes())
    });
    let by_path = table.take_placed("certificate_file", |value| {
        let path = PathBuf::from(text(value)?);
        first_certificate(&file(&path)?)
    });
    let refused = table.was_refused("certificate") || table.was_refused("certificate_file");
    match (inline, by_path) {
        (Some(found), None) | (None, Some(found)) => Some(found),
        (Some(_), Some((_, place))) => {
            let message = "stands beside `certificate`; keep one of the two";
            table.refuse(&place, message.to_owned());
            None
        }
        (None, None) => {
            if !refused {
                table.refuse_missing(
                    "certificate",
                    "is missing; write the site's root (ca.pem) or leaf (site.pem) between ''' and ''', or name its file with certificate_file",
                );
            }
            None
        }
    }
}

fn first_certificate(pem: &[u8]) -> Result<Vec<u8>, String> {
    let blocks = pem::parse_many(pem)
        .map_err(|_| "is damaged PEM; copy the certificate again".to_owned())?;
    if blocks
        .iter()
        .any(|block| block.tag().ends_with("PRIVATE KEY"))
    {
        return Err(
            "holds a private key, which stays on the site's server; give the certificate (ca.pem or site.pem)".to_owned(),
        );
    }
    let first = blocks
        .into_iter()
        .find(|block| block.tag() == "CERTIFICATE");
    let first = first.ok_or_else(|| {
        "holds no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----".to_owned()
    })?;
    let der = first.into_contents();
    Certificate::from_der(&der, 0).map_err(|error| error.to_string())?;
    Ok(der)
}

fn capabilities(value: &DeValue<'_>) -> Result<BTreeSet<Capability>, String> {
    let named = list(value, |item| {
        let word = text(item)?;
        word.parse::<Capability>().map_err(|_| {
            let known: Vec<_> = Capability::ALL.iter().map(|known| known.as_str()).collect();
            format!(
                "`{word}` is no capability; choose from {}",
                known.join(", ")
            )
        })
    })?;
    if named.is_empty() {
        return Err("a site without a capability may do nothing; name one".to_owned());
    }
    Ok(named.into_iter().collect())
}

/// Printers of this file by id or name, others by their id.
fn scope(value: &DeValue<'_>, known: &[Addition]) -> Result<PrinterScope, String> {
    let ids = list(value, |item| {
        let named = text(item)?;
        let of_file = known
            .iter()
            .find(|printer| printer.id.as_str() == named || printer.name == named);
        match of_file {
            Some(printer) => Ok(printer.id.clone()),
            None => named.parse::<PrinterId>().map_err(|_| {
                format!("`{named}` is neither a printer of this file nor the id of another (`platen printers` shows them)")
            }),
        }
    })?;
    if ids.is_empty() {
        return Err("name at least one printer, or leave the key out: every printer".to_owned());
    }
    Ok(PrinterScope::Only(ids.into_iter().collect()))
}

fn qz_terms(site: &mut Table<'_, '_>, capabilities: &mut BTreeSet<Capability>) -> QzTerms {
    let mut table = site.table("qz");
    let mut flag = |key: &str| table.take(key, truth).unwrap_or(false);
    let mut terms = QzTerms {
        allow_sha1: flag("allow_sha1"),
        allow_repeats: flag("allow_repeats"),
        until_completed: flag("until_completed"),
        networking: flag("networking"),
        urls: flag("urls"),
        folders: BTreeSet::new(),
    };
    let folders = table.take("folders", |value| {
        list(value, |item| {
            let folder = PathBuf::from(text(item)?);
            let absolute = folder.is_absolute();
            absolute
                .then_some(folder)
                .ok_or_else(|| "write absolute paths".to_owned())
        })
    });
    if let Some(folders) = folders.filter(|folders| !folders.is_empty()) {
        capabilities.insert(Capability::Files);
        terms.folders = folders.into_iter().collect();
    }
    table.finish();
    terms
}

/// As with `platen trust add --revocations-max-age`.
fn days(value: &DeValue<'_>) -> Result<u32, String> {
    whole_number(value)
        .ok()
        .and_then(|days| u32::try_from(days).ok())
        .filter(|days| (1..=3_650).contains(days))
        .ok_or_else(|| "write a number of days, 1 to 3650, without quotes".to_owned())
}

/// The end of the day that is named, UTC.
fn day(value: &DeValue<'_>) -> Result<TimestampMs, String> {
    const DAY_MS: u64 = 86_400_000;
    let advice = || "write the last day, such as 2027-12-31".to_owned();
    let written = match value {
        DeValue::Datetime(day) => day.to_string(),
        other => text(other).map_err(|_| advice())?,
    };
    let mut parts = written.splitn(3, '-');
    let mut part = || parts.next().and_then(|part| part.parse::<u16>().ok());
    let (Some(year), Some(month), Some(day)) = (part(), part(), part()) else {
        return Err(advice());
    };
    let month = u8::try_from(month)
        .ok()
        .and_then(|month| time::Month::try_from(month).ok());
    let date = month
        .zip(u8::try_from(day).ok())
        .and_then(|(month, day)| time::Date::from_calendar_date(i32::from(year), month, day).ok());
    let begin = date.ok_or_else(advice)?.midnight().assume_utc();
    let seconds = u64::try_from(begin.unix_timestamp()).map_err(|_| advice())?;
    Ok(seconds * 1000 + DAY_MS)
}

fn label(value: &DeValue<'_>) -> Result<String, String> {
    let label = text(value)?;
    let fits = !label.trim().is_empty()
        && label.chars().count() <= NAME_CHARACTERS_MAX
        && !label.chars().any(char::is_control);
    fits.then_some(label)
        .ok_or_else(|| format!("write 1 to {NAME_CHARACTERS_MAX} characters in one line"))
}

#[cfg(test)]
mod tests;
