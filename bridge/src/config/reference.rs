//! The documented reference of the configuration: `platen config reference`,
//! committed as `docs/configuration.md`.
//!
//! What a limit means is read from the documentation of [`Limits`], so that a
//! bound is explained in one place. A test compares the keys here with those
//! the configuration reader asks for.

use std::fmt::Write as _;

use crate::limits::Limits;

/// A table of the file and what belongs in it.
struct Section {
    /// The header as it is written, empty for the top of the file.
    header: &'static str,
    about: &'static str,
    keys: &'static [Key],
}

struct Key {
    name: &'static str,
    value: &'static str,
    default: &'static str,
    about: &'static str,
}

const SECTIONS: &[Section] = &[
    Section {
        header: "",
        about: "At the top of the file, before the first table:",
        keys: &[
            Key {
                name: "state_directory",
                value: "path",
                default: "see below",
                about: "Where the agent keeps its store, its keys and its administration socket. `--state` and `PLATEN_STATE` win over it.",
            },
            Key {
                name: "document_key",
                value: "`\"state\"`, `\"file:PATH\"`, `\"credential:NAME\"`",
                default: "`\"state\"`",
                about: "Where the key of 32 octets comes from that seals documents in the store. `state`: `documents.key` in the state directory, made at the first start. `file`: a file that somebody else keeps (`openssl rand 32`), owned by the agent's user or root and not readable by everybody. `credential`: what systemd hands over with `LoadCredential=NAME:PATH`. To change keys, rename the old one to `documents-former.key` in the state directory, where it still opens what it sealed.",
            },
            Key {
                name: "default_printer",
                value: "printer id",
                default: "the first of `[[printers]]`",
                about: "Where a job goes that names no printer.",
            },
            Key {
                name: "copy_label",
                value: "text",
                default: "`\"*** COPY ***\"`",
                about: "What a reprint says on paper, on a line before its documents, where the data is recognizably ESC/POS. `\"\"` prints no line.",
            },
        ],
    },
    Section {
        header: "[listen]",
        about: "Where browsers connect. Always on `127.0.0.1` and `::1`, never on the network.",
        keys: &[
            Key {
                name: "wss_ports",
                value: "list of ports",
                default: "`[8181, 8282, 8383, 8484]`",
                about: "Ports for `wss`; the first free one is used. `0` lets the system choose.",
            },
            Key {
                name: "ws_ports",
                value: "list of ports",
                default: "`[8182, 8283, 8384, 8485]`",
                about: "Ports for `ws`; the first free one is used. `0` lets the system choose.",
            },
            Key {
                name: "ws",
                value: "`true`, `false`",
                default: "`true`",
                about: "Whether to listen without TLS as well. Page and agent authenticate each other the same way on both.",
            },
            Key {
                name: "users",
                value: "`\"auto\"`, `\"own\"`, `\"all\"`",
                default: "`\"auto\"`",
                about: "Whose connections are served. `own`: those of the user the agent runs as, where the system tells whose a connection is; everybody else hears what an unknown site hears. `all`: every user's, each with their own jobs. `auto`: `all` as root or as a service's account, `own` under a person's.",
            },
        ],
    },
    Section {
        header: "[[printers]]",
        about: "One table for each printer. Without any, and without `printers = []`, there is one: the built-in printer, with the id `receipt`.",
        keys: &[
            Key {
                name: "id",
                value: "identifier",
                default: "the name, as `kitchen-2` for `Kitchen 2`",
                about: "The stable id that pages and grants use. Keep it when the name or the device changes.",
            },
            Key {
                name: "name",
                value: "text",
                default: "required",
                about: "The label people see.",
            },
            Key {
                name: "users",
                value: "list of user names or numbers",
                default: "everybody",
                about: "Which users of the machine this printer is for. To pages of others it does not exist. Users that are not in `/etc/passwd` are named by number.",
            },
            Key {
                name: "uri",
                value: "device URI",
                default: "required",
                about: "`virtual:` is the built-in printer (`virtual:NAME` one with a folder of its own), `socket://HOST:PORT` takes raw data over TCP (port 9100 when left out), `usb://VENDOR:PRODUCT/SERIAL` over USB (`usb://VENDOR:PRODUCT@BUS-PORT` a printer without serial number, where it is plugged in), `serial:/dev/ttyUSB0?baud=19200&flow=rts-cts` over a serial line (9600 8N1 unless said; `serial:usb:VENDOR:PRODUCT` an adapter wherever it is plugged in), `cups:QUEUE` is a queue of CUPS, `winspool:PRINTER` a printer of Windows (its name percent-encoded: `winspool:Epson%20TM-T20`).",
            },
            Key {
                name: "profile",
                value: "name of a model",
                default: "`\"default\"`: 80 mm paper, Epson's character sets",
                about: "What the printer is, such as `\"TM-T88V\"`; a wrong name lists the known ones. Text is laid out for it, previews (`jobs.preview`) and the built-in printer show it. Raw data is printed as it comes.",
            },
            Key {
                name: "columns",
                value: "1 to 1000",
                default: "what the profile says",
                about: "Characters a row in font A, where this printer has other paper or is set otherwise.",
            },
            Key {
                name: "width_dots",
                value: "1 to 10000",
                default: "what the profile says",
                about: "Printable width in dots, where this printer has other paper.",
            },
            Key {
                name: "multibyte",
                value: "`\"none\"`, `\"shift_jis\"`, `\"gb18030\"`, `\"big5\"`, `\"ksc5601\"`",
                default: "what the profile says",
                about: "The two-byte characters of a model made for East Asia.",
            },
            Key {
                name: "drawer",
                value: "`\"none\"`, `\"esc-pos\"`, `\"star\"`",
                default: "what the profile says",
                about: "How `drawer.open` opens the cash drawer that hangs on the printer: by `ESC p`, or as Star's printers do in their own mode.",
            },
            Key {
                name: "buzzer",
                value: "`\"none\"`, `\"esc-b\"`, `\"epson\"`",
                default: "`\"none\"`",
                about: "How `buzzer.sound` sounds the printer's buzzer: by `ESC B`, as many compatible printers do, or by Epson's `ESC ( A`.",
            },
            Key {
                name: "display",
                value: "`\"none\"`, `\"esc-pos\"`",
                default: "`\"none\"`",
                about: "How `display.show` writes to the customer display that hangs on the printer: by `ESC =` and the commands of Epson's DM-D displays.",
            },
            Key {
                name: "backup",
                value: "printer id",
                default: "none",
                about: "Another of `[[printers]]`, to which waiting jobs move when this one stays stopped or out of reach. Only jobs of which not one octet was sent move, never back, and only of sites that may print there.",
            },
            Key {
                name: "backup_after_ms",
                value: "milliseconds",
                default: "`60000`",
                about: "How long this printer is waited for first.",
            },
            Key {
                name: "backup_when_paused",
                value: "`true`, `false`",
                default: "`false`",
                about: "Whether jobs also move while somebody has this printer paused.",
            },
            Key {
                name: "backup_for_every_site",
                value: "`true`, `false`",
                default: "`false`",
                about: "Whether jobs also move of sites whose grant does not name the backup printer.",
            },
            Key {
                name: "status",
                value: "`\"auto\"`, `\"esc-pos\"`, `\"zpl\"`, `\"none\"`",
                default: "`\"auto\"`",
                about: "Whether a `socket:` or `usb:` printer is asked in ESC/POS how it is and what it printed (`evidence: device`). `auto`: before the first job that is ESC/POS; a printer that does not answer costs 300 ms once, and is asked again after ten minutes. `esc-pos`: it is known to speak it. `zpl`: a `usb:` label printer is asked by `~HS` before and after each job; with `auto` so is one that says by itself that it speaks ZPL. `none`: nothing but the job's own octets is ever sent to its port.",
            },
            Key {
                name: "watch_ms",
                value: "`0`, or 100 to 3600000",
                default: "`500`",
                about: "Milliseconds between two looks at an idle printer that answers. Each is a short connection, so that other hosts can print in between. `0` looks only while jobs wait.",
            },
            Key {
                name: "snmp",
                value: "`\"auto\"`, `\"off\"`",
                default: "`\"auto\"`",
                about: "Whether a `socket:` printer is asked by SNMP (versions 2c and 1, UDP port 161) how it is: read only, every three seconds where it answers, every five minutes where it does not. What the printer says in ESC/POS goes before. SNMP is not encrypted.",
            },
            Key {
                name: "snmp_community",
                value: "text",
                default: "`\"public\"`",
                about: "What the printer takes for a password to read its status by SNMP; it travels in the clear.",
            },
            Key {
                name: "usb_interface",
                value: "0 to 255",
                default: "the best of the printer class",
                about: "The interface of a `usb:` printer that takes raw octets, where that is one of its vendor. It is asked for neither device id nor port status.",
            },
        ],
    },
    Section {
        header: "[cups]",
        about: "The system's print service: CUPS, or the spooler of Windows.",
        keys: &[
            Key {
                name: "discover",
                value: "`true`, `false`",
                default: "`true`",
                about: "Whether its printers are printers of this agent. No page uses one without a grant.",
            },
            Key {
                name: "server",
                value: "path of a socket, or `HOST:PORT`",
                default: "where CUPS listens by itself",
                about: "Where the print service answers.",
            },
            Key {
                name: "spooler_program",
                value: "path",
                default: "`platen-spooler` beside `platen`",
                about: "The second small program, the only one that loads printer drivers.",
            },
        ],
    },
    Section {
        header: "[discovery]",
        about: "Looking for printers (`platen printers discover`). What is found is no printer until somebody adds it.",
        keys: &[Key {
            name: "network",
            value: "`true`, `false`",
            default: "`true`",
            about: "Whether the network is listened on (multicast DNS) and neighbors are asked (SNMP), while somebody looks or a printer that was added from there may turn up at another address. `false`: only what is plugged in and the print service.",
        }],
    },
    Section {
        header: "[virtual]",
        about: "The built-in printer.",
        keys: &[Key {
            name: "folder",
            value: "path",
            default: "`printed` in the state directory",
            about: "Where it puts what it printed.",
        }],
    },
    Section {
        header: "[update]",
        about: "Newer versions of this program, where no package manager owns it. Off until both a place and a key are named; then `platen update apply` installs what is signed with that key, and nothing else ever does. See docs/updates.md.",
        keys: &[
            Key {
                name: "url",
                value: "`https:` address",
                default: "none",
                about: "Where the signed manifest is; its files lie beside it.",
            },
            Key {
                name: "folder",
                value: "path",
                default: "none",
                about: "A folder with `manifest.json` and its files, in place of `url`.",
            },
            Key {
                name: "key",
                value: "32 octets in base64",
                default: "none",
                about: "Whose manifests count: what `platen-sign update new-key` prints.",
            },
            Key {
                name: "channel",
                value: "text",
                default: "`\"stable\"`",
                about: "Which line of versions this machine follows.",
            },
            Key {
                name: "pin",
                value: "version",
                default: "none",
                about: "The only version that may be installed.",
            },
            Key {
                name: "start_wait_ms",
                value: "milliseconds",
                default: "`60000`",
                about: "How long a new version may take to answer before the one before runs again.",
            },
            Key {
                name: "trial_ms",
                value: "milliseconds",
                default: "`10000`",
                about: "How long it must then keep running and answering.",
            },
        ],
    },
    Section {
        header: "[log]",
        about: "What the agent says of itself. Never documents, tokens or keys.",
        keys: &[
            Key {
                name: "level",
                value: "`\"error\"`, `\"warn\"`, `\"info\"`, `\"debug\"`, `\"trace\"`",
                default: "`\"info\"`",
                about: "The least important events that are written; `info` is one line per change of state.",
            },
            Key {
                name: "format",
                value: "`\"text\"`, `\"json\"`",
                default: "`\"text\"`",
                about: "Lines for people, or one JSON object per line.",
            },
            Key {
                name: "file",
                value: "path",
                default: "standard error",
                about: "Where to write. At 10 MiB the file is renamed to end in `.1`, replacing the one before.",
            },
        ],
    },
    Section {
        header: "[metrics]",
        about: "`GET /metrics` (Prometheus) and `GET /readyz` over TCP. The administration socket has both without this.",
        keys: &[
            Key {
                name: "tcp",
                value: "loopback address and port",
                default: "none",
                about: "Where to answer, such as `\"127.0.0.1:9464\"`. Needs `token_file`.",
            },
            Key {
                name: "token_file",
                value: "path",
                default: "none",
                about: "A file that only the agent can read, holding at least 32 characters. A caller sends them as `Authorization: Bearer ...`.",
            },
        ],
    },
    Section {
        header: "[provision]",
        about: "Which provisioning files (docs/provisioning.md) are believed beside those that only root or the agent's own user can write.",
        keys: &[Key {
            name: "keys",
            value: "list of public keys",
            default: "`[]`",
            about: "A file that one of these keys signed (`platen-sign provision sign`) is believed wherever it lies. Each as `platen-sign provision new` prints it: an Ed25519 or ECDSA P-256 key, base64 of SubjectPublicKeyInfo. They count only where nobody else can write the configuration file.",
        }],
    },
];

/// An example that uses most keys. A test reads it.
const EXAMPLE: &str = r#"default_printer = "kitchen"

[listen]
wss_ports = [8181, 8282]

[[printers]]
id = "kitchen"
name = "Kitchen"
uri = "socket://192.0.2.7:9100"
profile = "TM-T88V"
status = "esc-pos"
watch_ms = 1000

[[printers]]
id = "counter"
name = "Counter"
uri = "cups:Receipt_1"

[[printers]]
name = "Built-in receipt printer"
uri = "virtual:"

[cups]
discover = false

[virtual]
folder = "/srv/receipts"

[limits]
job_octets_max = 16_777_216

[log]
format = "json"

[metrics]
tcp = "127.0.0.1:9464"
token_file = "/etc/platen/metrics.token"
"#;

/// The reference as a Markdown document.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    for section in SECTIONS {
        if section.header.is_empty() {
            write!(out, "\n## The file itself\n\n{}\n\n", section.about)
        } else {
            write!(out, "\n## `{}`\n\n{}\n\n", section.header, section.about)
        }
        .expect("writing to a String succeeds");
        heading(&mut out);
        for key in section.keys {
            row(&mut out, key.name, key.value, key.default, key.about);
        }
    }
    out.push_str("\n## `[limits]`\n\nEvery bound of the agent. Full is an answer with a code, never a wait.\n\n");
    heading(&mut out);
    for limit in limits() {
        let default = format!("`{}`", limit.default);
        row(
            &mut out,
            &limit.name,
            "whole number",
            &default,
            &limit.about,
        );
    }
    write!(out, "\n## Example\n\n```toml\n{EXAMPLE}```\n").expect("writing to a String succeeds");
    out
}

const INTRODUCTION: &str = "\
# Configuration

Generated by `platen config reference`; a test fails when this file is stale.
To renew: `PLATEN_UPDATE=1 cargo test -p platen-bridge`.

Platen needs no configuration: without a file it listens on loopback, prints to a built-in printer and offers the printers of the system's print service.

A configuration is one TOML file: the one named with `--config` or `PLATEN_CONFIG`, else the first of these that exists.

| system | the machine's file | the user's file |
| --- | --- | --- |
| Linux | `/etc/platen/platen.toml` | `$XDG_CONFIG_HOME/platen/platen.toml` (`~/.config/platen/platen.toml`) |
| macOS | `/Library/Application Support/Platen/platen.toml` | `~/Library/Application Support/Platen/platen.toml` |
| Windows | `%ProgramData%\\Platen\\platen.toml` | `%APPDATA%\\Platen\\platen.toml` |

It is read once, when the agent starts, and as a whole: `platen config check` lists everything that is wrong with it, `platen config show` prints the values in effect.
A key that is not listed here is refused. A relative path starts at the file's own folder.

The state directory, when nothing names one:

| system | agent of the machine | agent of one user |
| --- | --- | --- |
| Linux | `$STATE_DIRECTORY` (set by systemd), else `/var/lib/platen` | `$XDG_STATE_HOME/platen` (`~/.local/state/platen`) |
| macOS | `/Library/Application Support/Platen/State` | `~/Library/Application Support/Platen/State` |
| Windows | `%ProgramData%\\Platen\\State` | `%LOCALAPPDATA%\\Platen\\State` |
";

fn heading(out: &mut String) {
    out.push_str("| key | value | when left out | meaning |\n| --- | --- | --- | --- |\n");
}

fn row(out: &mut String, name: &str, value: &str, default: &str, about: &str) {
    writeln!(out, "| `{name}` | {value} | {default} | {about} |")
        .expect("writing to a String succeeds");
}

struct Limit {
    name: String,
    default: String,
    about: String,
}

/// Names and texts from the source of [`Limits`], defaults from its value.
fn limits() -> Vec<Limit> {
    let defaults = toml::Table::try_from(Limits::default()).expect("limits are whole numbers");
    let mut limits = Vec::new();
    let mut about = String::new();
    for line in include_str!("../limits.rs").lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            if !about.is_empty() {
                about.push(' ');
            }
            about.push_str(text.trim());
            continue;
        }
        let field = line
            .strip_prefix("pub ")
            .and_then(|field| field.split_once(':'))
            .and_then(|(name, _)| Some((name, defaults.get(name)?)));
        if let Some((name, default)) = field {
            limits.push(Limit {
                name: name.to_owned(),
                default: default.to_string(),
                about: std::mem::take(&mut about),
            });
        }
        about.clear();
    }
    limits
}

#[cfg(test)]
pub(super) fn example() -> &'static str {
    EXAMPLE
}

/// Every key of the reference, in full.
#[cfg(test)]
pub(super) fn keys() -> std::collections::BTreeSet<String> {
    let written = SECTIONS.iter().flat_map(|section| {
        let table = section.header.trim_matches(['[', ']']);
        section.keys.iter().map(move |key| match table {
            "" => key.name.to_owned(),
            table => format!("{table}.{}", key.name),
        })
    });
    let limits = limits()
        .into_iter()
        .map(|limit| format!("limits.{}", limit.name));
    written.chain(limits).collect()
}
