//! Commands to bytes: the exact inverse of [`parse`](crate::parse()).
//!
//! Every match arm here has its twin in `parse/`; the property test
//! `encode_undoes_parse` holds them together.

use crate::command::control::{CAN, CR, DC2, DC4, DLE, EOT, ESC, FF, FS, GS, HT, LF, NUL};
use crate::command::{Command, CutMode, GraphicsForm};

/// Writes commands as the bytes a printer takes.
///
/// ```
/// use platen_receipt::{encode, parse};
///
/// let job = b"\x1b@Hello\n\x1dVA\x00";
/// assert_eq!(encode(&parse(job).commands), job);
/// ```
#[must_use]
pub fn encode<C: AsRef<Command>>(commands: &[C]) -> Vec<u8> {
    let mut out = Vec::new();
    for command in commands {
        command.as_ref().encode_to(&mut out);
    }
    out
}

impl Command {
    /// Appends the bytes of this command.
    ///
    /// Lengths that a command carries are taken from its arguments, not from
    /// its data: data of another length than they say give a stream that a
    /// printer reads differently.
    pub fn encode_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(bytes) | Self::Other(bytes) | Self::Unknown(bytes) => {
                out.extend_from_slice(bytes);
            }
            Self::PrintAndLineFeed => out.push(LF),
            Self::PrintAndCarriageReturn => out.push(CR),
            Self::HorizontalTab => out.push(HT),
            Self::FormFeed => out.push(FF),
            Self::CancelPrintDataInPageMode => out.push(CAN),
            Self::InitializePrinter => out.extend([ESC, b'@']),
            Self::PrintAndFeedLines(n) => out.extend([ESC, b'd', *n]),
            Self::PrintAndFeedPaper(n) => out.extend([ESC, b'J', *n]),
            Self::PrintAndReverseFeed(n) => out.extend([ESC, b'K', *n]),
            Self::PrintAndReverseFeedLines(n) => out.extend([ESC, b'e', *n]),
            Self::SelectDefaultLineSpacing => out.extend([ESC, b'2']),
            Self::SetLineSpacing(n) => out.extend([ESC, b'3', *n]),

            Self::SelectCharacterCodeTable(n) => out.extend([ESC, b't', *n]),
            Self::SelectInternationalCharacterSet(n) => out.extend([ESC, b'R', *n]),
            Self::SelectPrintModes(modes) => out.extend([ESC, b'!', modes.0]),
            Self::SelectCharacterSize(size) => out.extend([GS, b'!', size.0]),
            Self::SelectCharacterFont(font) => out.extend([ESC, b'M', font.byte()]),
            Self::TurnEmphasizedMode(on) => out.extend([ESC, b'E', on.byte()]),
            Self::SelectEmphasizedMode => out.extend([ESC, b'E']),
            Self::CancelEmphasizedMode => out.extend([ESC, b'F']),
            Self::TurnDoubleWidthMode(on) => out.extend([ESC, b'W', on.byte()]),
            Self::TurnDoubleStrikeMode(on) => out.extend([ESC, b'G', on.byte()]),
            Self::TurnUnderlineMode(n) => out.extend([ESC, b'-', n.byte()]),
            Self::TurnReverseMode(on) => out.extend([GS, b'B', on.byte()]),
            Self::TurnUpsideDownMode(on) => out.extend([ESC, b'{', on.byte()]),
            Self::TurnRotation(n) => out.extend([ESC, b'V', n.byte()]),
            Self::TurnSmoothingMode(on) => out.extend([GS, b'b', on.byte()]),
            Self::SelectItalic => out.extend([ESC, b'4']),
            Self::TurnItalicMode(on) => out.extend([ESC, b'4', on.byte()]),
            Self::CancelItalic => out.extend([ESC, b'5']),
            Self::SelectPrintColor(n) => out.extend([ESC, b'r', n.byte()]),
            Self::SetRightSideCharacterSpacing(n) => out.extend([ESC, b' ', *n]),
            Self::SelectUserDefinedCharacters(on) => out.extend([ESC, b'%', on.byte()]),
            Self::DefineUserDefinedCharacters {
                octets_per_column,
                first,
                last,
                data,
            } => {
                out.extend([ESC, b'&', *octets_per_column, *first, *last]);
                out.extend_from_slice(data);
            }
            Self::CancelUserDefinedCharacter(n) => out.extend([ESC, b'?', *n]),

            Self::SelectKanjiMode => out.extend([FS, b'&']),
            Self::CancelKanjiMode => out.extend([FS, b'.']),
            Self::SelectKanjiCodeSystem(n) => out.extend([FS, b'C', n.byte()]),
            Self::TurnKanjiUnderlineMode(n) => out.extend([FS, b'-', n.byte()]),
            Self::SetKanjiSpacing { left, right } => out.extend([FS, b'S', *left, *right]),
            Self::SelectKanjiPrintModes(modes) => out.extend([FS, b'!', modes.0]),
            Self::TurnKanjiQuadrupleSize(on) => out.extend([FS, b'W', on.byte()]),
            Self::SelectKanjiFont(n) => length_prefixed(out, FS, b'A', &[48, n.byte()]),
            Self::SelectCharacterEncoding(n) => length_prefixed(out, FS, b'C', &[48, n.byte()]),
            Self::DefineUserDefinedKanji { code, data } => {
                out.extend([FS, b'2', code[0], code[1]]);
                out.extend_from_slice(data);
            }
            Self::CancelUserDefinedKanji(code) => out.extend([FS, b'?', code[0], code[1]]),

            Self::SelectJustification(n) => out.extend([ESC, b'a', n.byte()]),
            Self::SetAbsolutePrintPosition(n) => word(out, ESC, b'$', *n),
            Self::SetRelativePrintPosition(n) => word(out, ESC, b'\\', n.cast_unsigned()),
            Self::SetHorizontalTabPositions(columns) => {
                out.extend([ESC, b'D']);
                out.extend_from_slice(columns);
                out.push(NUL);
            }
            Self::SetLeftMargin(n) => word(out, GS, b'L', *n),
            Self::SetPrintAreaWidth(n) => word(out, GS, b'W', *n),
            Self::SetMotionUnits { x, y } => out.extend([GS, b'P', *x, *y]),
            Self::SetPositionToLineBeginning(n) => out.extend([GS, b'T', *n]),

            Self::SelectPageMode => out.extend([ESC, b'L']),
            Self::SelectStandardMode => out.extend([ESC, b'S']),
            Self::SetPrintAreaInPageMode {
                x,
                y,
                width,
                height,
            } => {
                out.extend([ESC, b'W']);
                for value in [x, y, width, height] {
                    out.extend(value.to_le_bytes());
                }
            }
            Self::SelectPrintDirection(n) => out.extend([ESC, b'T', n.byte()]),
            Self::SetAbsoluteVerticalPosition(n) => word(out, GS, b'$', *n),
            Self::SetRelativeVerticalPosition(n) => word(out, GS, b'\\', n.cast_unsigned()),
            Self::PrintPage => out.extend([ESC, FF]),

            Self::PrintBarcode { system, data } => {
                out.extend([GS, b'k', system.byte()]);
                if system.ends_with_nul() {
                    out.extend_from_slice(data);
                    out.push(NUL);
                } else {
                    // The length is one octet: what is beyond it cannot be said.
                    let data = &data[..data.len().min(255)];
                    out.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
                    out.extend_from_slice(data);
                }
            }
            Self::SetBarcodeHeight(n) => out.extend([GS, b'h', *n]),
            Self::SetBarcodeWidth(n) => out.extend([GS, b'w', *n]),
            Self::SelectHriPosition(n) => out.extend([GS, b'H', n.byte()]),
            Self::SelectHriFont(n) => out.extend([GS, b'f', n.byte()]),
            Self::Symbol {
                symbology,
                function,
            } => {
                let mut data = vec![symbology.byte()];
                function.write(&mut data);
                length_prefixed(out, GS, b'k', &data);
            }

            Self::SelectVendorJustification(n) => out.extend([ESC, b'j', n.byte()]),
            Self::SelectVendorSymbology(n) => out.extend([GS, b'Z', *n]),
            Self::SetVendorModuleSize(n) => out.extend([DC2, b';', *n]),
            Self::PrintVendorSymbol(symbol) => symbol.write(out),
            Self::PrintVendorBarcode {
                kind,
                module_dots,
                height_dots,
                hri,
                data,
            } => {
                out.extend([ESC, b'b', *kind, *module_dots, *height_dots, *hri]);
                out.extend_from_slice(data);
                out.push(NUL);
            }

            Self::PrintRasterBitImage {
                scale,
                width_octets,
                height_dots,
                data,
            } => {
                out.extend([GS, b'v', b'0', scale.byte()]);
                out.extend(width_octets.to_le_bytes());
                out.extend(height_dots.to_le_bytes());
                out.extend_from_slice(data);
            }
            Self::SelectBitImageMode {
                mode,
                columns,
                data,
            } => {
                out.extend([ESC, b'*', mode.byte()]);
                out.extend(columns.to_le_bytes());
                out.extend_from_slice(data);
            }
            Self::Graphics { form, function } => {
                let mut data = vec![48];
                function.write(&mut data);
                match form {
                    GraphicsForm::Short => length_prefixed(out, GS, b'L', &data),
                    GraphicsForm::Long => {
                        out.extend([GS, b'8', b'L']);
                        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
                        out.extend(length.to_le_bytes());
                        out.extend_from_slice(&data);
                    }
                }
            }
            Self::PrintNvBitImage { n, scale } => out.extend([FS, b'p', *n, scale.byte()]),
            Self::DefineNvBitImages { count, data } => {
                out.extend([FS, b'q', *count]);
                out.extend_from_slice(data);
            }
            Self::DefineDownloadedBitImage {
                width_octets,
                height_octets,
                data,
            } => {
                out.extend([GS, b'*', *width_octets, *height_octets]);
                out.extend_from_slice(data);
            }
            Self::PrintDownloadedBitImage(scale) => out.extend([GS, b'/', scale.byte()]),
            Self::PrintVariableBitImage {
                scale,
                columns,
                octets_per_column,
                data,
            } => {
                out.extend([GS, b'Q', b'0', scale.byte()]);
                out.extend(columns.to_le_bytes());
                out.extend(octets_per_column.to_le_bytes());
                out.extend_from_slice(data);
            }

            Self::CutPaper(mode) => out.extend([GS, b'V', mode.byte()]),
            Self::FeedAndCutPaper { mode, feed_units } => cut(out, 65, *mode, *feed_units),
            Self::PresetCuttingPosition { mode, feed_units } => cut(out, 97, *mode, *feed_units),
            Self::FeedCutAndReturn { mode, feed_units } => cut(out, 103, *mode, *feed_units),
            Self::PartialCutOnePoint => out.extend([ESC, b'i']),
            Self::PartialCutThreePoints => out.extend([ESC, b'm']),
            Self::GeneratePulse { pin, on, off } => {
                out.extend([ESC, b'p', pin.byte(), *on, *off]);
            }
            Self::GenerateRealTimePulse { pin, time } => {
                out.extend([DLE, DC4, 1, pin.byte(), *time]);
            }
            Self::GenerateVendorPulse(pulse) => pulse.write(out),
            Self::CutVendorPaper => out.extend([ESC, b'w']),
            Self::SoundBuzzer { times, time } => out.extend([ESC, b'B', *times, *time]),

            Self::TransmitRealTimeStatus { n, a } => {
                out.extend([DLE, EOT, *n]);
                out.extend(*a);
            }
            Self::EnableAutomaticStatusBack(n) => out.extend([GS, b'a', *n]),
            Self::TransmitStatus(n) => out.extend([GS, b'r', *n]),
            Self::TransmitPrinterId(n) => out.extend([GS, b'I', *n]),
            Self::SelectPeripheralDevice(n) => out.extend([ESC, b'=', n.byte()]),
            Self::SelectPaperSensors { kind, n } => out.extend([ESC, b'c', *kind, *n]),
            Self::EnablePanelButtons(n) => out.extend([ESC, b'c', b'5', n.byte()]),
            Self::SetPrintDensity(n) => out.extend([GS, b'|', *n]),
            Self::TurnUnidirectionalPrintMode(on) => out.extend([ESC, b'U', on.byte()]),
            Self::ReturnHome => out.extend([ESC, b'<']),
            Self::StartOrEndMacro => out.extend([GS, b':']),
            Self::ExecuteMacro { times, wait, mode } => {
                out.extend([GS, b'^', *times, *wait, *mode]);
            }

            Self::LengthPrefixed {
                prefix,
                letter,
                data,
            } => length_prefixed(out, prefix.byte(), *letter, data),
        }
    }
}

fn word(out: &mut Vec<u8>, prefix: u8, letter: u8, value: u16) {
    let [low, high] = value.to_le_bytes();
    out.extend([prefix, letter, low, high]);
}

fn cut(out: &mut Vec<u8>, full: u8, mode: CutMode, feed_units: u8) {
    let m = match mode {
        CutMode::Full => full,
        CutMode::Partial => full + 1,
    };
    out.extend([GS, b'V', m, feed_units]);
}

/// The length is two octets: what is beyond it cannot be said.
fn length_prefixed(out: &mut Vec<u8>, prefix: u8, letter: u8, data: &[u8]) {
    let data = &data[..data.len().min(usize::from(u16::MAX))];
    let [low, high] = u16::try_from(data.len()).unwrap_or(u16::MAX).to_le_bytes();
    out.extend([prefix, b'(', letter, low, high]);
    out.extend_from_slice(data);
}
