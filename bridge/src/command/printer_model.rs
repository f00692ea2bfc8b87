//! What the command line says of a printer, as a profile.

use platen_receipt::{Multibyte, Profile};

use super::arguments::{MultibyteChoice, PrinterModel};

impl PrinterModel {
    /// The profile with what the command line says of it.
    pub(super) fn profile(&self) -> Profile {
        let mut profile = self.profile.clone();
        if self.columns.is_some() || self.dots.is_some() {
            let columns = self.columns.unwrap_or(profile.columns);
            let dots = self.dots.unwrap_or(profile.width_dots);
            profile = profile.with_paper(columns, dots);
        }
        match self.multibyte {
            None => {}
            Some(MultibyteChoice::None) => profile.multibyte = None,
            Some(MultibyteChoice::ShiftJis) => profile.multibyte = Some(Multibyte::ShiftJis),
            Some(MultibyteChoice::Gb18030) => profile.multibyte = Some(Multibyte::Gb18030),
            Some(MultibyteChoice::Big5) => profile.multibyte = Some(Multibyte::Big5),
            Some(MultibyteChoice::KsC5601) => profile.multibyte = Some(Multibyte::KsC5601),
        }
        profile
    }
}
