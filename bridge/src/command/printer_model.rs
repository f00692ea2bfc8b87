//! What the command line says of a printer, as a profile.

use platen_receipt::Profile;

use super::arguments::PrinterModel;
use crate::model::changed;

impl PrinterModel {
    /// The profile with what the command line says of it.
    pub(super) fn profile(&self) -> Profile {
        let profile = self.profile.clone();
        changed(profile, self.columns, self.dots, self.multibyte)
    }
}
