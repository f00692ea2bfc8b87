//! The paper as it comes out: elements from top to bottom, within limits.

use std::sync::Arc;

use super::document::{Content, Document, Element, Item, PagePlace, Picture, Row};
use super::line::Placed;
use crate::command::{CutMode, DrawerPin, Justification};
use crate::limits::Limits;
use crate::parse::FindingKind;

/// The document so far and where the paper is.
#[derive(Debug)]
pub(super) struct Paper {
    document: Document,
    limits: Limits,
    y_dots: u32,
    items: usize,
    octets: usize,
}

/// What all things of a row have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSetting {
    pub(super) area_x_dots: u32,
    pub(super) area_width_dots: u32,
    pub(super) justification: Justification,
    pub(super) upside_down: bool,
    pub(super) page: Option<PagePlace>,
}

impl Paper {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            document: Document::default(),
            limits,
            y_dots: 0,
            items: 0,
            octets: 0,
        }
    }

    /// Whether nothing more fits.
    pub(super) fn is_full(&self) -> bool {
        self.document.cut_short
    }

    pub(super) fn y_dots(&self) -> u32 {
        self.y_dots
    }

    pub(super) fn feed(&mut self, dots: u32) {
        self.y_dots = self.y_dots.saturating_add(dots);
    }

    /// Prints a row here and moves on by its height or `feed_dots`, whichever is more.
    pub(super) fn print(
        &mut self,
        placed: Placed,
        setting: RowSetting,
        feed_dots: u32,
        offset: u64,
    ) {
        let advance_dots = placed.height_dots.max(feed_dots);
        let y_dots = self.y_dots;
        self.feed(advance_dots);
        if self.joins_strip_above(y_dots, &placed.items, advance_dots) {
            return;
        }
        self.place(placed, setting, y_dots, advance_dots, offset);
    }

    /// Puts a row at a height of its own.
    pub(super) fn place(
        &mut self,
        placed: Placed,
        setting: RowSetting,
        y_dots: u32,
        advance_dots: u32,
        offset: u64,
    ) {
        let Placed {
            mut items,
            height_dots,
            base_dots,
        } = placed;
        // Most rows have one or two, and a document may have 100,000 rows.
        items.shrink_to_fit();
        self.items += items.len();
        self.octets += items.iter().map(Item::own_octets).sum::<usize>();
        self.push(
            Element::Row(Row {
                y_dots,
                height_dots,
                base_dots,
                advance_dots,
                area_x_dots: setting.area_x_dots,
                area_width_dots: setting.area_width_dots,
                justification: setting.justification,
                upside_down: setting.upside_down,
                page: setting.page,
                items,
            }),
            offset,
        );
    }

    pub(super) fn cut(&mut self, mode: CutMode, offset: u64) {
        let y_dots = self.y_dots;
        self.push(Element::Cut { y_dots, mode }, offset);
    }

    pub(super) fn pulse(&mut self, pin: DrawerPin, on_ms: u32, off_ms: u32, offset: u64) {
        let y_dots = self.y_dots;
        self.push(
            Element::Pulse {
                y_dots,
                pin,
                on_ms,
                off_ms,
            },
            offset,
        );
    }

    /// Notes something worth telling.
    pub(super) fn find(&mut self, offset: u64, kind: FindingKind) {
        self.document.findings.add(offset, kind, &self.limits);
    }

    /// What has come out so far; the bounds count anew from here.
    pub(super) fn take_elements(&mut self) -> Vec<Element> {
        self.items = 0;
        self.octets = 0;
        std::mem::take(&mut self.document.elements)
    }

    pub(super) fn finish(mut self) -> Document {
        self.document.height_dots = self.y_dots;
        self.document
    }

    fn push(&mut self, element: Element, offset: u64) {
        if self.document.cut_short {
            return;
        }
        if self.document.elements.len() >= self.limits.elements_max
            || self.items > self.limits.items_max
            || self.octets > self.limits.text_octets_max
        {
            self.document.cut_short = true;
            self.find(offset, FindingKind::DocumentTooLong);
            return;
        }
        self.document.elements.push(element);
    }

    /// Pictures come as strips of 8 or 24 dots, one a row. A strip right below
    /// one of the same kind and width is more of the same picture.
    fn joins_strip_above(&mut self, y_dots: u32, items: &[Item], advance_dots: u32) -> bool {
        let [strip] = items else { return false };
        let Content::Picture(below) = &strip.content else {
            return false;
        };
        let Some(Element::Row(row)) = self.document.elements.last_mut() else {
            return false;
        };
        // With room left between strips they are separate pictures on paper.
        if row.y_dots.saturating_add(row.height_dots) != y_dots {
            return false;
        }
        let [above] = row.items.as_mut_slice() else {
            return false;
        };
        let Content::Picture(picture) = &mut above.content else {
            return false;
        };
        if picture.strips == 0
            || below.strips == 0
            || above.x_dots != strip.x_dots
            || !same_kind(picture, below)
        {
            return false;
        }
        Arc::make_mut(&mut picture.bitmap).append(&below.bitmap);
        picture.strips += below.strips;
        above.height_dots = above.height_dots.saturating_add(strip.height_dots);
        row.height_dots = row.height_dots.saturating_add(strip.height_dots);
        row.base_dots = row.base_dots.saturating_add(strip.height_dots);
        row.advance_dots = row.advance_dots.saturating_add(advance_dots);
        true
    }
}

fn same_kind(above: &Picture, below: &Picture) -> bool {
    above.bitmap.width_dots() == below.bitmap.width_dots()
        && (above.scale_x, above.scale_y) == (below.scale_x, below.scale_y)
}
