//! Fuzz targets: every place where bytes from outside enter `platen-receipt`,
//! and what devices say of themselves, each with what must hold whatever comes.
//!
//! A [`Target`] is a plain function of bytes. `targets/` hands them to
//! libFuzzer (`cargo xtask fuzz`), `tests/regressions.rs` replays what was ever
//! found, in `regressions/`, without it. None may panic, hang, or hold more than
//! [`HELD_OCTETS_MAX`] at once, which `memory` sees to. How large the paper is
//! and which language is read, the last octets of an input choose (`choice`).

mod choice;
mod device;
mod found;
mod job;
mod line;
mod memory;
mod picture;
mod record;
/// The readers alone, as in `device`.
#[path = "../../bridge/src/scale/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "half of it is the agent's"
)]
mod scale;
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "half of it is the agent's"
)]
mod serial;
mod template;

pub use memory::HELD_OCTETS_MAX;
pub use record::execute;

/// An entry point and what must hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Bytes to commands and back, in pieces of any size.
    Parse,
    /// A job as document, dots, SVG, text, HTML and facts.
    LayoutRender,
    /// A job read as Star and as ZPL.
    Dialects,
    /// A job before the firewall.
    Inspect,
    /// A job changed and written again.
    Edit,
    /// A template, filled with fixed data.
    Markup,
    /// Data for the example templates.
    TemplateData,
    /// A PNG file.
    ImagePng,
    /// A JPEG file.
    ImageJpeg,
    /// A GIF file.
    ImageGif,
    /// A BMP file.
    ImageBmp,
    /// What neighbors announce, message after message.
    Announcements,
    /// A device id, the text of an announcement, an identity.
    Description,
    /// An answer of SNMP.
    SnmpAnswer,
    /// What a HID device says that it is.
    HidDescriptor,
    /// Octets of a serial line, in frames.
    SerialFrames,
    /// What scales say.
    Scales,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Parse,
        Self::LayoutRender,
        Self::Dialects,
        Self::Inspect,
        Self::Edit,
        Self::Markup,
        Self::TemplateData,
        Self::ImagePng,
        Self::ImageJpeg,
        Self::ImageGif,
        Self::ImageBmp,
        Self::HidDescriptor,
        Self::Announcements,
        Self::Description,
        Self::SnmpAnswer,
        Self::SerialFrames,
        Self::Scales,
    ];

    /// The name of its program and of its folder of regressions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::LayoutRender => "layout_render",
            Self::Dialects => "dialects",
            Self::Inspect => "inspect",
            Self::Edit => "edit",
            Self::Markup => "markup",
            Self::TemplateData => "template_data",
            Self::ImagePng => "image_png",
            Self::ImageJpeg => "image_jpeg",
            Self::ImageGif => "image_gif",
            Self::ImageBmp => "image_bmp",
            Self::Announcements => "announcements",
            Self::Description => "description",
            Self::SnmpAnswer => "snmp_answer",
            Self::HidDescriptor => "hid_descriptor",
            Self::SerialFrames => "serial_frames",
            Self::Scales => "scales",
        }
    }

    /// Runs it once and answers how many octets it held at most.
    ///
    /// # Panics
    ///
    /// When something does not hold that must. One that would hold more than
    /// [`HELD_OCTETS_MAX`] ends the process.
    pub fn run(self, input: &[u8]) -> usize {
        // What is made once is not this input's.
        let _ = platen_receipt::Fonts::bundled();
        memory::held_by(|| match self {
            Self::Parse => job::parse_and_encode(input),
            Self::LayoutRender => job::lay_out_and_render(input),
            Self::Dialects => job::read_as_other_languages(input),
            Self::Inspect => job::inspect(input),
            Self::Edit => job::edit(input),
            Self::Markup => template::fill(input),
            Self::TemplateData => template::fill_with(input),
            Self::ImagePng => picture::read_png(input),
            Self::ImageJpeg => picture::read_jpeg(input),
            Self::ImageGif => picture::read_gif(input),
            Self::ImageBmp => picture::read_bmp(input),
            Self::Announcements => found::announcements(input),
            Self::Description => found::description(input),
            Self::SnmpAnswer => found::snmp_answer(input),
            Self::HidDescriptor => device::read_report_descriptor(input),
            Self::SerialFrames => line::cut_into_frames(input),
            Self::Scales => line::hear_scales(input),
        })
    }
}
