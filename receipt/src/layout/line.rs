//! The row that is being collected: things beside each other that nothing has
//! printed yet.

use super::decoder::Glyph;
use super::document::{Content, Item, Run, Style};
use crate::command::Justification;

/// Things collected for a row; positions count from the left of the print area.
#[derive(Debug, Default)]
pub(super) struct Line {
    collected: Vec<Collected>,
    /// Where the next thing goes.
    pub(super) position_dots: u32,
}

/// A thing and where its base line is: until the row is taken nobody knows how
/// far below the row's upper edge it comes to stand.
#[derive(Debug)]
struct Collected {
    item: Item,
    /// From its upper edge to its base line.
    base_dots: u32,
}

/// The measures of a thing in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// How far the print position moves on.
    pub(super) width_dots: u32,
    pub(super) height_dots: u32,
    /// From its upper edge to its base line.
    pub(super) base_dots: u32,
}

impl Extent {
    /// Of a thing that stands on the base line with its lower edge.
    pub(super) fn alone(width_dots: u32, height_dots: u32) -> Self {
        Self {
            width_dots,
            height_dots,
            base_dots: height_dots,
        }
    }
}

/// Things placed on one base line.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) items: Vec<Item>,
    pub(super) height_dots: u32,
    pub(super) base_dots: u32,
}

impl Line {
    /// Whether nothing has been put into it.
    pub(super) fn is_empty(&self) -> bool {
        self.collected.is_empty()
    }

    /// Whether it is at its very beginning.
    pub(super) fn is_at_start(&self) -> bool {
        self.is_empty() && self.position_dots == 0
    }

    /// How many things it holds.
    pub(super) fn len(&self) -> usize {
        self.collected.len()
    }

    /// Whether it holds strips of a picture and nothing else.
    pub(super) fn holds_only_strips(&self) -> bool {
        let is_strip = |collected: &Collected| match &collected.item.content {
            Content::Picture(picture) => picture.strips > 0,
            Content::Run(_)
            | Content::StoredPicture { .. }
            | Content::UserDefined(_)
            | Content::Barcode(_)
            | Content::Symbol(_) => false,
        };
        !self.is_empty() && self.collected.iter().all(is_strip)
    }

    /// Height of the row as it stands: what is above the common base line, and
    /// what is below it.
    pub(super) fn height_dots(&self) -> u32 {
        let below = |collected: &Collected| collected.item.height_dots - collected.base_dots;
        self.base_dots() + self.collected.iter().map(below).max().unwrap_or(0)
    }

    fn base_dots(&self) -> u32 {
        let base = |collected: &Collected| collected.base_dots;
        self.collected.iter().map(base).max().unwrap_or(0)
    }

    /// Puts a character; beside one of the same kind it joins its run.
    pub(super) fn put_glyph(&mut self, glyph: Glyph, style: Style, lead_dots: u32, extent: Extent) {
        let position = self.position_dots;
        if let Some(Collected { item, .. }) = self.collected.last_mut()
            && item.right_dots() == position
            && let Content::Run(run) = &mut item.content
            && run.style == style
            && run.wide == glyph.wide
            && run.advance_dots == extent.width_dots
            && run.lead_dots == lead_dots
        {
            run.text.push(glyph.character);
            item.width_dots = item.width_dots.saturating_add(extent.width_dots);
            self.position_dots = position.saturating_add(extent.width_dots);
            return;
        }
        let run = Run {
            text: glyph.character.into(),
            style,
            advance_dots: extent.width_dots,
            lead_dots,
            wide: glyph.wide,
        };
        self.put(extent, Content::Run(run));
    }

    /// Puts a mark into the cell of the character before it, if there is one.
    pub(super) fn join(&mut self, mark: char) -> bool {
        let position = self.position_dots;
        match self.collected.last_mut() {
            Some(Collected { item, .. }) if item.right_dots() == position => {
                let Content::Run(run) = &mut item.content else {
                    return false;
                };
                run.text.push(mark);
                true
            }
            _ => false,
        }
    }

    /// Puts anything else.
    pub(super) fn put(&mut self, extent: Extent, content: Content) {
        self.collected.push(Collected {
            item: Item {
                x_dots: self.position_dots,
                top_dots: 0,
                width_dots: extent.width_dots,
                height_dots: extent.height_dots,
                content,
            },
            base_dots: extent.base_dots.min(extent.height_dots),
        });
        self.position_dots = self.position_dots.saturating_add(extent.width_dots);
    }

    /// Takes what was collected, placed in an area that starts at `area_x_dots`,
    /// and starts over.
    pub(super) fn take(
        &mut self,
        area_x_dots: u32,
        area_width_dots: u32,
        justification: Justification,
    ) -> Placed {
        let height_dots = self.height_dots();
        let base_dots = self.base_dots();
        self.position_dots = 0;
        let mut items: Vec<Item> = std::mem::take(&mut self.collected)
            .into_iter()
            .map(
                |Collected {
                     item,
                     base_dots: own,
                 }| Item {
                    top_dots: base_dots - own,
                    ..item
                },
            )
            .collect();
        let extent_dots = items.iter().map(Item::right_dots).max().unwrap_or(0);
        let room_dots = area_width_dots.saturating_sub(extent_dots);
        let shift_dots = area_x_dots
            + match justification {
                Justification::Left => 0,
                Justification::Center => room_dots / 2,
                Justification::Right => room_dots,
            };
        for item in &mut items {
            item.x_dots = item.x_dots.saturating_add(shift_dots);
        }
        Placed {
            items,
            height_dots,
            base_dots,
        }
    }
}
