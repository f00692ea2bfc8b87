//! Which keys there are, what they may say, and what holds when they are left
//! out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use platen_protocol::PrinterId;
use platen_receipt::Profile;
use toml::de::DeValue;

use super::reader::{Place, Problem, Reading, Table, list, text, truth, whole_number, word};
use super::{
    Base, Config, ConfiguredPrinter, Cups, Listen, Log, LogFormat, LogLevel, MetricsListen,
    VirtualPrinter,
};
use crate::backend::snmp::Community;
use crate::backend::{DeviceQuestions, DeviceUri, SnmpMode, StatusMode};
use crate::limits::Limits;
use crate::model::{MultibyteChoice, PrinterModel};
use crate::queue::Backup;
use crate::socket::{WS_PORTS, WSS_PORTS};
use crate::store::KeySource;

/// More would make a page's search for the agent slow.
const PORTS_MAX: usize = 16;

/// A printer that is looked at more often does nothing else.
const WATCH_MS_MIN: u64 = 100;
/// One hour.
const WATCH_MS_MAX: u64 = 3_600_000;

/// More than any printer has, less than would take much memory.
const COLUMNS_MAX: u16 = 1_000;
const WIDTH_DOTS_MAX: u16 = 10_000;

/// A line of the narrowest receipt printers.
const COPY_LABEL_CHARACTERS_MAX: usize = 32;

/// Long enough to change a roll.
const BACKUP_AFTER_MS: u64 = 60_000;

/// A label for people fits a line.
const NAME_CHARACTERS_MAX: usize = 120;

/// Limits that may be 0: nothing is kept, or nothing is waited for.
const MAY_BE_ZERO: [&str; 5] = [
    "drain_wait_ms_max",
    "history_days_max",
    "finished_documents_max",
    "finished_documents_octets_max",
    "finished_documents_hours_max",
];

/// The smallest frame that still carries an ordinary call.
const FRAME_OCTETS_MIN: usize = 4096;

pub(super) fn config(text: &str, base: &Base<'_>) -> Result<Config, Vec<Problem>> {
    let reading = Reading::new(text);
    let config = root(&reading, base);
    let problems = reading.into_problems();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// Every key that [`config`] reads, in full.
#[cfg(test)]
pub(super) fn keys(base: &Base<'_>) -> BTreeSet<String> {
    // One printer, so that the keys of a printer are asked for.
    let reading = Reading::new("[[printers]]\n");
    root(&reading, base);
    reading.asked()
}

fn root(reading: &Reading<'_>, base: &Base<'_>) -> Option<Config> {
    let mut root = reading.root();
    let state_directory = state_directory(&mut root, base);
    let document_key = root.take("document_key", |value| document_key(value, base));
    let printers = printers(&mut root);
    let listen = listen(&mut root);
    let cups = cups(&mut root, base);
    let default_printer = default_printer(&mut root, &printers, &cups);
    let copy_label = root.take("copy_label", copy_label);
    let virtual_printer = virtual_printer(&mut root, base, state_directory.as_deref());
    let limits = limits(&mut root);
    let log = log(&mut root, base);
    let metrics = metrics(&mut root, base);
    root.finish();
    Some(Config {
        state_directory: state_directory?,
        document_key: document_key.unwrap_or_default(),
        default_printer,
        copy_label: copy_label.unwrap_or_else(|| "*** COPY ***".to_owned()),
        listen,
        printers,
        cups,
        virtual_printer: virtual_printer?,
        limits,
        log,
        metrics,
    })
}

fn state_directory(root: &mut Table<'_, '_>, base: &Base<'_>) -> Option<PathBuf> {
    let configured = root.take("state_directory", |value| path(value, base));
    if let Some(state) = base.state {
        return Some(state.to_owned());
    }
    let found = configured.or_else(|| base.environment.default_state_directory());
    if found.is_none() {
        root.refuse_missing(
            "state_directory",
            "there is no home directory to derive it from; name a folder here or with --state",
        );
    }
    found
}

/// A path starts at the file's folder, a credential where systemd put it.
fn document_key(value: &DeValue<'_>, base: &Base<'_>) -> Result<KeySource, String> {
    let source = text(value)?
        .parse::<KeySource>()
        .map_err(|error| error.to_string())?;
    Ok(match source {
        KeySource::StateDirectory => KeySource::StateDirectory,
        KeySource::File(path) => KeySource::File(from_folder(path, base)?),
        KeySource::Credential { name, .. } => KeySource::Credential {
            name,
            folder: base.environment.credentials.clone(),
        },
    })
}

fn listen(root: &mut Table<'_, '_>) -> Listen {
    let mut table = root.table("listen");
    let wss = table.take_placed("wss_ports", ports);
    let ws = table.take_placed("ws_ports", ports);
    let plain = table.take("ws", truth).unwrap_or(true);
    let wss_ports = wss.map_or(WSS_PORTS.to_vec(), |(ports, _)| ports);
    let mut ws_ports = WS_PORTS.to_vec();
    if let Some((ports, place)) = ws {
        if let Some(port) = ports.iter().find(|p| **p != 0 && wss_ports.contains(p)) {
            let message = format!("{port} is one of wss_ports as well; give each port one use");
            table.refuse(&place, message);
        }
        ws_ports = ports;
    }
    table.finish();
    Listen {
        wss_ports,
        ws_ports,
        ws: plain,
    }
}

fn ports(value: &DeValue<'_>) -> Result<Vec<u16>, String> {
    let advice = "write a list of port numbers from 1 to 65535 such as [8181, 8282]; 0 lets the system choose";
    let ports = list(value, |item| {
        u16::try_from(whole_number(item)?).map_err(|_| advice.to_owned())
    })
    .map_err(|_| advice.to_owned())?;
    let distinct: BTreeSet<_> = ports.iter().collect();
    if ports.is_empty() || ports.len() > PORTS_MAX || distinct.len() < ports.len() {
        return Err(format!("write 1 to {PORTS_MAX} different ports"));
    }
    Ok(ports)
}

fn printers(root: &mut Table<'_, '_>) -> Vec<ConfiguredPrinter> {
    let Some(tables) = root.tables("printers") else {
        return vec![ConfiguredPrinter {
            id: "receipt".parse().expect("is an identifier"),
            name: "Built-in receipt printer".to_owned(),
            uri: "virtual:".parse().expect("is a device URI"),
            model: PrinterModel::default(),
            questions: DeviceQuestions::default(),
            backup: None,
        }];
    };
    let mut printers: Vec<ConfiguredPrinter> = Vec::new();
    let mut backups = Vec::new();
    for mut table in tables {
        let name = table.take_placed("name", label);
        let uri = table.take("uri", |value| {
            text(value)?
                .parse::<DeviceUri>()
                .map_err(|error| error.to_string())
        });
        let id = table.take_placed("id", |value| {
            text(value)?
                .parse::<PrinterId>()
                .map_err(|error| error.to_string())
        });
        let model = model(&mut table);
        let questions = questions(&mut table);
        let (backup, backup_place) = backup(&mut table).unzip();
        if name.is_none() && !table.was_refused("name") {
            table.refuse_missing("name", "is missing; give the printer a name for people");
        }
        if uri.is_none() && !table.was_refused("uri") {
            table.refuse_missing(
                "uri",
                "is missing; write \"virtual:\", \"socket://HOST:9100\" or \"cups:QUEUE\"",
            );
        }
        let id = match (id, &name) {
            (Some((id, place)), _) => Some((id, place)),
            (None, Some((name, place))) => match derived_id(name) {
                Some(id) => Some((id, place.clone())),
                None => {
                    table.refuse_missing(
                        "id",
                        "cannot be derived from this name; write one of a-z, 0-9 and -",
                    );
                    None
                }
            },
            (None, None) => None,
        };
        if let (Some((name, name_place)), Some(uri), Some((id, id_place))) = (name, uri, id) {
            if printers.iter().any(|other| other.id == id) {
                let message = format!("another printer has the id {id}; give each its own");
                table.refuse(&id_place, message);
            } else if printers.iter().any(|other| other.name == name) {
                let message = "another printer has this name; give each its own".to_owned();
                table.refuse(&name_place, message);
            } else {
                backups.extend(
                    backup_place
                        .zip(backup.clone())
                        .map(|(place, backup)| (id.clone(), backup.printer, place)),
                );
                printers.push(ConfiguredPrinter {
                    id,
                    name,
                    uri,
                    model,
                    questions,
                    backup,
                });
            }
        }
        table.finish();
    }
    for (id, to, place) in backups {
        if let Err(message) = check_backup(&printers, &id, &to) {
            root.refuse(&place, message);
        }
    }
    printers
}

/// The keys that begin with `backup`.
fn backup(table: &mut Table<'_, '_>) -> Option<(Backup, Place)> {
    let printer = table.take_placed("backup", |value| {
        text(value)?
            .parse::<PrinterId>()
            .map_err(|error| error.to_string())
    });
    let after_ms = table.take("backup_after_ms", whole_number);
    let when_paused = table.take("backup_when_paused", truth);
    let for_every_site = table.take("backup_for_every_site", truth);
    let (printer, place) = printer?;
    let backup = Backup {
        printer,
        after_ms: after_ms.unwrap_or(BACKUP_AFTER_MS),
        when_paused: when_paused.unwrap_or(false),
        for_every_site: for_every_site.unwrap_or(false),
    };
    Some((backup, place))
}

/// Whether jobs of `id` may go to `to`: a configured printer that takes what
/// this one takes, and from which no way leads back.
fn check_backup(
    printers: &[ConfiguredPrinter],
    id: &PrinterId,
    to: &PrinterId,
) -> Result<(), String> {
    let find = |id: &PrinterId| printers.iter().find(|printer| printer.id == *id);
    let Some(target) = find(to) else {
        return Err("no printer has this id; name one of [[printers]]".to_owned());
    };
    let any_format = |printer: &ConfiguredPrinter| matches!(printer.uri, DeviceUri::Cups { .. });
    if find(id).is_some_and(any_format) && !any_format(target) {
        return Err(format!(
            "{to} takes raw data only, and {id} any format; name another queue of the print service"
        ));
    }
    let mut next = Some(to);
    for _ in 0..=printers.len() {
        match next {
            None => return Ok(()),
            Some(next) if next == id => break,
            Some(_) => {}
        }
        next = next
            .and_then(find)
            .and_then(|printer| Some(&printer.backup.as_ref()?.printer));
    }
    Err(format!("leads back to {id}; a job must never come back"))
}

/// What the printer is.
fn model(table: &mut Table<'_, '_>) -> PrinterModel {
    const SYSTEMS: [(&str, MultibyteChoice); 5] = [
        ("none", MultibyteChoice::None),
        ("shift_jis", MultibyteChoice::ShiftJis),
        ("gb18030", MultibyteChoice::Gb18030),
        ("big5", MultibyteChoice::Big5),
        ("ksc5601", MultibyteChoice::KsC5601),
    ];
    let within = |value: &DeValue<'_>, max: u16| match u16::try_from(whole_number(value)?) {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(format!("write a number from 1 to {max}")),
    };
    PrinterModel {
        profile: table.take("profile", |value| {
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
        }),
        columns: table.take("columns", |value| within(value, COLUMNS_MAX)),
        width_dots: table.take("width_dots", |value| within(value, WIDTH_DOTS_MAX)),
        multibyte: table.take("multibyte", |value| word(value, &SYSTEMS)),
    }
}

/// What the printer's device is asked.
fn questions(table: &mut Table<'_, '_>) -> DeviceQuestions {
    const MODES: [(&str, StatusMode); 3] = [
        ("auto", StatusMode::Auto),
        ("esc-pos", StatusMode::EscPos),
        ("none", StatusMode::None),
    ];
    const SNMP_MODES: [(&str, SnmpMode); 2] = [("auto", SnmpMode::Auto), ("off", SnmpMode::Off)];
    let defaults = DeviceQuestions::default();
    let watch_ms = table.take("watch_ms", |value| match whole_number(value)? {
        ms if ms == 0 || (WATCH_MS_MIN..=WATCH_MS_MAX).contains(&ms) => Ok(ms),
        _ => Err(format!(
            "write 0 or {WATCH_MS_MIN} to {WATCH_MS_MAX} milliseconds"
        )),
    });
    DeviceQuestions {
        status: table
            .take("status", |value| word(value, &MODES))
            .unwrap_or(defaults.status),
        watch_ms: watch_ms.unwrap_or(defaults.watch_ms),
        snmp: table
            .take("snmp", |value| word(value, &SNMP_MODES))
            .unwrap_or(defaults.snmp),
        snmp_community: table
            .take_secret("snmp_community", |value| {
                let community = text(value)?.parse::<Community>();
                community.map_err(|error| error.to_string())
            })
            .unwrap_or(defaults.snmp_community),
    }
}

/// `Kitchen 2` is `kitchen-2`.
fn derived_id(name: &str) -> Option<PrinterId> {
    let words: Vec<_> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-").parse().ok()
}

/// Every printer's code table has these characters.
fn copy_label(value: &DeValue<'_>) -> Result<String, String> {
    let label = text(value)?;
    let fits = label.len() <= COPY_LABEL_CHARACTERS_MAX
        && label.bytes().all(|octet| (b' '..=b'~').contains(&octet));
    if fits {
        Ok(label)
    } else {
        Err(format!(
            "write at most {COPY_LABEL_CHARACTERS_MAX} characters of ASCII in one line; \"\" prints none"
        ))
    }
}

fn label(value: &DeValue<'_>) -> Result<String, String> {
    let label = text(value)?;
    let fits = !label.trim().is_empty()
        && label.chars().count() <= NAME_CHARACTERS_MAX
        && !label.chars().any(char::is_control);
    if fits {
        Ok(label)
    } else {
        Err(format!(
            "write 1 to {NAME_CHARACTERS_MAX} characters in one line"
        ))
    }
}

fn default_printer(
    root: &mut Table<'_, '_>,
    printers: &[ConfiguredPrinter],
    cups: &Cups,
) -> Option<PrinterId> {
    let named = root.take_placed("default_printer", |value| {
        text(value)?
            .parse::<PrinterId>()
            .map_err(|error| error.to_string())
    });
    let Some((id, place)) = named else {
        return printers.first().map(|printer| printer.id.clone());
    };
    // A discovered printer is known only when it is there.
    if !cups.discover && !printers.iter().any(|printer| printer.id == id) {
        let ids: Vec<_> = printers.iter().map(|printer| printer.id.as_str()).collect();
        let message = format!("no printer has this id; choose from {}", ids.join(", "));
        root.refuse(&place, message);
    }
    Some(id)
}

fn cups(root: &mut Table<'_, '_>, base: &Base<'_>) -> Cups {
    let mut table = root.table("cups");
    let cups = Cups {
        discover: table.take("discover", truth).unwrap_or(true),
        server: table.take("server", cups_server),
        spooler_program: table.take("spooler_program", |value| path(value, base)),
    };
    table.finish();
    cups
}

fn cups_server(value: &DeValue<'_>) -> Result<String, String> {
    let server = text(value)?;
    #[cfg(unix)]
    if let Err(error) = server.parse::<crate::backend::cups::CupsServer>() {
        return Err(error.to_string());
    }
    Ok(server)
}

fn virtual_printer(
    root: &mut Table<'_, '_>,
    base: &Base<'_>,
    state: Option<&Path>,
) -> Option<VirtualPrinter> {
    let mut table = root.table("virtual");
    let folder = table
        .take("folder", |value| path(value, base))
        .or_else(|| state.map(|state| state.join("printed")));
    table.finish();
    folder.map(|folder| VirtualPrinter { folder })
}

fn limits(root: &mut Table<'_, '_>) -> Limits {
    let mut table = root.table("limits");
    let defaults = toml::Table::try_from(Limits::default()).expect("limits are whole numbers");
    let mut chosen = defaults.clone();
    let mut places = BTreeMap::new();
    for key in defaults.keys() {
        let value = table.take_placed(key, |value| {
            let number = whole_number(value)?;
            if number == 0 && !MAY_BE_ZERO.contains(&key.as_str()) {
                return Err("must be at least 1".to_owned());
            }
            let too_large = || "is too large a number for this limit".to_owned();
            let number = i64::try_from(number).map_err(|_| too_large())?;
            let alone = toml::Table::from_iter([(key.clone(), toml::Value::Integer(number))]);
            alone.try_into::<Limits>().map_err(|_| too_large())?;
            Ok(number)
        });
        if let Some((number, place)) = value {
            chosen.insert(key.clone(), toml::Value::Integer(number));
            places.insert(key.as_str(), place);
        }
    }
    let limits: Limits = chosen.try_into().expect("each value was tried alone");
    for (key, ok, advice) in [
        (
            "frame_unauthorized_octets_max",
            limits.frame_unauthorized_octets_max >= FRAME_OCTETS_MIN,
            "must be at least 4096: a certificate chain must fit",
        ),
        (
            "frame_octets_max",
            limits.frame_octets_max >= limits.frame_unauthorized_octets_max,
            "must not be smaller than limits.frame_unauthorized_octets_max",
        ),
        (
            "qz_message_octets_max",
            limits.qz_message_octets_max >= limits.frame_unauthorized_octets_max,
            "must not be smaller than limits.frame_unauthorized_octets_max",
        ),
        (
            "connections_unauthorized_max",
            limits.connections_unauthorized_max <= limits.connections_max,
            "must not be larger than limits.connections_max",
        ),
        (
            "silence_ms_max",
            limits.silence_ms_max > limits.ping_interval_ms,
            "must be larger than limits.ping_interval_ms, or no client has time to answer",
        ),
        (
            "receiving_octets_max",
            limits.receiving_octets_max >= limits.job_octets_max,
            "must not be smaller than limits.job_octets_max, or the largest job never fits",
        ),
        (
            "stored_octets_max",
            limits.stored_octets_max >= limits.job_octets_max,
            "must not be smaller than limits.job_octets_max, or the largest job never fits",
        ),
    ] {
        match places.get(key) {
            _ if ok => {}
            Some(place) => table.refuse(place, advice.to_owned()),
            None => table.refuse_missing(key, advice),
        }
    }
    table.finish();
    limits
}

fn log(root: &mut Table<'_, '_>, base: &Base<'_>) -> Log {
    const LEVELS: [(&str, LogLevel); 5] = [
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let mut table = root.table("log");
    let level = table.take("level", |value| word(value, &LEVELS));
    let format = table.take("format", |value| word(value, &FORMATS));
    let log = Log {
        level: level.unwrap_or(LogLevel::Info),
        format: format.unwrap_or(LogFormat::Text),
        file: table.take("file", |value| path(value, base)),
    };
    table.finish();
    log
}

fn metrics(root: &mut Table<'_, '_>, base: &Base<'_>) -> MetricsListen {
    let mut table = root.table("metrics");
    let tcp = table.take_placed("tcp", |value| {
        let advice = "write a loopback address and port, such as \"127.0.0.1:9464\"";
        let address: SocketAddr = text(value)?.parse().map_err(|_| advice.to_owned())?;
        if address.ip().is_loopback() {
            Ok(address)
        } else {
            Err(format!("other machines could reach it; {advice}"))
        }
    });
    let token_file = table.take("token_file", |value| path(value, base));
    if let (Some((_, place)), None) = (&tcp, &token_file)
        && !table.was_refused("token_file")
    {
        table.refuse(
            place,
            "needs a token; write a long random text into a file that only the agent can read and name it in metrics.token_file".to_owned(),
        );
    }
    table.finish();
    MetricsListen {
        tcp: tcp.map(|(address, _)| address),
        token_file,
    }
}

/// A path; a relative one starts at the file's folder.
fn path(value: &DeValue<'_>, base: &Base<'_>) -> Result<PathBuf, String> {
    let written = PathBuf::from(text(value)?);
    if written.as_os_str().is_empty() {
        return Err("write a path".to_owned());
    }
    from_folder(written, base)
}

fn from_folder(written: PathBuf, base: &Base<'_>) -> Result<PathBuf, String> {
    match base.folder {
        _ if written.is_absolute() => Ok(written),
        Some(folder) => {
            std::path::absolute(folder.join(written)).map_err(|error| error.to_string())
        }
        None => Err("write an absolute path".to_owned()),
    }
}
