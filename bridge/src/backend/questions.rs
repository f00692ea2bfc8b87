//! What a printer's device may be asked, as configured for each printer.

use serde::Serialize;

use super::snmp::Community;

/// In which language a printer is asked how it is and what it printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusMode {
    /// From the first job on that is ESC/POS, if the printer answers.
    #[default]
    Auto,
    /// Always: the printer is known to speak it.
    EscPos,
    /// In the language of label printers: a USB printer is asked by `~HS`.
    Zpl,
    /// Never: nothing but the job's own octets is sent.
    None,
}

/// Whether a network printer is asked by SNMP how it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnmpMode {
    /// As long as it answers.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// What a printer's device may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceQuestions {
    /// Whether it is asked in ESC/POS at all.
    pub status: StatusMode,
    /// Between two looks at an idle printer that answers; 0: none.
    pub watch_ms: u64,
    /// Whether it is asked by SNMP.
    pub snmp: SnmpMode,
    /// What SNMP takes for a password: shown nowhere.
    #[serde(skip)]
    pub snmp_community: Community,
    /// The interface of a USB printer that is not of the printer class.
    pub usb_interface: Option<u8>,
}

impl Default for DeviceQuestions {
    fn default() -> Self {
        Self {
            status: StatusMode::Auto,
            // Half of the second in which a page is to hear of paper out.
            watch_ms: 500,
            snmp: SnmpMode::Auto,
            snmp_community: Community::default(),
            usb_interface: None,
        }
    }
}
