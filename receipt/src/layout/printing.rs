//! What the printing commands do: put things into the row, print it, move on.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::decoder::Glyph;
use super::document::{Barcode, Content, Picture, Symbol, UserDefined, joins_cell};
use super::line::Extent;
use super::paper::RowSetting;
use super::picture::Bitmap;
use super::{Layout, Line, Page};
use crate::command::{
    Argument, BarcodeSystem, BitImageMode, CutMode, GraphicsFunction, HriPosition, Justification,
    RasterScale, StoredFor, StoredPicture, SymbolFunction, Symbology, VendorSymbol,
    daruma_symbology,
};
use crate::parse::FindingKind;

/// The room left for a picture that only the printer has.
const STAND_IN_DOTS: (u32, u32) = (192, 96);
/// More pictures with keys than any printer's memory holds.
const KEYED_PICTURES_MAX: usize = 4096;

impl Layout<'_> {
    /// Characters, wrapped at the right edge of the print area.
    pub(super) fn text(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let Some(glyph) = self.decoder.decode(byte) else {
                continue;
            };
            if joins_cell(self.modes.font, glyph.character) && self.line.join(glyph.character) {
                continue;
            }
            let extent = self.modes.character_extent(self.profile, glyph.wide);
            if self.line.position_dots.saturating_add(extent.width_dots) > self.row_width_dots()
                && !self.line.is_at_start()
            {
                self.feed_row(self.modes.line_spacing_dots);
            }
            if !self.row_has_room() {
                return;
            }
            let style = self.modes.style(glyph.wide);
            if let Some(bitmap) = self.user_defined(byte, glyph) {
                let character = UserDefined {
                    character: glyph.character,
                    bitmap,
                    style,
                    wide: glyph.wide,
                };
                self.line.put(extent, Content::UserDefined(character));
                continue;
            }
            let lead_dots = self.modes.lead_dots(glyph.wide);
            self.line.put_glyph(glyph, style, lead_dots, extent);
        }
    }

    /// The dots the job defined for a character, where it selected them.
    fn user_defined(&self, byte: u8, glyph: Glyph) -> Option<Arc<Bitmap>> {
        if !self.modes.user_defined || glyph.wide {
            return None;
        }
        self.characters.get(&byte).cloned()
    }

    /// `ESC &`: for each character its width, then its columns.
    pub(super) fn define_characters(
        &mut self,
        octets_per_column: u8,
        codes: RangeInclusive<u8>,
        mut data: &[u8],
    ) {
        let octets = usize::from(octets_per_column);
        for code in codes {
            let Some((&width, rest)) = data.split_first() else {
                return;
            };
            let Some((columns, rest)) = rest.split_at_checked(usize::from(width) * octets) else {
                return;
            };
            let height_dots = u32::from(octets_per_column) * 8;
            let bitmap = Bitmap::from_columns(octets_per_column.into(), height_dots, columns);
            self.characters.insert(code, Arc::new(bitmap));
            data = rest;
        }
    }

    /// Width of the area rows are set in.
    pub(super) fn row_width_dots(&self) -> u32 {
        match &self.page {
            Some(page) => page.row_width_dots(),
            None => self.modes.area(self.profile).1,
        }
    }

    /// Prints the row, if there is one, and moves on by its height. On a page
    /// the position stays: more may come to stand beside it.
    pub(super) fn print_row(&mut self) {
        match &mut self.page {
            Some(page) => page.put(self.line.take(0, 0, Justification::Left)),
            None => self.print_row_on_paper(0),
        }
    }

    /// Prints the row and moves on by `feed_dots`, but not less than its height.
    pub(super) fn feed_row(&mut self, feed_dots: u32) {
        let height_dots = self.line.height_dots();
        // The vertical unit of many models is half a dot, and libraries that
        // print strips rely on it: 36 units are less than 24 dots there.
        let adjoins = self.modes.line_spacing_is_set
            && self.line.holds_only_strips()
            && feed_dots / 2 <= height_dots;
        let feed_dots = if adjoins { height_dots } else { feed_dots };
        match &mut self.page {
            Some(page) => {
                page.put(self.line.take(0, 0, Justification::Left));
                page.move_down(feed_dots.max(height_dots));
            }
            None => self.print_row_on_paper(feed_dots),
        }
    }

    /// Prints the row with a feed of its own: what goes beyond the line spacing
    /// is empty paper below the row, not part of it.
    pub(super) fn feed_row_and_paper(&mut self, feed_dots: u32) {
        let own_dots = feed_dots.min(self.modes.line_spacing_dots);
        let moved_dots = own_dots.max(self.line.height_dots());
        self.feed_row(own_dots);
        let rest_dots = feed_dots.saturating_sub(moved_dots);
        match &mut self.page {
            Some(page) => page.move_down(rest_dots),
            None => self.paper.feed(rest_dots),
        }
    }

    fn print_row_on_paper(&mut self, feed_dots: u32) {
        if self.line.is_empty() {
            self.line = Line::default();
            self.paper.feed(feed_dots);
            return;
        }
        let (area_x_dots, area_width_dots) = self.modes.area(self.profile);
        let justification = self.modes.justification;
        let placed = self.line.take(area_x_dots, area_width_dots, justification);
        let setting = RowSetting {
            area_x_dots,
            area_width_dots,
            justification,
            upside_down: self.modes.upside_down,
            page: None,
        };
        self.paper.print(placed, setting, feed_dots, self.offset);
    }

    /// `ESC \`; a position outside the area is ignored.
    pub(super) fn move_across(&mut self, units: i16) {
        let dots = self.modes.units.across(self.profile, units.unsigned_abs());
        let position = self.line.position_dots;
        let target = if units < 0 {
            position.checked_sub(dots)
        } else {
            position.checked_add(dots)
        };
        if let Some(target) = target.filter(|&target| target <= self.row_width_dots()) {
            self.line.position_dots = target;
        }
    }

    /// `HT`: to the next tab stop inside the area, if there is one.
    pub(super) fn tab(&mut self) {
        let position = self.line.position_dots;
        let width_dots = self.row_width_dots();
        let stops = &self.modes.tab_stops_dots;
        if let Some(&stop) = stops
            .iter()
            .find(|&&stop| stop > position && stop <= width_dots)
        {
            self.line.position_dots = stop;
        }
    }

    /// Does something to the page, if there is one, after what is collected has
    /// been put on it.
    pub(super) fn on_page(&mut self, act: impl FnOnce(&mut Page)) {
        if self.page.is_some() {
            self.print_row();
        }
        if let Some(page) = &mut self.page {
            act(page);
        }
    }

    /// Moves up or down on a page, keeping the position across.
    pub(super) fn move_down_page(&mut self, move_page: impl FnOnce(&mut Page)) {
        let position_dots = self.line.position_dots;
        self.on_page(move_page);
        self.line.position_dots = position_dots;
    }

    /// Prints what is on the page, which stays.
    pub(super) fn print_page(&mut self) {
        if let Some(page) = &self.page {
            page.print(&mut self.paper, self.offset);
        }
    }

    /// `GS k`.
    pub(super) fn barcode(&mut self, system: BarcodeSystem, data: Vec<u8>) {
        let modes = &self.modes;
        let symbology = system.symbology();
        let (symbology, data) = symbology
            .read_symbol_values(&data)
            .unwrap_or((symbology, data));
        let barcode = Barcode {
            symbology,
            data,
            height_dots: modes.barcode_height_dots,
            module_dots: modes.barcode_module_dots,
            hri_position: modes.hri_position,
            hri_font: modes.hri_font,
            hri: String::new(),
            bars: None,
        };
        self.put_barcode(barcode);
    }

    fn put_barcode(&mut self, mut barcode: Barcode) {
        let area_dots = self.row_width_dots();
        if let Some(finding) = self.coding.barcode(&mut barcode, area_dots) {
            self.find(finding);
        }
        let hri_rows = match barcode.hri_position {
            HriPosition::None => 0,
            HriPosition::Above | HriPosition::Below => 1,
            HriPosition::Both => 2,
        };
        let hri_height = u32::from(self.profile.cell(barcode.hri_font).height_dots);
        let extent = match &barcode.bars {
            Some(bars) => {
                let height_dots = u32::from(barcode.height_dots) + hri_rows * hri_height;
                Extent::alone(bars.width_dots(), height_dots)
            }
            None => Extent::alone(0, 0),
        };
        self.put_alone(extent, Content::Barcode(barcode));
    }

    /// `ESC b`.
    pub(super) fn vendor_barcode(
        &mut self,
        kind: u8,
        module_dots: u8,
        height_dots: u8,
        hri: u8,
        data: Vec<u8>,
    ) {
        let Some(symbology) = daruma_symbology(kind) else {
            return;
        };
        let barcode = Barcode {
            symbology,
            data,
            height_dots: height_dots.max(50),
            module_dots: module_dots.clamp(2, 5),
            hri_position: if hri == 1 {
                HriPosition::Below
            } else {
                HriPosition::None
            },
            hri_font: self.modes.hri_font,
            hri: String::new(),
            bars: None,
        };
        self.put_barcode(barcode);
    }

    /// A two-dimensional code of a compatible printer.
    pub(super) fn vendor_symbol(&mut self, symbol: &VendorSymbol) {
        let symbology = match symbol {
            VendorSymbol::Selected { .. } => self.modes.vendor_symbology,
            VendorSymbol::WithLength { .. }
            | VendorSymbol::WithNul(_)
            | VendorSymbol::AfterSize { .. }
            | VendorSymbol::WithModel { .. } => Symbology::Qr,
        };
        let mut settings = self.modes.symbols;
        super::assign(&mut settings.qr_module_dots, symbol.module_dots());
        super::assign(&mut settings.qr_error_correction, symbol.error_correction());
        self.put_symbol(Symbol {
            symbology,
            kind: 48,
            data: symbol.data().into(),
            settings,
            modules: None,
        });
    }

    fn put_symbol(&mut self, mut symbol: Symbol) {
        let area_dots = self.row_width_dots();
        if let Some(finding) = self.coding.symbol(&mut symbol, area_dots) {
            self.find(finding);
        }
        let modules = symbol.modules.as_ref();
        let extent = modules.map_or(Extent::alone(0, 0), on_paper);
        self.put_alone(extent, Content::Symbol(symbol));
    }

    /// `GS ( k`.
    pub(super) fn symbol(&mut self, symbology: Symbology, function: SymbolFunction) {
        let settings = &mut self.modes.symbols;
        match function {
            SymbolFunction::SelectQrModel(model, _) => {
                super::assign(&mut settings.qr_model, model.meaning());
            }
            SymbolFunction::SetQrModuleSize(n) => settings.qr_module_dots = n.clamp(1, 16),
            SymbolFunction::SelectQrErrorCorrection(level) => {
                super::assign(&mut settings.qr_error_correction, level.meaning());
            }
            SymbolFunction::SetPdf417Columns(n) => settings.pdf417_columns = n.min(30),
            SymbolFunction::SetPdf417Rows(n) => settings.pdf417_rows = n.min(90),
            SymbolFunction::SetPdf417ModuleWidth(n) => {
                settings.pdf417_module_dots = n.clamp(1, 8);
            }
            SymbolFunction::SetPdf417RowHeight(n) => settings.pdf417_row_height = n.clamp(2, 8),
            SymbolFunction::SetPdf417ErrorCorrection { m, n } => {
                settings.pdf417_error_correction = (m, n);
            }
            SymbolFunction::SelectPdf417Options(n) => settings.pdf417_truncated = n == 1,
            SymbolFunction::StoreData { m, data } => {
                self.stored.symbols[symbology.index()] = Some((m, data.into()));
            }
            SymbolFunction::Print { .. } => {
                let Some((kind, data)) = self.stored.symbols[symbology.index()].clone() else {
                    return;
                };
                let settings = *settings;
                self.put_symbol(Symbol {
                    symbology,
                    kind,
                    data,
                    settings,
                    modules: None,
                });
            }
            SymbolFunction::Other {
                function,
                arguments,
            } => settings.set(symbology, function, &arguments),
        }
    }

    /// `GS v 0`.
    pub(super) fn raster(
        &mut self,
        scale: Argument<RasterScale>,
        width_octets: u16,
        height_dots: u16,
        data: Vec<u8>,
    ) {
        let width_dots = u32::from(width_octets) * 8;
        let bitmap = Bitmap::from_rows(width_dots, height_dots.into(), data);
        self.picture(Arc::new(bitmap), scale);
    }

    /// `GS Q 0`.
    pub(super) fn variable(
        &mut self,
        scale: Argument<RasterScale>,
        octets_per_column: u16,
        data: &[u8],
    ) {
        let octets = u32::from(octets_per_column);
        let bitmap = Bitmap::from_columns(octets, octets * 8, data);
        self.picture(Arc::new(bitmap), scale);
    }

    /// `GS /`.
    pub(super) fn downloaded(&mut self, scale: Argument<RasterScale>) {
        if let Some(bitmap) = self.stored.downloaded.clone() {
            self.picture(bitmap, scale);
        }
    }

    /// `FS q`: pictures kept for good, each in columns after its size in octets.
    pub(super) fn define_nv(&mut self, mut data: &[u8]) {
        self.stored.nv.clear();
        while let [x_low, x_high, y_low, y_high, rest @ ..] = data {
            let width = usize::from(u16::from_le_bytes([*x_low, *x_high])) * 8;
            let height_octets = u16::from_le_bytes([*y_low, *y_high]);
            let octets = width * usize::from(height_octets);
            let Some((columns, rest)) = rest.split_at_checked(octets) else {
                return;
            };
            let height_octets = u32::from(height_octets);
            let bitmap = Bitmap::from_columns(height_octets, height_octets * 8, columns);
            self.stored.nv.push(Arc::new(bitmap));
            data = rest;
        }
    }

    /// `FS p`: a picture of this job, or one that only the printer has.
    pub(super) fn nv(&mut self, n: u8, scale: Argument<RasterScale>) {
        let place = usize::from(n).checked_sub(1);
        match place.and_then(|place| self.stored.nv.get(place)) {
            Some(bitmap) => self.picture(Arc::clone(bitmap), scale),
            None => {
                if let Some((scale_x, scale_y)) = scale.meaning().map(times) {
                    self.stored_picture(n.to_string(), scale_x, scale_y);
                }
            }
        }
    }

    fn picture(&mut self, bitmap: Arc<Bitmap>, scale: Argument<RasterScale>) {
        let Some((scale_x, scale_y)) = scale.meaning().map(times) else {
            return;
        };
        self.put_picture_alone(Picture {
            bitmap,
            scale_x,
            scale_y,
            strips: 0,
        });
    }

    /// `ESC *`: one strip, which stands in the row like a character.
    pub(super) fn strip(&mut self, mode: Argument<BitImageMode>, data: &[u8]) {
        let Some(mode) = mode.meaning() else { return };
        if !self.row_has_room() {
            return;
        }
        let octets = u32::from(mode.octets_per_column());
        let picture = Picture {
            bitmap: Arc::new(Bitmap::from_columns(octets, octets * 8, data)),
            scale_x: mode.scale_x(),
            scale_y: mode.scale_y(),
            strips: 1,
        };
        // It stands on the base line as font A does, whose height it has.
        let below = self.profile.font_a.height_dots - self.profile.font_a.base_dots();
        let alone = on_paper(&picture);
        let extent = Extent {
            base_dots: alone.height_dots.saturating_sub(below.into()),
            ..alone
        };
        self.line.put(extent, Content::Picture(picture));
    }

    /// `GS ( L`, `GS 8 L`.
    pub(super) fn graphics(&mut self, function: GraphicsFunction) {
        match function {
            GraphicsFunction::StoreRaster(stored) => {
                let (width, height) = (stored.width_dots, stored.height_dots);
                let (scale_x, scale_y) = scales(&stored);
                let bitmap = Bitmap::from_rows(width.into(), height.into(), stored.data);
                self.stored.graphics = Some(Picture {
                    bitmap: Arc::new(bitmap),
                    scale_x,
                    scale_y,
                    strips: 0,
                });
            }
            GraphicsFunction::StoreColumns(stored) => {
                let height = u32::from(stored.height_dots);
                let (scale_x, scale_y) = scales(&stored);
                let bitmap = Bitmap::from_columns(height.div_ceil(8), height, &stored.data);
                self.stored.graphics = Some(Picture {
                    bitmap: Arc::new(bitmap),
                    scale_x,
                    scale_y,
                    strips: 0,
                });
            }
            GraphicsFunction::PrintStored { .. } => {
                // Printing empties the print buffer.
                if let Some(picture) = self.stored.graphics.take() {
                    self.put_picture_alone(picture);
                }
            }
            GraphicsFunction::PrintByKey {
                function,
                key,
                scale_x,
                scale_y,
            } => {
                let (scale_x, scale_y) = (scale_x.clamp(1, 2), scale_y.clamp(1, 2));
                let place = (StoredFor::printing(function), key);
                if let Some(bitmap) = self.stored.keyed.get(&place) {
                    self.put_picture_alone(Picture {
                        bitmap: Arc::clone(bitmap),
                        scale_x,
                        scale_y,
                        strips: 0,
                    });
                } else {
                    let key = key.iter().map(|&byte| char::from(byte)).collect();
                    self.stored_picture(key, scale_x, scale_y);
                }
            }
            GraphicsFunction::DefineByKey(defined) => {
                let (width, height) = (defined.width_dots.into(), defined.height_dots.into());
                let bitmap = if defined.is_in_columns() {
                    Bitmap::from_columns(u32::div_ceil(height, 8), height, &defined.data)
                } else {
                    Bitmap::from_rows(width, height, defined.data)
                };
                let place = (StoredFor::defining(defined.function), defined.key);
                let keyed = &mut self.stored.keyed;
                if keyed.len() < KEYED_PICTURES_MAX || keyed.get(&place).is_some() {
                    keyed.insert(place, Arc::new(bitmap));
                }
            }
            GraphicsFunction::Other { .. } => {}
        }
    }

    /// A picture the job does not hold.
    pub(super) fn stored_picture(&mut self, key: String, scale_x: u8, scale_y: u8) {
        let picture = Content::StoredPicture {
            key,
            scale_x,
            scale_y,
        };
        let (width_dots, height_dots) = STAND_IN_DOTS;
        let extent = Extent::alone(
            width_dots * u32::from(scale_x),
            height_dots * u32::from(scale_y),
        );
        self.put_alone(extent, picture);
    }

    /// Cuts, after what has not been printed yet.
    pub(super) fn cut(&mut self, mode: CutMode, feed_units: u8) {
        self.print_row();
        let feed_dots = self.modes.units.down(self.profile, feed_units.into());
        self.paper.feed(feed_dots);
        self.paper.cut(mode, self.offset);
    }

    fn put_picture_alone(&mut self, picture: Picture) {
        self.put_alone(on_paper(&picture), Content::Picture(picture));
    }

    /// Puts something that does not share its row in standard mode.
    fn put_alone(&mut self, extent: Extent, content: Content) {
        if self.page.is_none() {
            self.print_row();
        }
        if self.row_has_room() {
            self.line.put(extent, content);
        }
        if self.page.is_none() {
            self.print_row();
        }
    }

    fn row_has_room(&mut self) -> bool {
        let on_page = self.page.as_ref().map_or(0, Page::len);
        let room = self.line.len() + on_page < self.limits.items_per_row_max;
        if !room {
            self.find(FindingKind::RowTooFull);
        }
        room
    }
}

fn scales(stored: &StoredPicture) -> (u8, u8) {
    (stored.scale_x.clamp(1, 2), stored.scale_y.clamp(1, 2))
}

fn times(scale: RasterScale) -> (u8, u8) {
    match scale {
        RasterScale::Normal => (1, 1),
        RasterScale::DoubleWidth => (2, 1),
        RasterScale::DoubleHeight => (1, 2),
        RasterScale::Quadruple => (2, 2),
    }
}

fn on_paper(picture: &Picture) -> Extent {
    Extent::alone(
        picture.bitmap.width_dots() * u32::from(picture.scale_x),
        picture.bitmap.height_dots() * u32::from(picture.scale_y),
    )
}
