//! What a printer is, in the words of the configuration: its model, and what is
//! different about this one. Jobs do not say it; text is laid out for it, and
//! previews show it.

use std::sync::Arc;

use clap::ValueEnum;
use platen_receipt::{Multibyte, Profile};
use serde::Serialize;

use crate::accessory::{Accessories, BuzzerCommands, DisplayCommands, DrawerCommands};

/// A printer's model and paper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PrinterModel {
    /// The name of a known model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Characters a row in font A, where the model's are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<u16>,
    /// Printable width, where the model's is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width_dots: Option<u16>,
    /// Two-byte characters, where the model's are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multibyte: Option<MultibyteChoice>,
    /// How its drawer is opened, where the model's is another way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawer: Option<DrawerCommands>,
    /// How its buzzer sounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buzzer: Option<BuzzerCommands>,
    /// How its display is written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<DisplayCommands>,
}

/// The two-byte characters of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[value(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MultibyteChoice {
    /// None.
    None,
    /// Japanese, Shift JIS.
    ShiftJis,
    /// Simplified Chinese.
    Gb18030,
    /// Traditional Chinese.
    Big5,
    /// Korean.
    #[value(name = "ksc5601")]
    #[serde(rename = "ksc5601")]
    KsC5601,
}

impl PrinterModel {
    /// All that is known of the printer; 80 mm paper and Epson's character sets
    /// where nothing is said.
    #[must_use]
    pub fn to_profile(&self) -> Arc<Profile> {
        let named = self.profile.as_deref().and_then(Profile::named);
        Arc::new(changed(
            named.unwrap_or_default(),
            self.columns,
            self.width_dots,
            self.multibyte,
        ))
    }

    /// What hangs on the printer.
    #[must_use]
    pub fn accessories(&self) -> Accessories {
        let model = Accessories::of(&self.to_profile());
        Accessories {
            drawer: self.drawer.unwrap_or(model.drawer),
            buzzer: self.buzzer.unwrap_or(model.buzzer),
            display: self.display.unwrap_or(model.display),
        }
    }
}

/// A profile with what is different about one printer.
pub(crate) fn changed(
    mut profile: Profile,
    columns: Option<u16>,
    width_dots: Option<u16>,
    multibyte: Option<MultibyteChoice>,
) -> Profile {
    if columns.is_some() || width_dots.is_some() {
        let columns = columns.unwrap_or(profile.columns);
        let width_dots = width_dots.unwrap_or(profile.width_dots);
        profile = profile.with_paper(columns, width_dots);
    }
    match multibyte {
        None => {}
        Some(MultibyteChoice::None) => profile.multibyte = None,
        Some(MultibyteChoice::ShiftJis) => profile.multibyte = Some(Multibyte::ShiftJis),
        Some(MultibyteChoice::Gb18030) => profile.multibyte = Some(Multibyte::Gb18030),
        Some(MultibyteChoice::Big5) => profile.multibyte = Some(Multibyte::Big5),
        Some(MultibyteChoice::KsC5601) => profile.multibyte = Some(Multibyte::KsC5601),
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_is_its_model_and_what_is_different_about_it() {
        assert_eq!(*PrinterModel::default().to_profile(), Profile::default());
        let model = PrinterModel {
            profile: Some("tm-t88v".to_owned()),
            columns: Some(32),
            multibyte: Some(MultibyteChoice::ShiftJis),
            ..PrinterModel::default()
        };
        let profile = model.to_profile();
        assert_eq!((profile.columns, profile.width_dots), (32, 512));
        assert_eq!(profile.multibyte, Some(Multibyte::ShiftJis));
        assert_eq!(profile.name, "TM-T88V");
    }
}
