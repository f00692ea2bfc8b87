//! The commands of ESC/POS, as values.
//!
//! Variants follow the titles of the maker's manual, their docs carry the
//! notation. Every value holds enough to be written back byte for byte: see
//! [`encode`](crate::encode), the inverse of [`parse`](crate::parse()). What a
//! command does is not known here but in [`layout`](crate::layout).

mod argument;
mod barcode;
mod graphics;
mod symbol;
mod vendor;

pub use argument::{
    Argument, BitImageMode, CharacterEncoding, CharacterSize, CutMode, DrawerPin, Font,
    HriPosition, Justification, KanjiCodeSystem, KanjiPrintModes, Meaning, PrintColor,
    PrintDirection, PrintModes, QrErrorCorrection, QrModel, RasterScale, Rotation, Switch,
    Symbology, Underline,
};
pub use barcode::{BarcodeSymbology, BarcodeSystem};
pub(crate) use graphics::StoredFor;
pub use graphics::{DefinedPicture, GraphicsForm, GraphicsFunction, StoredPicture};
pub use symbol::SymbolFunction;
pub use vendor::{VendorPulse, VendorSymbol};
pub(crate) use vendor::{daruma_symbology, selected_symbology};

/// One command of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    // Text and paper
    /// Printable bytes between commands, in the selected character code table.
    Text(Vec<u8>),
    /// `LF` — print and line feed.
    PrintAndLineFeed,
    /// `CR` — print and carriage return; ignored where automatic line feed is off.
    PrintAndCarriageReturn,
    /// `HT` — horizontal tab.
    HorizontalTab,
    /// `FF` — print and return to standard mode (in page mode).
    FormFeed,
    /// `CAN` — cancel print data in page mode.
    CancelPrintDataInPageMode,
    /// `ESC @` — initialize printer.
    InitializePrinter,
    /// `ESC d n` — print and feed n lines.
    PrintAndFeedLines(u8),
    /// `ESC J n` — print and feed paper n vertical motion units.
    PrintAndFeedPaper(u8),
    /// `ESC K n` — print and reverse feed n vertical motion units.
    PrintAndReverseFeed(u8),
    /// `ESC e n` — print and reverse feed n lines.
    PrintAndReverseFeedLines(u8),
    /// `ESC 2` — select default line spacing.
    SelectDefaultLineSpacing,
    /// `ESC 3 n` — set line spacing in vertical motion units.
    SetLineSpacing(u8),

    // Characters
    /// `ESC t n` — select character code table.
    SelectCharacterCodeTable(u8),
    /// `ESC R n` — select an international character set.
    SelectInternationalCharacterSet(u8),
    /// `ESC ! n` — select print modes.
    SelectPrintModes(PrintModes),
    /// `GS ! n` — select character size.
    SelectCharacterSize(CharacterSize),
    /// `ESC M n` — select character font.
    SelectCharacterFont(Argument<Font>),
    /// `ESC E n` — turn emphasized mode on or off.
    TurnEmphasizedMode(Argument<Switch>),
    /// `ESC E` before text — select emphasized mode on makes whose command has
    /// no argument.
    SelectEmphasizedMode,
    /// `ESC F` — cancel emphasized mode on the same makes.
    CancelEmphasizedMode,
    /// `ESC W n` — turn double width on or off on some makes.
    TurnDoubleWidthMode(Argument<Switch>),
    /// `ESC G n` — turn double-strike mode on or off.
    TurnDoubleStrikeMode(Argument<Switch>),
    /// `ESC - n` — turn underline mode on or off.
    TurnUnderlineMode(Argument<Underline>),
    /// `GS B n` — turn white/black reverse print mode on or off.
    TurnReverseMode(Argument<Switch>),
    /// `ESC { n` — turn upside-down print mode on or off.
    TurnUpsideDownMode(Argument<Switch>),
    /// `ESC V n` — turn 90° clockwise rotation on or off.
    TurnRotation(Argument<Rotation>),
    /// `GS b n` — turn smoothing mode on or off.
    TurnSmoothingMode(Argument<Switch>),
    /// `ESC 4` — select italic, where a model has it.
    SelectItalic,
    /// `ESC 4 n` — turn italic on or off, as one library writes it.
    TurnItalicMode(Argument<Switch>),
    /// `ESC 5` — cancel italic.
    CancelItalic,
    /// `ESC r n` — select print color.
    SelectPrintColor(Argument<PrintColor>),
    /// `ESC SP n` — set right-side character spacing.
    SetRightSideCharacterSpacing(u8),
    /// `ESC % n` — select or cancel the user-defined character set.
    SelectUserDefinedCharacters(Argument<Switch>),
    /// `ESC & y c1 c2 ...` — define user-defined characters.
    DefineUserDefinedCharacters {
        /// Octets that hold one column of dots.
        octets_per_column: u8,
        /// First character code.
        first: u8,
        /// Last character code.
        last: u8,
        /// For each character its width in dots, then its columns.
        data: Vec<u8>,
    },
    /// `ESC ? n` — cancel one user-defined character.
    CancelUserDefinedCharacter(u8),

    // Two-byte characters
    /// `FS &` — select kanji character mode.
    SelectKanjiMode,
    /// `FS .` — cancel kanji character mode.
    CancelKanjiMode,
    /// `FS C n` — select kanji character code system.
    SelectKanjiCodeSystem(Argument<KanjiCodeSystem>),
    /// `FS - n` — turn underline mode on or off for kanji characters.
    TurnKanjiUnderlineMode(Argument<Underline>),
    /// `FS S n1 n2` — set kanji character spacing.
    SetKanjiSpacing {
        /// Left of each character.
        left: u8,
        /// Right of each character.
        right: u8,
    },
    /// `FS ! n` — select print modes for kanji characters.
    SelectKanjiPrintModes(KanjiPrintModes),
    /// `FS W n` — turn quadruple-size mode on or off for kanji characters.
    TurnKanjiQuadrupleSize(Argument<Switch>),
    /// `FS ( A` function 48 — select kanji character font.
    SelectKanjiFont(Argument<Font>),
    /// `FS ( C` function 48 — select character encode system.
    SelectCharacterEncoding(Argument<CharacterEncoding>),
    /// `FS 2 c1 c2 d...` — define a user-defined kanji character of 24 by 24 dots.
    DefineUserDefinedKanji {
        /// Its two bytes.
        code: [u8; 2],
        /// 72 octets, column by column.
        data: Vec<u8>,
    },
    /// `FS ? c1 c2` — cancel a user-defined kanji character.
    CancelUserDefinedKanji([u8; 2]),

    // Position
    /// `ESC a n` — select justification.
    SelectJustification(Argument<Justification>),
    /// `ESC $ nL nH` — set absolute print position.
    SetAbsolutePrintPosition(u16),
    /// `ESC \ nL nH` — set relative print position.
    SetRelativePrintPosition(i16),
    /// `ESC D n... NUL` — set horizontal tab positions, in columns.
    SetHorizontalTabPositions(Vec<u8>),
    /// `GS L nL nH` — set left margin.
    SetLeftMargin(u16),
    /// `GS W nL nH` — set print area width.
    SetPrintAreaWidth(u16),
    /// `GS P x y` — set horizontal and vertical motion units, 1/x and 1/y inch.
    SetMotionUnits {
        /// Horizontal units an inch; 0 is the default.
        x: u8,
        /// Vertical units an inch; 0 is the default.
        y: u8,
    },
    /// `GS T n` — set print position to the beginning of the print line.
    SetPositionToLineBeginning(u8),

    // Page mode
    /// `ESC L` — select page mode.
    SelectPageMode,
    /// `ESC S` — select standard mode.
    SelectStandardMode,
    /// `ESC W` — set print area in page mode.
    SetPrintAreaInPageMode {
        /// Left edge.
        x: u16,
        /// Upper edge.
        y: u16,
        /// Width.
        width: u16,
        /// Height.
        height: u16,
    },
    /// `ESC T n` — select print direction in page mode.
    SelectPrintDirection(Argument<PrintDirection>),
    /// `GS $ nL nH` — set absolute vertical print position in page mode.
    SetAbsoluteVerticalPosition(u16),
    /// `GS \ nL nH` — set relative vertical print position in page mode.
    SetRelativeVerticalPosition(i16),
    /// `ESC FF` — print data in page mode, keeping them.
    PrintPage,

    // Barcodes and two-dimensional codes
    /// `GS k` — print barcode, in either form.
    PrintBarcode {
        /// m, which also says how the data ends.
        system: BarcodeSystem,
        /// The data, without the NUL or the length.
        data: Vec<u8>,
    },
    /// `GS h n` — set barcode height in dots.
    SetBarcodeHeight(u8),
    /// `GS w n` — set barcode width.
    SetBarcodeWidth(u8),
    /// `GS H n` — select print position of HRI characters.
    SelectHriPosition(Argument<HriPosition>),
    /// `GS f n` — select font for HRI characters.
    SelectHriFont(Argument<Font>),
    /// `GS ( k` — set up and print the symbol.
    Symbol {
        /// cn: which code.
        symbology: Argument<Symbology>,
        /// fn and its arguments.
        function: SymbolFunction,
    },

    // The same of compatible printers
    /// `ESC j n` — select justification (Daruma).
    SelectVendorJustification(Argument<Justification>),
    /// `GS Z n` — select the code that `ESC Z` prints.
    SelectVendorSymbology(u8),
    /// `DC2 ; n` — set the module size of `GS p`.
    SetVendorModuleSize(u8),
    /// A two-dimensional code in one command.
    PrintVendorSymbol(VendorSymbol),
    /// `ESC b t w h p d NUL` — print barcode (Daruma).
    PrintVendorBarcode {
        /// Which code.
        kind: u8,
        /// Width of the narrowest bar.
        module_dots: u8,
        /// Height of the bars.
        height_dots: u8,
        /// Whether its text stands below.
        hri: u8,
        /// The data.
        data: Vec<u8>,
    },

    // Pictures
    /// `GS v 0` — print raster bit image.
    PrintRasterBitImage {
        /// m: enlargement.
        scale: Argument<RasterScale>,
        /// Octets a row; each holds eight dots.
        width_octets: u16,
        /// Rows.
        height_dots: u16,
        /// The rows, most significant bit left.
        data: Vec<u8>,
    },
    /// `ESC *` — select bit-image mode: one strip, column by column.
    SelectBitImageMode {
        /// m: dots a column and density.
        mode: Argument<BitImageMode>,
        /// Columns.
        columns: u16,
        /// The columns, most significant bit on top.
        data: Vec<u8>,
    },
    /// `GS ( L`, `GS 8 L` — set graphics data, print graphics.
    Graphics {
        /// Which of the two commands it came in.
        form: GraphicsForm,
        /// fn and its arguments.
        function: GraphicsFunction,
    },
    /// `FS p n m` — print NV bit image.
    PrintNvBitImage {
        /// Number of the stored picture.
        n: u8,
        /// Enlargement.
        scale: Argument<RasterScale>,
    },
    /// `FS q n ...` — define NV bit images.
    DefineNvBitImages {
        /// How many.
        count: u8,
        /// For each its size and its dots.
        data: Vec<u8>,
    },
    /// `GS * x y d...` — define downloaded bit image.
    DefineDownloadedBitImage {
        /// Width in octets.
        width_octets: u8,
        /// Height in octets.
        height_octets: u8,
        /// The columns, most significant bit on top.
        data: Vec<u8>,
    },
    /// `GS / m` — print downloaded bit image.
    PrintDownloadedBitImage(Argument<RasterScale>),
    /// `GS Q 0` — print variable vertical size bit image.
    PrintVariableBitImage {
        /// m: enlargement.
        scale: Argument<RasterScale>,
        /// Columns.
        columns: u16,
        /// Octets a column.
        octets_per_column: u16,
        /// The columns, most significant bit on top.
        data: Vec<u8>,
    },

    // Cutter, drawer, buzzer
    /// `GS V m` — cut here.
    CutPaper(Argument<CutMode>),
    /// `GS V 65 n`, `GS V 66 n` — feed to the cutting position and n further, then cut.
    FeedAndCutPaper {
        /// How far through.
        mode: CutMode,
        /// Vertical motion units of extra feed.
        feed_units: u8,
    },
    /// `GS V 97 n`, `GS V 98 n` — cut when this position reaches the cutter.
    PresetCuttingPosition {
        /// How far through.
        mode: CutMode,
        /// Vertical motion units of extra feed.
        feed_units: u8,
    },
    /// `GS V 103 n`, `GS V 104 n` — feed, cut, and come back.
    FeedCutAndReturn {
        /// How far through.
        mode: CutMode,
        /// Vertical motion units of extra feed.
        feed_units: u8,
    },
    /// `ESC i` — partial cut, one point left (older models).
    PartialCutOnePoint,
    /// `ESC m` — partial cut, three points left (older models).
    PartialCutThreePoints,
    /// `ESC p m t1 t2` — generate pulse.
    GeneratePulse {
        /// m: which drawer.
        pin: Argument<DrawerPin>,
        /// On for this many times 2 ms.
        on: u8,
        /// Off for this many times 2 ms.
        off: u8,
    },
    /// `DLE DC4 1 m t` — generate pulse in real time.
    GenerateRealTimePulse {
        /// m: which drawer.
        pin: Argument<DrawerPin>,
        /// On and off for this many times 100 ms.
        time: u8,
    },
    /// A pulse as compatible printers take it.
    GenerateVendorPulse(VendorPulse),
    /// `ESC w` — cut paper (Diebold).
    CutVendorPaper,
    /// `ESC B n t` — sound the buzzer of many compatible printers.
    SoundBuzzer {
        /// How often.
        times: u8,
        /// For this many times 100 ms.
        time: u8,
    },

    // Status and device
    /// `DLE EOT n [a]` — transmit real-time status.
    TransmitRealTimeStatus {
        /// Which status.
        n: u8,
        /// The second argument that n 7, 8 and 18 take.
        a: Option<u8>,
    },
    /// `GS a n` — enable or disable automatic status back.
    EnableAutomaticStatusBack(u8),
    /// `GS r n` — transmit status.
    TransmitStatus(u8),
    /// `GS I n` — transmit printer id.
    TransmitPrinterId(u8),
    /// `ESC = n` — select peripheral device; bit 0 is the printer.
    SelectPeripheralDevice(Argument<Switch>),
    /// `ESC c 3 n`, `ESC c 4 n` — select paper sensors.
    SelectPaperSensors {
        /// `3` or `4`.
        kind: u8,
        /// Which sensors.
        n: u8,
    },
    /// `ESC c 5 n` — enable or disable panel buttons.
    EnablePanelButtons(Argument<Switch>),
    /// `GS | n` — set print density on some makes.
    SetPrintDensity(u8),
    /// `ESC U n` — turn unidirectional print mode on or off.
    TurnUnidirectionalPrintMode(Argument<Switch>),
    /// `ESC <` — return home.
    ReturnHome,
    /// `GS :` — start or end macro definition.
    StartOrEndMacro,
    /// `GS ^ r t m` — execute macro.
    ExecuteMacro {
        /// How often.
        times: u8,
        /// Waiting time, times 100 ms.
        wait: u8,
        /// 0 runs on, 1 waits for the feed button.
        mode: u8,
    },

    // Everything else
    /// `ESC (`, `GS (`, `FS (` — any other command that says its own length.
    LengthPrefixed {
        /// Which of the three.
        prefix: Prefix,
        /// The letter that names the command.
        letter: u8,
        /// The data, without the length.
        data: Vec<u8>,
    },
    /// A command known by its length only, whole; it prints nothing.
    Other(Vec<u8>),
    /// Bytes no other variant claims, kept so that nothing is lost on the way out.
    Unknown(Vec<u8>),
}

/// The control code a command begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// 1Bh.
    Esc,
    /// 1Ch.
    Fs,
    /// 1Dh.
    Gs,
}

impl Prefix {
    /// The control code itself.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Esc => control::ESC,
            Self::Fs => control::FS,
            Self::Gs => control::GS,
        }
    }
}

impl AsRef<Self> for Command {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Control codes that begin or are commands.
pub(crate) mod control {
    pub(crate) const NUL: u8 = 0x00;
    pub(crate) const EOT: u8 = 0x04;
    pub(crate) const ENQ: u8 = 0x05;
    pub(crate) const HT: u8 = 0x09;
    pub(crate) const LF: u8 = 0x0A;
    pub(crate) const FF: u8 = 0x0C;
    pub(crate) const CR: u8 = 0x0D;
    pub(crate) const DLE: u8 = 0x10;
    pub(crate) const DC2: u8 = 0x12;
    pub(crate) const DC4: u8 = 0x14;
    pub(crate) const CAN: u8 = 0x18;
    pub(crate) const ESC: u8 = 0x1B;
    pub(crate) const FS: u8 = 0x1C;
    pub(crate) const GS: u8 = 0x1D;
}
