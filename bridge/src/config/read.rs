//! Which keys there are, what they may say, and what holds when they are left
//! out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use platen_protocol::PrinterId;
use platen_update::VersionError;
use platen_update::envelope::PublicKeyError;
use toml::de::DeValue;

use super::printers::printers;
use super::reader::{Problem, Reading, Table, list, text, truth, whole_number, word};
use super::{
    Base, Config, ConfiguredPrinter, Cups, Discovery, Listen, Log, LogFormat, LogLevel,
    MetricsListen, Provisioning, ServedUsers, VirtualPrinter,
};
use crate::limits::Limits;
use crate::provision::ProvisionKey;
use crate::socket::{WS_PORTS, WSS_PORTS};
use crate::store::KeySource;
use crate::update::{UpdateSettings, UpdateSource, check_scheme};

/// More would make a page's search for the agent slow.
const PORTS_MAX: usize = 16;

/// A line of the narrowest receipt printers.
const COPY_LABEL_CHARACTERS_MAX: usize = 32;

/// Limits that may be 0: nothing is kept, or nothing is waited for.
const MAY_BE_ZERO: [&str; 5] = [
    "drain_wait_ms_max",
    "history_days_max",
    "finished_documents_max",
    "finished_documents_octets_max",
    "finished_documents_hours_max",
];

/// Who misses a quote or a bracket compares with this.
const EXPLAINED_BY: &str = "`platen config reference`";

/// The smallest frame that still carries an ordinary call.
const FRAME_OCTETS_MIN: usize = 4096;

pub(super) fn config(text: &str, base: &Base<'_>) -> Result<Config, Vec<Problem>> {
    let reading = Reading::new(text, EXPLAINED_BY);
    let config = table(reading.root(), base);
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
    let reading = Reading::new("[[printers]]\n", EXPLAINED_BY);
    table(reading.root(), base);
    reading.asked()
}

/// A table whose keys are those of a configuration file; what is wrong with it
/// is told to its reading.
pub(super) fn table(mut root: Table<'_, '_>, base: &Base<'_>) -> Option<Config> {
    let state_directory = state_directory(&mut root, base);
    let document_key = root.take("document_key", |value| document_key(value, base));
    let printers = printers(&mut root);
    let listen = listen(&mut root);
    let cups = cups(&mut root, base);
    let discovery = discovery(&mut root);
    let default_printer = default_printer(&mut root, &printers, &cups);
    let copy_label = root.take("copy_label", copy_label);
    let virtual_printer = virtual_printer(&mut root, base, state_directory.as_deref());
    let limits = limits(&mut root);
    let log = log(&mut root, base);
    let update = update(&mut root, base);
    let metrics = metrics(&mut root, base);
    let provision = provision(&mut root);
    root.finish();
    Some(Config {
        state_directory: state_directory?,
        document_key: document_key.unwrap_or_default(),
        default_printer,
        copy_label: copy_label.unwrap_or_else(|| "*** COPY ***".to_owned()),
        listen,
        printers,
        cups,
        discovery,
        virtual_printer: virtual_printer?,
        limits,
        log,
        update,
        metrics,
        provision,
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
    let users = table.take("users", |value| {
        let words = [
            ("auto", ServedUsers::Auto),
            ("own", ServedUsers::Own),
            ("all", ServedUsers::All),
        ];
        word(value, &words)
    });
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
        users: users.unwrap_or_default(),
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

fn discovery(root: &mut Table<'_, '_>) -> Discovery {
    let mut table = root.table("discovery");
    let network = table.take("network", truth).unwrap_or(true);
    table.finish();
    Discovery { network }
}

fn cups_server(value: &DeValue<'_>) -> Result<String, String> {
    let server = text(value)?;
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

fn update(root: &mut Table<'_, '_>, base: &Base<'_>) -> UpdateSettings {
    let standard = UpdateSettings::default();
    let mut table = root.table("update");
    let url = table.take("url", |value| {
        let url = text(value)?;
        let uri = url.parse().map_err(|_| "is no address".to_owned())?;
        check_scheme(&uri).map_err(|error| error.to_string())?;
        Ok(url)
    });
    let folder = table.take_placed("folder", |value| path(value, base));
    let key = table.take("key", |value| {
        text(value)?
            .parse()
            .map_err(|error: PublicKeyError| error.to_string())
    });
    let channel = table.take("channel", text);
    let pin = table.take("pin", |value| {
        text(value)?
            .parse()
            .map_err(|error: VersionError| error.to_string())
    });
    let start_wait_ms = table.take("start_wait_ms", whole_number);
    let trial_ms = table.take("trial_ms", whole_number);
    let source = match (url, folder) {
        (Some(_), Some((_, place))) => {
            table.refuse(
                &place,
                "there is a url as well; name one of the two".to_owned(),
            );
            None
        }
        (Some(url), None) => Some(UpdateSource::Url(url)),
        (None, folder) => folder.map(|(folder, _)| UpdateSource::Folder(folder)),
    };
    table.finish();
    UpdateSettings {
        source,
        key,
        channel: channel.unwrap_or(standard.channel),
        pin,
        start_wait_ms: start_wait_ms.unwrap_or(standard.start_wait_ms),
        trial_ms: trial_ms.unwrap_or(standard.trial_ms),
    }
}

fn provision(root: &mut Table<'_, '_>) -> Provisioning {
    let mut table = root.table("provision");
    let keys = table.take("keys", |value| {
        list(value, |item| {
            text(item)?
                .parse::<ProvisionKey>()
                .map_err(|error| error.to_string())
        })
    });
    table.finish();
    Provisioning {
        keys: keys.unwrap_or_default(),
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
