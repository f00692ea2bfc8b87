//! What a page says of a printer, and which of it the stream cannot say.

use platen_receipt::{Dialect, Multibyte, Profile};

use crate::fault::{Code, Fault};
use crate::said::Said;

/// The printer, as `platen preview` is told about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Printer {
    profile: Option<String>,
    columns: Option<u16>,
    dots: Option<u16>,
    /// Where it is said: which two-byte characters, or that there are none.
    multibyte: Option<Option<Multibyte>>,
    dialect: Option<Dialect>,
}

impl Printer {
    pub(crate) fn read(json: &str) -> Result<Self, Fault> {
        let mut said = Said::read("the options of the printer", json)?;
        let printer = Self {
            profile: said.take("profile")?,
            columns: said.take("columns")?,
            dots: said.take("dots")?,
            multibyte: said.word(
                "multibyte",
                &[
                    ("none", None),
                    ("shift_jis", Some(Multibyte::ShiftJis)),
                    ("gb18030", Some(Multibyte::Gb18030)),
                    ("big5", Some(Multibyte::Big5)),
                    ("ksc5601", Some(Multibyte::KsC5601)),
                ],
            )?,
            dialect: said.word(
                "dialect",
                &[
                    ("escpos", Dialect::EscPos),
                    ("star", Dialect::Star),
                    ("zpl", Dialect::Zpl),
                ],
            )?,
        };
        said.no_more()?;
        Ok(printer)
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
        profile.multibyte = self.multibyte.unwrap_or(profile.multibyte);
        Ok(profile)
    }

    /// Whether it is a printer that receipts are written for.
    pub(crate) fn takes_receipts(&self) -> bool {
        matches!(self.dialect, None | Some(Dialect::EscPos))
    }

    /// The language of a job: the one that was said, or the one it looks like.
    pub(crate) fn dialect(&self, job: &[u8]) -> Dialect {
        self.dialect.unwrap_or_else(|| Dialect::of(job))
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
                .contains("no \"colums\"; there are profile, columns, dots")
        );
        let unknown = Printer::read(r#"{"profile":"TM-X"}"#).and_then(|printer| printer.profile());
        assert_eq!(
            unknown.map_err(|fault| fault.code),
            Err(Code::UnknownProfile)
        );
    }
}
