//! What a page says of a printer, and which of it the stream cannot say.

use platen_receipt::{Dialect, Multibyte, Profile};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::{Code, Fault};

/// Reads what JavaScript sent as JSON.
pub(crate) fn read<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|error| Fault::request(what, &error))
}

/// The printer, as `platen preview` is told about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Printer {
    profile: Option<String>,
    columns: Option<u16>,
    dots: Option<u16>,
    multibyte: Option<MultibyteName>,
    dialect: Option<DialectName>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MultibyteName {
    None,
    ShiftJis,
    Gb18030,
    Big5,
    #[serde(rename = "ksc5601")]
    KsC5601,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DialectName {
    EscPos,
    Star,
    Zpl,
}

impl Printer {
    pub(crate) fn read(json: &str) -> Result<Self, Fault> {
        read("the options of the printer", json)
    }

    /// The printer's facts, for ESC/POS.
    pub(crate) fn profile(&self) -> Result<Profile, Fault> {
        let name = self.profile.as_deref().unwrap_or("default");
        let mut profile = Profile::named(name).ok_or_else(|| {
            Fault::new(
                Code::UnknownProfile,
                format!(
                    "no profile is named {name:?}; take one of profiles(), or give columns and dots"
                ),
            )
        })?;
        if self.columns.is_some() || self.dots.is_some() {
            let columns = self.columns.unwrap_or(profile.columns);
            let dots = self.dots.unwrap_or(profile.width_dots);
            profile = profile.with_paper(columns, dots);
        }
        match self.multibyte {
            None => {}
            Some(MultibyteName::None) => profile.multibyte = None,
            Some(MultibyteName::ShiftJis) => profile.multibyte = Some(Multibyte::ShiftJis),
            Some(MultibyteName::Gb18030) => profile.multibyte = Some(Multibyte::Gb18030),
            Some(MultibyteName::Big5) => profile.multibyte = Some(Multibyte::Big5),
            Some(MultibyteName::KsC5601) => profile.multibyte = Some(Multibyte::KsC5601),
        }
        Ok(profile)
    }

    /// Whether it is a printer that receipts are written for.
    pub(crate) fn takes_receipts(&self) -> bool {
        matches!(self.dialect, None | Some(DialectName::EscPos))
    }

    /// The language of a job: the one that was said, or the one it looks like.
    pub(crate) fn dialect(&self, job: &[u8]) -> Dialect {
        match self.dialect {
            None => Dialect::of(job),
            Some(DialectName::EscPos) => Dialect::EscPos,
            Some(DialectName::Star) => Dialect::Star,
            Some(DialectName::Zpl) => Dialect::Zpl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_is_a_profile_with_what_is_said_of_it() {
        let printer = Printer::read(r#"{"profile":"tm-t88v","multibyte":"ksc5601"}"#);
        let profile = printer.and_then(|printer| printer.profile()).expect("one");
        assert_eq!((profile.columns, profile.width_dots), (42, 512));
        assert_eq!(profile.multibyte, Some(Multibyte::KsC5601));
        let printer = Printer::read(r#"{"columns":32,"dots":384,"dialect":"star"}"#).expect("one");
        assert_eq!(printer.profile().map(|profile| profile.columns), Ok(32));
        assert_eq!(printer.dialect(b"^XA"), Dialect::Star);
    }

    #[test]
    fn what_nobody_knows_is_said_with_what_there_is() {
        let fault = Printer::read(r#"{"colums":32}"#).expect_err("misspelled");
        assert_eq!(fault.code, Code::InvalidRequest);
        assert!(
            fault
                .message
                .contains("unknown field `colums`, expected one of `profile`, `columns`")
        );
        assert!(!fault.message.contains("line"), "{}", fault.message);
        let unknown = Printer::read(r#"{"profile":"TM-X"}"#).and_then(|printer| printer.profile());
        assert_eq!(
            unknown.map_err(|fault| fault.code),
            Err(Code::UnknownProfile)
        );
    }
}
