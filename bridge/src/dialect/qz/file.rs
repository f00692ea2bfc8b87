//! `file.*`: what a page may ask of files, and how that agent tells of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::stream;
use super::data;
use crate::device_access::{
    Change, DeviceRequest, Excerpt, FilePlace, FileWork, Listen, NameFilter, PagePath, Unit,
};

/// The one call about files that is not signed.
pub(crate) const STOP_LISTENING: &str = "file.stopListening";
/// Lines that go with an event where the page says nothing else.
const LINES: i64 = 10;
/// Patterns of names, each of at most so many characters.
const PATTERNS_MAX: usize = 64;
const PATTERN_CHARACTERS_MAX: usize = 255;

/// How a file's octets are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFlavor {
    /// As UTF-8.
    Plain,
    /// As base64.
    Base64,
    /// As two digits each.
    Hex,
}

#[derive(Deserialize)]
struct Params {
    #[serde(default)]
    path: Option<String>,
    /// Whether the site's own folder is meant. Whether all users of the
    /// machine share it (`shared`) is not the page's to say.
    #[serde(default)]
    sandbox: Option<bool>,
}

#[derive(Deserialize)]
struct ContentParams {
    #[serde(default)]
    flavor: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    append: Option<bool>,
}

#[derive(Deserialize)]
struct ListenParams {
    #[serde(default)]
    listener: Option<Listener>,
    #[serde(default)]
    include: Option<Vec<Option<String>>>,
    #[serde(default)]
    exclude: Option<Vec<Option<String>>>,
    #[serde(default, rename = "ignoreCase")]
    ignore_case: Option<bool>,
}

#[derive(Deserialize)]
struct Listener {
    #[serde(default)]
    bytes: Option<i64>,
    #[serde(default)]
    lines: Option<i64>,
    #[serde(default)]
    reverse: Option<bool>,
}

/// `file.list`.
///
/// # Errors
/// What is wrong with the call; so of all of these.
pub(super) fn list(params: &str) -> Result<DeviceRequest, String> {
    request(params, FileWork::List)
}

/// `file.read`.
pub(super) fn read(params: &str) -> Result<(DeviceRequest, FileFlavor), String> {
    let content: ContentParams = parse(params)?;
    let flavor = match flavor(&content).as_str() {
        "PLAIN" => FileFlavor::Plain,
        "BASE64" => FileFlavor::Base64,
        "HEX" => FileFlavor::Hex,
        _ => return Err("A file is read as plain, base64 or hex".to_owned()),
    };
    Ok((request(params, FileWork::Read)?, flavor))
}

/// `file.write`.
pub(super) fn write(params: &str) -> Result<DeviceRequest, String> {
    let content: ContentParams = parse(params)?;
    let text = content.data.as_str();
    let text = text.ok_or_else(|| "Data of a file must be text".to_owned())?;
    let octets = match flavor(&content).as_str() {
        "PLAIN" => text.as_bytes().to_vec(),
        "BASE64" => data::base64(text).ok_or_else(|| data::NOT_BASE64.to_owned())?,
        "HEX" => data::hex(text).ok_or_else(|| data::NOT_HEX.to_owned())?,
        "FILE" => {
            return Err("Data of type FILE is not available in this version of Platen".to_owned());
        }
        _ => return Err("A file is written from plain, base64 or hex".to_owned()),
    };
    let append = content.append.unwrap_or(false);
    request(params, FileWork::Write { octets, append })
}

/// `file.remove`.
pub(super) fn remove(params: &str) -> Result<DeviceRequest, String> {
    request(params, FileWork::Remove)
}

/// `file.startListening`.
pub(super) fn start_listening(params: &str) -> Result<DeviceRequest, String> {
    let terms: ListenParams = parse(params)?;
    let Params { path, .. } = parse(params)?;
    let names = NameFilter {
        include: patterns(terms.include)?,
        exclude: patterns(terms.exclude)?,
        ignore_case: terms.ignore_case.unwrap_or(true),
    };
    let listen = Listen {
        called: path.unwrap_or_default(),
        names,
        excerpt: terms.listener.map(|listener| excerpt(&listener)),
    };
    request(params, FileWork::Listen(listen))
}

/// `file.stopListening`: to this folder, or to any.
pub(crate) fn stop_listening(params: &str) -> Result<Option<FilePlace>, String> {
    let params: Option<Params> = parse(params)?;
    match params {
        Some(params) if params.path.is_some() => place(params).map(Some),
        _ => Ok(None),
    }
}

/// A file as text.
pub(super) fn contents(flavor: FileFlavor, octets: &[u8]) -> String {
    match flavor {
        FileFlavor::Plain => String::from_utf8_lossy(octets).into_owned(),
        FileFlavor::Base64 => BASE64.encode(octets),
        FileFlavor::Hex => octets.iter().map(|octet| format!("{octet:02x}")).collect(),
    }
}

/// That a file is new, written or gone, as text for the page.
pub(crate) fn changed(folder: &str, name: &str, change: Change, content: Option<&[u8]>) -> String {
    let separator = if folder.is_empty() || folder.ends_with('/') {
        ""
    } else {
        "/"
    };
    let mut event = json!({
        "type": "ACTION",
        "file": format!("{folder}{separator}{name}"),
        "eventType": match change {
            Change::Created => "ENTRY_CREATE",
            Change::Modified => "ENTRY_MODIFY",
            Change::Deleted => "ENTRY_DELETE",
        },
    });
    if let Some(content) = content {
        event["fileData"] = String::from_utf8_lossy(content).into();
    }
    stream("FILE", &event)
}

/// That a folder cannot be listened to any more, as text for the page.
pub(crate) fn lost(problem: &str) -> String {
    stream("FILE", &json!({ "type": "ERROR", "message": problem }))
}

fn parse<T: DeserializeOwned>(params: &str) -> Result<T, String> {
    serde_json::from_str(params)
        .map_err(|_| "The parameters of a file must be those of qz.file".to_owned())
}

fn request(params: &str, work: FileWork) -> Result<DeviceRequest, String> {
    let place = place(parse(params)?)?;
    Ok(DeviceRequest::File { place, work })
}

fn place(params: Params) -> Result<FilePlace, String> {
    let path = params
        .path
        .ok_or_else(|| "A path must be specified".to_owned())?;
    let path = PagePath::read(&path)
        .map_err(|error| format!("FileIO exception occurred: InvalidPathException: {error}"))?;
    Ok(match path {
        PagePath::Absolute(path) => FilePlace::Folder(path),
        PagePath::Relative(path) if params.sandbox.unwrap_or(true) => FilePlace::Site(path),
        PagePath::Relative(path) => FilePlace::Common(path),
    })
}

fn flavor(content: &ContentParams) -> String {
    let flavor = content
        .flavor
        .as_deref()
        .filter(|flavor| !flavor.is_empty());
    flavor.unwrap_or("plain").to_ascii_uppercase()
}

/// Patterns of names; blank ones mean nothing.
fn patterns(given: Option<Vec<Option<String>>>) -> Result<Vec<String>, String> {
    let given = given.into_iter().flatten().flatten();
    let patterns: Vec<String> = given.filter(|pattern| !pattern.trim().is_empty()).collect();
    let is_long = |pattern: &String| pattern.chars().count() > PATTERN_CHARACTERS_MAX;
    if patterns.len() > PATTERNS_MAX || patterns.iter().any(is_long) {
        return Err(format!(
            "At most {PATTERNS_MAX} patterns of names are listened for"
        ));
    }
    Ok(patterns)
}

/// Octets where they are counted, else lines, and of these the last ones.
fn excerpt(listener: &Listener) -> Excerpt {
    let (unit, count) = match (listener.bytes, listener.lines) {
        (Some(octets), None) => (Unit::Octets, octets),
        (Some(octets), Some(lines)) if octets >= 0 && lines < 0 => (Unit::Octets, octets),
        (_, lines) => (Unit::Lines, lines.unwrap_or(LINES)),
    };
    Excerpt {
        unit,
        count: u64::try_from(count).ok(),
        from_end: listener.reverse.unwrap_or(unit == Unit::Lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listened(params: &str) -> Listen {
        match start_listening(params).unwrap() {
            DeviceRequest::File {
                work: FileWork::Listen(listen),
                ..
            } => listen,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_is_the_sites_own_or_common_or_from_the_root() {
        let placed = |params: &str| match list(params).unwrap() {
            DeviceRequest::File { place, .. } => place,
            other => panic!("{other:?}"),
        };
        for (params, expected, own) in [
            (r#"{"path":"a/b"}"#, "a/b", Some(true)),
            (
                r#"{"path":"","sandbox":true,"shared":false}"#,
                "",
                Some(true),
            ),
            (
                r#"{"path":"./a","sandbox":false,"shared":true}"#,
                "a",
                Some(false),
            ),
            (r#"{"path":"/srv/x/","sandbox":true}"#, "/srv/x", None),
        ] {
            let place = placed(params);
            assert_eq!(place.to_string(), expected);
            let is_own = match place {
                FilePlace::Site(_) => Some(true),
                FilePlace::Common(_) => Some(false),
                FilePlace::Folder(_) => None,
            };
            assert_eq!(is_own, own, "{params}");
        }
        for params in [
            "null",
            "{}",
            r#"{"path":"../a"}"#,
            r#"{"path":"/srv/../etc"}"#,
            r#"{"path":"C:\\Windows"}"#,
            r#"{"path":7}"#,
            r#"{"path":"a","sandbox":"yes"}"#,
        ] {
            assert!(list(params).is_err(), "{params}");
            assert!(read(params).is_err(), "{params}");
            assert!(remove(params).is_err(), "{params}");
            assert!(start_listening(params).is_err(), "{params}");
        }
    }

    #[test]
    fn what_is_written_comes_in_every_flavor() {
        for (params, octets, appends) in [
            (r#"{"path":"a","data":"é\\n"}"#, "é\\n".as_bytes(), false),
            (
                r#"{"path":"a","data":"w6k=","flavor":"base64","append":true}"#,
                "é".as_bytes(),
                true,
            ),
            (
                r#"{"path":"a","data":"C3A9","flavor":"HEX"}"#,
                "é".as_bytes(),
                false,
            ),
        ] {
            match write(params).unwrap() {
                DeviceRequest::File {
                    work:
                        FileWork::Write {
                            octets: written,
                            append,
                        },
                    ..
                } => assert_eq!((&written[..], append), (octets, appends)),
                other => panic!("{other:?}"),
            }
        }
        for params in [
            r#"{"path":"a"}"#,
            r#"{"path":"a","data":["SECRET"]}"#,
            r#"{"path":"a","data":"SECRET","flavor":"hex"}"#,
            r#"{"path":"a","data":"SECRET","flavor":"file"}"#,
            r#"{"path":"a","data":"SECRET","flavor":"xml"}"#,
        ] {
            let error = write(params).unwrap_err();
            assert!(!error.contains("SECRET"), "{error}");
        }
        let (_, flavor) = read(r#"{"path":"a","flavor":"Base64"}"#).unwrap();
        assert_eq!(contents(flavor, "é".as_bytes()), "w6k=");
        assert_eq!(contents(FileFlavor::Hex, "é".as_bytes()), "c3a9");
        assert_eq!(contents(FileFlavor::Plain, b"\xc3\xa9\xff"), "é\u{fffd}");
    }

    #[test]
    fn a_listener_says_what_goes_with_an_event() {
        let part = |unit, count, from_end| Excerpt {
            unit,
            count,
            from_end,
        };
        for (listener, expected) in [
            ("{}", part(Unit::Lines, Some(10), true)),
            (r#"{"lines":3}"#, part(Unit::Lines, Some(3), true)),
            (
                r#"{"lines":-1,"reverse":false}"#,
                part(Unit::Lines, None, false),
            ),
            (r#"{"bytes":100}"#, part(Unit::Octets, Some(100), false)),
            (r#"{"bytes":-1}"#, part(Unit::Octets, None, false)),
            (
                r#"{"bytes":5,"reverse":true}"#,
                part(Unit::Octets, Some(5), true),
            ),
            (
                r#"{"bytes":-1,"lines":2}"#,
                part(Unit::Lines, Some(2), true),
            ),
            (
                r#"{"bytes":5,"lines":-1}"#,
                part(Unit::Octets, Some(5), false),
            ),
        ] {
            let params = format!(r#"{{"path":"a","listener":{listener}}}"#);
            assert_eq!(listened(&params).excerpt, Some(expected), "{listener}");
        }
        let listen =
            listened(r#"{"path":"in/","include":["*.csv",""," ",null],"ignoreCase":false}"#);
        assert_eq!((listen.called.as_str(), listen.excerpt), ("in/", None));
        assert_eq!(listen.names.include, ["*.csv"]);
        assert!(!listen.names.ignore_case && listen.names.exclude.is_empty());
        let many = vec!["x"; 65];
        let params = json!({"path": "a", "include": many}).to_string();
        assert!(start_listening(&params).is_err());
    }

    #[test]
    fn without_a_path_no_folder_is_listened_to_any_more() {
        for params in ["null", "{}", r#"{"sandbox":true}"#] {
            assert_eq!(stop_listening(params), Ok(None), "{params}");
        }
        let one = stop_listening(r#"{"path":"a"}"#).unwrap();
        assert!(matches!(one, Some(FilePlace::Site(_))));
        assert!(stop_listening(r#"{"path":".."}"#).is_err());
    }

    #[test]
    fn events_name_a_file_as_the_page_names_its_folder() {
        let told = changed("in", "a.csv", Change::Created, Some(b"1;2\n"));
        assert_eq!(
            told,
            r#"{"event":"{\"eventType\":\"ENTRY_CREATE\",\"file\":\"in/a.csv\",\"fileData\":\"1;2\\n\",\"type\":\"ACTION\"}","type":"FILE"}"#
        );
        let gone = changed("/srv/in/", "a", Change::Deleted, None);
        assert!(gone.contains(r#"\"file\":\"/srv/in/a\""#), "{gone}");
        assert!(gone.contains("ENTRY_DELETE"), "{gone}");
        assert!(changed("", "a", Change::Modified, None).contains(r#"\"file\":\"a\""#));
        assert!(lost("gone").contains(r#"\"message\":\"gone\""#));
    }
}
