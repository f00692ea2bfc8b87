//! Reads `[[printers]]`.

use platen_protocol::PrinterId;
use platen_receipt::Profile;
use toml::de::DeValue;

use super::ConfiguredPrinter;
use super::reader::{Place, Table, list, text, truth, whole_number, word};
use crate::accessory::{BuzzerCommands, DisplayCommands, DrawerCommands};
use crate::backend::snmp::Community;
use crate::backend::{DeviceQuestions, DeviceUri, SnmpMode, StatusMode};
use crate::model::{MultibyteChoice, PrinterModel};
use crate::owner::Users;
use crate::queue::Backup;

/// A printer that is looked at more often does nothing else.
const WATCH_MS_MIN: u64 = 100;
/// One hour.
const WATCH_MS_MAX: u64 = 3_600_000;
/// More than any printer has, less than would take much memory.
const COLUMNS_MAX: u16 = 1_000;
const WIDTH_DOTS_MAX: u16 = 10_000;
/// Long enough to change a roll.
const BACKUP_AFTER_MS: u64 = 60_000;
/// A label for people fits a line.
const NAME_CHARACTERS_MAX: usize = 120;

/// The printers, or the built-in one where none is named.
pub(super) fn printers(root: &mut Table<'_, '_>) -> Vec<ConfiguredPrinter> {
    let Some(tables) = root.tables("printers") else {
        return vec![ConfiguredPrinter {
            id: "receipt".parse().expect("is an identifier"),
            name: "Built-in receipt printer".to_owned(),
            uri: "virtual:".parse().expect("is a device URI"),
            users: Users::everybody(),
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
        let users = table.take("users", users).unwrap_or_default();
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
                    users,
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
    let users: Vec<_> = printers
        .iter()
        .map(|printer| (printer.id.clone(), printer.users.clone()))
        .collect();
    for backup in printers.iter_mut().filter_map(|one| one.backup.as_mut()) {
        let target = users.iter().find(|(id, _)| *id == backup.printer);
        backup.users = target.map_or_else(Users::everybody, |(_, users)| users.clone());
    }
    printers
}

/// The users a printer is for. An empty list would be nobody, which no printer
/// is for.
fn users(value: &DeValue<'_>) -> Result<Users, String> {
    let names = list(value, text)?;
    if names.is_empty() {
        return Err("name at least one user, or leave it out for everybody".to_owned());
    }
    Users::named(names).map_err(|error| error.to_string())
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
        users: Users::everybody(),
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
    const DRAWERS: [(&str, DrawerCommands); 3] = [
        ("none", DrawerCommands::None),
        ("esc-pos", DrawerCommands::EscPos),
        ("star", DrawerCommands::Star),
    ];
    const BUZZERS: [(&str, BuzzerCommands); 3] = [
        ("none", BuzzerCommands::None),
        ("esc-b", BuzzerCommands::EscB),
        ("epson", BuzzerCommands::Epson),
    ];
    const DISPLAYS: [(&str, DisplayCommands); 2] = [
        ("none", DisplayCommands::None),
        ("esc-pos", DisplayCommands::EscPos),
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
        drawer: table.take("drawer", |value| word(value, &DRAWERS)),
        buzzer: table.take("buzzer", |value| word(value, &BUZZERS)),
        display: table.take("display", |value| word(value, &DISPLAYS)),
    }
}

/// What the printer's device is asked.
fn questions(table: &mut Table<'_, '_>) -> DeviceQuestions {
    const MODES: [(&str, StatusMode); 4] = [
        ("auto", StatusMode::Auto),
        ("esc-pos", StatusMode::EscPos),
        ("zpl", StatusMode::Zpl),
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
        usb_interface: table.take("usb_interface", |value| {
            u8::try_from(whole_number(value)?).map_err(|_| "write 0 to 255".to_owned())
        }),
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
