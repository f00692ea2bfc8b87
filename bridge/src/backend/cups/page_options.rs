//! What a document's media type says of how it is printed.
//!
//! `application/pdf; copies=2; sides=two-sided-long-edge`: the parameters are
//! IPP's job template attributes (RFC 8011 §5.2), and the print service's own
//! word for a tray. They are kept with the document, so that they outlive a
//! restart. What is not in the list is not passed on.

/// Parameters that are passed on.
const NAMES: &[&str] = &[
    "copies",
    "media",
    "sides",
    "print-color-mode",
    "print-quality",
    "print-scaling",
    "printer-resolution",
    "orientation-requested",
    "InputSlot",
];

/// More is no value of any of them.
const VALUE_CHARACTERS_MAX: usize = 64;

/// The media type itself, and the options of the print service.
pub(super) fn read(format: &str) -> (&str, Vec<(String, String)>) {
    let mut parts = format.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let options = parts
        .filter_map(|part| part.split_once('='))
        .filter(|(name, value)| NAMES.contains(name) && is_value(value))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (essence, options)
}

fn is_value(value: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
    (1..=VALUE_CHARACTERS_MAX).contains(&value.len()) && value.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_are_known_become_options() {
        for (format, essence, expected) in [
            ("application/octet-stream", "application/octet-stream", ""),
            (
                "application/pdf; copies=2;sides=one-sided",
                "application/pdf",
                "copies=2 sides=one-sided ",
            ),
            (
                "application/pdf; InputSlot=Tray 2",
                "application/pdf",
                "InputSlot=Tray 2 ",
            ),
            ("text/plain; charset=utf-8", "text/plain", ""),
            (
                "application/pdf; raw=true; copies=2 a=b; media=\u{e9}",
                "application/pdf",
                "",
            ),
            (
                "application/pdf; document-format=x; copies=",
                "application/pdf",
                "",
            ),
        ] {
            let (read_essence, options) = read(format);
            let told: String = options
                .iter()
                .map(|(name, value)| format!("{name}={value} "))
                .collect();
            assert_eq!(
                (read_essence, told.as_str()),
                (essence, expected),
                "{format}"
            );
        }
    }
}
